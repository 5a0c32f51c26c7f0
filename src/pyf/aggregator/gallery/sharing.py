"""What pages of other sites may read (CORS): every form for programs, whether it is there or refused.

It goes by the address alone, because a browser hides from a script whatever lacks the header: a refusal or a
redirect without it is a network error that nobody can tell from a broken line.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pyf.aggregator.gallery.addresses import Addresses

_SUFFIXES = (".json", ".atom", ".svg")
METHODS = "GET, HEAD, OPTIONS"
EXPOSED = "Allow, Content-Disposition, ETag, Retry-After"
"""What a script gets to read of an answer beside what browsers always show it, such as its type and age."""
_ANYBODY = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": EXPOSED}
_ALLOWED = {
    **_ANYBODY,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def is_shared(to: Addresses, path: str) -> bool:
    """Tell whether other sites may read what is at a path: the API, other forms of pages, our own files."""
    return path.startswith((to.api(), f"{to.prefix}/static/")) or path.endswith(_SUFFIXES)


def wants_json(to: Addresses, path: str) -> bool:
    """Tell whether who asks for a path reads JSON, so that a refusal has to be JSON, too."""
    return path.startswith(to.api()) or path.endswith(".json")


def share(app: ASGIApp, to: Addresses) -> ASGIApp:
    """Return the application with its shared answers readable; browsers that ask first are answered here."""

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_shared(to, scope["path"]):
            await app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_ALLOWED)(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_ANYBODY)
            await send(message)

        await app(scope, receive, tell)

    return shared
