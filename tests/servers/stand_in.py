"""What every stand-in is: a real HTTP server on loopback, in a thread of its own, with faults on request."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.servers.faults import Fault, Hang, Planned


@dataclass(frozen=True, kw_only=True)
class Record:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(kw_only=True)
class StandIn(ABC):
    """A context manager that serves while it is open; ``port`` 0 takes a free one.

    ``on_request`` is called with every request before it is answered, in a thread that may block.
    ``statuses`` counts the answers, those of faults apart; ``sent_bytes`` the bytes of all
    bodies, compressed or not.
    """

    port: int = 0
    latency_seconds: float = 0.0
    requests: list[Record] = field(default_factory=list)
    on_request: Callable[[Record], None] | None = None
    url: str = ""
    statuses: Counter[int] = field(default_factory=Counter)
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        self._planned: list[Planned] = []
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._serve, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    @abstractmethod
    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Return what the real server would say."""

    def fail(self, paths: str, fault: Fault, times: int | None = None) -> None:
        """Let requests whose path matches (``*`` and ``?``) meet a fault, ``times`` times or until mended."""
        self._planned.append(Planned(paths, fault, times))

    @property
    def keeps_silent(self) -> bool:
        """Tell whether some request is never answered: whoever asks should not wait for long."""
        return any(isinstance(planned.fault, Hang) for planned in self._planned)

    def mend(self) -> None:
        """End all faults."""
        self._planned.clear()

    def clear_requests(self) -> None:
        """Forget what was asked so far, and what was sent."""
        self.requests.clear()
        self.sent_bytes = 0

    def _serve(self) -> None:
        # The runner also ends the requests that a fault keeps waiting.
        with asyncio.Runner() as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application(client_max_size=100_000_000)
        application.router.add_route("*", "/{path:.*}", self._handle)
        application.on_response_prepare.append(self._count_bytes)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        try:
            await site.start()
        except OSError as error:
            # A port that somebody else has.
            self._failure = error
            self._started.set()
            await runner.cleanup()
            return
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._started.set()
        await self._ended.wait()
        await runner.cleanup()

    async def _count_bytes(self, _: web.Request, response: web.StreamResponse) -> None:
        self.sent_bytes += response.content_length or 0

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        record = Record(method=request.method, path=request.path, headers=dict(request.headers), body=body)
        self.requests.append(record)
        if self.on_request is not None:
            await asyncio.to_thread(self.on_request, record)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        fault = next((planned.fault for planned in self._planned if planned.takes(request.path)), None)
        if fault is not None and fault.before:
            return await fault.act(request, web.Response())
        answer = await self.answer(request, record)
        self.statuses[answer.status] += 1
        return answer if fault is None else await fault.act(request, answer)
