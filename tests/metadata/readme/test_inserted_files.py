"""No text of somebody else's makes us read a file of this machine."""

import os
import threading
from pathlib import Path

import pytest

from pyf.aggregator.metadata.readme.render import render

SECRET = "zephyr"


@pytest.mark.parametrize(
    "markup",
    [
        ".. include:: {path}",
        ".. include:: {path}\n   :literal:",
        ".. csv-table:: t\n   :file: {path}",
        ".. csv-table:: t\n   :url: file://{path}",
        ".. raw:: html\n   :file: {path}",
        ".. raw:: html\n   :url: file://{path}",
        ".. image:: {path}\n   :loading: embed",
        ".. image:: file:{path}\n   :loading: embed",
        ".. figure:: {path}\n   :loading: embed\n\n   caption",
        "|x|\n\n.. |x| image:: {path}\n   :loading: embed",
        ".. image:: {path}\n   :scale: 50",
        ".. figure:: {path}\n   :figwidth: image",
        "{path}",
    ],
    ids=lambda markup: markup.replace("\n", " ")[:60],
)
@pytest.mark.parametrize("name", ["file.txt", "file.svg", "pipe.svg"])
def test_a_readme_that_names_a_file_shows_nothing_of_it(markup: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("pipe"):
        # Whoever opens it waits for a writer.
        os.mkfifo(path)
    else:
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    shown: list[str] = []
    source = f"Title\n=====\n\n{markup.format(path=path)}\n\nEnd\n"
    reader = threading.Thread(
        target=lambda: shown.append(str(render(source, "text/x-rst"))), name=name, daemon=True
    )
    reader.start()
    reader.join(5.0)
    (html,) = shown
    assert "End" in html
    assert SECRET not in html
    assert "data:image" not in html
