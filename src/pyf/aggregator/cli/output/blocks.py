"""Reports as text: labels with what belongs to them, wrapped, aligned, calm. Pure."""

import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from pyf.aggregator.errors.foreign import strip_controls

INDENT = "  "
_GAP = "  "
LEAST_WIDTH = 40
"""In a narrower terminal lines are wrapped by the terminal."""


def clean(text: object) -> str:
    """Return somebody else's text as one line that nothing breaks or turns around."""
    return " ".join(strip_controls(str(text)).split())


def write_wrapped(text: str, *, width: int, indent: str = "") -> Iterator[str]:
    """Yield a text in lines of at most ``width`` characters; no word, such as a URL, is broken."""
    yield from textwrap.wrap(
        clean(text),
        width=max(width, LEAST_WIDTH),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def write_pairs(pairs: Sequence[tuple[str, str]], *, width: int, indent: str = INDENT) -> Iterator[str]:
    """Yield labels, each with its text beside it, wrapped within its column."""
    column = max((cell_len(label) for label, _ in pairs), default=0)
    for label, text in pairs:
        begin = f"{indent}{_pad(label, column)}{_GAP}"
        hanging = " " * cell_len(begin)
        lines = list(write_wrapped(text, width=width, indent=hanging)) or [""]
        yield f"{begin}{lines[0].removeprefix(hanging)}".rstrip()
        yield from lines[1:]


def write_columns(rows: Sequence[Sequence[str]], *, width: int, indent: str = INDENT) -> Iterator[str]:
    """Yield rows of cells, aligned, numbers on the right; the last cell is wrapped within its column."""
    clean_rows = [[clean(cell) for cell in row] for row in rows]
    columns = [_align(column) for column in list(zip(*clean_rows, strict=True))[:-1]]
    labels = [_GAP.join(cells) for cells in zip(*columns, strict=True)]
    yield from write_pairs(
        [(label, row[-1]) for label, row in zip(labels, clean_rows, strict=True)], width=width, indent=indent
    )


def _align(column: Sequence[str]) -> list[str]:
    width = max(map(cell_len, column))
    numeric = all(cell.replace(",", "").isdecimal() for cell in column)
    return [cell.rjust(width) if numeric else _pad(cell, width) for cell in column]


def _pad(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) < width else text
