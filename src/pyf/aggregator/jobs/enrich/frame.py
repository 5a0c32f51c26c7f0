"""The frame of every enrichment: reads documents, has a source ask for what is due, writes what differs.

What is known already is written first and costs no request. Then the source asks for the rest, and remembers
each answer before it hands it over: a run that was killed in between is put right by the next one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from pyf.aggregator.documents.owned_fields import CarriedFields, OwnedFields, SourceInput, read_document
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError, UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.enrich.writer import GoOn, Wanted, WriteCounts, Writer
from pyf.aggregator.jobs.progress import EnrichPart, Progress
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichOrder:
    """What a user asks of one enrichment; with ``ignore_age`` everything counts as due.

    ``profile`` is the one whose collection it is, ``None`` where only the collection is known.
    """

    target: str
    max_age: timedelta
    ignore_age: bool = False
    profile: str | None = None

    def is_due(self, checked: int | None, now: datetime) -> bool:
        """Tell whether what a document says, learnt at ``checked`` (Unix seconds), has to be asked for again.

        A time that is still to come was written by a clock that was wrong.
        """
        if checked is None or self.ignore_age:
            return True
        return not 0 <= now.timestamp() - checked < self.max_age.total_seconds()

    @property
    def remedy(self) -> str:
        """What fills a collection of another schema anew."""
        if self.profile is None:
            return (
                f"run pyfaggregator -f -t {self.target} --rebuild, with the -p or -ft that it was filled with"
            )
        target_option = "" if self.target == self.profile else f" -t {self.target}"
        return f"run pyfaggregator -f -p {self.profile}{target_option} --rebuild to fill it again"


type ReadMore[D: SourceInput] = Callable[[str, Mapping[NormalizedName, D]], Awaitable[None]]
"""What reads more of some documents, given the collection and all that was read of it."""


class Source[D: SourceInput, K](Protocol):
    """A source of facts: ``reads`` of each document, fills ``fields``, asks for things called ``K``.

    ``K`` is the project's name for a source that is asked about projects, a slug for one that has
    repositories. The methods are called in this order, once each.
    """

    @property
    def reads(self) -> type[D]:
        """The fields that it needs of a document."""

    @property
    def fields(self) -> OwnedFields:
        """The fields that it fills, and nobody else."""

    def find_due(self, documents: Mapping[NormalizedName, D]) -> Sequence[K]:
        """Look at the whole collection; return what to ask for, the most urgent first."""

    def recall(self) -> Wanted:
        """Return what is known without asking: from a memory of its own, or from the documents."""

    def ask(self, due: Sequence[K]) -> AsyncIterator[Wanted]:
        """Ask for what is due, and yield what each answer means for documents.

        An answer is remembered before it is yielded. A document that is not named keeps what it says; one
        with an empty mapping loses the source's fields. What ends the run is raised: the source's error.
        """


class SourceResources(Protocol):
    """What a source's resources have, whatever else it needs."""

    @property
    def search(self) -> SearchServer:
        """The server with the collection."""

    @property
    def progress(self) -> Progress:
        """Where its steps are reported."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""


class EnrichCounts(WriteCounts, Protocol):
    """The part of a summary that the frame fills: documents seen, and those that said all already."""

    seen: int
    unchanged: int


@dataclass(kw_only=True)
class Enrichment[D: SourceInput, K]:
    """One source of facts at work on one collection.

    ``read_more`` is for a source that needs long fields of a few documents: it is called before
    :meth:`Source.find_due`. ``go_on`` is for one that has ``continued`` fields.
    """

    order: EnrichOrder
    source: Source[D, K]
    search: SearchServer
    progress: Progress
    counts: EnrichCounts
    read_more: ReadMore[D] | None = None
    go_on: GoOn | None = None

    async def run(self) -> str | None:
        """Write what is known, then ask for the rest; return what stopped it, ``None`` where nothing did.

        Raises :class:`CollectionNotFound`, and what its user has to mend: :class:`UsageError` and
        :class:`ConfigurationError`.
        """
        try:
            await self._run()
        except (UsageError, ConfigurationError, CollectionNotFound):
            raise
        except AggregatorError as error:
            return str(error)
        finally:
            self.counts.unchanged = self.counts.seen - self.counts.written - len(self.counts.rejected)
        return None

    async def _run(self) -> None:
        writer, due = await self._begin()
        async for wanted in self.source.ask(due):
            await writer.write(wanted)
        if self.counts.written:
            await self.search.snapshot()

    async def prepare(self) -> Sequence[K]:
        """Let the documents say what is known already; return what is due, for somebody else to ask."""
        _, due = await self._begin()
        return due

    async def _begin(self) -> tuple[Writer, Sequence[K]]:
        self.progress.start("reading the collection", None)
        collection = await ensure_collection(self.search, self.order.target, self.order.remedy)
        exported = await self._read(collection)
        documents = {document.id: document for document, _ in exported}
        carried = {document.id: said for document, said in exported}
        self.counts.seen = len(documents)
        writer = Writer(self.search, collection, self.source.fields, carried, self.counts, go_on=self.go_on)
        if self.read_more is not None:
            await self.read_more(collection, documents)
        due = self.source.find_due(documents)
        await writer.write(self.source.recall())
        return writer, due

    async def _read(self, collection: str) -> list[tuple[D, CarriedFields]]:
        """Export, once, the fields that the source reads and those of its own that are compared."""
        reads, owned = self.source.reads, self.source.fields.compared
        included = list(dict.fromkeys((*reads.__struct_fields__, *owned)))
        read = partial(read_document, reads=reads, owned=owned)
        return await self.search.contents.export_as(collection, included, read)


async def carry_out[D: SourceInput, K](  # noqa: PLR0913 - each is a thing of its own
    order: EnrichOrder,
    source: Source[D, K],
    resources: SourceResources,
    summary: EnrichPart,
    *,
    started: datetime,
    things: str = "projects",
    read_more: ReadMore[D] | None = None,
    go_on: GoOn | None = None,
) -> None:
    """Let a source do its work, as a job that began at ``started``; the summary says what stopped it.

    ``things`` are what it asks for, ``read_more`` and ``go_on`` those of :class:`Enrichment`. Raises what
    :meth:`Enrichment.run` does.
    """
    enrichment = Enrichment(
        order=order,
        source=source,
        search=resources.search,
        progress=resources.progress,
        counts=summary,
        read_more=read_more,
        go_on=go_on,
    )
    try:
        summary.stopped = await enrichment.run()
    except asyncio.CancelledError:
        asked = f" after asking for {summary.asked} {things}" if summary.asked else ""
        logger.warning("Interrupted%s; run again to continue.", asked)
        raise
    summary.seconds = round((resources.now() - started).total_seconds(), 3)


async def ensure_collection(search: SearchServer, target: str, remedy: str) -> str:
    """Return the collection behind a name, once all writes are in it and its schema has every field.

    Raises :class:`CollectionNotFound`, and what the server has to be mended for; ``remedy`` is said where the
    schema is another one.
    """
    await search.wait_until_applied()
    collection = await search.get_collection(target)
    await search.collections.ensure(collection, build_schema(), remedy=remedy)
    return collection
