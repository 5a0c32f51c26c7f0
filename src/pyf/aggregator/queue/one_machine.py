"""``pyfqueue up``: worker and beat, with a Valkey and a Typesense where none is configured."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors.jobs import BrokerUnavailable
from pyf.aggregator.errors.root import ConfigurationError, DataFolderUnusable
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.machine.locks import LockTaken, hold_lock
from pyf.aggregator.queue.control import give_back
from pyf.aggregator.queue.supervisor import Child, keep_running
from pyf.aggregator.services.search import look_after_own, open_search
from pyf.aggregator.services.worker import load_queue_profiles
from pyf.aggregator.state.redis.embedded import EmbeddedValkey
from pyf.aggregator.state.redis.store import hide_password, open_store
from pyf.aggregator.typesense.embedded.sharing import find_key_path
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)

VALKEY_START_SECONDS = 60.0
"""A large append-only file takes its time to be read."""
_POLL_SECONDS = 0.1
_BUSY = "pyfqueue up runs for this folder already; end that one first, or set PYF_DATA_DIR to another folder"


async def run_on_one_machine(settings: Settings, *, processes: int, verbose: bool) -> None:
    """Keep every served profile fresh until cancelled; say where things are.

    Raises :class:`ConfigurationError` and what says that a configured server is away.
    """
    load_queue_profiles(settings)
    with _alone(settings.pyf_data_dir):
        async with AsyncExitStack() as stack:
            broker_url = await stack.enter_async_context(_open_broker(settings))
            search = await stack.enter_async_context(open_search(settings))
            _tell_typesense(settings, search)
            await _tell_profiles(settings, search)
            environment = {**os.environ, "REDIS_HOST": broker_url}
            environment["PYF_QUEUE_PROFILES"] = ",".join(settings.pyf_queue_profiles)
            worker, beat = _build_children(environment, processes=processes, verbose=verbose)
            if not settings.names_redis:
                # There is no other worker that could have these tasks.
                worker = replace(worker, before_restart=partial(give_back, broker_url))
            children = (worker, beat)
            await stack.enter_async_context(keep_running(*children))
            logger.info("Worker and beat are starting. Ctrl-C ends everything and loses nothing.")
            logger.info("In another terminal: pyfqueue status")
            try:
                await look_after_own(settings)
            finally:
                logger.info("Ending. What is in progress by then goes back to the queue.")


def _build_children(environment: Mapping[str, str], *, processes: int, verbose: bool) -> tuple[Child, Child]:
    celery = [
        sys.executable,
        "-m",
        "pyf.aggregator.queue.supervised",
        "--quiet",
        "-A",
        "pyf.aggregator.queue",
    ]
    level = f"--loglevel={'info' if verbose else 'warning'}"
    # There are no others to greet, and Celery's own sign of life would cost a wake-up every two seconds.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", "up@%h"]
    worker = [*celery, "worker", "-c", str(processes), *alone, level]
    beat = [*celery, "beat", "--pidfile=", level]
    return (
        Child(name="The worker", command=worker, environment=environment),
        Child(name="Beat", command=beat, environment=environment),
    )


@contextmanager
def _alone(data_folder: Path) -> Iterator[None]:
    """Hold the lock of the data folder: two of us would end each other's Valkey."""
    try:
        ensure_private_folder(data_folder)
        with hold_lock(data_folder / "up.lock", seconds=0):
            yield
    except LockTaken as error:
        raise ConfigurationError(f"{data_folder}: {_BUSY}.") from error
    except OSError as error:
        raise DataFolderUnusable(data_folder, error.strerror or str(error)) from error


@asynccontextmanager
async def _open_broker(settings: Settings) -> AsyncIterator[str]:
    """Yield the URL of the configured Redis, else of a Valkey of our own."""
    if settings.names_redis:
        store = open_store(settings.redis_url)
        with contextlib.closing(store), store.translated() as client:
            await asyncio.to_thread(client.ping)
        logger.info("Redis      %s", hide_password(settings.redis_url))
        yield settings.redis_url
        return
    valkey = EmbeddedValkey(settings.pyf_data_dir)
    valkey.prepare()
    child = Child(
        name="Valkey",
        command=valkey.build_command(),
        environment={"PATH": os.defpath},
        first_input=valkey.build_configuration(),
        note_started=valkey.note_started,
    )
    async with keep_running(child):
        await _wait_until_answering(valkey)
        # Whoever had tasks when this Valkey was ended is gone: they need not wait for hours to be done.
        await asyncio.to_thread(give_back, valkey.url)
        logger.info("Valkey     %s, with its data in %s", valkey.address, valkey.root)
        try:
            yield valkey.url
        finally:
            with contextlib.suppress(BrokerUnavailable):
                await asyncio.to_thread(give_back, valkey.url, interrupted=True)


async def _wait_until_answering(valkey: EmbeddedValkey) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + VALKEY_START_SECONDS
    while not await asyncio.to_thread(valkey.answers):
        if loop.time() > deadline:
            raise BrokerUnavailable(valkey.address, f"it does not start; {valkey.log} says why")
        await asyncio.sleep(_POLL_SECONDS)


def _tell_typesense(settings: Settings, search: SearchServer) -> None:
    if settings.typesense is not None:
        logger.info("Typesense  %s", search.url)
    else:
        key = find_key_path(settings.pyf_data_dir)
        logger.info("Typesense  %s, with its admin key in %s", search.url, key)


async def _tell_profiles(settings: Settings, search: SearchServer) -> None:
    """Say which profiles are served, and what to do where there are none."""
    served: Sequence[str] = settings.pyf_queue_profiles
    if not served:
        known = {profile.key for profile in load_queue_profiles(settings)}
        served = [name for name in sorted(known) if await search.find_collection(name) is not None]
    logger.info("Profiles   %s", ", ".join(served) or "none")
    if not served:
        logger.warning(
            "No profile has a collection yet, so nothing is kept fresh; name profiles with -p or"
            " PYF_QUEUE_PROFILES, or fill one with pyfaggregator -f -p PROFILE."
        )
