"""A value that is expensive to learn: learnt when it is first asked for, and again when it has grown old."""

import asyncio
from collections.abc import Awaitable, Callable


class Remembered[T]:
    """Learns by ``learn``, once for all who ask at the same time, and again after ``seconds``."""

    def __init__(
        self, learn: Callable[[], Awaitable[T]], *, seconds: float, clock: Callable[[], float]
    ) -> None:
        self._learn = learn
        self._seconds = seconds
        self._clock = clock
        self._known: tuple[float, T] | None = None
        self._learning = asyncio.Lock()

    async def get(self) -> T:
        """Return the value; raises what ``learn`` raises, and remembers none of that."""
        if self._known is None or self._clock() - self._known[0] > self._seconds:
            async with self._learning:
                if self._known is None or self._clock() - self._known[0] > self._seconds:
                    self._known = self._clock(), await self._learn()
        return self._known[1]
