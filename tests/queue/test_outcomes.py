from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.errors.jobs import (
    BrokerUnavailable,
    LeaseHeld,
    ReleaseMissing,
    RemovalRefused,
    RunIncomplete,
    TaskRefused,
    TaskTimedOut,
)
from pyf.aggregator.errors.root import AggregatorError, DataFolderUnusable, UsageError
from pyf.aggregator.errors.sources import (
    MalformedResponse,
    RateLimited,
    SecondaryLimit,
    SourceUnavailable,
    TokenRefused,
)
from pyf.aggregator.errors.typesense import SearchUnauthorized, SearchUnavailable
from pyf.aggregator.queue.outcomes import Fail, Outcome, Requeue, Skip
from pyf.aggregator.queue.outcomes import decide as decide_about

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HELD, DISPENSABLE = LeaseHeld("x"), LeaseHeld("x", dispensable=True)


def decide(error: AggregatorError, retries: int = 0, *, jitter: float = 0.0) -> Outcome:
    return decide_about(error, retries=retries, most=10, now=NOON, jitter=jitter)


@pytest.mark.parametrize("limit", [RateLimited, SecondaryLimit])
@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        (timedelta(seconds=90), 90),
        (timedelta(seconds=-5), 0.1),
        (timedelta(days=1), 3600),
    ],
)
def test_a_limit_puts_back_with_its_time_as_often_as_it_takes(
    limit: type[RateLimited], until: timedelta, seconds: float
) -> None:
    for retries in (0, 99):
        assert decide(limit("x", NOON + until), retries) == Requeue(seconds, counted=False)


PASSING = [
    BrokerUnavailable("x", "y"),
    DataFolderUnusable(Path("x"), "y"),
    MalformedResponse("x", "y"),
    ReleaseMissing("x", "1"),
    RunIncomplete("x"),
    SearchUnavailable("x", "y"),
    SourceUnavailable("x", "y"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_tried_again_with_growing_pauses(error: AggregatorError) -> None:
    pauses = [decide(error, retries) for retries in range(4)]
    assert pauses == [Requeue(seconds, counted=True) for seconds in (5, 10, 20, 40)]
    assert decide(error, 1, jitter=1.0) == Requeue(5, counted=True)


@pytest.mark.parametrize(
    "error", [error for error in PASSING if not isinstance(error, ReleaseMissing)], ids=repr
)
def test_trying_again_has_an_end(error: AggregatorError) -> None:
    assert decide(error, 9) == Requeue(900, counted=True)
    assert decide(error, 10) == Fail()


def test_a_release_that_stays_away_is_left_to_the_reconciling() -> None:
    assert decide(ReleaseMissing("x", "1"), 6) == Requeue(320, counted=True)
    assert decide(ReleaseMissing("x", "1"), 7) == Skip()


def test_what_somebody_else_does_is_waited_for_or_dropped() -> None:
    assert decide(HELD, 99) == Requeue(3, counted=False)
    assert decide(HELD, 99, jitter=1.0) == Requeue(6, counted=False)
    # A minute is the lease of a holder that may be dead.
    assert decide(DISPENSABLE) == Requeue(60, counted=True)
    assert decide(DISPENSABLE, 1) == Skip()


@pytest.mark.parametrize(
    "error",
    [
        RemovalRefused("x", 50, 60),
        SearchUnauthorized("x"),
        TaskRefused("It ended its worker 3 times."),
        TaskTimedOut(300),
        TokenRefused("x", "y"),
        UsageError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_only_a_person_can_mend_is_given_up_at_once(error: AggregatorError) -> None:
    assert decide(error) == Fail()


def test_what_failed_together_does_not_come_back_together() -> None:
    pauses = {decide_about(SearchUnavailable("x", "y"), retries=3, most=10, now=NOON) for _ in range(20)}
    assert len(pauses) > 10
    assert all(isinstance(pause, Requeue) and 20 <= pause.seconds <= 40 for pause in pauses)
