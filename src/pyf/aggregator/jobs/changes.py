"""Recording the changes of packages, before the documents that have them are written or removed.

The order is what makes a crash harmless. Ended in between, the document still says what it said, so the next
run finds the same change, and records it again under the same id. The other way round it would be lost: the
document would say what is new, and nobody could tell that it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from pyf.aggregator.documents.changes import Change
from pyf.aggregator.documents.import_lines import ImportLine
from pyf.aggregator.documents.package_changes import (
    COMPARED_FIELDS,
    SHOWN_FIELDS,
    PackageFacts,
    build_addition,
    build_leaving,
    compare_packages,
    read_facts,
)
from pyf.aggregator.metadata.changes import LeavingReason
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.changes import ChangeLog, Recorded
from pyf.aggregator.typesense.documents import Contents
from pyf.aggregator.typesense.server import SearchServer


class ChangeCounts(Protocol):
    """The part of a summary that the recorder fills: the records that are there now and were not before."""

    changes: int


class ChangeRecorder:
    """Records the changes of one collection, ``live``: what clients see, and what is compared with."""

    def __init__(self, contents: Contents, live: str, log: ChangeLog, counts: ChangeCounts | None) -> None:
        self._contents = contents
        self._live = live
        self._log = log
        self._counts = counts

    async def record_written(self, lines: Sequence[ImportLine]) -> Recorded:
        """Record what changes with these whole documents, which are about to be written."""
        if not self._log:
            return Recorded()
        names = [line.name for line in lines]
        documents = await self._contents.fetch_fields(self._live, names, COMPARED_FIELDS)
        left = await self._log.find_left(names)
        changes: list[Change] = []
        shown: dict[NormalizedName, Mapping[str, object]] = {}
        for line in lines:
            before = read_facts(line.name, documents.get(line.name))
            after = msgspec.json.decode(line.body, type=PackageFacts)
            changes += compare_packages(before, after)
            if before is not None and line.name in left:
                # It was to be removed, came back, and whoever wanted to remove it was ended in between.
                changes.append(build_addition(after.id, after.version))
            shown[line.name] = after.shown
        return self._count(await self._log.record(changes, shown))

    async def record_removed(self, reasons: Mapping[NormalizedName, LeavingReason]) -> Recorded:
        """Record that these documents are about to be removed, and why."""
        return await self._record([build_leaving(name, reason) for name, reason in reasons.items()])

    async def record_facts(self, changes: Sequence[Change]) -> Recorded:
        """Record what changes with facts of a source, which are about to be written."""
        return await self._record(changes)

    async def _record(self, changes: Sequence[Change]) -> Recorded:
        if not self._log or not changes:
            return Recorded()
        names = sorted({change.project for change in changes})
        shown = await self._contents.fetch_fields(self._live, names, SHOWN_FIELDS)
        # What is not there any more cannot change.
        there = [change for change in changes if change.project in shown]
        return self._count(await self._log.record(there, shown))

    def _count(self, recorded: Recorded) -> Recorded:
        if self._counts is not None:
            self._counts.changes += recorded.written.total()
        return recorded

    async def retract(self, recorded: Recorded, refused: Iterable[NormalizedName]) -> None:
        """Take back what was recorded of documents that were not written or removed after all."""
        names = set(refused)
        await self._log.retract(recorded, names)
        if self._counts is not None:
            self._counts.changes -= sum(recorded.written[name] for name in names)


async def open_recorder(
    search: SearchServer, live: str | None, counts: ChangeCounts | None = None
) -> ChangeRecorder:
    """Return what records the changes of a collection; nothing where there is none, or nowhere to record."""
    return ChangeRecorder(search.contents, live or "", await search.changes.open(live), counts)
