"""The real Typesense binary on ``PATH``, where everything that starts a server finds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyf.aggregator.typesense.embedded.binary import BINARY_NAME, find_binary


@contextmanager
def put_binary_on_path(folder: Path) -> Iterator[Path]:
    """Join the binary in an empty folder, unless there is one on ``PATH``, and put it there meanwhile."""
    binary = find_binary(folder)
    linked = folder / "path"
    linked.mkdir()
    (linked / BINARY_NAME).symlink_to(binary)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", f"{linked}{os.pathsep}{os.environ['PATH']}")
        yield binary
