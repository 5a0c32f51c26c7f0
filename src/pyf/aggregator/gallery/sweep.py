"""All documents of a collection, by searches that each touch little more than what they return.

A search for one of many pages costs Typesense as much as the whole collection, so all pages together cost its
square. Here each search is for a range of serials, so narrow that it finds no more than fits on one page.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import count

import msgspec

from pyf.aggregator.gallery.asking import Asking, Search
from pyf.aggregator.typesense.reader import Answer, Hit, take_time

FIELD = "serial"
AT_ONCE = 250
"""Typesense returns no more for one search."""
_WANTED = 200
"""So many documents a range should find: with some more it has to be asked again."""
_WIDENING = 8


class _Placed(msgspec.Struct):
    serial: int | None = None


async def sweep(asking: Asking, search: Search, fields: str) -> AsyncIterator[Sequence[Hit]]:
    """Yield all documents, so many at a time, the lowest serial first; ``fields`` are what is read of each.

    A document that is written meanwhile moves to the end and may be met twice, but none is missed that is
    there all the time. A collection without serials is read by pages. Raises what :class:`Reader` raises.
    """
    take_time()
    base = search | {"include_fields": f"{FIELD},{fields}", "sort_by": f"{FIELD}:asc", "per_page": AT_ONCE}
    ends = [base | {"sort_by": f"{FIELD}:{order}", "per_page": 1} for order in ("asc", "desc")]
    first, last = await asking.ask(ends)
    lowest, highest = _read_serial(first), _read_serial(last)
    if lowest is None or highest is None:
        pages = _read_pages(asking, base)
    else:
        pages = _read_ranges(asking, base, lowest, highest, first.found)
    async for hits in pages:
        yield hits


async def _read_ranges(
    asking: Asking, base: Search, lowest: int, highest: int, total: int
) -> AsyncIterator[Sequence[Hit]]:
    """Yield range after range; each is as wide as the one before lets expect, the last has no end."""
    start, width = lowest, max(1, (highest - lowest) * _WANTED // total)
    while True:
        is_last = start + width > highest
        end = highest if is_last else start + width - 1
        wanted = f"{FIELD}:>={start}" if is_last else f"{FIELD}:[{start}..{end}]"
        (answer,) = await asking.ask([base | {"filter_by": wanted}])
        if answer.found <= len(answer.hits):
            yield answer.hits
            if is_last:
                return
            start = end + 1
        else:
            begun = _find_serial(answer.hits[-1])
            yield [hit for hit in answer.hits if _find_serial(hit) < begun]
            if begun == start:
                async for hits in _read_pages(asking, base | {"filter_by": f"{FIELD}:={start}"}):
                    yield hits
                begun += 1
            start = begun
        width = max(1, min(width * _WIDENING, width * _WANTED // max(1, answer.found)))


async def _read_pages(asking: Asking, search: Search) -> AsyncIterator[Sequence[Hit]]:
    for page in count(1):
        (answer,) = await asking.ask([search | {"page": page}])
        yield answer.hits
        if len(answer.hits) < AT_ONCE:
            return


def _read_serial(answer: Answer) -> int | None:
    return _read_placed(answer.hits[0]).serial if answer.hits else None


def _find_serial(hit: Hit) -> int:
    return _read_placed(hit).serial or 0


def _read_placed(hit: Hit) -> _Placed:
    return msgspec.json.decode(hit.document, type=_Placed)
