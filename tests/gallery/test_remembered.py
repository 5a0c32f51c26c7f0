"""What is remembered: learnt once for all who ask, forgotten in time, and never an error."""

import asyncio
import gc

import pytest

from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.gallery.remembered import Remembered

pytestmark = pytest.mark.asyncio

SECONDS = 10.0


class Source:
    """Answers with how often it was asked, when it is let; or fails."""

    def __init__(self, stale_seconds: float = 0.0) -> None:
        self.asked = 0
        self.now = 0.0
        self.fails = False
        self.let = asyncio.Event()
        self.let.set()
        self.remembered = Remembered(
            self.learn, seconds=SECONDS, stale_seconds=stale_seconds, clock=lambda: self.now
        )

    async def learn(self) -> int:
        self.asked += 1
        await self.let.wait()
        if self.fails:
            raise SearchUnavailable("http://a", "silent")
        return self.asked


async def test_it_is_learnt_again_when_it_has_grown_old() -> None:
    source = Source()
    assert [await source.remembered.get() for _ in range(3)] == [1, 1, 1]
    source.now += SECONDS
    assert await source.remembered.get() == 1
    source.now += 1
    assert [await source.remembered.get() for _ in range(3)] == [2, 2, 2]


async def test_an_error_is_for_all_who_wait_and_for_nobody_after_them() -> None:
    source = Source()
    source.fails = True
    source.let.clear()
    waiting = [asyncio.create_task(source.remembered.get()) for _ in range(5)]
    await asyncio.sleep(0)
    source.let.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in told] == [SearchUnavailable] * 5
    assert source.asked == 1
    source.fails = False
    assert await source.remembered.get() == 2


async def test_who_goes_away_takes_it_from_nobody_else() -> None:
    source = Source()
    source.let.clear()
    first, second = (asyncio.create_task(source.remembered.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    source.let.set()
    assert await second == 1
    assert source.asked == 1


async def test_what_is_stale_is_told_while_it_is_learnt_anew() -> None:
    source = Source(stale_seconds=60.0)
    assert await source.remembered.get() == 1
    source.let.clear()
    source.now += 60
    assert [await source.remembered.get() for _ in range(3)] == [1, 1, 1]
    await asyncio.sleep(0)
    assert source.asked == 2
    source.let.set()
    await settle()
    assert await source.remembered.get() == 2


async def test_what_is_too_stale_is_waited_for() -> None:
    source = Source(stale_seconds=60.0)
    assert await source.remembered.get() == 1
    source.now += 61
    assert await source.remembered.get() == 2


async def test_an_error_leaves_what_is_stale_until_it_is_too_old() -> None:
    source = Source(stale_seconds=60.0)
    spoken: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: spoken.append(context))
    assert await source.remembered.get() == 1
    source.fails = True
    source.now += 60
    for asked in (2, 3):
        assert await source.remembered.get() == 1
        await settle()
        assert source.asked == asked
    source.now += 1
    with pytest.raises(SearchUnavailable):
        await source.remembered.get()
    del source
    gc.collect()
    assert spoken == []


async def settle() -> None:
    """Let whatever is under way come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)
