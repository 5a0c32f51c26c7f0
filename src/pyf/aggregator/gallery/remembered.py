"""A value that is expensive to learn: learnt when it is first asked for, and again when it has grown old."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Remembered[T]:
    """Learns by ``learn``, once for all who ask at the same time, and again after ``seconds``."""

    def __init__(
        self, learn: Callable[[], Coroutine[Any, Any, T]], *, seconds: float, clock: Callable[[], float]
    ) -> None:
        self._learn = learn
        self._seconds = seconds
        self._clock = clock
        self._known: tuple[float, T] | None = None
        self._learning: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the value; raises what ``learn`` raises, and remembers none of that.

        Whoever comes while it is learnt shares what comes of it, an error as well: one after another, each
        would wait for a server that is silent. A visitor who goes away takes it from nobody else.
        """
        if self._known is not None and self._clock() - self._known[0] <= self._seconds:
            return self._known[1]
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._learn_anew())
        return await asyncio.shield(self._learning)

    async def _learn_anew(self) -> T:
        began = self._clock()
        value = await self._learn()
        self._known = began, value
        return value
