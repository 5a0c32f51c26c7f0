"""Serving the application: uvicorn, one process, bounded in what it takes from strangers."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from pyf.aggregator.errors.gallery import CannotListen
from pyf.aggregator.gallery.bounded_http import HEAD_SECONDS, BoundedProtocol

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
"""Beyond so many at once visitors are told to come back (503); each takes some 50 KB."""
IDLE_SECONDS = 20
ENDING_SECONDS = 2
BACKLOG = 1024


class _Server(uvicorn.Server):
    """Leaves the signals to the command, and ends when it is cancelled."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take none."""
        yield


def find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes uvloop's event loops, ``None`` where there is no uvloop, as on Windows."""
    if find_spec("uvloop") is None:
        return None
    return import_module("uvloop").new_event_loop  # type: ignore[no-any-return]


@dataclass(slots=True)
class Replaceable:
    """An application that another one may take the place of; a request goes on with the one it came to."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application of now does."""
        await self.app(scope, receive, send)


async def serve(
    app: ASGIApp, *, host: str, port: int, verbose: bool = False, head_seconds: float = HEAD_SECONDS
) -> None:
    """Serve until cancelled; no head of a request may take longer than ``head_seconds``.

    Raises :class:`CannotListen`.
    """
    listening = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=partial(BoundedProtocol, head_seconds=head_seconds),  # type: ignore[arg-type]
        log_config=None,
        log_level="info" if verbose else "warning",
        access_log=verbose,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
        backlog=BACKLOG,
        lifespan="off",
        proxy_headers=False,
    )
    _tell_as_we_do()
    server = _Server(config)
    name = f"[{host}]" if ":" in host else host
    logger.info("The gallery is at http://%s:%d; Ctrl-C ends it.", name, listening.getsockname()[1])
    with listening:
        serving = asyncio.create_task(server.serve([listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise


def _tell_as_we_do() -> None:
    """Have what the server says appear where our own messages do."""
    theirs = logging.getLogger("uvicorn")
    for handler in logging.getLogger("pyf").handlers:
        if handler not in theirs.handlers:
            theirs.addHandler(handler)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; what is wrong is told before anything is opened."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except UnicodeError as error:
        # A label of more than 63 characters is none (RFC 1035, 2.3.4).
        raise CannotListen(host, port, "that is no name of a host") from error
    except OSError as error:
        raise CannotListen(host, port, _explain(error)) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(host, port, _explain(error)) from error
    listening.setblocking(False)
    return listening


def _explain(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "something else listens there; --port names another port"
    if error.errno == errno.EACCES:
        return "only root may listen at ports below 1024; --port names another port"
    if isinstance(error, socket.gaierror):
        return "that is no address of this machine"
    return (error.strerror or os.strerror(error.errno or 0)).lower()
