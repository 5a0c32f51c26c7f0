"""A rebuild: a fresh collection, filled and checked, then put in place of the live one.

The name that clients use becomes an alias, and every alias of what it stood for goes along. What others added
to the documents is carried over, and so is the whole document of a project that could not be fetched: nothing
is lost that a full run would keep.
"""

import logging
import random
from collections.abc import Collection, Mapping

import msgspec

from pyf.aggregator.documents.conversion import convert_document
from pyf.aggregator.documents.import_lines import Batch, ImportLine
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import PYPI_FIELDS, build_schema
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.errors.typesense import SearchError
from pyf.aggregator.jobs.changes import ChangeRecorder
from pyf.aggregator.jobs.collections.generations import (
    find_abandoned,
    find_begun,
    name_generation,
    name_previous,
)
from pyf.aggregator.jobs.collections.switch import AliasMove, list_moved, switch
from pyf.aggregator.jobs.crawl.plan import Removal, RunState
from pyf.aggregator.jobs.progress import ItemFailure, RunSummary
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.model import NormalizedName

logger = logging.getLogger(__name__)

SAMPLE = 50
SEARCHES = 5


class Rebuild:
    """One rebuild: ``live`` is the collection that clients see, ``None`` before the first run."""

    def __init__(self, target: str, live: str | None, resources: Resources) -> None:
        self.target = target
        self.live = live
        self.fresh = name_generation(target, resources.now())
        self._needed = False
        self._search = resources.search
        self._resources = resources

    async def begin(self) -> str:
        """Create the fresh collection, with the synonyms and overrides of the live one; return its name."""
        if self.fresh in await self._search.collections.list_names():
            raise _refuse(self.fresh, "another rebuild has just begun it")
        await self._search.collections.ensure(self.fresh, build_schema())
        try:
            if self.live is not None:
                await self._search.collections.copy_curation(self.live, self.fresh)
        except BaseException:
            await self.abandon()
            raise
        return self.fresh

    async def abandon(self) -> None:
        """Drop the fresh collection, unless clients may see it already; the live one was never touched."""
        if self._needed:
            logger.warning(
                "%s is complete, so it stays; the next run puts it in place of %s.", self.fresh, self.target
            )
            return
        logger.info("The rebuild did not end: dropping %s. %s is unchanged.", self.fresh, self.target)
        try:
            await self._search.collections.drop(self.fresh)
        except SearchError:
            # What went wrong first is what its user should hear of.
            logger.warning("%s could not be dropped; a rebuild a day later drops it.", self.fresh)

    async def complete(
        self,
        state: RunState,
        removals: Mapping[NormalizedName, Removal],
        recorder: ChangeRecorder,
        summary: RunSummary,
    ) -> None:
        """Carry over, check, and put the fresh collection in place; raises :class:`JobRefused`."""
        self._resources.progress.start("carrying over", None)
        arrived = await self._list_arrived()
        kept = sorted(state.indexed.keys() - arrived - set(removals))
        summary.kept = await self._keep(kept, summary)
        await self._carry_over(summary)
        await self._check(state.indexed.keys() - set(removals))
        await recorder.record_removed({name: removal.reason for name, removal in removals.items()})
        moved = await self._put_in_place()
        summary.generation, summary.moved = self.fresh, list_moved(moved)
        summary.removed = len(removals)

    # Carrying over

    async def _list_arrived(self) -> set[NormalizedName]:
        return set(await self._search.contents.fetch_indexed(self.fresh))

    async def _keep(self, names: Collection[NormalizedName], summary: RunSummary) -> int:
        """Copy the whole documents of projects that this run could not fetch."""
        if self.live is None:
            return 0
        schema, batch, taken = build_schema(), Batch(), 0

        async def flush() -> int:
            lines = batch.drain()
            rejections = await self._search.contents.copy_lines(self.fresh, lines) if lines else []
            summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]
            return len(lines) - len(rejections)

        for name in names:
            document = await self._search.contents.find(self.live, name)
            if document is None:
                continue
            body = msgspec.json.encode(convert_document(document, schema).document)
            line = ImportLine(name=name, body=body)
            if not batch.has_room_for(line):
                taken += await flush()
            batch.add(line)
        return taken + await flush()

    async def _carry_over(self, summary: RunSummary) -> None:
        """Give the fresh documents what others added to the live ones."""
        if self.live is None:
            return
        batch = Batch()

        async def flush() -> None:
            if lines := batch.drain():
                rejections = await self._search.contents.update_lines(self.fresh, lines)
                summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]

        async def take(text: bytes) -> None:
            document: Document = msgspec.json.decode(text)
            line = ImportLine(name=NormalizedName(str(document.get("id"))), body=text)
            if len(document) == 1:
                return
            if not batch.has_room_for(line):
                await flush()
            batch.add(line)

        await self._search.contents.for_each(self.live, take, without=PYPI_FIELDS)
        await flush()

    # Checking

    async def _check(self, expected: Collection[NormalizedName]) -> None:
        """Compare names, read a sample back and search for some of it."""
        arrived = await self._list_arrived()
        if missing := set(expected) - arrived:
            some = ", ".join(sorted(missing)[:5])
            raise _refuse(self.fresh, f"{len(missing)} documents are missing from it, such as {some}")
        sample = random.sample(sorted(arrived), min(SAMPLE, len(arrived)))
        for number, name in enumerate(sample):
            document = await self._search.contents.find(self.fresh, name)
            if document is None or not document.get("name"):
                raise _refuse(self.fresh, f"{name} cannot be read back from it")
            if number < SEARCHES:
                found = await self._search.contents.search(self.fresh, str(document["name"]), build_preset())
                if name not in found:
                    raise _refuse(self.fresh, f"a search in it does not find {name}")

    # Putting in place

    async def _put_in_place(self) -> AliasMove:
        older = await self._search.aliases.find(name_previous(self.target))
        # From here on nothing else may be left of what clients see.
        self._needed = True
        moved = await switch(self._search, self.target, self.fresh)
        if older is not None:
            await self._retire(older)
        await self._drop_abandoned({self.fresh})
        return moved

    async def _retire(self, older: str) -> None:
        """Drop the generation before the previous one; a collection that somebody named himself stays."""
        if older not in await self._search.collections.list_names():
            return
        pointing = [
            alias for alias, target in (await self._search.aliases.list_targets()).items() if target == older
        ]
        if not pointing and find_begun(older, self.target) is not None:
            await self._search.collections.drop(older)
        elif not pointing:
            logger.info("%s is no longer the previous generation; drop it if nobody needs it.", older)

    async def _drop_abandoned(self, kept: Collection[str]) -> None:
        pointed_at = (await self._search.aliases.list_targets()).values()
        names = await self._search.collections.list_names()
        for name in find_abandoned(names, self.target, {*kept, *pointed_at}, self._resources.now()):
            logger.info("%s was left by an unfinished rebuild; it is dropped.", name)
            await self._search.collections.drop(name)


def _refuse(fresh: str, reason: str) -> JobRefused:
    """Say why the collection that clients see stays."""
    return JobRefused(f"The fresh collection {fresh!r} was not put in place: {reason}.")
