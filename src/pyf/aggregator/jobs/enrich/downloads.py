"""Downloads as a source of facts: how often each project of a collection was downloaded within a month.

Hundreds of projects share a query, and an answer is taken whole or not at all: where it is not, the documents
keep what they say. Each of them says when its figures were learnt, so commands and workers agree on what is
due.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import chain

from pyf.aggregator.documents.enrichments import DOWNLOAD_FIELDS
from pyf.aggregator.documents.owned_fields import OwnedFields, SourceInput
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.sources import RateLimited, SourceError, SourceOutage, UnprovenAnswer
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, carry_out
from pyf.aggregator.jobs.enrich.writer import Wanted
from pyf.aggregator.jobs.progress import ItemFailure, SourceSummary
from pyf.aggregator.jobs.resources import DownloadResources
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.downloads import (
    QUERIES_AT_ONCE,
    QUERIES_PER_SECOND,
    DownloadLog,
    Downloads,
    batch_names,
)

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(days=7)
"""The month moves by a day a day; a week of it is soon enough."""
OUTAGE_QUERIES = 3
"""So many queries in a row without a usable answer are an outage."""


class DownloadInput(SourceInput, frozen=True, kw_only=True):
    """What tells whether a document's figures are due: when they were learnt (Unix seconds)."""

    downloads_checked: int | None = None


class DownloadSource:
    """The log of downloads, asked about the projects of one collection."""

    reads: type[DownloadInput] = DownloadInput
    fields: OwnedFields = DOWNLOAD_FIELDS

    def __init__(
        self, order: EnrichOrder, log: DownloadLog, resources: DownloadResources, summary: SourceSummary
    ) -> None:
        self._order = order
        self._log = log
        self._resources = resources
        self._summary = summary
        self._refused = 0

    def find_due(self, documents: Mapping[NormalizedName, DownloadInput]) -> list[NormalizedName]:
        """Return the projects whose figures are missing or too old, those without any first."""
        now = self._resources.now()
        checked = {name: item.downloads_checked for name, item in documents.items()}
        due = [name for name, moment in checked.items() if self._order.is_due(moment, now)]
        due.sort(key=lambda name: (checked[name] or 0, name))
        # A document of before may have an id that is no project's name.
        askable = list(chain.from_iterable(batch_names(due)))
        self._summary.due = len(askable)
        return askable

    def recall(self) -> Wanted:
        """Nothing is known without asking: the documents are the memory."""
        return {}

    async def ask(self, due: Sequence[NormalizedName]) -> AsyncIterator[Wanted]:
        """Ask for some hundred projects a query; a limit that is not waited for leaves the rest."""
        self._resources.progress.start("asking for downloads", len(due))
        batches = batch_names(due)
        _tell_pause(len(batches))
        for names in batches:
            try:
                downloads = await self._fetch(names)
            except RateLimited as limit:
                self._note_left(due)
                self._summary.resume_at = max(limit.until, self._resources.now())
                return
            except SourceError:
                self._note_left(due)
                raise
            if downloads is not None:
                yield self._build_wanted(downloads)
            self._resources.progress.advance(len(names))

    def _note_left(self, due: Sequence[NormalizedName]) -> None:
        self._summary.left = len(due) - self._summary.asked - len(self._summary.failed)

    async def _fetch(self, names: Sequence[NormalizedName]) -> Downloads | None:
        """Ask for one batch; ``None`` where the answer is of no use, and each of these names has failed."""
        try:
            downloads = await self._log.fetch_downloads(names)
        except UnprovenAnswer as error:
            if error.for_all:
                raise
            self._summary.failed += [ItemFailure(name=name, reason=str(error)) for name in names]
            self._refused += 1
            if self._refused >= OUTAGE_QUERIES:
                raise SourceOutage(self._refused, str(error)) from error
            return None
        self._refused = 0
        self._summary.asked += len(names)
        return downloads

    def _build_wanted(self, downloads: Downloads) -> Wanted:
        ended = datetime.combine(downloads.as_of, time.min, UTC)
        shared: Document = {
            "downloads_as_of": int(ended.timestamp()),
            "downloads_checked": int(self._resources.now().timestamp()),
        }
        return {name: {"downloads_month": count, **shared} for name, count in downloads.counts.items()}


async def enrich_downloads(order: EnrichOrder, resources: DownloadResources) -> SourceSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises what :func:`carry_out` does.
    """
    started = resources.now()
    summary = SourceSummary(source=DOWNLOAD_FIELDS.source, collection=order.target)
    log = resources.log
    if log is None:
        summary.off = "DOWNLOADS_URL is empty"
        return summary
    sent = log.queries
    source = DownloadSource(order, log, resources, summary)
    await carry_out(order, source, resources, summary, started=started)
    if queries := log.queries - sent:
        summary.requests = {"downloads": queries}
    return summary


def _tell_pause(queries: int) -> None:
    """Say how long it takes where the pace makes it long."""
    if queries > QUERIES_AT_ONCE:
        minutes = (queries - QUERIES_AT_ONCE) / QUERIES_PER_SECOND / 60
        logger.info(
            "After %d queries the log of downloads is asked every %.0f s; these %d take up to %.0f minutes.",
            QUERIES_AT_ONCE,
            1 / QUERIES_PER_SECOND,
            queries,
            minutes,
        )
