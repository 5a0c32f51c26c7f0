"""Reading a long answer in parts, with an end to one that comes too slowly."""

import asyncio
import time
from collections.abc import Awaitable

LEAST_CHARACTERS_PER_SECOND = 1000.0
"""Any honest export is a thousand times as fast, and a line of 64 kbit/s eight times."""


class AnswerTimer:
    """Counts the time that one answer was waited for, not what its reader does in between.

    ``grace_seconds`` is how long a part may take, and how long the answer may be slower than
    :data:`LEAST_CHARACTERS_PER_SECOND`.
    """

    def __init__(self, grace_seconds: float) -> None:
        self._grace_seconds = grace_seconds
        self._waited = 0.0
        self._size = 0

    async def wait_for(self, part: Awaitable[str | None]) -> str | None:
        """Return the next part; raises :class:`TimeoutError` where it or the whole comes too slowly."""
        started = time.monotonic()
        async with asyncio.timeout(self._grace_seconds):
            got = await part
        self._waited += time.monotonic() - started
        self._size += len(got or "")
        slow = self._size < self._waited * LEAST_CHARACTERS_PER_SECOND
        if got is not None and slow and self._waited > self._grace_seconds:
            raise TimeoutError
        return got
