"""All that a person sees: messages on stderr, the answer on stdout. No decision is taken here."""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from pyf.aggregator.errors.foreign import strip_controls

type Print = Callable[[str], None]
"""What puts a line before a person."""


def print_message(sentence: str) -> None:
    """Say something on stderr, below what was answered so far."""
    sys.stdout.flush()
    print(strip_controls(sentence, keep="\n\t"), file=sys.stderr, flush=True)  # noqa: T201


class PlainHandler(logging.Handler):
    """Log records as plain sentences; ``show`` may put them above a progress bar."""

    def __init__(self, show: Print = print_message) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record; warnings and worse say what they are."""
        prefix = f"{record.levelname.capitalize()}: " if record.levelno >= logging.WARNING else ""
        self._show(strip_controls(prefix + self.format(record), keep="\n\t"))


def configure_logging(*, verbose: bool, quiet: bool) -> None:
    """Send our log to stderr: warnings and news, all with ``verbose``, errors with ``quiet``."""
    logger = get_logger()
    logger.handlers = [PlainHandler()]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)


def print_error(sentence: str) -> None:
    """Say in one sentence why the command could not do what it was asked."""
    print_message(f"Error: {sentence}")


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
    import msgspec

    print(msgspec.json.encode(value).decode())  # noqa: T201 - the answer, for a program


def restore_terminal() -> None:
    """Show the cursor again, past every buffer and lock: for a command that ends with its bar still there."""
    if os.isatty(2):
        os.write(2, b"\x1b[?25h")


def get_logger() -> logging.Logger:
    """Return the logger above all of ours."""
    return logging.getLogger("pyf")
