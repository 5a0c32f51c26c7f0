"""What one README may take, and the sentences for what takes more; pure."""

import signal

CPU_SECONDS = 5.0
"""Processor time, so that a busy machine changes no document; the longest README seen takes 0.4 s."""
WALL_SECONDS = 30.0
"""For a process that does not even get its processor time, or sleeps."""
START_SECONDS = 60.0
"""A process is ready after 0.4 s of processor time."""
MEMORY_BYTES = 512 * 1024**2
"""Beyond that an allocation fails: a process needs 40 MB, the longest README seen 20 MB on top.

Linux holds this limit; macOS does not, so there the time bounds what can be allocated.
"""
SPENT_BYTES = MEMORY_BYTES // 2
SPENT_REQUESTS = 1_000
"""Then a process is replaced: what a renderer loses bit by bit must not meet the limit one day."""

TIME_SIGNAL = getattr(signal, "SIGPROF", 0)
"""What the kernel ends a process with whose processor time is over."""

OUT_OF_TIME = f"Rendering it takes longer than {CPU_SECONDS:.0f} s."
OUT_OF_MEMORY = f"Rendering it takes more than {MEMORY_BYTES // 1024**2} MB of memory."
