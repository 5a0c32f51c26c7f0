"""The process that renders: ``python -m pyf.aggregator.rendering.process``.

It reads requests from its standard input and answers on its standard output until its input ends, which is
when the process that started it ends, however that happens. Its limits are the kernel's: no loop in C can
keep it from meeting them.
"""

import os
import queue
import resource
import signal
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

from pyf.aggregator.metadata.readme.description import Description, render_plain
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.rendering.limits import SPENT_REQUESTS, TIME_SIGNAL, RenderLimits
from pyf.aggregator.rendering.messages import (
    HEADER_BYTES,
    RenderAnswer,
    RenderRequest,
    decode_length,
    decode_request,
    encode_frame,
)


def main() -> None:
    """Render until the input ends."""
    limits = RenderLimits.from_arguments(sys.argv[1:])
    answers = _take_pipes()
    _set_limits(limits)
    # The peak of whoever started it counts as its own (Linux), so that is where it begins.
    swollen_bytes = max(_read_peak_bytes(), limits.memory_bytes // 2)
    requests: queue.SimpleQueue[RenderRequest] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(sys.stdin.buffer, requests), daemon=True).start()
    _answer(answers, None)
    for number in range(1, SPENT_REQUESTS + 1):
        request = requests.get()
        # Whoever asks is told that this one is under way: what ends the process from here on is its doing.
        _answer(answers, None)
        description = _render_bounded(request, limits)
        full = description.problem == limits.out_of_memory or _read_peak_bytes() > swollen_bytes
        spent = full or number == SPENT_REQUESTS
        _answer(answers, RenderAnswer(description=description, spent=spent))
    requests.get()


def _take_pipes() -> BinaryIO:
    """Return the way to answer, out of reach of whoever prints something."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _answer(pipe: BinaryIO, answer: RenderAnswer | None) -> None:
    pipe.write(encode_frame(answer))
    pipe.flush()


def _set_limits(limits: RenderLimits) -> None:
    # A Ctrl-C in the terminal is for the command, which ends its renderers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(TIME_SIGNAL, signal.SIG_DFL)
    # RLIMIT_DATA counts what is allocated. RLIMIT_AS would also count what threads and libraries reserve.
    for limit, value in ((resource.RLIMIT_DATA, limits.memory_bytes), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def _read_requests(pipe: BinaryIO, requests: queue.SimpleQueue[RenderRequest]) -> None:
    """Read on while the other thread renders, to notice the end of whoever asks."""
    while len(header := pipe.read(HEADER_BYTES)) == HEADER_BYTES:
        requests.put(decode_request(pipe.read(decode_length(header))))
    os._exit(0)


def _render_bounded(request: RenderRequest, limits: RenderLimits) -> Description:
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
    try:
        return render(request.source, request.content_type, request.files)
    except (MemoryError, SystemError):
        # Out of memory in the middle of a call, CPython now and then says that the function failed "without
        # setting an exception".
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return render_plain(request.source, limits.out_of_memory)


def _read_peak_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
