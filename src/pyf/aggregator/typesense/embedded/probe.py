"""Asking whether the embedded server is there, within a time limit that always holds."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus

KEY_HEADER = "X-TYPESENSE-API-KEY"


def is_answering(host: str, port: int, key: str, *, seconds: float) -> bool:
    """Tell within ``seconds`` whether a healthy server that takes our key is there."""
    deadline = time.monotonic() + seconds
    try:
        return _is_fine(host, port, "/health", {}, deadline) and _is_fine(
            host, port, "/debug", {KEY_HEADER: key}, deadline
        )
    except (OSError, http.client.HTTPException, ValueError):
        # Whatever else listens there may answer anything.
        return False


def _is_fine(host: str, port: int, path: str, headers: Mapping[str, str], deadline: float) -> bool:
    seconds = max(deadline - time.monotonic(), 0.01)
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    with closing(connection):
        connection.connect()
        with _ended_after(connection.sock, seconds):
            connection.request("GET", path, headers=dict(headers))
            with connection.getresponse() as response:
                return response.status == HTTPStatus.OK


@contextmanager
def _ended_after(opened: socket.socket, seconds: float) -> Iterator[None]:
    """Close a socket for good when the time is over: its own limit begins anew with every byte."""

    def end() -> None:
        try:
            opened.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
