"""The real Typesense binary under the name by which it is looked for on ``PATH``."""

import os
from pathlib import Path

from pyf.aggregator.typesense.embedded.binary import BINARY_NAME, find_binary


def link_binary(folder: Path) -> str:
    """Join the binary in an empty folder, unless ``PATH`` has one; return a ``PATH`` that finds it."""
    linked = folder / "path"
    linked.mkdir()
    (linked / BINARY_NAME).symlink_to(find_binary(folder))
    return f"{linked}{os.pathsep}{os.environ['PATH']}"
