"""Lists as tables: aligned for a person, separated by tabs for a pipe. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from rich.cells import cell_len, set_cell_size

from pyf.aggregator.jobs.collections.maintain import AliasState, CollectionState
from pyf.aggregator.typesense.keys import SearchKey

type Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings, and rows of as many cells."""

LEAST_CELLS = 20
"""So much of a column that is cut stays as long as the terminal has room."""

_GAP = "  "
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
"""What would break a row or turn its order round: control characters, line separators, directions of script,
halves of characters."""


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
    return ("collection", "documents", "fields", "created", "aliases"), rows


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
    return ("collection", "field", "type", "properties"), rows


def build_alias_table(aliases: Sequence[AliasState]) -> Table:
    """Return what each alias points at."""
    rows = [
        (item.name, item.collection, "does not exist" if item.documents is None else str(item.documents))
        for item in aliases
    ]
    return ("alias", "collection", "documents"), rows


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
    return ("id", "description", "collections", "key", "expires"), rows


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
    return ("name", "version", "last release", "stars", "summary"), rows


def build_change_table(changes: Sequence[Mapping[str, object]]) -> Table:
    """Return what happened to which package, and when that was noticed."""
    rows = [
        (
            _write_timestamp(change.get("noticed"), dates=False),
            _write(change.get("kind")),
            _write(change.get("name") or change.get("project")),
            _write(change.get("version")),
            _write(change.get("sentence")),
        )
        for change in changes
    ]
    return ("noticed", "kind", "name", "version", "what happened"), rows


def write_rows(table: Table, *, for_person: bool, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a table; for a person cut to ``width`` cells, the last column first."""
    headings, rows = table
    # A tab or line break in a text of somebody else's would break the row.
    clean = [[" ".join(_UNPRINTABLE.sub(" ", cell).split()) for cell in row] for row in rows]
    if not for_person:
        yield from ("\t".join(row) for row in clean)
        return
    columns = list(zip(headings, *clean, strict=True))
    widths = _fit([max(map(cell_len, column)) for column in columns], width)
    numeric = [_is_numeric(column[1:]) for column in columns]
    for row in (headings, *clean):
        cells = [_place(*cell) for cell in zip(row, widths, numeric, strict=True)]
        line = _GAP.join(cells).rstrip()
        yield line if width is None else _cut(line, width)


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
