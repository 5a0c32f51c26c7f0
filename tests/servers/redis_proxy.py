"""A line to a real Redis that can be cut at what passes through it, and can speak TLS at its near end."""

import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_CHUNK_BYTES = 1 << 16


class RedisProxy:
    """Listens on loopback and hands everything on to the Redis at ``behind``.

    ``cut_at`` cuts every line as soon as a client says these bytes, and nobody is let through again. With
    ``tls`` the near end speaks TLS alone.
    """

    def __init__(
        self, behind: str, *, cut_at: bytes | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        url = urlsplit(behind)
        self._behind = (url.hostname, url.port)
        self._cut_at = cut_at
        self._tls = tls
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'rediss' if tls else 'redis'}://127.0.0.1:{self.port}/0"
        self.is_cut = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """Cut every line; nobody is let through any more."""
        self.is_cut.set()
        # A blocked accept() does not notice that its socket is closed, but that it is shut down.
        for opened in (self._listening, *self._open):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError), near:
            if self._tls is not None:
                near = self._tls.wrap_socket(near, server_side=True)
            with near, socket.create_connection(self._behind) as far:
                self._open += [near, far]
                threading.Thread(target=self._pass, args=(far, near, None), daemon=True).start()
                self._pass(near, far, self._cut_at)

    def _pass(self, source: socket.socket, target: socket.socket, cut_at: bytes | None) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                if cut_at is not None and cut_at in chunk:
                    self.cut()
                    return
                target.sendall(chunk)
            target.shutdown(socket.SHUT_RDWR)
