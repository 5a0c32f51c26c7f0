"""PyPI's project list → names and serials. Pure: bytes in, values out.

Shape: https://docs.pypi.org/api/index-api/. Whoever is missing from the list is gone from PyPI, so a row that
cannot be read must not look like one that is missing.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.sources.parsing import MAX_NUMBER, Number, at_door, find_name

MOST_SERIALS_AHEAD = 100_000
"""How far one of PyPI's serials may be ahead of the others: some days of its journal (15,500 events a day in
2024). What is further ahead was never PyPI's. The list's own serial is ahead of its rows where projects were
removed last."""

MOST_UNREADABLE_SHARE = 0.01
"""A list with more rows than these that cannot be read is none."""

_NORMAL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectListPage:
    """The project list as sent, with the ETag that names this state of it, and the serial of its header."""

    etag: str
    body: bytes
    serial: int | None = None


class _Meta(msgspec.Struct, frozen=True):
    last_serial: Any = msgspec.field(name="_last-serial", default=None)


# Without garbage collection: 900,000 of them at once, and none refers to another.
class _Listed(msgspec.Struct, frozen=True, gc=False):
    name: str
    serial: Number = msgspec.field(name="_last-serial")


class _ListWire(msgspec.Struct, frozen=True):
    meta: _Meta
    projects: list[_Listed]


class _RawListWire(msgspec.Struct, frozen=True):
    meta: _Meta
    projects: list[msgspec.Raw]


def parse_project_list(page: ProjectListPage, url: str) -> ProjectList:
    """Read names and serials; display forms become normal ones, so that one project has one key.

    A row that cannot be read leaves the others good, and ``unreadable`` counts it: what it names is not gone.
    """
    with at_door(url):
        rows, unreadable, stated = _decode_list(page.body)
        serials: dict[NormalizedName, Serial] = {}
        for listed in rows:
            # Most names are in normal form: keeping PyPI's own string spares 60 MB over all of PyPI.
            known = _NORMAL.fullmatch(listed.name) is not None
            key = NormalizedName(listed.name) if known else find_name(listed.name)
            if key is None:
                unreadable += 1
            else:
                serials[key] = Serial(max(listed.serial, serials.get(key, 0)))
        serial, odd = _find_serial(serials, [stated, page.serial])
        for name in odd:
            del serials[name]
        unreadable += len(odd)
    if not serials and not unreadable:
        raise MalformedResponse(url, "it lists no project")
    if unreadable > max(1, (unreadable + len(serials)) * MOST_UNREADABLE_SHARE) or not serials:
        reason = f"{unreadable:,} rows have no name or no serial; perhaps this mirror's index has none"
        raise MalformedResponse(url, reason)
    return ProjectList(serial=serial, serials=serials, unreadable=unreadable)


def _decode_list(body: bytes) -> tuple[list[_Listed], int, int | None]:
    """Return the rows, how many more could not be read, and the serial that the list states."""
    try:
        wire = msgspec.json.decode(body, type=_ListWire)
    except (msgspec.ValidationError, ValueError):
        return _decode_rows(body)
    return wire.projects, 0, _read_serial(wire.meta.last_serial)


def _decode_rows(body: bytes) -> tuple[list[_Listed], int, int | None]:
    """Do the same row by row, which takes longer."""
    raw = msgspec.json.decode(body, type=_RawListWire)
    rows: list[_Listed] = []
    for text in raw.projects:
        with suppress(msgspec.MsgspecError, ValueError, RecursionError):
            rows.append(msgspec.json.decode(text, type=_Listed))
    return rows, len(raw.projects) - len(rows), _read_serial(raw.meta.last_serial)


def _read_serial(value: object) -> int | None:
    number = value if isinstance(value, int) and not isinstance(value, bool) else -1
    return number if 0 <= number <= MAX_NUMBER else None


def _find_serial(
    serials: Mapping[NormalizedName, Serial], named: Iterable[int | None]
) -> tuple[Serial, list[NormalizedName]]:
    """Return the list's serial, and the names of the rows that are too far ahead of it to be PyPI's.

    Of what the list and its header state, ``named``, the lower one counts: a run equals PyPI at that serial
    at least. One far ahead of every row is not believed, the rows are. So are many rows that contradict it.
    """
    last = max(serials.values(), default=Serial(0))
    stated = min((n for n in named if n is not None and n <= last + MOST_SERIALS_AHEAD), default=None)
    if stated is None:
        return last, []
    if last <= stated + MOST_SERIALS_AHEAD:
        return Serial(stated), []
    odd = [name for name, serial in serials.items() if serial > stated + MOST_SERIALS_AHEAD]
    if len(odd) <= max(1, len(serials) * MOST_UNREADABLE_SHARE) and len(odd) < len(serials):
        return Serial(stated), odd
    return last, []
