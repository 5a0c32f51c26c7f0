"""Responses: how a representation leaves the house. Tagged by its content, compressed, cacheable, and safe.

An answer is the same for everybody and says how long it may be shown: caches in front of the gallery can hold
all of it. The entity tag is a digest of the body, so it changes when what is shown does. It is a weak one,
because a body has the same tag compressed and not (RFC 9110, 8.8.1).
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.api.shapes import Refusal, encode

HTML = "text/html; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/json"
JSON_FEED = "application/feed+json"
SVG = "image/svg+xml"
TEXT = "text/plain; charset=utf-8"
XML = "application/xml; charset=utf-8"

FRESH_SECONDS = 60
STALE_SECONDS = 86_400
"""So long a cache may go on showing what it has while we cannot answer."""
FOR_GOOD = "public, max-age=31536000, immutable"
NOT_KEPT = "no-store"

SHOWN = f"public, max-age={FRESH_SECONDS}, stale-while-revalidate=600, stale-if-error={STALE_SECONDS}"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
"""No inline script or style runs, whatever a document says; READMEs have pictures from anywhere."""

SAFE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "interest-cohort=(), camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)

_NO_PAGES = (".atom", ".css", ".js", ".svg", ".xml")
"""What no person reads: the page that says where else to look would be lost on feed readers and images."""
_LEAST_COMPRESSED = 600
_LEVEL = 5
"""A page of 60 KB takes 1 ms at this level, and is a tenth larger than at the highest, which takes three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """What is shown: a body of a media type; ``error`` is the sentence for programs where it is a refusal."""

    body: bytes
    media_type: str = HTML
    status: int = 200
    cache: str = SHOWN
    error: str = ""


def respond(request: Request, shown: Representation) -> Response:
    """Answer with a representation, or with 304 where the client has it already.

    Where no page was asked for, a refusal is none: JSON as well, else a line of text.
    """
    if shown.error and request.url.path.endswith(".json"):
        shown = show_refusal(shown.status, shown.error, cache=shown.cache)
    elif shown.error and request.url.path.endswith(_NO_PAGES):
        shown = replace(shown, body=f"{shown.error}\n".encode(), media_type=TEXT)
    tag = f'W/"{blake2b(shown.body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": shown.cache, "Vary": "Accept-Encoding", **SAFE_HEADERS}
    if shown.status == 200 and _has_already(request.headers, tag):  # noqa: PLR2004 - RFC 9110, 15.3.1
        return Response(status_code=304, headers=headers)
    body = shown.body
    if len(body) >= _LEAST_COMPRESSED and _accepts_gzip(request.headers):
        body = gzip.compress(body, _LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, shown.status, headers, shown.media_type)


def show_refusal(status: int, sentence: str, *, cache: str = SHOWN) -> Representation:
    """Show to a program why there is no answer."""
    body = encode(Refusal(error=sentence))
    return Representation(body=body, media_type=JSON, status=status, cache=cache)


def redirect(path: str, *, status: int = 301) -> Response:
    """Send the client to another path of ours, for good."""
    return Response(status_code=status, headers={"Location": path, "Cache-Control": SHOWN, **SAFE_HEADERS})


def _has_already(headers: Headers, tag: str) -> bool:
    """Compare weakly (RFC 9110, 13.1.2)."""
    sent = [part.strip() for part in headers.get("if-none-match", "").split(",")]
    return sent == ["*"] or tag.removeprefix("W/") in (part.removeprefix("W/") for part in sent)


def _accepts_gzip(headers: Headers) -> bool:
    """Tell whether the client takes gzip; a quality of zero means that it does not."""
    for part in headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = part.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
