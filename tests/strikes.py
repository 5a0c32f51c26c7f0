"""Commands as processes that a signal meets in the middle of their work."""

import itertools
import signal
import subprocess
from dataclasses import dataclass

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
    arguments: list[str],
    environment: dict[str, str],
    running: list[subprocess.Popen[bytes]],
) -> bytes:
    """Run the command, send it the signal in the middle and return what it said."""
    taken = itertools.count(1)

    def act(_: Record) -> None:
        if next(taken) == strike.request_number:
            running[0].send_signal(strike.signal)

    server.on_request = act
    running.append(
        subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    )
    _, talk = running[0].communicate(timeout=60)
    server.on_request = None
    server.clear_requests()
    return talk
