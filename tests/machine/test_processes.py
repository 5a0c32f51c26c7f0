"""Processes that a command starts are gone when it says so."""

import os
import subprocess
import sys

import pytest

from pyf.aggregator.machine.processes import end_process

MANY_THREADS = """
import threading, time
for _ in range(200):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("_", range(4))
def test_a_child_with_many_threads_is_gone_from_the_table_once_it_is_ended(_: int) -> None:
    # Its first thread ends before the others do.
    with subprocess.Popen([sys.executable, "-c", MANY_THREADS], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        end_process(child.pid)
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)
