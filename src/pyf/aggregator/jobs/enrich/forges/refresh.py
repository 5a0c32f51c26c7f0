"""Asking one forge for the repositories that are due, within its limits.

Whatever is learnt is remembered before anything else is asked, so a run that ends anywhere, by a limit or by
a kill, is continued by the next one.
"""

import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyf.aggregator.errors.sources import RateLimited, SecondaryLimit, SourceError, SourceOutage
from pyf.aggregator.jobs.enrich.forges.asking import Asker
from pyf.aggregator.jobs.progress import ForgeSummary, ItemFailure, Progress
from pyf.aggregator.metadata.model import Repository, Slug
from pyf.aggregator.metadata.repositories.forges import name_forge
from pyf.aggregator.sources.forges.outcomes import Asked, Outcome, Unanswered, Unavailable
from pyf.aggregator.state.repositories import KnownRepository, Repositories, State, update_knowledge

logger = logging.getLogger(__name__)

PRIMARY_PATIENCE_SECONDS = 60.0
SECONDARY_PATIENCE_SECONDS = 300.0
"""A limit that ends later than this ends the refresh; a secondary one asks for a minute at the least."""
MAX_WAITS = 3
"""So many waits in a row without an answer in between are enough."""
OUTAGE_REPOSITORIES = 5
"""So many repositories in a row without a usable answer, each asked several times, are an outage."""


@dataclass(frozen=True, kw_only=True)
class RefreshOrder:
    """When to ask again, and whether to wait.

    Answers that are older than ``max_age``, or from before ``not_before``, do not count. Who is not
    ``patient`` ends at any limit.
    """

    max_age: timedelta
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    not_before: datetime | None = None
    patient: bool = True


@dataclass(kw_only=True)
class Refresh:
    """One refresh of what is known of a forge's repositories; ``summary`` is its account."""

    host: str
    asker: Asker
    repositories: Repositories
    order: RefreshOrder
    progress: Progress

    def __post_init__(self) -> None:
        self.summary = ForgeSummary(host=self.host)
        self.knowledge: dict[Slug, KnownRepository] = {}
        self._by_name: set[Slug] = set()
        self._waits = 0
        self._unanswered = 0
        self._sent_before = self.asker.requests

    def load(self, names: Iterable[Slug]) -> None:
        """Look up what is known of these, under their present names, too, which may be ones nobody gives."""
        known = self.repositories.load(names)
        self.knowledge.update(known | {row.slug: row for row in known.values()})

    def find_due(self, names: Iterable[Slug]) -> list[Slug]:
        """Return those of the named of which nothing is known that still stands."""
        now = self.order.now()
        return [name for name in names if not self._still_stands(self.knowledge.get(name), now)]

    def _still_stands(self, known: KnownRepository | None, now: datetime) -> bool:
        earliest = self.order.not_before
        if known is None or (earliest is not None and known.checked_at < earliest):
            return False
        return known.is_fresh(now, self.order.max_age)

    async def run(self, due: Sequence[Slug]) -> AsyncIterator[list[Slug]]:
        """Ask for the repositories that are due, in their order; yield those that each answer is about.

        A limit that is not worth waiting for ends the refresh; the summary says what is left and till when.
        """
        if not due:
            return
        self.progress.start(f"asking {name_forge(self.host)}", len(due))
        try:
            async for answered in self._run(deque(due)):
                self.progress.advance(len(answered))
                yield answered
        finally:
            self.summary.requests = self.asker.requests - self._sent_before

    async def _run(self, queue: deque[Slug]) -> AsyncIterator[list[Slug]]:
        while queue:
            part = [queue.popleft() for _ in range(min(self.asker.size, len(queue)))]
            # Another run may have asked meanwhile, for another profile.
            self.knowledge.update(self.repositories.load(part))
            asked = self.find_due(part)
            try:
                outcomes = await self._ask(asked) if asked else {}
            except RateLimited as limit:
                self.summary.left = len(asked) + len(queue)
                self.summary.resume_at = max(limit.until, self.order.now())
                return
            except SourceError:
                self.summary.left = len(asked) + len(queue)
                raise
            try:
                again = self._sort_out(outcomes)
            except SourceOutage:
                self.summary.left = len(queue)
                raise
            queue.extendleft(reversed(again))
            yield [name for name in part if name not in again]

    # Asking

    async def _ask(self, names: Sequence[Slug]) -> dict[Slug, Outcome]:
        """Ask for all the names at once, and wait for what limits may be worth it."""
        while True:
            try:
                outcomes = await self.asker.ask({name: self._build_asked(name) for name in names})
            except RateLimited as limit:
                await self._wait(limit)
            else:
                self._waits = 0
                return outcomes

    def _build_asked(self, name: Slug) -> Asked:
        """Return how to ask: by id where one is known, which survives renames and a new owner of the name.

        Else by the present name, which saves the redirect from the one that the project gives.
        """
        known = None if name in self._by_name else self.knowledge.get(name)
        if known is None:
            return Asked(repository=Repository(self.host, name))
        present = known.slug if known.state is State.AVAILABLE else name
        node_id = known.node_id if self.asker.by_id else None
        return Asked(repository=Repository(self.host, present), node_id=node_id, etag=known.etag)

    async def _wait(self, limit: RateLimited) -> None:
        """Wait until a limit ends; raise it where that is too far off, or waiting has not helped."""
        secondary = isinstance(limit, SecondaryLimit)
        patience = SECONDARY_PATIENCE_SECONDS if secondary else PRIMARY_PATIENCE_SECONDS
        pause = (limit.until - self.order.now()).total_seconds()
        self._waits += 1
        if not self.order.patient or pause > patience or self._waits > MAX_WAITS:
            raise limit
        # A reset in the past is over; a second more makes up for clocks that differ.
        pause = max(pause, 0.0) + 1.0
        logger.info("%s asks for a pause; continuing in %.0f s.", name_forge(self.host), pause)
        await self.order.sleep(pause)

    # Learning

    def _sort_out(self, outcomes: Mapping[Slug, Outcome]) -> list[Slug]:
        """Remember what was said, and return the names to ask for again."""
        now = self.order.now()
        learnt: dict[Slug, KnownRepository] = {}
        again: list[Slug] = []
        for name, outcome in outcomes.items():
            if isinstance(outcome, Unanswered):
                if len(outcomes) > 1:
                    again.append(name)
                else:
                    self._note_failure(name, outcome)
            elif outcome is Unavailable.MISSING and self._may_have_moved(name):
                self._by_name.add(name)
                again.append(name)
            else:
                learnt[name] = update_knowledge(name, self.knowledge.get(name), outcome, now)
        self._remember(learnt)
        return again

    def _may_have_moved(self, name: Slug) -> bool:
        """Tell whether it was asked for otherwise than by the name that the project gives."""
        asked = self._build_asked(name)
        return asked.node_id is not None or asked.repository.path != name

    def _remember(self, learnt: Mapping[Slug, KnownRepository]) -> None:
        if not learnt:
            return
        self.repositories.save(learnt)
        self.knowledge.update(learnt)
        self.summary.asked += len(learnt)
        self._unanswered = 0

    def _note_failure(self, name: Slug, outcome: Unanswered) -> None:
        label = Repository(self.host, name).label
        self.summary.failed.append(ItemFailure(name=Slug(label), reason=outcome.reason))
        self._unanswered += 1
        if self._unanswered >= OUTAGE_REPOSITORIES:
            raise SourceOutage(self._unanswered, outcome.reason)
