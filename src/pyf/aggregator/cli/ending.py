"""How a command ends on SIGINT or SIGTERM: in order if that is quick, otherwise at once."""

import asyncio
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from pyf.aggregator.cli.output.terminal import restore_terminal

ENDING_SECONDS = 3.0
"""What a command has to end in good order: time for a server of our own to stop, and no more.

Threads cannot be ended, and :func:`asyncio.run` would wait minutes for one that still parses. Whatever a
command was at, the next run finds its way from there, as it does after SIGKILL.
"""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Takes the signals while a job runs: the first one cancels it, and gives it so many seconds to end."""

    def __init__(self, seconds: float = ENDING_SECONDS) -> None:
        self._seconds = seconds
        self._met: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._timer: threading.Timer | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals; a job that is run in another thread than the first one has none to take."""
        if threading.current_thread() is threading.main_thread():
            # Not through the event loop, which may be the very thing that does not get on.
            self._before = {number: signal.signal(number, self._meet) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back; a job that a signal ended ends as a command does that Ctrl-C ends."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if kind is None and self._timer is not None:
            # It was done before it could be cancelled.
            self._timer.cancel()
        if isinstance(error, asyncio.CancelledError) and self._met == signal.SIGINT:
            raise KeyboardInterrupt

    def watch(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> None:
        """Name the task to cancel; one that a signal preceded is cancelled at once."""
        self._loop, self._task = loop, task
        if self._met is not None:
            self._cancel()

    def _meet(self, number: int, _frame: FrameType | None) -> None:
        # Wrappers pass on what the terminal has sent us already, so a second one says nothing new.
        if self._met is None:
            self._met = number
            self._timer = threading.Timer(self._seconds, _end_now, (128 + number,))
            self._timer.daemon = True
            self._timer.start()
            self._cancel()

    def _cancel(self) -> None:
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)


def _end_now(exit_code: int) -> None:
    restore_terminal()
    os._exit(exit_code)
