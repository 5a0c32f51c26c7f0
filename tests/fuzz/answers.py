"""What may go wrong with an answer on its way, made of the answer that the stand-in would give."""

import copy
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSequence
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.values import ANY_BYTES, HOSTILE_JSON

type Rewrite = Callable[[int, Mapping[str, str], bytes], bytes]
"""Status, headers and body of a good answer; what goes over the wire in its place."""

LOCATIONS = [
    "",
    "/",
    "//",
    "?",
    "http://[::1",
    "http://127.0.0.1:9/x",
    "file:///dev/null",
    "ftp://127.0.0.1/x",
]
HEADERS: Mapping[str, list[str]] = {
    "Content-Type": ["", "text/html", "application/json; charset=utf-7", "\xff", "x" * 5000],
    "Content-Encoding": ["gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "?"],
    "Content-Length": ["0", "1", "-1", "x", "9" * 30, "1, 2"],
    "Transfer-Encoding": ["chunked", "gzip", "identity", "?"],
    "ETag": ["", '"', 'W/"x"', '"a\x01b"', '"' + "x" * 5000 + '"', "\xff"],
    "Retry-After": ["0", "-1", "9" * 400, "x", "Thu, 01 Jan 0000 00:00:00 GMT", "\u00b2", "1e999"],
    "RateLimit": ['"x";r=0;t=' + "9" * 400, '"x";r=0;t=x', ";r=0"],
    "RateLimit-Remaining": ["0", "-1", "9" * 400, "x"],
    "RateLimit-Reset": ["0", "9" * 400, "9" * 12, "-1", "x"],
    "X-RateLimit-Remaining": ["0", "-1", "9" * 400, "x"],
    "X-RateLimit-Reset": ["0", "9" * 400, "9" * 12, "-1", "x"],
    "Link": ["<", "<http://[::1>; rel=next"],
    "Last-Modified": ["x", "Thu, 01 Jan 0000 00:00:00 GMT"],
    "Date": ["x", "Thu, 01 Jan 0000 00:00:00 GMT"],
    "Location": LOCATIONS,
    "Set-Cookie": ["x", "=\x01"],
    "X-PyPI-Last-Serial": ["", "-1", "x", "9" * 400],
}
STATUSES = [100, 204, 206, 301, 302, 304, 307, 308, 400, 401, 403, 406, 429, 500, 503, 599, 600, 999]
"""None of them says anything of what was asked for."""
ABSENT = [404, 410, 451]
"""They say that something is not there, or not shown, which is an answer."""


def build_wire(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return an answer as it goes over the wire; the connection ends with it."""
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace") + body


def keep_headers(headers: Mapping[str, str], body: bytes, **more: str) -> dict[str, str]:
    """Return the headers of a good answer with the right length, and more of them."""
    kept = {key: value for key, value in headers.items() if key not in {"Content-Length", "Content-Encoding"}}
    return {**kept, "Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in more.items()}}


@st.composite
def other_statuses(draw: st.DrawFn, statuses: list[int]) -> Rewrite:
    """Another status, with the good body or any other."""
    status, other = draw(st.sampled_from(statuses)), draw(st.none() | ANY_BYTES)
    location = draw(st.sampled_from(LOCATIONS))

    def rewrite(_: int, headers: Mapping[str, str], body: bytes) -> bytes:
        # To these two belongs no body, and a client would see to it.
        said = b"" if status in {204, 304} else body if other is None else other
        return build_wire(status, keep_headers(headers, said, Location=location), said)

    return rewrite


@st.composite
def cut_answers(draw: st.DrawFn) -> Rewrite:
    """An answer that ends at any byte before its last, plain or compressed, its length announced or not."""
    share, zipped, announced = (
        draw(st.floats(0, 1, exclude_max=True)),
        draw(st.booleans()),
        draw(st.booleans()),
    )

    def rewrite(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        body = gzip.compress(body, mtime=0) if zipped else body
        kept = keep_headers(headers, body, **({"Content_Encoding": "gzip"} if zipped else {}))
        if not announced:
            kept["Transfer-Encoding"] = "chunked"
            del kept["Content-Length"]
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        wire = build_wire(status, kept, body)
        return wire[: int(len(wire) * share)]

    return rewrite


@st.composite
def broken_gzip(draw: st.DrawFn) -> Rewrite:
    """Compressed bytes of which one is another."""
    place, mask = draw(st.floats(0, 1, exclude_max=True)), draw(st.integers(1, 255))

    def rewrite(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        packed = bytearray(gzip.compress(body, mtime=0))
        # The first ten bytes and the last eight are gzip's own; some of them nobody has to look at.
        packed[10 + int((len(packed) - 18) * place)] ^= mask
        kept = keep_headers(headers, bytes(packed), Content_Encoding="gzip")
        return build_wire(status, kept, bytes(packed))

    return rewrite


@st.composite
def other_bodies(draw: st.DrawFn) -> Rewrite:
    """Any bytes in place of the body."""
    said = draw(ANY_BYTES)
    return lambda status, headers, _: build_wire(status, keep_headers(headers, said), said)


@st.composite
def other_headers(draw: st.DrawFn) -> Rewrite:
    """Any of the headers that somebody reads, with a value that is none."""
    names = st.sampled_from(list(HEADERS))
    chosen = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    values = {name: draw(st.sampled_from(HEADERS[name])) for name in chosen}

    def rewrite(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        return build_wire(status, {**keep_headers(headers, body), **values}, body)

    return rewrite


@st.composite
def spliced_bodies(draw: st.DrawFn) -> Rewrite:
    """The good body, in which bytes are gone, doubled or replaced at some places."""
    splice = st.tuples(st.floats(0, 1), st.integers(0, 30), ANY_BYTES)
    splices = draw(st.lists(splice, min_size=1, max_size=4))

    def rewrite(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        for share, length, inserted in splices:
            place = int(len(body) * share)
            body = body[:place] + inserted + body[place + length :]
        return build_wire(status, keep_headers(headers, body), body)

    return rewrite


@st.composite
def other_values(draw: st.DrawFn) -> Rewrite:
    """The good body, in whose JSON keys are gone or twice, or values are any others; other bodies stay."""
    change = st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from("-+="), HOSTILE_JSON)
    changes = draw(st.lists(change, min_size=1, max_size=3))

    def rewrite(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
        body = _change_json(body, changes)
        return build_wire(status, keep_headers(headers, body), body)

    return rewrite


def _change_json(body: bytes, changes: list[tuple[float, str, str]]) -> bytes:
    try:
        content = json.loads(body)
    except ValueError:
        return body
    inserted: dict[str, str] = {}
    for number, (share, kind, value) in enumerate(changes):
        places = list(_walk(content))
        if not places:
            break
        holder, key = places[int(len(places) * share)]
        if kind == "-":
            del holder[key]
        else:
            # A mark of its own, since no Python value stands for NaN, a lone surrogate or a key twice.
            inserted[f'"@{number}@"'] = value if kind == "=" else f"{value}, {_repeat(key)}{value}"
            holder[key] = f"@{number}@"
    text = json.dumps(content)
    for mark, value in inserted.items():
        text = text.replace(mark, value)
    return text.encode("utf-8", "surrogatepass")


def _repeat(key: str | int) -> str:
    return f"{json.dumps(key)}: " if isinstance(key, str) else ""


def _walk(content: Any) -> Iterator[tuple[Any, Any]]:
    """Return every place of a JSON value: what holds it, and the key or number there."""
    if isinstance(content, MutableMapping | MutableSequence):
        pairs = content.items() if isinstance(content, MutableMapping) else enumerate(content)
        for key, value in copy.copy(list(pairs)):
            yield content, key
            yield from _walk(value)


BROKEN = cut_answers() | broken_gzip() | other_bodies() | other_statuses(STATUSES)
"""Nothing of it may be taken for an answer."""
WRONG = other_headers() | spliced_bodies() | other_values() | other_statuses(ABSENT)
"""Some of it is an answer, though not a true one."""
