"""How far a job is: a bar on a terminal, a line now and then in a log. rich is imported for the bar alone."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

from pyf.aggregator.cli.output.terminal import PlainHandler, Print, get_logger, print_message
from pyf.aggregator.jobs.progress import NullProgress, Progress

HEARTBEAT_SECONDS = 10.0


class Heartbeat(AbstractContextManager["Heartbeat"]):
    """A line every ten seconds, for a log file: also when nothing moves, which is what one wants to know."""

    def __init__(self, show: Print = print_message, *, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._show = show
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._step = "starting"
        self._total: int | None = None
        self._done = 0
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the beat."""
        self._ended.set()
        self._thread.join()

    def start(self, step: str, total: int | None) -> None:
        """Begin a step."""
        self._step, self._total, self._done, self._since = step, total, 0, time.monotonic()

    def advance(self, count: int = 1) -> None:
        """Count items as done."""
        self._done += count

    def _beat(self) -> None:
        while not self._ended.wait(self._seconds):
            self._show(self._describe())

    def _describe(self) -> str:
        if not self._total:
            return f"{self._step} …"
        rate = self._done / max(time.monotonic() - self._since, 0.001)
        left = f", about {(self._total - self._done) / rate:,.0f} s left" if self._done else ""
        return f"{self._step}: {self._done:,} of {self._total:,}, {rate:,.1f} a second{left}"


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield the progress that fits: a bar on a terminal, a heartbeat elsewhere, nothing when quiet."""
    if quiet:
        yield NullProgress()
    elif sys.stderr.isatty():
        with _show_bar() as bar:
            yield bar
    else:
        with Heartbeat() as heartbeat:
            yield heartbeat


@contextmanager
def _show_bar() -> Iterator[Progress]:
    """Yield a bar; while it is there, the log goes above it, so that the two do not overwrite each other."""
    from pyf.aggregator.cli.output.bar import Bar

    logger = get_logger()
    with Bar() as bar:
        before = logger.handlers
        logger.handlers = [PlainHandler(bar.show)]
        try:
            yield bar
        finally:
            logger.handlers = before
