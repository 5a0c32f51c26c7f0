"""What the server takes from strangers before there is a request, and how many at once."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from pyf.aggregator.gallery.bounded_http import MOST_HEAD_BYTES
from pyf.aggregator.gallery.serving import MOST_CONNECTIONS
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.wares import build_profile
from tests.servers.redis import wait_until

HEAD_SECONDS = 0.3
BEGINNING = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def hurried(typesense: EmbeddedServer) -> Iterator[Visitor]:
    """A visitor of a gallery that waits for no head longer than a moment; it needs no collection."""
    with serve_gallery(typesense, [build_profile("none")], head_seconds=HEAD_SECONDS) as served:
        yield served


@contextmanager
def connect(visitor: Visitor) -> Iterator[socket.socket]:
    parts = urlsplit(visitor.url)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side has closed."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def read_answer(connection: socket.socket) -> bytes:
    """Read an answer whose body is that of ``/healthz``."""
    content = b""
    while not content.endswith(b'{"status":"ok"}'):
        piece = connection.recv(65_536)
        assert piece, content
        content += piece
    return content


@pytest.mark.parametrize("beginning", [b"GET /", b"GET /?q=", BEGINNING + b"X: ", BEGINNING + b"X"])
def test_a_head_without_end_is_refused(visitor: Visitor, beginning: bytes) -> None:
    with connect(visitor) as connection:
        connection.sendall(beginning.ljust(MOST_HEAD_BYTES + 1, b"a"))
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_many_short_headers_are_a_long_head(visitor: Visitor) -> None:
    with connect(visitor) as connection:
        connection.sendall((BEGINNING + b"X: a\r\n" * MOST_HEAD_BYTES)[: MOST_HEAD_BYTES + 1])
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")


def test_a_long_head_is_answered_and_so_is_the_next(visitor: Visitor) -> None:
    request = BEGINNING + b"X: " + b"a" * (MOST_HEAD_BYTES - 100) + b"\r\n\r\n"
    with connect(visitor) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("beginning", [b"", b"G", BEGINNING])
def test_a_head_that_does_not_come_is_not_waited_for(hurried: Visitor, beginning: bytes) -> None:
    with connect(hurried) as connection:
        connection.sendall(beginning)
        assert read_all(connection) == b""


def test_the_second_head_of_a_connection_has_its_time_too(hurried: Visitor) -> None:
    with connect(hurried) as connection:
        connection.sendall(BEGINNING + b"\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /")
        assert read_all(connection) == b""


def test_whoever_comes_when_all_places_are_taken_is_told_so(
    typesense: EmbeddedServer, wares: Profile
) -> None:
    with serve_gallery(typesense, [wares]) as crowded, ExitStack() as stack:
        waiting = [stack.enter_context(connect(crowded)) for _ in range(MOST_CONNECTIONS)]
        # Each has said something, so the server knows of all of them.
        for connection in waiting[:-1]:
            connection.sendall(BEGINNING)
        waiting[-1].sendall(BEGINNING + b"\r\n")
        assert waiting[-1].recv(65_536).startswith(b"HTTP/1.1 503 ")
        for connection in waiting:
            connection.close()
        wait_until(lambda: crowded.get("/healthz").status_code == 200, "there is room again")
