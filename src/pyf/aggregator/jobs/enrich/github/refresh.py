"""Asking GitHub for the repositories that are due, within its limits.

With a token many repositories share a query, whose size adapts to what GitHub manages; without one each is a
request. Whatever is learnt is remembered before anything else is asked, so a run that ends anywhere, by a
limit or by a kill, is continued by the next one.
"""

import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pyf.aggregator.errors.sources import (
    MalformedResponse,
    QueryTooLarge,
    RateLimited,
    SecondaryLimit,
    SourceOutage,
    SourceUnavailable,
    SourceUnreachable,
)
from pyf.aggregator.jobs.progress import EnrichSummary, ItemFailure
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.sources.forges.github.outcomes import Wanted
from pyf.aggregator.sources.forges.outcomes import Outcome, Unanswered, Unavailable
from pyf.aggregator.state.repositories import KnownRepository, State, update_knowledge

logger = logging.getLogger(__name__)

PRIMARY_PATIENCE_SECONDS = 60.0
SECONDARY_PATIENCE_SECONDS = 300.0
"""A limit that ends later than this ends the refresh; a secondary one asks for a minute at the least."""
MAX_WAITS = 3
"""So many waits in a row without an answer in between are enough."""
OUTAGE_REPOSITORIES = 5
"""So many repositories in a row without a usable answer, each asked several times, are an outage."""


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
class Refresh:
    """One refresh of what is known of repositories.

    ``knowledge`` is what is known of each, by the name asked for. Answers that are older than ``max_age``, or
    from before ``not_before``, do not count. One that is not ``patient`` ends at any limit.
    """

    resources: EnrichResources
    summary: EnrichSummary
    knowledge: dict[Slug, KnownRepository]
    max_age: timedelta
    not_before: datetime | None = None
    patient: bool = True
    size: BatchSize = field(default_factory=BatchSize)

    def __post_init__(self) -> None:
        self._ids_gone: set[Slug] = set()
        self._waits = 0
        self._unanswered = 0

    def find_due(self, names: Iterable[Slug]) -> list[Slug]:
        """Return those of the named of which nothing is known that still stands."""
        now = self.resources.now()
        return [name for name in names if not self._still_stands(self.knowledge.get(name), now)]

    def _still_stands(self, known: KnownRepository | None, now: datetime) -> bool:
        if known is None or (self.not_before is not None and known.checked_at < self.not_before):
            return False
        return known.is_fresh(now, self.max_age)

    async def run(self, due: Sequence[Slug]) -> AsyncIterator[list[Slug]]:
        """Ask for the repositories that are due, in their order; yield those that each answer is about.

        A limit that is not worth waiting for ends the refresh; the summary says what is left and till when.
        """
        self.resources.progress.start("asking GitHub", len(due))
        batches = self.resources.github.authorized
        queue = deque(due)
        while queue:
            size = self.size.current if batches else 1
            part = [queue.popleft() for _ in range(min(size, len(queue)))]
            # Another run may have asked meanwhile, for another profile.
            self.knowledge.update(self.resources.repositories.load(part))
            asked = self.find_due(part)
            try:
                outcomes = await self._ask(asked) if asked else {}
            except RateLimited as limit:
                self.summary.left = len(asked) + len(queue)
                self.summary.resume_at = max(limit.until, self.resources.now())
                return
            again = self._sort_out(outcomes)
            queue.extendleft(reversed(again))
            answered = [name for name in part if name not in again]
            self.resources.progress.advance(len(answered))
            yield answered

    # Asking

    async def _ask(self, names: Sequence[Slug]) -> dict[Slug, Outcome]:
        """Ask for all the names at once, and wait for what limits may be worth it."""
        send = self._ask_together if self.resources.github.authorized else self._ask_alone
        while True:
            try:
                outcomes = await send(names)
            except RateLimited as limit:
                await self._wait(limit)
            else:
                self._waits = 0
                return outcomes

    async def _ask_together(self, names: Sequence[Slug]) -> dict[Slug, Outcome]:
        wanted = {name: self._build_wanted(name) for name in names}
        try:
            said = await self.resources.github.fetch_batch(list(wanted.values()))
        except QueryTooLarge as error:
            logger.debug("%s", error)
            return dict.fromkeys(names, Unanswered(str(error)))
        return {name: said[item] for name, item in wanted.items()}

    def _build_wanted(self, name: Slug) -> Wanted:
        """Return how to ask: by id where one is known, which survives renames and a new owner of the name."""
        known = None if name in self._ids_gone else self.knowledge.get(name)
        return Wanted(slug=name, node_id=known.node_id if known else None)

    async def _ask_alone(self, names: Sequence[Slug]) -> dict[Slug, Outcome]:
        (name,) = names
        known = self.knowledge.get(name)
        # The present name saves the redirect from the one that the project names.
        current = known.slug if known and known.state is State.AVAILABLE else name
        wanted = Wanted(slug=current, etag=known.etag if known else None)
        try:
            return {name: await self.resources.github.fetch_one(wanted)}
        except SourceUnreachable:
            raise
        except (SourceUnavailable, MalformedResponse) as error:
            return {name: Unanswered(str(error))}

    async def _wait(self, limit: RateLimited) -> None:
        """Wait until a limit ends; raise it where that is too far off, or waiting has not helped."""
        secondary = isinstance(limit, SecondaryLimit)
        patience = SECONDARY_PATIENCE_SECONDS if secondary else PRIMARY_PATIENCE_SECONDS
        pause = (limit.until - self.resources.now()).total_seconds()
        self._waits += 1
        if not self.patient or pause > patience or self._waits > MAX_WAITS:
            raise limit
        # A reset in the past is over; a second more makes up for clocks that differ.
        pause = max(pause, 0.0) + 1.0
        logger.info("GitHub asks for a pause; continuing in %.0f s.", pause)
        await self.resources.sleep(pause)

    # Learning

    def _sort_out(self, outcomes: Mapping[Slug, Outcome]) -> list[Slug]:
        """Remember what was said, and return the names to ask for again."""
        now = self.resources.now()
        learnt: dict[Slug, KnownRepository] = {}
        again: list[Slug] = []
        for name, outcome in outcomes.items():
            known = self.knowledge.get(name)
            if isinstance(outcome, Unanswered):
                if len(outcomes) > 1:
                    again.append(name)
                else:
                    self._note_failure(name, outcome)
            elif outcome is Unavailable.MISSING and self._build_wanted(name).node_id:
                self._ids_gone.add(name)
                again.append(name)
            else:
                learnt[name] = update_knowledge(name, known, outcome, now)
        self._remember(learnt)
        if any(isinstance(outcome, Unanswered) for outcome in outcomes.values()):
            self.size.shrink(len(outcomes))
        else:
            self.size.grow()
        return again

    def _remember(self, learnt: Mapping[Slug, KnownRepository]) -> None:
        if not learnt:
            return
        self.resources.repositories.save(learnt)
        self.knowledge.update(learnt)
        self.summary.asked += len(learnt)
        self._unanswered = 0

    def _note_failure(self, name: Slug, outcome: Unanswered) -> None:
        self.summary.failed.append(ItemFailure(name=name, reason=outcome.reason))
        self._unanswered += 1
        if self._unanswered >= OUTAGE_REPOSITORIES:
            raise SourceOutage(self._unanswered, outcome.reason)
