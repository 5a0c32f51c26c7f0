"""Files that a person names: read only if they are ordinary files of a sensible size.

Opened without a look, a pipe waits for ever, a device never ends, and a film fills the memory.
"""

import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "Is a directory"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (lambda mode: stat.S_ISCHR(mode) or stat.S_ISBLK(mode), "it is a device"),
)


class NotReadable(Exception):
    """The file is there and is none that may be read; prints as the reason."""


def load_file(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of an ordinary file.

    Raises :class:`FileNotFoundError` where there is none, :class:`NotReadable` for all else.
    """
    try:
        # Without waiting: a pipe that nobody writes to would keep us for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise NotReadable(getattr(error, "strerror", None) or str(error)) from error
    try:
        _check_kind(os.fstat(descriptor).st_mode)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise NotReadable(error.strerror or str(error)) from error
    finally:
        os.close(descriptor)
    if len(content) > max_bytes:
        raise NotReadable(f"it is larger than {max_bytes:,} bytes")
    return content


def check_ordinary(path: Path) -> None:
    """Raise :class:`NotReadable` where something is there that is no ordinary file; opens nothing."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise NotReadable(getattr(error, "strerror", None) or str(error)) from error
    _check_kind(mode)


def _check_kind(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "it is no ordinary file")
        raise NotReadable(kind)
