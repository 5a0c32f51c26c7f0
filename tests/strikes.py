"""Commands as processes that a signal meets in the middle of their work."""

import itertools
import signal
from dataclasses import dataclass

from tests.servers.prepared import Command, PreparedProcess
from tests.servers.stand_in import Record, StandIn


@dataclass(frozen=True)
class Strike:
    """A signal that meets the command when the stand-in has taken so many requests."""

    signal: signal.Signals
    request_number: int
    exit_code: int


def run_until(
    strike: Strike,
    server: StandIn,
    command: Command,
    *,
    forget: bool = True,
) -> tuple[int, bytes]:
    """Run the command, send it the signal in the middle; return its exit code and what it said.

    What the stand-in was asked till then is forgotten, unless somebody counts.
    """
    running: list[PreparedProcess] = []
    taken = itertools.count(1)

    def act(_: Record) -> None:
        if next(taken) == strike.request_number:
            running[0].send_signal(strike.signal)

    server.on_request = act
    running.append(PreparedProcess(command))
    _, talk = running[0].communicate()
    server.on_request = None
    if forget:
        server.clear_requests()
    return running[0].wait(), talk
