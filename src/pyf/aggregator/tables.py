"""Lists as tables: aligned with a heading for a person at a terminal, separated by tabs for a pipe. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pyf.aggregator.jobs.maintain import AliasState, CollectionState
from pyf.aggregator.search.keys import SearchKey

type Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings, and rows of as many cells."""


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


def write_rows(table: Table, *, for_person: bool) -> Iterator[str]:
    """Yield the lines of a table."""
    headings, rows = table
    if not for_person:
        # A tab or line break in a name of somebody else's would break the row.
        yield from ("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
        return
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for row in (headings, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _write_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
