"""The gallery as visitors meet it: served on a socket by the server that the command runs."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from pyf.aggregator.gallery.app import build_app
from pyf.aggregator.gallery.footer import parse_footer
from pyf.aggregator.gallery.serving import serve
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.reader import open_reader

FOOTER = "Run by the tests. [Imprint](https://example.org/imprint)"


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for pages below the address of a gallery, and follows no redirect unasked."""

    url: str
    client: httpx.Client

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(self.url + path, **options)


@contextmanager
def serve_gallery(
    typesense: EmbeddedServer,
    profiles: Sequence[Profile],
    *,
    nodes: Sequence[str] = (),
    api_key: str = "",
    path: str = "",
    patience_seconds: float = 2.5,
    head_seconds: float = 10.0,
) -> Iterator[Visitor]:
    """Serve the gallery at a port of its own; ``path`` is what stands before all of its paths."""
    port = _find_port()
    url = f"http://127.0.0.1:{port}"
    site = Site(base_url=url + path, profiles=tuple(profiles), title="Wares", footer=parse_footer(FOOTER))
    started, ending = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with open_reader(
            nodes or [typesense.url], api_key or typesense.api_key, patience_seconds=patience_seconds
        ) as reader:
            app = build_app(site, reader)
            serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, head_seconds=head_seconds))
            await _wait_for(port)
            started.set()
            await ending.wait()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert started.wait(20)
    try:
        with httpx.Client(timeout=20, trust_env=False) as client:
            yield Visitor(url + path, client)
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(20)
        assert not thread.is_alive()
        loop.close()


def _find_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def _wait_for(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
