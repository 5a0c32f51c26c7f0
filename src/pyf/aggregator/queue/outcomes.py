"""What becomes of a task that did not succeed, decided before anything is done. Pure."""

import random
from dataclasses import dataclass
from datetime import datetime

from pyf.aggregator.errors.jobs import (
    BrokerUnavailable,
    LeaseHeld,
    ReleaseMissing,
    RendererUnavailable,
    RunIncomplete,
)
from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.errors.sources import RateLimited, SourceError, TokenRefused
from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.state.redis.leases import LEASE_SECONDS

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 900.0
LONGEST_PUT_BACK_SECONDS = 3600.0
"""Limits that end later are looked at again by then: they may have been lifted."""
LEASE_PAUSE_SECONDS = 3.0
MOST_RETRIES_FOR_RELEASES = 7
"""A release that is not to be seen some ten minutes after it was announced is left to the reconciling."""

_PASSING = (
    BrokerUnavailable,
    DataFolderUnusable,
    ReleaseMissing,
    RendererUnavailable,
    RunIncomplete,
    SearchUnavailable,
    SourceError,
)
"""What another attempt may mend."""


@dataclass(frozen=True, slots=True)
class Requeue:
    """The task is queued again after a pause; one that is not ``counted`` as often as it takes."""

    seconds: float
    counted: bool


@dataclass(frozen=True, slots=True)
class Skip:
    """The task ends here, and nothing is wrong with that."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The task ends here, and somebody has to know."""


type Outcome = Requeue | Skip | Fail


def decide(
    error: Exception, *, retries: int, most: int, now: datetime, jitter: float | None = None
) -> Outcome:
    """Decide about a task that was tried again ``retries`` times; ``most`` is how often that is done.

    ``jitter`` between 0 and 1 takes up to half of a growing pause, so that what failed together does not come
    back together.
    """
    share = random.random() if jitter is None else jitter  # noqa: S311 - nothing secret
    match error:
        case RateLimited():
            pause = (error.until - now).total_seconds()
            return Requeue(min(max(pause, 0.1), LONGEST_PUT_BACK_SECONDS), counted=False)
        case LeaseHeld():
            return _decide_lease(error, retries, share)
        case ReleaseMissing() if retries >= MOST_RETRIES_FOR_RELEASES:
            return Skip()
        case _ if isinstance(error, _PASSING) and not isinstance(error, TokenRefused) and retries < most:
            pause = min(FIRST_PAUSE_SECONDS * 2.0**retries, LONGEST_PAUSE_SECONDS)
            return Requeue(pause * (1 - share / 2), counted=True)
        case _:
            return Fail()


def _decide_lease(error: LeaseHeld, retries: int, share: float) -> Outcome:
    if not error.dispensable:
        return Requeue(LEASE_PAUSE_SECONDS * (1 + share), counted=False)
    if retries:
        return Skip()
    # Its holder may be dead; by then it shows.
    return Requeue(LEASE_SECONDS * (1 + share / 2), counted=True)
