"""Reading for visitors: many searches at once, with a search-only key and little patience.

Unlike the connection for writes it repeats nothing but on another node: somebody waits, and a page that says
that nothing answers is better than one that comes late. It speaks HTTP itself, because for each request the
client for writes costs more than Typesense needs to answer it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.typesense import (
    CollectionNotFound,
    RequestRefused,
    SearchKeyRefused,
    SearchUnavailable,
)
from pyf.aggregator.typesense.nodes import KEY_HEADER

PATIENCE_SECONDS = 2.5
"""For all of it, however many nodes are asked: a page says within three seconds that none answers."""
CONNECT_SECONDS = 1.2
CONNECTIONS = 64
MOST_BYTES = 64 * 1024**2
"""A page of results has some 50 KB; the largest answer, 250 whole documents, has a tenth of this."""

_OK = 200
_UNAUTHORIZED = (401, 403)
_NOT_FOUND = 404
_NO_COLLECTION = "Not found."
"""What 0.24.1 says where a search names a collection that is not there (measured)."""


class FacetCount(msgspec.Struct, frozen=True):
    """A value of a facet, and how many of the documents found have it."""

    value: str
    count: int


class Hit(msgspec.Struct, frozen=True):
    """A document as JSON; ``marked`` are its fields in which words were found, these in ``<mark>``."""

    document: msgspec.Raw
    marked: Mapping[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What one search found: how many documents in all, one page of them, and the counts by facet."""

    found: int
    hits: Sequence[Hit]
    facet_counts: Mapping[str, Sequence[FacetCount]]


class _Counts(msgspec.Struct):
    field_name: str
    counts: list[FacetCount]


class _Found(msgspec.Struct):
    document: msgspec.Raw
    highlight: dict[str, Any] | None = None


class _Result(msgspec.Struct):
    """One entry of an answer to ``multi_search``: a result, or an error with its status."""

    found: int = 0
    hits: list[_Found] = msgspec.field(default_factory=list)
    facet_counts: list[_Counts] = msgspec.field(default_factory=list)
    code: int | None = None
    error: str | None = None


class _Results(msgspec.Struct):
    results: list[_Result]


_decoder = msgspec.json.Decoder(_Results)
_shared_until: ContextVar[float | None] = ContextVar("shared_until", default=None)
"""Until when this task may wait for Typesense, in the event loop's time; else each search has its own end."""


def take_time() -> None:
    """Give each further search of this task a patience of its own: a whole collection takes many."""
    _shared_until.set(None)


@asynccontextmanager
async def open_reader(
    nodes: Sequence[str], api_key: str, *, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator["Reader"]:
    """Yield a reader of the first of ``nodes`` (URLs) that answers. Nothing is asked yet."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=30),
        headers={KEY_HEADER: api_key, "Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        raise_for_status=False,
        auto_decompress=True,
    )
    async with session:
        yield Reader(session, nodes, api_key, patience_seconds=patience_seconds)


class Reader:
    """Sends searches to one node, and to the next one when that does not answer."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        nodes: Sequence[str],
        api_key: str,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._session = session
        self._nodes = list(nodes)
        self._api_key = api_key
        self._patience_seconds = patience_seconds

    async def search(self, searches: Sequence[Mapping[str, object]]) -> list[Answer]:
        """Send all searches in one request; each names its ``collection`` and has parameters of Typesense's.

        Raises :class:`SearchUnavailable` if nothing answers in time, :class:`SearchKeyRefused`,
        :class:`CollectionNotFound`, and :class:`RequestRefused` for a search that cannot be carried out.
        """
        body = msgspec.json.encode({"searches": searches})
        results = await self._ask(body)
        if len(results) != len(searches):
            raise SearchUnavailable(self._nodes[0], "its answer is not one to what was asked")
        return [self._read(search, result) for search, result in zip(searches, results, strict=True)]

    @contextmanager
    def share_patience(self) -> Iterator[None]:
        """Let all searches within have one patience together, as those of a page have to."""
        before = _shared_until.set(asyncio.get_running_loop().time() + self._patience_seconds)
        try:
            yield
        finally:
            _shared_until.reset(before)

    async def is_key_too_mighty(self) -> bool:
        """Tell whether the key may list the server's keys, as an admin key may and one for searches may not.

        Where nothing answers in time, that is not known, and ``False``.
        """
        for node in tuple(self._nodes):
            try:
                async with (
                    asyncio.timeout(self._patience_seconds),
                    self._session.get(f"{node}/keys", allow_redirects=False) as response,
                ):
                    return response.status == _OK
            except (aiohttp.ClientError, OSError):
                continue
        return False

    async def _ask(self, body: bytes) -> list[_Result]:
        """Ask the nodes in turn; the one that answered is asked first the next time."""
        reasons: list[str] = []
        until = asyncio.get_running_loop().time() + self._patience_seconds
        shared = _shared_until.get()
        try:
            async with asyncio.timeout_at(until if shared is None else min(until, shared)):
                for node in tuple(self._nodes):
                    try:
                        results = await self._ask_node(node, body)
                    except SearchUnavailable as error:
                        reasons.append(error.reason)
                        continue
                    if self._nodes[0] != node:
                        self._nodes.sort(key=lambda other: other != node)
                    return results
        except TimeoutError:
            reasons.append(f"no answer within {self._patience_seconds:g} s")
            # Whoever was too slow for all of the patience is not asked first again.
            self._nodes.append(self._nodes.pop(0))
        raise SearchUnavailable(", ".join(self._nodes), "; ".join(dict.fromkeys(reasons)))

    async def _ask_node(self, node: str, body: bytes) -> list[_Result]:
        try:
            async with self._session.post(
                f"{node}/multi_search", data=body, allow_redirects=False
            ) as response:
                content = await self._read_bounded(node, response)
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise SearchUnavailable(node, f"no connection within {CONNECT_SECONDS:g} s") from error
            raise SearchUnavailable(node, self._clean(str(error) or type(error).__name__)) from error
        if response.status in _UNAUTHORIZED:
            raise SearchKeyRefused(node)
        if response.status != _OK:
            raise SearchUnavailable(node, f"HTTP {response.status}")
        try:
            return _decoder.decode(content).results
        except msgspec.DecodeError as error:
            raise SearchUnavailable(node, "what it answered is not Typesense's") from error

    async def _read_bounded(self, node: str, response: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > MOST_BYTES:
                raise SearchUnavailable(node, f"its answer has more than {MOST_BYTES:,} bytes")
        return bytes(content)

    def _read(self, search: Mapping[str, object], result: _Result) -> Answer:
        if result.error is not None or result.code is not None:
            self._refuse(search, result)
        return Answer(
            found=result.found,
            hits=[Hit(hit.document, _find_marked(hit.highlight)) for hit in result.hits],
            facet_counts={counts.field_name: counts.counts for counts in result.facet_counts},
        )

    def _refuse(self, search: Mapping[str, object], result: _Result) -> None:
        reason = self._clean(result.error or "without a reason")
        if result.code in _UNAUTHORIZED:
            raise SearchKeyRefused(self._nodes[0])
        if result.code == _NOT_FOUND and reason.startswith(_NO_COLLECTION):
            raise CollectionNotFound(str(search.get("collection")))
        if result.code is not None and result.code >= 500:  # noqa: PLR2004 - RFC 9110, 15.6
            raise SearchUnavailable(self._nodes[0], reason)
        raise RequestRefused(self._nodes[0], reason)

    def _clean(self, words: str) -> str:
        return clean_foreign(words, self._api_key)


def _find_marked(highlight: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the whole fields with marks; of a field of several values nothing is marked."""
    if not highlight:
        return {}
    return {
        field: said["snippet"]
        for field, said in highlight.items()
        if isinstance(said, dict) and isinstance(said.get("snippet"), str)
    }
