"""How a forge is asked for repositories: GitHub for many at once, any other for one after the other."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pyf.aggregator.errors.sources import (
    MalformedResponse,
    QueryTooLarge,
    SourceUnavailable,
    SourceUnreachable,
)
from pyf.aggregator.jobs.resources import OpenForge
from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.metadata.repositories.forges import ForgeKind
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.github.outcomes import Wanted
from pyf.aggregator.sources.forges.outcomes import Asked, Outcome, RepositorySource, Unanswered

logger = logging.getLogger(__name__)


class Asker(Protocol):
    """One way to ask a forge."""

    @property
    def size(self) -> int:
        """How many repositories share the next question."""

    @property
    def by_id(self) -> bool:
        """A known repository is asked for by what the forge calls it, which survives renames."""

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""

    async def ask(self, wanted: Mapping[Slug, Asked]) -> dict[Slug, Outcome]:
        """Ask for all of them; raises :class:`~pyf.aggregator.errors.sources.SourceError`."""


@dataclass
class BatchSize:
    """How many repositories share the next query: doubling at first, and after a failure creeping up again.

    As TCP finds the width of its window (RFC 5681): what GitHub manages in its ten seconds differs from hour
    to hour, and every query that it gives up on costs extra points. ``largest`` is the most ids that GitHub's
    ``nodes`` takes.
    """

    first: int = 50
    largest: int = 100
    step: int = 10

    def __post_init__(self) -> None:
        self.current = self.first
        self._failed = False

    def grow(self) -> None:
        """Take a larger size after a query was answered."""
        more = self.current + self.step if self._failed else self.current * 2
        self.current = min(more, self.largest)

    def shrink(self, failed: int) -> None:
        """Take half of the size that GitHub did not manage."""
        self._failed = True
        self.current = max(1, failed // 2)


@dataclass(kw_only=True)
class Together:
    """GitHub with a token: many repositories a query, whose number adapts to what GitHub manages."""

    github: GitHub
    batch: BatchSize = field(default_factory=BatchSize)
    by_id: bool = True

    @property
    def size(self) -> int:
        """How many repositories share the next query."""
        return self.batch.current

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""
        return self.github.requests

    async def ask(self, wanted: Mapping[Slug, Asked]) -> dict[Slug, Outcome]:
        """Ask for all of them in one query."""
        items = {
            name: Wanted(slug=Slug(asked.repository.path), node_id=asked.node_id)
            for name, asked in wanted.items()
        }
        try:
            said = await self.github.fetch_batch(list(dict.fromkeys(items.values())))
        except QueryTooLarge as error:
            logger.debug("%s", error)
            self.batch.shrink(len(items))
            return dict.fromkeys(items, Unanswered(str(error)))
        outcomes = {name: said[item] for name, item in items.items()}
        if any(isinstance(outcome, Unanswered) for outcome in outcomes.values()):
            self.batch.shrink(len(items))
        else:
            self.batch.grow()
        return outcomes


@dataclass(frozen=True, kw_only=True)
class Alone:
    """A forge over REST: a request for each repository."""

    fetch: Callable[[Asked], Awaitable[Outcome]]
    client: GitHub | RepositorySource
    by_id: bool
    size: int = 1

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""
        return self.client.requests

    async def ask(self, wanted: Mapping[Slug, Asked]) -> dict[Slug, Outcome]:
        """Ask for the one repository."""
        ((name, asked),) = wanted.items()
        try:
            return {name: await self.fetch(asked)}
        except SourceUnreachable:
            raise
        except (SourceUnavailable, MalformedResponse) as error:
            return {name: Unanswered(str(error))}


def build_github_asker(github: GitHub) -> Asker:
    """Return how GitHub is asked, with its token or without one."""
    if github.authorized:
        return Together(github=github)

    async def fetch(asked: Asked) -> Outcome:
        return await github.fetch_one(Wanted(slug=Slug(asked.repository.path), etag=asked.etag))

    return Alone(fetch=fetch, client=github, by_id=False)


def build_asker(forge: OpenForge) -> Asker:
    """Return how a forge other than GitHub is asked; Forgejo wants a token from who asks by id."""
    return Alone(
        fetch=forge.source.fetch_repository, client=forge.source, by_id=forge.kind is ForgeKind.GITLAB
    )
