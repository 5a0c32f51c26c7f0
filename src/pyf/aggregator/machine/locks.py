"""Locks between processes. The kernel holds them, so whoever is killed leaves an empty file and no lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PRIVATE_FILE = 0o600


class LockTaken(Exception):
    """Somebody else holds the lock, and held it for as long as we waited."""


@contextmanager
def hold_lock(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold a lock alone while the block runs; wait up to ``seconds`` for it, with 0 try once.

    The file is made for the user alone and stays: removing it could part those who wait for it. Raises
    :class:`LockTaken`, and :class:`OSError` where the file cannot be used.
    """
    # FileLock would make a missing folder, and not a private one.
    path.parent.stat()
    lock = FileLock(path, timeout=seconds, mode=PRIVATE_FILE)
    try:
        lock.acquire()
    except Timeout as error:
        # A Timeout is an OSError, too: callers must not take the one for the other.
        raise LockTaken(str(path)) from error
    try:
        yield
    finally:
        lock.release()
