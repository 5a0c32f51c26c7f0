"""A value that is expensive to learn: learnt when it is first asked for, and again when it has grown old."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Remembered[T]:
    """Learns by ``learn``, once for all who ask at the same time, and again after ``seconds``.

    With ``stale_seconds``, what is no older than that is told while it is learnt anew.
    """

    def __init__(
        self,
        learn: Callable[[], Coroutine[Any, Any, T]],
        *,
        seconds: float,
        clock: Callable[[], float],
        stale_seconds: float = 0.0,
    ) -> None:
        self._learn = learn
        self._seconds = seconds
        self._stale_seconds = stale_seconds
        self._clock = clock
        self._learnt: float | None = None
        self._value: T
        self._learning: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the value; raises what ``learn`` raises, and remembers none of that.

        Whoever comes while it is learnt shares what comes of it, an error as well: one after another, each
        would wait for a server that is silent. A visitor who goes away takes it from nobody else.
        """
        if self._is_known(self._seconds):
            return self._value
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._learn_anew())
            # Nobody may be there to be told of an error: without this, the loop would speak of it.
            self._learning.add_done_callback(_look_at)
        if self._is_known(self._stale_seconds):
            return self._value
        return await asyncio.shield(self._learning)

    async def _learn_anew(self) -> T:
        began = self._clock()
        value = await self._learn()
        self._learnt, self._value = began, value
        return value

    def _is_known(self, seconds: float) -> bool:
        return self._learnt is not None and self._clock() - self._learnt <= seconds


def _look_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
