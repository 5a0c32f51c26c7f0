"""The way from a schedule to a site, as docs/static-site.sh goes it twice; what PyPI was asked is counted."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pyf.aggregator.config.settings import describe_variables
from tests.commands import NOBODY
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

SCRIPT = Path(__file__).parents[2] / "docs" / "static-site.sh"


@pytest.fixture
def settings(pypi: PyPIServer, typesense_binary: Path, tmp_path: Path) -> dict[str, str]:
    """What a scheduled job has: our commands, a folder that stays, and nothing configured but the site."""
    del typesense_binary
    ours = {variable.name for variable in describe_variables()}
    return {
        **{name: value for name, value in os.environ.items() if name not in ours},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYF_DATA_DIR": str(tmp_path / "kept"),
        "PYF_GALLERY_URL": "https://example.org/catalogue",
        "PYPI_URL": pypi.url,
        "PYPI_MAX_RPS": "0",
        "GITHUB_API_URL": NOBODY,
        "DOWNLOADS_URL": "",
        "END_OF_LIFE_URL": "",
        "PYF_FORGES": "",
    }


def run(settings: dict[str, str], folder: Path) -> str:
    ended = subprocess.run(
        ["/bin/sh", str(SCRIPT), "flask", "site"],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_second_job_asks_for_what_changed(
    pypi: PyPIServer, world: World, settings: dict[str, str], tmp_path: Path
) -> None:
    for number in range(5):
        world.add_project(f"flask-thing-{number}", classifiers=["Framework :: Flask"])
    run(settings, tmp_path)
    site = tmp_path / "site"
    assert (site / "flask/packages/flask-thing-4/index.html").exists()
    first = [record.path for record in pypi.requests]
    assert len([path for path in first if path.startswith("/pypi/flask-thing")]) == 5
    pypi.requests.clear()
    world.release("flask-thing-3", "2.0.0", upload_time=datetime(2026, 11, 25, tzinfo=UTC))
    world.remove_project("flask-thing-0")
    told = run(settings, tmp_path)
    second = [record.path for record in pypi.requests]
    # The list of projects, and the one that changed.
    assert [path for path in second if path.startswith("/pypi/")] == ["/pypi/flask-thing-3/json"]
    assert len(second) <= 4
    assert "2.0.0" in (site / "flask/packages/flask-thing-3/index.html").read_text()
    # What left says so, and is in no list any more.
    assert "has left" in (site / "flask/packages/flask-thing-0/index.html").read_text()
    assert "flask-thing-0" not in (site / "flask/all/index.html").read_text()
    assert "Released 2.0.0" in (site / "flask/changes/index.html").read_text()
    assert "broken links         0" in told
