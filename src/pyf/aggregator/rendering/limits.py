"""What one README may take, and the sentences for what takes more. Pure."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

SPENT_REQUESTS = 1_000
"""Then a process is replaced: what a renderer loses bit by bit must not meet a limit one day."""

TIME_SIGNAL = getattr(signal, "SIGPROF", 0)
"""What the kernel ends a process with whose processor time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderLimits:
    """The limits of one process.

    ``cpu_seconds`` are for one README; the longest seen takes 0.4. It is processor time, so that a busy
    machine changes no document; ``wall_seconds`` are for a process that does not even get that, or sleeps.
    ``memory_bytes`` is what may be allocated: a process needs 40 MB, the longest README seen 20 MB on top.
    Linux holds this limit; macOS does not, so there the time bounds it. ``start_seconds`` are for being
    ready, which takes 0.4 of processor time.
    """

    cpu_seconds: float = 5.0
    memory_bytes: int = 512 * 1024**2
    wall_seconds: float = 30.0
    start_seconds: float = 60.0

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what the process is told of them on its command line."""
        return str(self.cpu_seconds), str(self.memory_bytes)

    @classmethod
    def from_arguments(cls, arguments: Sequence[str]) -> Self:
        """Read them from its command line; without any they are the usual ones."""
        if not arguments:
            return cls()
        return cls(cpu_seconds=float(arguments[0]), memory_bytes=int(arguments[1]))

    @property
    def out_of_time(self) -> str:
        """Say what is wrong with a README that takes too long."""
        return f"Rendering it takes longer than {self.cpu_seconds:g} s."

    @property
    def out_of_memory(self) -> str:
        """Say what is wrong with a README that takes too much."""
        return f"Rendering it takes more than {self.memory_bytes // 1024**2} MB of memory."
