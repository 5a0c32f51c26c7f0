"""The lock that says who uses the embedded server: many hold it at once, none of them alone.

Straight from the kernel (``flock``), which filelock offers for one holder only; like the binary, for POSIX.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pyf.aggregator.machine.locks import PRIVATE_FILE, LockTaken

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class InUse:
    """A share in the lock; ``descriptor`` is the open file that holds it."""

    descriptor: int

    @classmethod
    def acquire(cls, path: Path, *, seconds: float) -> Self:
        """Take a share, waiting up to ``seconds`` while somebody tries for the lock alone.

        Raises :class:`LockTaken`, :class:`OSError`.
        """
        share = cls(_open(path))
        deadline = time.monotonic() + seconds
        while not _try(share.descriptor, fcntl.LOCK_SH):
            if time.monotonic() >= deadline:
                share.release()
                raise LockTaken(str(path))
            time.sleep(_POLL_SECONDS)
        return share

    def release(self) -> None:
        """Give the share back: closing the file does."""
        os.close(self.descriptor)


def is_in_use(path: Path) -> bool:
    """Tell whether somebody has a share, by trying for the lock alone."""
    descriptor = _open(path)
    try:
        return not _try(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
