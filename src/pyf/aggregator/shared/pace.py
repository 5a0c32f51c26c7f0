"""One pace for all workers: a generic cell rate algorithm, kept in Redis and on its clock."""

import asyncio
from datetime import UTC, datetime, timedelta

from pyf.aggregator.errors import RateLimited
from pyf.aggregator.shared.store import PREFIX, Store

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local delay = due - now
if delay > tonumber(ARGV[2]) then
    return {0, delay}
end
redis.call('SET', KEYS[1], due + tonumber(ARGV[1]), 'PX', delay + tonumber(ARGV[1]) + 1000)
return {1, delay}
"""
"""Take the next passage if it is due within ARGV[2] ms, ARGV[1] ms after the one before; else only tell."""


class SharedPace:
    """At most ``per_second`` passages a second over all machines; 0 means no cap.

    A passage that is further off than ``patience_seconds`` is not waited for.
    """

    def __init__(self, store: Store, name: str, per_second: float, *, patience_seconds: float) -> None:
        self._store = store
        self._name = name
        self._interval_ms = round(1000 / per_second) if per_second else 0
        self._patience_ms = round(patience_seconds * 1000)
        self._take = store.client.register_script(_TAKE)

    async def wait(self) -> None:
        """Return when the next passage is due; raises :class:`RateLimited` if that is too far off."""
        if not self._interval_ms:
            return
        with self._store.translated():
            taken, delay_ms = self._take(
                keys=[f"{PREFIX}pace:{self._name}"], args=[self._interval_ms, self._patience_ms]
            )
        if not taken:
            raise RateLimited(self._name, datetime.now(UTC) + timedelta(milliseconds=delay_ms))
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)
