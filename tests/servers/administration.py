"""What stands on a Typesense, asked and removed past our own code, which this imports nothing of."""

import json
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any, Protocol


class Server(Protocol):
    """A server with its admin key."""

    @property
    def url(self) -> str: ...

    @property
    def api_key(self) -> str: ...


def ask(server: Server, method: str, path: str) -> Any:
    """Send one request; nothing comes back where it is refused."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        server.url + path, headers={"X-TYPESENSE-API-KEY": server.api_key}, method=method
    )
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
        return json.loads(response.read())
    return []


def remove_named(server: Server, name: str = "") -> None:
    """Remove what is called ``name``, or that and more after a hyphen; all without one. Aliases go first."""
    for kind in ("aliases", "collections", "presets"):
        answer = ask(server, "GET", f"/{kind}")
        for item in answer if isinstance(answer, list) else answer[kind]:
            if not name or f"{item['name']}-".startswith(f"{name}-"):
                ask(server, "DELETE", f"/{kind}/{item['name']}")
