"""GitHub as a source of facts: which repositories are due, and what their documents should say.

What is due are repositories, and how old an answer is stands in the cache of repositories, which all profiles
share: several documents show one repository, and one that none shows any more may be shown again.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from pyf.aggregator.documents.facts import OwnedFields
from pyf.aggregator.documents.github import GITHUB_FIELDS, GitHubInput, build_github_fields
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.github.ownership import Ownership, find_named, find_ownership
from pyf.aggregator.jobs.enrich.github.refresh import Refresh
from pyf.aggregator.jobs.enrich.writer import Wanted
from pyf.aggregator.jobs.progress import EnrichSummary, ItemFailure
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import NormalizedName, Slug
from pyf.aggregator.metadata.repositories.repository import NoRepository
from pyf.aggregator.state.repositories import KnownRepository, State

logger = logging.getLogger(__name__)


class GitHubSource:
    """GitHub, asked about the repositories of one collection."""

    reads: type[GitHubInput] = GitHubInput
    fields: OwnedFields = GITHUB_FIELDS

    def __init__(
        self, order: EnrichOrder, resources: EnrichResources, summary: EnrichSummary, started: datetime
    ) -> None:
        self._resources = resources
        self._summary = summary
        self._ownership = Ownership(shown_by={}, unmatched={})
        self._knowledge: dict[Slug, KnownRepository] = {}
        self._refresh = Refresh(
            resources=resources,
            summary=summary,
            knowledge=self._knowledge,
            max_age=order.max_age,
            not_before=started if order.ignore_age else None,
        )

    @property
    def shown_by(self) -> Mapping[Slug, Sequence[NormalizedName]]:
        """Every repository with the projects that show it."""
        return self._ownership.shown_by

    def find_due(self, documents: Mapping[NormalizedName, GitHubInput]) -> list[Slug]:
        """Find out which repository each document may show; return those to ask for."""
        named = find_named(documents.values())
        known = self._resources.repositories.load(
            {slug for slug in named.values() if not isinstance(slug, NoRepository)}
        )
        # Under its present name, too, which may be one that nobody gives.
        self._knowledge.update(known | {row.slug: row for row in known.values()})
        self._ownership = find_ownership(documents.values(), named, self._knowledge)
        due = self._refresh.find_due(self._order_by_release(documents))
        self._count(len(documents), len(due))
        return due

    def recall(self) -> Wanted:
        """Return what the cache knows; documents without a repository say nothing of GitHub."""
        unmatched: Wanted = {name: {} for name in self._ownership.unmatched}
        return {**unmatched, **self._build_wanted(self._ownership.shown_by)}

    async def ask(self, due: Sequence[Slug]) -> AsyncIterator[Wanted]:
        """Ask GitHub, within what it grants."""
        if due and not self._resources.github.authorized:
            logger.info(
                "GITHUB_TOKEN is not set, so GitHub answers for 60 repositories an hour at most; %d are due.",
                len(due),
            )
        async for slugs in self._refresh.run(due):
            yield self._build_wanted(slugs)

    def list_unavailable(self) -> list[ItemFailure]:
        """Return the repositories that GitHub shows nothing of, and why."""
        return [
            ItemFailure(name=slug, reason=known.state.value)
            for slug in sorted(self._ownership.shown_by)
            if (known := self._knowledge.get(slug)) and known.state is not State.AVAILABLE
        ]

    def _order_by_release(self, documents: Mapping[NormalizedName, GitHubInput]) -> list[Slug]:
        """Return the repositories, that of the most lately released project first."""

        def latest(slug: Slug) -> int:
            return max(documents[name].upload_timestamp for name in self.shown_by[slug])

        return sorted(self.shown_by, key=lambda slug: (-latest(slug), slug))

    def _count(self, documents: int, due: int) -> None:
        unmatched = sorted(self._ownership.unmatched.items())
        self._summary.without = [ItemFailure(name=name, reason=why) for name, why in unmatched]
        self._summary.with_repository = documents - len(unmatched)
        self._summary.repositories = len(self.shown_by)
        self._summary.from_cache = len(self.shown_by) - due

    def _build_wanted(self, slugs: Iterable[Slug]) -> Wanted:
        """Return what the documents of these repositories should say of GitHub."""
        wanted: dict[NormalizedName, Document] = {}
        for slug in slugs:
            fields = find_fields(self._knowledge.get(slug))
            if fields is not None:
                wanted.update(dict.fromkeys(self.shown_by[slug], fields))
        return wanted


def find_fields(known: KnownRepository | None) -> Document | None:
    """Return what a document should say of a repository: nothing of one that is gone.

    ``None`` where nothing is known for sure: whatever a document says stays.
    """
    if known and known.stats and known.confirmed_at:
        return build_github_fields(known.stats, known.confirmed_at)
    return {} if known and known.gone else None
