"""Lists as tables: aligned for a person, separated by tabs for a pipe. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from pyf.aggregator.jobs.collections.maintain import AliasState, CollectionState
from pyf.aggregator.typesense.keys import SearchKey

LEAST_CELLS = 20
"""So much of a column that is cut stays as long as the terminal has room."""
EASY_CELLS = 36
"""So wide a column of folded sentences is easy to read: what can be spared goes before it is narrower."""

type Column = Sequence[str]
"""The cells of a column, its heading first."""

_GAP = "  "
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
"""What would break a row or turn its order round: control characters, line separators, directions of script,
halves of characters."""


class Table(NamedTuple):
    """Headings, rows of as many cells, and what gives way where a terminal is too narrow for all of it.

    ``spare``: columns that can be left out, the least worth first. ``fold``: columns that may take several
    lines. ``cut``: the last column is cut, and then the first; without it nothing is.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    spare: Sequence[str] = ()
    fold: Sequence[str] = ()
    cut: bool = False


def build_collection_table(collections: Sequence[CollectionState]) -> Table:
    """Return what is worth knowing of each collection at a glance."""
    rows = [
        (
            item.name,
            str(item.documents),
            str(len(item.schema["fields"])),
            _write_time(item.created_at),
            ", ".join(item.aliases),
        )
        for item in collections
    ]
    headings = ("collection", "documents", "fields", "created", "aliases")
    return Table(headings, rows, spare=("fields",), fold=("aliases",))


def build_field_table(collection: CollectionState) -> Table:
    """Return the declared fields of a collection."""
    rows = [
        (
            collection.name,
            field["name"],
            field["type"],
            ", ".join(key for key in ("facet", "sort", "optional") if field.get(key)),
        )
        for field in collection.schema["fields"]
    ]
    return Table(("collection", "field", "type", "properties"), rows, fold=("properties",))


def build_alias_table(aliases: Sequence[AliasState]) -> Table:
    """Return what each alias points at."""
    rows = [
        (item.name, item.collection, "does not exist" if item.documents is None else str(item.documents))
        for item in aliases
    ]
    return Table(("alias", "collection", "documents"), rows)


def build_key_table(keys: Sequence[SearchKey]) -> Table:
    """Return the search-only keys, by what Typesense still shows of them."""
    rows = [
        (
            str(key.id),
            key.description,
            ", ".join(key.collections),
            f"{key.prefix}…",
            "never" if key.expires_at is None else _write_time(key.expires_at),
        )
        for key in keys
    ]
    headings = ("id", "description", "collections", "key", "expires")
    return Table(headings, rows, fold=("description", "collections"))


def build_package_table(documents: Sequence[Mapping[str, object]], *, dates: bool = False) -> Table:
    """Return what tells packages apart; with ``dates`` without the time of day."""
    rows = [
        (
            _write(document.get("name")),
            _write(document.get("version")),
            _write_timestamp(document.get("upload_timestamp"), dates=dates),
            _write(document.get("github_stars")),
            _write(document.get("summary")),
        )
        for document in documents
    ]
    return Table(("name", "version", "last release", "stars", "summary"), rows, cut=True)


def build_change_table(changes: Sequence[Mapping[str, object]], *, dates: bool = False) -> Table:
    """Return what happened to which package, and when that was noticed; ``dates`` as for packages."""
    rows = [
        (
            _write_timestamp(change.get("noticed"), dates=dates),
            _write(change.get("kind")),
            _write(change.get("name") or change.get("project")),
            _write(change.get("version")),
            _write(change.get("sentence")),
        )
        for change in changes
    ]
    headings = ("noticed", "kind", "name", "version", "what happened")
    # The sentence says these two as well.
    return Table(headings, rows, spare=("version", "kind"), fold=("what happened",))


def write_rows(table: Table, *, for_person: bool, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a table; for a person within ``width`` cells, as far as the table gives way."""
    # A tab or line break in a text of somebody else's would break the row.
    clean = [[" ".join(_UNPRINTABLE.sub(" ", cell).split()) for cell in row] for row in table.rows]
    if not for_person:
        yield from ("\t".join(row) for row in clean)
        return
    columns = dict(zip(table.headings, zip(table.headings, *clean, strict=True), strict=True))
    if table.cut:
        yield from _write_cut(list(columns.values()), width)
    else:
        yield from _write_folded(columns, table, width)


def _write_cut(columns: Sequence[Column], width: int | None) -> Iterator[str]:
    widths = _fit([_measure(column) for column in columns], width)
    numeric = [_is_numeric(column[1:]) for column in columns]
    for row in zip(*columns, strict=True):
        cells = [_place(*cell) for cell in zip(row, widths, numeric, strict=True)]
        line = _GAP.join(cells).rstrip()
        yield line if width is None else _cut(line, width)


def _write_folded(columns: Mapping[str, Column], table: Table, width: int | None) -> Iterator[str]:
    spared = columns if width is None else _spare(columns, table, width)
    widths = {heading: _measure(column) for heading, column in spared.items()}
    if width is not None:
        _narrow(widths, {heading: _find_longest_word(spared[heading]) for heading in table.fold}, width)
    numeric = [_is_numeric(column[1:]) for column in spared.values()]
    for row in zip(*spared.values(), strict=True):
        folded = [
            _fold(cell, cells) if heading in table.fold else [cell]
            for cell, (heading, cells) in zip(row, widths.items(), strict=True)
        ]
        for line in zip_longest(*folded, fillvalue=""):
            yield _GAP.join(map(_place, line, widths.values(), numeric)).rstrip()


def _spare(columns: Mapping[str, Column], table: Table, width: int) -> Mapping[str, Column]:
    """Leave out what can be spared until what is folded is easy to read, or nothing is left to spare."""
    kept = dict(columns)
    for heading in table.spare:
        if _add_up({each: _find_ease(column, each in table.fold) for each, column in kept.items()}) <= width:
            break
        del kept[heading]
    return kept


def _find_ease(column: Column, folded: bool) -> int:
    return min(_measure(column), EASY_CELLS) if folded else _measure(column)


def _narrow(widths: dict[str, int], least: Mapping[str, int], width: int) -> None:
    """Make what may be folded narrower, always the widest of it, and no narrower than its longest word."""
    while _add_up(widths) > width:
        heading = max(least, key=lambda each: widths[each] - least[each], default=None)
        if heading is None or widths[heading] <= least[heading]:
            return
        widths[heading] -= 1


def _add_up(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _fold(text: str, width: int) -> list[str]:
    """Return the text in lines of so many cells; no word is broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and cell_len(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _find_longest_word(column: Column) -> int:
    return max(cell_len(word) for cell in column for word in (cell.split() or [""]))


def _measure(column: Column) -> int:
    return max(map(cell_len, column))


def _fit(widths: list[int], width: int | None) -> list[int]:
    """Take what does not fit from the last column, and what is still too much from the first."""
    fitting = list(widths)
    for column in (-1, 0):
        surplus = 0 if width is None else sum(fitting) + len(_GAP) * (len(fitting) - 1) - width
        if surplus > 0:
            fitting[column] = max(fitting[column] - surplus, min(fitting[column], LEAST_CELLS))
    return fitting


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(cell.isdecimal() for cell in cells if cell)


def _place(text: str, width: int, numeric: bool) -> str:
    cut = _cut(text, width)
    space = " " * (width - cell_len(cut))
    return space + cut if numeric else cut + space


def _cut(text: str, width: int) -> str:
    """Return the text within so many cells; an ellipsis shows that something is missing."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _write(value: object) -> str:
    return "" if value is None else str(value)


def _write_timestamp(value: object, *, dates: bool) -> str:
    if not isinstance(value, int):
        return ""
    time = datetime.fromtimestamp(value, UTC)
    return f"{time:%Y-%m-%d}" if dates else _write_time(time)


def _write_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
