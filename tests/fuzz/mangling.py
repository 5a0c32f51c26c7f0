"""Answers as no server gives them on purpose: real ones with a part replaced, cut or garbled."""

import json
import os
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.servers.faults import CloseConnection

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
"""How many answers each test makes; the same ones each time, unless there are more than by default."""

FUZZING = settings(
    max_examples=EXAMPLES,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

STATUSES = st.sampled_from(
    [200] * 8 + [100, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 410, 429, 500, 503, 599]
)
ODD_TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\x00", "\x1b[31m\x07", "\ud800", "9" * 5000, "x" * 100_000, "../../etc", "a\nb\r\nc", "\u202e"]
    ),
)
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    ODD_TEXTS,
    st.sampled_from([[], {}, [[]], [None], {"": {}}, 10**400, -1, 0, 1e308]),
    st.recursive(
        ODD_TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3)
    ),
    st.just("deep"),
)
HEADERS = (
    *("Content-Type", "ETag", "Retry-After", "X-PyPI-Last-Serial", "Content-Encoding", "Location", "Link"),
    *("X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Reset", "Last-Modified", "Transfer-Encoding"),
)
ODD_HEADERS = st.dictionaries(
    st.sampled_from(HEADERS),
    # Nothing here may lead anybody away from loopback.
    st.one_of(
        st.integers(-(10**20), 10**20).map(str),
        st.sampled_from(
            ["", "gzip", "br", "identity", "text/html", "chunked", "W/", '"x"', "nan", "1e999", "²"]
        ),
        st.sampled_from(["/", "/elsewhere", "http://127.0.0.1:9/", "//127.0.0.1:9", "file:///x", "http://["]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
    ),
    max_size=3,
)


@dataclass(frozen=True)
class Mangling:
    """What is done to a body: ``edit`` a part of its JSON, ``cut`` and ``insert`` in its bytes."""

    edit: Callable[[Any], object] | None
    replace: bytes | None
    cut: float | None
    insert: tuple[float, bytes] | None

    def apply(self, body: bytes) -> bytes:
        if self.replace is not None:
            return self.replace
        if self.edit is not None:
            body = _edit(body, self.edit)
        if self.insert is not None:
            at = int(len(body) * self.insert[0])
            body = body[:at] + self.insert[1] + body[at:]
        return body if self.cut is None else body[: int(len(body) * self.cut)]


@st.composite
def edits(draw: st.DrawFn) -> Callable[[Any], object]:
    """Return a change to one place of a JSON document, or to some."""
    seed, value = draw(st.integers(0, 2**32)), draw(ODD_VALUES)
    drop, times = draw(st.booleans()), draw(st.integers(1, 3))

    def edit(content: Any) -> object:
        chance = random.Random(seed)  # noqa: S311 - drawn by hypothesis
        for _ in range(times):
            _change_somewhere(content, value, chance, drop=drop)
        return content

    return edit


SHARES = st.floats(0, 1)
BYTES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"\x00", b"\xff\xfe", b"<", b"]]>", b"{", b"&#0;", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"," * 99]
    ),
)
STRUCTURAL = st.one_of(
    st.builds(Mangling, st.none(), st.none(), st.floats(0, 0.95), st.none()),
    st.builds(Mangling, st.none(), st.binary(max_size=60), st.none(), st.none()),
    st.builds(
        Mangling,
        st.none(),
        st.sampled_from([b"", b"null", b"[]", b"{}", b"[" * 100_000]),
        st.none(),
        st.none(),
    ),
)
"""Bodies that are no answer at all, or the beginning of one."""
MANGLINGS = st.one_of(
    st.builds(Mangling, edits(), st.none(), st.none(), st.none()),
    st.builds(Mangling, edits(), st.none(), st.none(), st.none()),
    st.builds(Mangling, st.none(), st.none(), st.none(), st.tuples(SHARES, BYTES)),
    STRUCTURAL,
)


@dataclass(frozen=True)
class Answer:
    """A whole answer on the wire; ``promised`` is how many bytes more than there are its length says."""

    status: int
    headers: dict[str, str]
    mangling: Mangling
    promised: int

    def build_wire(self, body: bytes, kept: Iterable[tuple[str, str]]) -> bytes:
        """Return the bytes that answer a request whose right answer has this body and these headers."""
        mangled = self.mangling.apply(body)
        length = max(len(mangled) + self.promised, 0)
        headers = {**dict(kept), "Content-Length": str(length), "Connection": "close", **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}\r\n".encode("latin-1", "replace") + mangled


@dataclass(frozen=True)
class Mangled(CloseConnection):
    """A fault of the stand-ins: what would have been answered comes mangled."""

    answer: Answer

    async def act(self, request: web.Request, answer: web.Response) -> web.Response:
        assert request.transport is not None
        body = answer.body if isinstance(answer.body, bytes) else b""
        kept = [(key, value) for key, value in answer.headers.items() if key.lower() != "content-length"]
        request.transport.write(self.answer.build_wire(body, kept))
        request.transport.close()
        return answer


ANSWERS = st.builds(
    Answer, STATUSES, st.just({}) | ODD_HEADERS, MANGLINGS, st.sampled_from([0, 0, 0, 0, 7, -1])
)


def _edit(body: bytes, edit: Callable[[Any], object]) -> bytes:
    """Return the body with its JSON changed; XML is changed like text."""
    try:
        content = json.loads(body)
    except ValueError:
        return body
    text = json.dumps(edit(content))
    # Deeper than any parser goes, and a key that is there twice: what json.dumps does not write.
    return text.replace('"deep"', "[" * 3000 + "]" * 3000).encode("utf-8", "surrogatepass")


def _change_somewhere(content: Any, value: object, chance: random.Random, *, drop: bool) -> None:
    """Walk down a document at random, and change or drop what is found there."""
    while isinstance(content, dict | list) and content:
        key = chance.choice(list(content)) if isinstance(content, dict) else chance.randrange(len(content))
        below = content[key]
        if not isinstance(below, dict | list) or not below or chance.random() < 0.2:
            if drop:
                del content[key]
            else:
                content[key] = value
            return
        content = below
