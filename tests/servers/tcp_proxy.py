"""A wire to another server that can be cut at the moment when certain bytes pass."""

import socket
import threading
from contextlib import suppress
from typing import Self


class TcpProxy:
    """Hands everything on, and ends every connection as soon as a client sends ``cut_at``."""

    def __init__(self, port: int, cut_at: bytes) -> None:
        self.cut = False
        self._target = ("127.0.0.1", port)
        self._cut_at = cut_at
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                for source, sink, watched in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=(source, sink, watched), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if watched and self._cut_at in data:
                    self.cut = True
                    self._end()
                    return
                sink.sendall(data)

    def _end(self) -> None:
        """Answer nobody any more, as a server that has just died."""
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
