"""Leases: what one worker does, no other does meanwhile; a dead worker's lease expires."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pyf.aggregator.errors.jobs import BrokerUnavailable, LeaseHeld
from pyf.aggregator.state.redis.store import LockLost, RedisLock, Store

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0


@asynccontextmanager
async def hold_lease(
    store: Store,
    name: str,
    *,
    seconds: float = LEASE_SECONDS,
    dispensable: bool = False,
) -> AsyncIterator[None]:
    """Hold the lease while the block runs, extended every third of it; raises :class:`LeaseHeld`.

    If the lease is lost meanwhile and somebody else has it, the block is cancelled and :class:`LeaseHeld`
    raised. One that a dead holder left behind runs out: it cannot be told from one whose holder is only slow.
    """
    lock = store.lock(name, seconds)
    with store.translated():
        if not lock.acquire(blocking=False):
            store.let_run_out(name, seconds)
            raise LeaseHeld(name, dispensable)
    lost = asyncio.Event()
    extension = asyncio.create_task(_extend(lock, name, seconds, asyncio.current_task(), lost))
    try:
        yield
    except asyncio.CancelledError:
        if lost.is_set():
            raise LeaseHeld(name, dispensable) from None
        raise
    finally:
        extension.cancel()
        with suppress(asyncio.CancelledError):
            await extension
        with suppress(LockLost, BrokerUnavailable), store.translated():
            lock.release()


async def _extend(
    lock: RedisLock, name: str, seconds: float, owner: asyncio.Task[object] | None, lost: asyncio.Event
) -> None:
    while True:
        await asyncio.sleep(seconds / 3)
        try:
            await asyncio.to_thread(lock.reacquire)
        except LockLost:
            # The server lost its memory, or we were away for too long.
            if not await asyncio.to_thread(lock.acquire, blocking=False) and owner is not None:
                logger.warning("Another worker has taken over %s; stopping.", name)
                lost.set()
                owner.cancel()
                return
        except Exception as error:  # noqa: BLE001 - a Redis that is away may be back before the lease ends
            logger.warning("The lease of %s could not be extended: %s", name, error)
