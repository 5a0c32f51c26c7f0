"""What a person sees: progress and messages on stderr, the answer on stdout."""

import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from io import TextIOWrapper
from types import TracebackType
from typing import Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from pyf.aggregator.errors import strip_controls
from pyf.aggregator.jobs.progress import NullProgress, Progress

HEARTBEAT_SECONDS = 10.0


class PlainHandler(logging.Handler):
    """Log records as plain sentences on stderr, above a progress bar where there is one."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record; warnings and worse say what they are."""
        prefix = f"{record.levelname.capitalize()}: " if record.levelno >= logging.WARNING else ""
        sentence = strip_controls(prefix + self.format(record), keep="\n\t")
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)


class Bar(AbstractContextManager["Bar"]):
    """A progress bar with rate and remaining time, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._rich.stop()

    def start(self, step: str, total: int | None) -> None:
        """Begin a step; the bar of the one before goes."""
        for task in self._rich.task_ids:
            self._rich.remove_task(task)
        self._rich.add_task(step, total=total)

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        for task in self._rich.task_ids:
            self._rich.advance(task, count)


class Heartbeat(AbstractContextManager["Heartbeat"]):
    """A line every ten seconds, for a log file: also when nothing moves, which is what one wants to know."""

    def __init__(self, console: Console, *, seconds: float = HEARTBEAT_SECONDS) -> None:
        self._console = console
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
            self._console.print(self._describe(), markup=False, highlight=False, soft_wrap=True)

    def _describe(self) -> str:
        if not self._total:
            return f"{self._step} …"
        rate = self._done / max(time.monotonic() - self._since, 0.001)
        left = f", about {(self._total - self._done) / rate:,.0f} s left" if self._done else ""
        return f"{self._step}: {self._done:,} of {self._total:,}, {rate:,.1f} a second{left}"


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield the progress that fits: a bar on a terminal, a heartbeat elsewhere, nothing when quiet.

    While it is shown, the log goes through the same console, so that the two do not overwrite each other.
    """
    console = Console(stderr=True)
    if quiet:
        yield NullProgress()
        return
    progress = Bar(console) if console.is_terminal else Heartbeat(console)
    with progress:
        handlers = [handler for handler in _get_logger().handlers if isinstance(handler, PlainHandler)]
        for handler in handlers:
            _get_logger().removeHandler(handler)
        talk = PlainHandler(console)
        _get_logger().addHandler(talk)
        yield progress


def configure_logging(*, verbose: bool, quiet: bool) -> None:
    """Send our log to stderr: warnings and news, all with ``verbose``, errors with ``quiet``."""
    logger = _get_logger()
    logger.handlers = [PlainHandler(Console(stderr=True))]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)


def print_error(sentence: str) -> None:
    """Say in one sentence why the command could not do what it was asked."""
    words = strip_controls(f"Error: {sentence}", keep="\n\t")
    Console(stderr=True).print(words, markup=False, highlight=False, soft_wrap=True)


def print_what_can_be_shown() -> None:
    """Let a terminal or pipe that has not all characters show question marks rather than end the command."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def print_talk(sentence: str) -> None:
    """Say something on stderr, below the answer."""
    sys.stdout.flush()
    Console(stderr=True).print(sentence, markup=False, highlight=False, soft_wrap=True)


def find_width() -> int | None:
    """Return how many cells wide the terminal is that the answer goes to, ``None`` for a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_lines(lines: Iterable[str]) -> None:
    """Print the answer for a person."""
    for line in lines:
        # The answer, exactly: rich would turn tabs into spaces. What others wrote may carry escapes.
        print(strip_controls(line, keep="\n\t"))  # noqa: T201
    # A pipe that nobody reads any more shows while Click can still deal with it.
    sys.stdout.flush()


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print the answer as one JSON value on one line."""
    print(msgspec.json.encode(value).decode())  # noqa: T201 - the answer, for a program


def restore_terminal() -> None:
    """Show the cursor again, past every buffer and lock: for a command that ends with its bar still there."""
    if os.isatty(2):
        os.write(2, b"\x1b[?25h")


def _get_logger() -> logging.Logger:
    return logging.getLogger("pyf")
