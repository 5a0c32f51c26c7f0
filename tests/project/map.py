"""Write what docs/architecture.md says of the tree: ``python -m tests.project.map``.

A room's line is the first line of the docstring of its ``__init__.py``, a module's that of its own. Layers
and contracts come from pyproject.toml. After a merge, settle a conflict in these parts by running the
command.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pyf" / "aggregator"
PAGE = ROOT / "docs" / "architecture.md"
COMMAND = "./run python -m tests.project.map"


@cache
def read_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def read_first_line(path: Path) -> str:
    lines = (ast.get_docstring(read_tree(path)) or "").splitlines() or [""]
    return lines[0].replace("``", "")


@cache
def load_contracts() -> list[dict[str, Any]]:
    contracts: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]["contracts"]
    return contracts


def list_layers() -> list[list[str]]:
    """Return the names of the rooms of each layer, the highest layer first."""
    (layers,) = (contract["layers"] for contract in load_contracts() if contract["type"] == "layers")
    return [
        [room.strip().removeprefix("pyf.aggregator.") for room in re.split(r"[|:]", layer)]
        for layer in layers
    ]


def _sort_key(path: Path) -> tuple[int, str]:
    """Sort as the layers do at the top, by name below; what is in no layer comes last."""
    order = [room for layer in list_layers() for room in layer]
    if path.parent != SOURCE or path.stem not in order:
        return len(order), path.stem
    return order.index(path.stem), path.stem


def _list_rows(folder: Path, indent: str = "") -> Iterator[tuple[str, str]]:
    paths = [path for path in folder.iterdir() if path.suffix == ".py" and path.stem != "__init__"]
    paths += [path for path in folder.iterdir() if (path / "__init__.py").exists()]
    ordered = sorted(paths, key=_sort_key)
    for path in ordered:
        last = path == ordered[-1]
        branch = indent + ("└── " if last else "├── ")
        if path.is_dir():
            yield f"{branch}{path.name}/", read_first_line(path / "__init__.py")
            yield from _list_rows(path, indent + ("    " if last else "│   "))
        else:
            yield branch + path.name, read_first_line(path)


def build_map() -> str:
    rows = list(_list_rows(SOURCE))
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(["src/pyf/aggregator/", *(f"{name:{width}}{line}".rstrip() for name, line in rows)])


def build_layers() -> str:
    return "\n".join(f"  {'   '.join(layer)}" for layer in list_layers())


def build_contracts() -> str:
    return "\n".join(f"  {contract['name']}" for contract in load_contracts())


def rewrite(page: str) -> str:
    """Return the page with what is between its markers written anew; raise ValueError without markers."""
    for name, build in (("map", build_map), ("layers", build_layers), ("contracts", build_contracts)):
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{PAGE.name} lacks the marker {begin} or {end}.")
        page = f"{before}{begin}\n```text\n{build()}\n```\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(rewrite(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
