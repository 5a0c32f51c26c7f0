"""Migration: every document of one collection into another, in bounded memory.

The source is streamed again and again until a pass finds nothing new, so that what is written to it meanwhile
is not lost; what a pass has copied is known by a short digest of each document. The source is never touched.
"""

import asyncio
import hashlib
import logging
import random
from dataclasses import dataclass

import msgspec

from pyf.aggregator.documents.conversion import convert_document
from pyf.aggregator.documents.import_lines import Batch, ImportLine
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.documents.schema import Schema
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError, UsageError
from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.jobs.progress import ItemFailure, MigrateSummary, Progress
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)

MAX_PASSES = 20
"""A source that is still changing after so many passes is changing faster than it can be copied."""
SAMPLE = 100
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateOrder:
    """What a user asks of one migration: names of collections or aliases."""

    source: str
    target: str


class _Id(msgspec.Struct, frozen=True):
    id: NormalizedName


async def migrate(order: MigrateOrder, search: SearchServer, progress: Progress) -> MigrateSummary:
    """Carry out ``order`` and return its account; whatever stops it stands in ``stopped``.

    Raises what its user has to mend.
    """
    summary = MigrateSummary(source=order.source, target=order.target)
    try:
        await search.wait_until_applied()
        source, target = await _resolve(order, search)
        remedy = "give with -t a name that no collection has yet"
        await search.collections.ensure(target, build_schema(), remedy=remedy)
        await search.ensure_preset(order.target, build_preset(), replace=False)
        await _Migration(source, target, search, progress, summary).run()
        await search.snapshot()
    except (UsageError, ConfigurationError):
        raise
    except AggregatorError as error:
        if not summary.passes:
            raise
        summary.stopped = str(error)
    except asyncio.CancelledError:
        logger.warning("Interrupted after copying %d documents; run again to continue.", summary.copied)
        raise
    return summary


async def _resolve(order: MigrateOrder, search: SearchServer) -> tuple[str, str]:
    """Return the collections that the names stand for; the target may be yet to be made."""
    source = await search.get_collection(order.source)
    target = await search.find_collection(order.target) or order.target
    if await search.changes.is_log(source):
        raise UsageError(
            f"{order.source!r} holds changes and no packages. They belong to the name that clients use, and"
            " stay where they are when it leads to another collection."
        )
    if source == target:
        raise UsageError(f"{order.source!r} and {order.target!r} are the same collection.")
    return source, target


class _Migration:
    """One migration while it runs; ``copied`` holds the digest of each document that the target has."""

    def __init__(
        self, source: str, target: str, search: SearchServer, progress: Progress, summary: MigrateSummary
    ) -> None:
        self._source = source
        self._target = target
        self._search = search
        self._progress = progress
        self._summary = summary
        self._copied: dict[NormalizedName, bytes] = {}
        self._refused: dict[NormalizedName, str] = {}
        self._lost: dict[NormalizedName, str] = {}
        self._schema: Schema = {}
        self._batch = Batch()
        self._digests: dict[NormalizedName, bytes] = {}
        self._seen: set[NormalizedName] = set()

    async def run(self) -> None:
        self._schema = await self._search.collections.get_schema(self._target)
        try:
            await self._copy_until_equal()
            await self._check()
        finally:
            self._account()

    # Copying

    async def _copy_until_equal(self) -> None:
        for _ in range(MAX_PASSES):
            if not await self._pass():
                return
        self._summary.stopped = (
            f"{self._source!r} changes faster than it can be copied; stop what writes to it and run again."
        )

    async def _pass(self) -> int:
        """Copy what is new or changed since the last pass; return how many documents that was."""
        before = self._summary.moved
        total = await self._search.collections.count(self._source)
        self._summary.passes += 1
        self._progress.start(f"copying, pass {self._summary.passes}", total)
        self._seen.clear()
        await self._search.contents.for_each(self._source, self._take)
        await self._flush()
        await self._forget(self._copied.keys() - self._seen)
        return self._summary.moved - before

    async def _take(self, text: bytes) -> None:
        """Copy one document unless it is what was copied before."""
        name = _read_id(text, self._search.url)
        self._seen.add(name)
        self._progress.advance()
        digest = hashlib.blake2b(text, digest_size=_DIGEST_BYTES).digest()
        if self._copied.get(name) == digest or self._digests.get(name) == digest:
            return
        line = ImportLine(name=name, body=self._convert(name, text))
        if not self._batch.has_room_for(line):
            await self._flush()
        self._batch.add(line)
        self._digests[name] = digest

    def _convert(self, name: NormalizedName, text: bytes) -> bytes:
        converted = convert_document(msgspec.json.decode(text), self._schema)
        self._lost.pop(name, None)
        if converted.lost:
            self._lost[name] = f"cannot be converted: {', '.join(converted.lost)}"
        if not converted.changed:
            return text
        self._summary.converted += 1
        return msgspec.json.encode(converted.document)

    async def _flush(self) -> None:
        lines, digests = self._batch.drain(), dict(self._digests)
        self._digests.clear()
        if not lines:
            return
        rejections = await self._search.contents.copy_lines(self._target, lines)
        refused = {rejection.name: rejection.reason for rejection in rejections}
        self._refused = {name: why for name, why in self._refused.items() if name not in digests} | refused
        # A refused document counts as dealt with until it changes.
        self._copied |= digests
        self._summary.moved += len(lines)

    async def _forget(self, names: set[NormalizedName]) -> None:
        """Remove what this migration brought and the source has no more."""
        if not names:
            return
        await self._search.contents.remove(self._target, sorted(names))
        for name in names:
            del self._copied[name]
            self._refused.pop(name, None)
            self._lost.pop(name, None)
        self._summary.moved += len(names)

    # Checking

    async def _check(self) -> None:
        """Compare counts and a sample; what differs may have changed just now, so it gets another pass."""
        self._progress.start("comparing", None)
        arrived = {item.id for item in await self._search.contents.export(self._target, _Id)}
        expected = self._copied.keys() - self._refused.keys()
        self._summary.missing = sorted(expected - arrived)
        sample = random.sample(sorted(expected & arrived), min(SAMPLE, len(expected & arrived)))
        if await self._find_differing(sample):
            await self._copy_until_equal()
            self._summary.differing = await self._find_differing(
                [name for name in sample if name in self._copied]
            )
        self._summary.compared = len(sample)

    async def _find_differing(self, names: list[NormalizedName]) -> list[NormalizedName]:
        differing: list[NormalizedName] = []
        for name in names:
            source = await self._search.contents.find(self._source, name)
            target = await self._search.contents.find(self._target, name)
            if source is not None and convert_document(source, self._schema).document != target:
                differing.append(name)
        return differing

    def _account(self) -> None:
        self._summary.copied = len(self._copied.keys() - self._refused.keys())
        self._summary.rejected = [
            ItemFailure(name=name, reason=why) for name, why in sorted(self._refused.items())
        ]
        self._summary.failed = [
            ItemFailure(name=name, reason=why) for name, why in sorted(self._lost.items())
        ]


def _read_id(text: bytes, url: str) -> NormalizedName:
    # Version 30 writes an error that it meets on the way into the stream, as one more line.
    try:
        return msgspec.json.decode(text, type=_Id).id
    except msgspec.MsgspecError as error:
        raise SearchUnavailable(url, f"an export broke off with {text[:200]!r}") from error
