"""Processes that ``pyfqueue up`` keeps running: started, restarted when they end, and ended."""

import asyncio
import contextlib
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pyf.aggregator.errors.root import AggregatorError

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""A process that ends at once every time is not started ever faster."""
STEADY_SECONDS = 60.0
"""After so long it counts as having been well."""

POLITE_STEPS = ((signal.SIGTERM, 2.4), (signal.SIGQUIT, 0.4))
"""How a process is asked to end, and the seconds it has each time.

The first signal tells Celery to finish the tasks in progress, the second to give them back. An idle worker
takes two seconds to end (measured with Celery 5.7).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process to keep running.

    ``first_input`` is what it reads at its start; without it, its standard input is a pipe that nothing is
    written to and that is closed when we end. ``note_started`` is told its number each time;
    ``before_restart`` makes good for one that ended by itself.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    first_input: bytes | None = field(default=None, repr=False)
    note_started: Callable[[int], None] = lambda _pid: None
    before_restart: Callable[[], object] = lambda: None


@asynccontextmanager
async def keep_running(*children: Child) -> AsyncIterator[None]:
    """Keep processes running while a block runs; end them then, and wait until they have ended."""
    keepers = [asyncio.create_task(_keep(child)) for child in children]
    try:
        yield
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _keep(child: Child) -> None:
    pause, loop = FIRST_PAUSE_SECONDS, asyncio.get_running_loop()
    while True:
        began = loop.time()
        reason = await _run_once(child)
        if loop.time() - began > STEADY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        logger.warning("%s %s; it is started again in %.0f s.", child.name, reason, pause)
        await asyncio.sleep(pause)
        with contextlib.suppress(AggregatorError):
            await asyncio.to_thread(child.before_restart)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


async def _run_once(child: Child) -> str:
    """Run the process until it ends by itself; return how it ended. Cancelled, it is ended first."""
    try:
        process = await asyncio.create_subprocess_exec(
            *child.command,
            env=child.environment,
            stdin=PIPE,
            stdout=None if child.first_input is None else DEVNULL,
            # A group of its own: a Ctrl-C in the terminal is for us, who end the others in good order.
            start_new_session=True,
        )
    except OSError as error:
        return f"cannot be started ({error.strerror})"
    try:
        child.note_started(process.pid)
        if child.first_input is not None:
            await process.communicate(child.first_input)
        code = await process.wait()
    finally:
        await _end(process)
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


async def _end(process: Process) -> None:
    for step, seconds in POLITE_STEPS:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(step)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), seconds)
    # Also where it ended by itself: one that was killed leaves its own children behind.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
