"""What may go wrong between a client and PyPI, each as a value that the stand-in acts out."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from xmlrpc import client as xmlrpc

from aiohttp import web

EDGE_ERROR = b"<!DOCTYPE html><html><body><h1>503 Backend is unhealthy</h1></body></html>"
"""PyPI's edge answers an outage with HTML, also where JSON is asked for."""


class _Acted:
    """What all faults share: by default the real answer is made first, and then meets the fault.

    With ``before`` the request never reaches the real server.
    """

    before: bool = False


@dataclass(frozen=True, kw_only=True)
class Status(_Acted):
    """An answer with this status; ``headers`` may carry ``Retry-After``."""

    before = True

    status: int
    body: bytes = EDGE_ERROR
    headers: Mapping[str, str] = field(default_factory=dict)

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        kind = "application/json" if self.body.startswith((b"{", b"[")) else "text/html"
        return web.Response(status=self.status, body=self.body, content_type=kind, headers=dict(self.headers))


@dataclass(frozen=True, kw_only=True)
class Hang(_Acted):
    """No answer for so many seconds, then the connection closes."""

    seconds: float = 3600.0

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        await asyncio.sleep(self.seconds)
        return await CloseConnection().act(request, answer)


@dataclass(frozen=True)
class CloseConnection(_Acted):
    """The request is taken and the connection closed without a word."""

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return answer


@dataclass(frozen=True)
class RefuseConnection(CloseConnection):
    """The connection closes before the request has any effect."""

    before = True


@dataclass(frozen=True)
class CutBody(_Acted):
    """The answer announces its length and ends half-way."""

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b"{}"
        response = web.StreamResponse(headers={**answer.headers, "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response


@dataclass(frozen=True, kw_only=True)
class Body(_Acted):
    """Another body in an answer that is otherwise right, such as broken JSON."""

    body: bytes = b'{"info": {"name": "x"'
    content_type: str | None = None

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        kept = {key: value for key, value in answer.headers.items() if key.startswith("X-")}
        content_type = self.content_type or answer.content_type
        return web.Response(body=self.body, content_type=content_type, headers=kept)


@dataclass(frozen=True)
class Edited(_Acted):
    """The answer that the server would give, its JSON changed in place: well-formed, and wrong."""

    edit: Callable[[Any], object]

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        assert isinstance(answer.body, bytes)
        content = json.loads(answer.body)
        self.edit(content)
        return web.Response(
            status=answer.status, body=json.dumps(content).encode(), content_type=answer.content_type
        )


@dataclass(frozen=True, kw_only=True)
class Serial(_Acted):
    """Another serial in header and body; ``None`` leaves the header out."""

    serial: int | None

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        assert isinstance(answer.body, bytes)
        content = json.loads(answer.body)
        headers = {key: value for key, value in answer.headers.items() if key.startswith("X-")}
        if self.serial is None:
            headers.pop("X-PyPI-Last-Serial", None)
        else:
            headers["X-PyPI-Last-Serial"] = str(self.serial)
            _set_serial(content, self.serial)
        return web.Response(
            body=json.dumps(content).encode(), content_type=answer.content_type, headers=headers
        )


@dataclass(frozen=True, kw_only=True)
class Huge(_Acted):
    """A body of so many bytes, streamed; with or without its length announced."""

    size: int
    announced: bool

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        headers = {"Content-Type": answer.content_type}
        if self.announced:
            headers["Content-Length"] = str(self.size)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        chunk = b" " * 100_000
        try:
            for _ in range(self.size // len(chunk)):
                await response.write(chunk)
        except ConnectionError:
            pass
        return response


@dataclass(frozen=True, kw_only=True)
class SlowAnswer(_Acted):
    """The answer comes byte by byte, one every so many seconds, its headers too with ``head``."""

    before = True

    seconds: float = 0.02
    head: bool = False
    size: int = 100_000

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        assert request.transport is not None
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {self.size}\r\n\r\n"
        start, rest = ("", head) if self.head else (head, " " * self.size)
        request.transport.write(start.encode())
        for byte in rest.encode():
            if request.transport.is_closing():
                break
            request.transport.write(bytes([byte]))
            await asyncio.sleep(self.seconds)
        request.transport.abort()
        return answer


@dataclass(frozen=True, kw_only=True)
class Raw(_Acted):
    """These very bytes on the wire, headers and all, and the end of the connection."""

    before = True

    wire: bytes

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(self.wire)
        request.transport.close()
        return answer


@dataclass(frozen=True)
class Rewritten(_Acted):
    """Bytes on the wire that are made of the answer that the server would give: its status, headers, body."""

    rewrite: Callable[[int, Mapping[str, str], bytes], bytes]

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b""
        wire = self.rewrite(answer.status, answer.headers, body)
        return await Raw(wire=wire).act(request, answer)


@dataclass(frozen=True, kw_only=True)
class XmlRpcFault(_Acted):
    """A fault, which comes with HTTP 200."""

    code: int = -32500
    text: str = "RuntimeError: PyPI no longer supports this method."

    async def act(self, request: web.Request, answer: web.Response) -> web.StreamResponse:
        body = xmlrpc.dumps(xmlrpc.Fault(self.code, self.text), methodresponse=True).encode()
        return web.Response(body=body, content_type="text/xml")


type Fault = (
    Status
    | Hang
    | RefuseConnection
    | CloseConnection
    | CutBody
    | Body
    | Edited
    | Serial
    | Huge
    | SlowAnswer
    | Raw
    | Rewritten
    | XmlRpcFault
)


def limit_browse(seconds: int) -> XmlRpcFault:
    """Return the fault that PyPI's XML-RPC rate limit answers with."""
    return XmlRpcFault(
        text=f"HTTPTooManyRequests: The action could not be performed. Limit may reset in {seconds} seconds."
    )


@dataclass
class Planned:
    """A fault for the paths that match, for so many requests or until it is mended."""

    paths: str
    fault: Fault
    times: int | None

    def takes(self, path: str) -> bool:
        """Tell whether the fault meets this request, and count it."""
        if self.times == 0 or not fnmatchcase(path, self.paths):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def _set_serial(content: dict[str, object], serial: int) -> None:
    meta = content.get("meta")
    if isinstance(meta, dict):
        meta["_last-serial"] = serial
    else:
        content["last_serial"] = serial
