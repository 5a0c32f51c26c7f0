"""HTTP as uvicorn speaks it, bounded before a request is there: how long its head may be, and how late."""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

MOST_HEAD_BYTES = 32_768
"""Proxies send some 2 KB; nginx takes as much by default (four buffers of 8 KB)."""
HEAD_SECONDS = 10.0
"""For a head that somebody has begun to send, and for the first one of a connection."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a head without end (RFC 6585, 5), and closes a connection on which none gets complete.

    The parser keeps whatever comes until the head is complete, and a timer runs after the first answer alone.
    Data come in pieces of up to 256 KB, so that a head within one piece may be as long as that.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
        *,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_seconds = head_seconds
        self._head_bytes = 0
        self._in_head = True
        self._late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Give the first request its time."""
        super().connection_made(transport)
        self._begin_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._end_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head that is not complete."""
        if self._in_head:
            self._head_bytes += len(data)
            self._begin_waiting()
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Leave the rest to uvicorn."""
        self._in_head = False
        self._end_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another head."""
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0

    def _begin_waiting(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self._head_seconds, self._give_up)

    def _end_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
