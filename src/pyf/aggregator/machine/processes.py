"""Processes that a command starts and a later one may meet: recognised, awaited, ended."""

import contextlib
import os
import time

import psutil

STOP_SECONDS = 30.0
REAP_SECONDS = 2.0

_POLL_SECONDS = 0.05


def is_running_with(pid: int, argument: str) -> bool:
    """Tell whether the process was started with this argument; its number may long be somebody else's."""
    try:
        return argument in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def lives(pid: int) -> bool:
    """Tell whether the process is there and has not ended unnoticed."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end_process(pid: int, *, patience_seconds: float = STOP_SECONDS) -> None:
    """End the process: politely, then not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.terminate()
        if not _wait_until_ended(pid, patience_seconds):
            process.kill()
            _wait_until_ended(pid, STOP_SECONDS)
    _reap(pid)


def _reap(pid: int) -> None:
    """Take notice of the end of a child of this very process, so that it leaves the process table.

    A process counts as ended when its first thread has; its other threads may take a moment longer, and only
    then can notice be taken.
    """
    deadline = time.monotonic() + REAP_SECONDS
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def _wait_until_ended(pid: int, seconds: float) -> bool:
    """Return whether the process ended in time.

    One that another command started stays in the process table until that command takes notice of its end.
    """
    deadline = time.monotonic() + seconds
    while lives(pid):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
