"""How much more a forge may be asked, and when to come back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pyf.aggregator.errors.sources import RateLimited, SecondaryLimit
from pyf.aggregator.sources.forges.rate_budget import Budget, LocalRateBudget, Pause, RateBudget
from pyf.aggregator.sources.parsing import read_number
from pyf.aggregator.sources.retries import clamp_pause, read_retry_after

LONGEST_WINDOW = timedelta(hours=2)
"""GitHub's windows are an hour long, GitLab's a minute: a reset at the end of time is somebody's mistake."""
FIRST_SECONDARY_PAUSE_SECONDS = 60.0
"""GitHub asks for at least a minute after a limit that names no time, and more each time."""
_MOST_DOUBLINGS = 20

_LAST_SECOND = 253402300799
"""The end of the year 9999, in Unix seconds."""
_EARLIEST_SECOND = 1_000_000_000
"""A reset before that is a number of seconds from now: GitLab tells Unix seconds, the draft of the IETF
(``draft-ietf-httpapi-ratelimit-headers``) seconds to wait."""


class Limits:
    """What one forge at ``url`` allows: asked before each request, told what each answer says."""

    def __init__(self, url: str, rate_budget: RateBudget | None, now: Callable[[], datetime]) -> None:
        self._url = url
        self._kept = rate_budget or LocalRateBudget()
        self._now = now

    @property
    def budget(self) -> Budget | None:
        """What the forge granted when it last answered."""
        return self._kept.look()

    def refuse_early(self, price: int = 1) -> Pause | None:
        """Stop in a pause, and before the budget is overdrawn: asking on regardless may end in a ban.

        Returns the pause that is over and not yet known to have helped.
        """
        now, pause, budget = self._now(), self._kept.find_pause(), self.budget
        if pause is not None and pause.until > now:
            raise SecondaryLimit(self._url, pause.until)
        if budget is not None and budget.resets_at <= now:
            self._kept.keep(None)
        elif budget is not None and budget.remaining < price:
            raise RateLimited(self._url, budget.resets_at)
        return pause

    def end_pause(self, pause: Pause | None) -> None:
        """Forget a pause: the forge has answered since."""
        if pause is not None:
            self._kept.keep_pause(None)

    def keep(self, budget: Budget | None) -> None:
        """Keep what an answer grants, if it says so."""
        if budget is not None:
            latest = self._now() + LONGEST_WINDOW
            self._kept.keep(replace(budget, resets_at=min(budget.resets_at, latest)))

    def build_limit(self, retry_after: str | None) -> RateLimited:
        """Read when to come back: ``Retry-After``, else an empty budget's reset, else a growing pause."""
        now = self._now()
        pause = read_retry_after(retry_after, now)
        budget = self.budget
        if pause is None and budget and budget.remaining == 0:
            return RateLimited(self._url, budget.resets_at)
        earlier = self._kept.find_pause()
        count = earlier.count if earlier else 0
        if pause is None:
            pause = clamp_pause(FIRST_SECONDARY_PAUSE_SECONDS * 2.0 ** min(count, _MOST_DOUBLINGS))
        until = now + timedelta(seconds=pause)
        self._kept.keep_pause(Pause(until=until, count=count + 1))
        return SecondaryLimit(self._url, until)


def read_budget(headers: Mapping[str, str], prefix: str = "x-ratelimit-") -> Budget | None:
    """Return what the headers of a limit grant, ``None`` where they are missing or no numbers."""
    remaining = read_number(headers.get(f"{prefix}remaining"))
    reset = read_number(headers.get(f"{prefix}reset"))
    if remaining is None or reset is None:
        return None
    # Later than the calendar ends is as late as can be; who believes how much of it is decided by the client.
    return Budget(remaining=remaining, resets_at=datetime.fromtimestamp(min(reset, _LAST_SECOND), UTC))


def read_standard_budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """Return what ``RateLimit-`` headers grant, as GitLab and the IETF's draft mean them."""
    budget = read_budget(headers, "ratelimit-")
    if budget is None or budget.resets_at.timestamp() >= _EARLIEST_SECOND:
        return budget
    return replace(budget, resets_at=now + timedelta(seconds=budget.resets_at.timestamp()))
