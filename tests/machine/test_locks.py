"""Locks between processes: held alone, given back by whoever is killed, and nobody else's to open."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pyf.aggregator.machine.locks import LockTaken, hold_lock

HOLDER = """
import sys, time
from pathlib import Path
from pyf.aggregator.machine.locks import hold_lock
with hold_lock(Path(sys.argv[1]), seconds=0):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_is_held_alone_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with hold_lock(path, seconds=0), pytest.raises(LockTaken, match=r"x\.lock"), hold_lock(path, seconds=0):
        pytest.fail("two hold it")
    with hold_lock(path, seconds=0):
        pass


def test_who_is_killed_leaves_no_lock_behind(tmp_path: Path, running: list[subprocess.Popen[bytes]]) -> None:
    path = tmp_path / "x.lock"
    running.append(subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE))
    assert running[0].stdout is not None
    assert running[0].stdout.readline() == b"held\n"
    with pytest.raises(LockTaken), hold_lock(path, seconds=0.1):
        pytest.fail("two hold it")
    running[0].send_signal(signal.SIGKILL)
    running[0].communicate()
    with hold_lock(path, seconds=0):
        pass


def test_its_file_is_for_the_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with hold_lock(tmp_path / "x.lock", seconds=0):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.lock").stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), hold_lock(tmp_path / "missing" / "x.lock", seconds=0):
        pytest.fail("it is held")
