"""One rate for all workers: a generic cell rate algorithm, in Redis and on its clock."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

from pyf.aggregator.errors.sources import RateLimited, RateLimiterBusy
from pyf.aggregator.state.redis.store import PREFIX, Store

PATIENCE_SECONDS = 5.0
"""What is worth waiting for in a worker; whatever is further off is left, and taken up again then."""

MOST_MS = 24 * 3600 * 1000

_NOW = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function read(key)
    local left = (tonumber(redis.call('GET', key) or '0') or 0) - now
    if left > 0 and left < {MOST_MS} then return left end
    return 0
end
local closed = read(KEYS[2])
"""
"""What is no number, or is further off than any limit, is not ours and holds nobody up."""
_TAKE = f"""{_NOW}
local due = read(KEYS[1])
local delay = math.max(due - tonumber(ARGV[4]), closed)
if closed > tonumber(ARGV[3]) or delay > tonumber(ARGV[2]) then
    return {{0, delay}}
end
local next = math.max(due, delay) + tonumber(ARGV[1])
if next > 0 then
    redis.call('SET', KEYS[1], now + next, 'PX', next)
end
return {{1, delay}}
"""
"""Take the next turn, ARGV[1] ms after the one before, or up to ARGV[4] ms earlier after a rest, unless it is
closed for more than ARGV[3] ms or is more than ARGV[2] ms off; then only tell when."""

_CLOSE = f"""{_NOW}
if tonumber(ARGV[1]) > closed then
    redis.call('SET', KEYS[2], now + tonumber(ARGV[1]), 'PX', ARGV[1])
end
"""
"""Let no turn come for ARGV[1] ms at the least."""


class RedisRateLimiter:
    """At most ``per_second`` turns a second over all machines; 0 means no cap.

    Who comes after a rest finds ``at_once`` of them open: in any hour there are that many and ``3600 *
    per_second`` at the most.

    A turn that is further off than ``patience_seconds`` is not waited for. A limit that the source names to
    one worker closes the limiter for all, and is never waited for longer than :data:`PATIENCE_SECONDS`.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        per_second: float,
        *,
        at_once: int = 1,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._name = name
        self._keys = [f"{PREFIX}pace:{name}", f"{PREFIX}closed:{name}"]
        gap = 1 / per_second if per_second else 0
        seconds = (gap, patience_seconds, PATIENCE_SECONDS, gap * (at_once - 1))
        self._arguments = [math.ceil(1000 * item) for item in seconds]
        self._take = store.client.register_script(_TAKE)
        self._close = store.client.register_script(_CLOSE)

    async def wait(self) -> None:
        """Return when the next turn is due; raises :class:`RateLimited` if that is too far off."""
        with self._store.translated():
            taken, delay_ms = self._take(keys=self._keys, args=self._arguments)
        if not taken:
            raise RateLimiterBusy(self._name, datetime.now(UTC) + timedelta(milliseconds=delay_ms))
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)

    def close(self, limit: RateLimited) -> None:
        """Let nobody through until the limit ends, on whatever machine."""
        left_ms = min(math.ceil((limit.until - datetime.now(UTC)).total_seconds() * 1000), MOST_MS - 1)
        if left_ms > 0:
            with self._store.translated():
                self._close(keys=self._keys, args=[left_ms])
