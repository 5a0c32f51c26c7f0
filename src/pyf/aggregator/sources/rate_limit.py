"""How fast a source is asked: the port, and the limiter of one process.

The port stands with those who wait at it, and not in ``state/``, where its shared form is: sources know
nothing of what is kept between runs, and the limiter of one process keeps nothing.
"""

from datetime import UTC, datetime
from typing import Protocol

from aiolimiter import AsyncLimiter

from pyf.aggregator.errors.sources import RateLimited


class RateLimiter(Protocol):
    """What lets one request through at a time."""

    async def wait(self) -> None:
        """Return when the next turn is due; raises :class:`RateLimited` if that is too far off."""

    def close(self, limit: RateLimited) -> None:
        """Let nobody through until the limit ends: the source has said so to one of us."""


class LocalRateLimiter:
    """At most ``per_second`` turns a second, evenly spaced after the first ``at_once``; 0 means no cap."""

    def __init__(self, per_second: float, *, at_once: int = 1) -> None:
        self._limiter = AsyncLimiter(at_once, at_once / per_second) if per_second else None
        self._limit: RateLimited | None = None

    async def wait(self) -> None:
        """Return when the next turn is due; raises :class:`RateLimited` while it is closed."""
        if self._limit is not None and self._limit.until > datetime.now(UTC):
            raise self._limit
        if self._limiter is not None:
            await self._limiter.acquire()

    def close(self, limit: RateLimited) -> None:
        """Let nobody through until the limit ends."""
        self._limit = limit
