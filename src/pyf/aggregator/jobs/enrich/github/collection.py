"""GitHub's figures for all documents of a collection.

What is known already is written first and costs no request; then GitHub is asked for the rest, most lately
released projects first, and each answer is remembered before its documents are written. A document says what
the cache says: a run that was killed in between is put right by the next one.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyf.aggregator.documents.github import Enriched, build_figures, encode_changes, find_changes
from pyf.aggregator.documents.lines import MAX_BATCH_DOCUMENTS
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors import (
    AggregatorError,
    CollectionNotFound,
    ConfigurationError,
    UsageError,
)
from pyf.aggregator.jobs.enrich.github.asking import Survey
from pyf.aggregator.jobs.enrich.github.ownership import Claims, find_claims, settle_claims
from pyf.aggregator.jobs.progress import EnrichSummary, ItemFailure
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import NormalizedName, Slug
from pyf.aggregator.metadata.repositories.repository import NoRepository
from pyf.aggregator.state.repositories import KnownRepository, State

logger = logging.getLogger(__name__)

DAWN = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichOrder:
    """What a user asks of one enrichment; with ``renew`` the age of what is known does not count.

    ``profile`` is the one whose collection it is, ``None`` where only the collection is known.
    """

    target: str
    max_age: timedelta
    renew: bool = False
    profile: str | None = None


async def enrich(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises :class:`CollectionNotFound`, and what its user has to mend: :class:`UsageError` and
    :class:`ConfigurationError`.
    """
    started = resources.now()
    summary = EnrichSummary(collection=order.target)
    try:
        await Enrichment(order, resources, summary, started).run()
    except (UsageError, ConfigurationError, CollectionNotFound):
        raise
    except AggregatorError as error:
        summary.stopped = str(error)
    except asyncio.CancelledError:
        logger.warning("Interrupted: %d repositories were asked; run again to go on.", summary.asked)
        raise
    github = resources.github
    summary.requests, summary.points = github.requests, github.points
    summary.points_left = github.budget.remaining if github.budget else None
    summary.seconds = round((resources.now() - started).total_seconds(), 3)
    return summary


class Enrichment:
    """One enrichment while it runs: the documents, who claims which repository, and what is known of it."""

    def __init__(
        self, order: EnrichOrder, resources: EnrichResources, summary: EnrichSummary, started: datetime
    ) -> None:
        self._order = order
        self._resources = resources
        self._summary = summary
        self._started = started
        self._collection = ""
        self._documents: dict[NormalizedName, Enriched] = {}
        self._said: dict[NormalizedName, Document] = {}
        self._written: set[NormalizedName] = set()
        self._claims = Claims(repositories={}, without={})
        self._knowledge: dict[Slug, KnownRepository] = {}
        self._survey = Survey(
            resources=resources,
            summary=summary,
            knowledge=self._knowledge,
            renew_from=started if order.renew else DAWN,
            max_age=order.max_age,
        )

    async def run(self) -> None:
        """Write what is known, then ask for the rest."""
        try:
            due = await self.prepare()
            if due and not self._resources.github.authorized:
                logger.info(
                    "No GITHUB_TOKEN: GitHub answers one repository a request, 60 an hour; %d are due.",
                    len(due),
                )
            async for names in self._survey.run(due):
                await self._write(self._build_wanted(names))
        finally:
            self._account()
        if self._written:
            await self._resources.search.snapshot()

    async def prepare(self) -> list[Slug]:
        """Let the documents say what is known already; return the repositories that are due."""
        await self._read_collection()
        due = self._survey.find_due(self._order_by_release())
        self._summary.from_cache = len(self._claims.repositories) - len(due)
        await self._write({name: {} for name in self._claims.without})
        await self._write(self._build_wanted(self._claims.repositories))
        return due

    @property
    def shown_by(self) -> Mapping[Slug, list[NormalizedName]]:
        """Every repository with the projects that show its figures."""
        return self._claims.repositories

    def _find_remedy(self) -> str:
        """Return what fills a collection of another schema anew."""
        target, profile = self._order.target, self._order.profile
        if profile is None:
            return f"run pyfaggregator -f -t {target} --rebuild, with the -p or -ft that it was filled with"
        target_option = "" if target == profile else f" -t {target}"
        return f"run pyfaggregator -f -p {profile}{target_option} --rebuild to fill it anew"

    async def _read_collection(self) -> None:
        """Load the documents and settle which repository each may show."""
        search, summary = self._resources.search, self._summary
        self._resources.progress.start("reading the collection", None)
        await search.wait_until_settled()
        collection = await search.get_collection(self._order.target)
        await search.collections.ensure(collection, build_schema(), remedy=self._find_remedy())
        self._collection = collection
        self._documents = {item.id: item for item in await search.contents.export(collection, Enriched)}
        self._said = {name: item.figures for name, item in self._documents.items()}
        found = find_claims(self._documents.values())
        named = {slug for slug in found.values() if not isinstance(slug, NoRepository)}
        known = self._resources.repositories.load(named)
        # Under its present name, too, which may be one that nobody gives.
        self._knowledge.update(known | {row.slug: row for row in known.values()})
        self._claims = settle_claims(self._documents.values(), found, self._knowledge)
        summary.seen = len(self._documents)
        summary.without = [
            ItemFailure(name=name, reason=why) for name, why in sorted(self._claims.without.items())
        ]
        summary.with_repository = summary.seen - len(summary.without)
        summary.repositories = len(self._claims.repositories)

    def _order_by_release(self) -> list[Slug]:
        """Return the repositories, that of the most lately released project first."""

        def latest(slug: Slug) -> int:
            return max(self._documents[name].upload_timestamp for name in self._claims.repositories[slug])

        return sorted(self._claims.repositories, key=lambda slug: (-latest(slug), slug))

    def _build_wanted(self, slugs: Iterable[Slug]) -> dict[NormalizedName, Document]:
        """Return what the documents of these repositories should say of GitHub."""
        wanted: dict[NormalizedName, Document] = {}
        for slug in slugs:
            known = self._knowledge.get(slug)
            if known and known.stats and known.confirmed_at:
                figures = build_figures(known.stats, known.confirmed_at)
            elif known and known.gone:
                figures = {}
            else:
                # Nothing is known for sure, so whatever a document says stays.
                continue
            wanted.update(dict.fromkeys(self._claims.repositories[slug], figures))
        return wanted

    async def _write(self, wanted: Mapping[NormalizedName, Document]) -> None:
        """Let the documents say what is wanted; those that do so already cost nothing."""
        lines = [
            encode_changes(name, changes)
            for name, figures in wanted.items()
            if (changes := find_changes(self._said[name], figures))
        ]
        for start in range(0, len(lines), MAX_BATCH_DOCUMENTS):
            part = lines[start : start + MAX_BATCH_DOCUMENTS]
            rejections = await self._resources.search.contents.update_lines(self._collection, part)
            self._summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]
            accepted = {line.name for line in part} - {item.name for item in rejections}
            self._said.update({name: wanted[name] for name in accepted})
            self._written |= accepted
            self._summary.written = len(self._written)

    def _account(self) -> None:
        self._summary.unchanged = len(self._documents.keys() - self._written) - len(self._summary.rejected)
        self._summary.unavailable = [
            ItemFailure(name=slug, reason=known.state.value)
            for slug in sorted(self._claims.repositories)
            if (known := self._knowledge.get(slug)) and known.state is not State.AVAILABLE
        ]
