"""A line to a real Redis that can be cut at what passes through it, and can speak TLS at its near end."""

import asyncio
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_CHUNK_BYTES = 1 << 16


class RedisProxy:
    """Listens on loopback and hands everything on to the Redis at ``behind``.

    ``cut_at`` cuts every line as soon as a client says these bytes, and nobody is let through again. With
    ``tls`` the near end speaks TLS alone. It runs in a thread of its own while it is open.
    """

    def __init__(
        self, behind: str, *, cut_at: bytes | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        url = urlsplit(behind)
        self._behind = (url.hostname, url.port)
        self._cut_at = cut_at
        self._tls = tls
        self._lines: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.url = ""
        self.is_cut = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(RuntimeError):  # The loop is closed where the line was cut.
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        port = server.sockets[0].getsockname()[1]
        self.url = f"{'rediss' if self._tls else 'redis'}://127.0.0.1:{port}/0"
        self._started.set()
        await self._end.wait()
        server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, near_reader: StreamReader, near: StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)
        far_reader, far = await asyncio.open_connection(*self._behind)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(near_reader, far, self._cut_at))
                group.create_task(self._pass(far_reader, near, None))
        except* OSError:
            pass
        finally:
            for writer in (near, far):
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _pass(self, source: StreamReader, target: StreamWriter, cut_at: bytes | None) -> None:
        while chunk := await source.read(_CHUNK_BYTES):
            if cut_at is not None and cut_at in chunk:
                self.is_cut.set()
                self._end.set()
                return
            target.write(chunk)
            await target.drain()
        target.close()
