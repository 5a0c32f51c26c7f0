"""PyPI's read APIs: the project list, one project, and the search by classifier.

Each ``fetch_`` returns a value of the domain or ``None`` where PyPI has no such thing, and raises
:class:`~pyf.aggregator.errors.SourceError` where it could not find out. How the bytes are read stands in
:mod:`pyf.aggregator.sources.wire`.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from xml.parsers.expat import ExpatError
from xmlrpc import client as xmlrpc

from pyf.aggregator.errors import MalformedResponse, RateLimited, SourceUnavailable, StaleResponse, TurnFarOff
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial, normalize
from pyf.aggregator.sources.feeds import Feed, FeedPage, parse_feed
from pyf.aggregator.sources.http import Answer, HttpClient, Passage, Request
from pyf.aggregator.sources.wire import (
    ProjectListPage,
    ProjectPage,
    parse_project_list,
    parse_versions,
    read_page,
)

MAX_PROJECT_LIST_BYTES = 500_000_000
"""Ten times the list of 2026 (47 MB)."""
MAX_PROJECT_BYTES = 50_000_000
MAX_FEED_BYTES = 10_000_000
MAX_BROWSE_BYTES = 200_000_000

BROWSE_PATIENCE_SECONDS = 60.0
"""A rate limit that resets later than this makes browsing pointless."""

INDEX_JSON = "application/vnd.pypi.simple.v1+json"

_RESET_SECONDS = re.compile(r"reset in (\d+) second")
_LIST_HEADERS = MappingProxyType({"Accept": INDEX_JSON})
_XMLRPC_HEADERS = MappingProxyType({"Content-Type": "text/xml"})


class PyPI:
    """One package index with PyPI's APIs at ``url``.

    ``browse_pace`` limits the search by classifier on top of the client's own pace: PyPI's documentation
    asks XML-RPC clients for about one call a second. A limit that PyPI names closes the pace it was met on,
    so that whoever shares it need not meet it, too.
    """

    def __init__(self, client: HttpClient, *, url: str, browse_pace: Passage) -> None:
        self._client = client
        self._url = url
        self._browse_pace = browse_pace

    async def _ask[T](self, request: Request, read: Callable[[Answer], T]) -> T:
        try:
            return await self._client.fetch(request, read)
        except TurnFarOff:
            raise
        except RateLimited as limit:
            pace = self._browse_pace if request.body is not None else self._client.pace
            pace.close(limit)
            raise

    @property
    def requests(self) -> Counter[str]:
        """What was sent, by kind: ``project list``, ``project``, ``versions``, ``browse`` or ``feed``."""
        return self._client.requests.copy()

    async def fetch_project_list(
        self, cached: ProjectListPage | None = None, *, least_serial: Serial | None = None
    ) -> tuple[ProjectList, ProjectListPage]:
        """Fetch every project's name and serial (``GET /simple/``, PEP 691 with PyPI's ``_last-serial``).

        ``cached`` is the page of an earlier fetch: it is named by its ETag and used when still current.
        Raises :class:`StaleResponse` when the list is older than ``least_serial``.
        """
        url = f"{self._url}/simple/"
        headers = dict(_LIST_HEADERS)
        if cached is not None:
            headers["If-None-Match"] = cached.etag
        request = Request(url=url, kind="project list", max_bytes=MAX_PROJECT_LIST_BYTES, headers=headers)

        def read(answer: Answer) -> tuple[ProjectList, ProjectListPage]:
            page = cached if answer.not_modified else read_project_list_page(answer)
            if page is None:
                raise MalformedResponse(url, "not modified, though nothing was cached")
            project_list = parse_project_list(page, url)
            if least_serial is not None and project_list.serial < least_serial:
                raise StaleResponse(url, project_list.serial, least_serial)
            return project_list, page

        return await self._ask(request, read)

    async def fetch_project(self, name: NormalizedName, *, least_serial: Serial) -> ProjectPage | None:
        """Fetch one project (``GET /pypi/<name>/json``), at least as new as ``least_serial``.

        ``None``: unknown, removed, quarantined, or registered without a release (warehouse#12207).
        """
        url = f"{self._url}/pypi/{name}/json"
        request = Request(url=url, kind="project", max_bytes=MAX_PROJECT_BYTES)

        def read(answer: Answer) -> ProjectPage | None:
            if answer.absent:
                return None
            page = read_page(answer, name)
            if page.serial < least_serial:
                raise StaleResponse(url, page.serial, least_serial)
            return page

        return await self._ask(request, read)

    async def fetch_versions(self, name: NormalizedName) -> tuple[str, ...] | None:
        """Fetch the versions that have files (``GET /simple/<name>/``, PEP 700); ``None`` without a page.

        An empty tuple is PyPI's positive word that the project is there and has no release.
        """
        url = f"{self._url}/simple/{name}/"
        request = Request(url=url, kind="versions", max_bytes=MAX_PROJECT_BYTES, headers=_LIST_HEADERS)
        return await self._ask(request, lambda answer: None if answer.absent else parse_versions(answer))

    async def fetch_feed(self, feed: Feed, *, etag: str | None) -> FeedPage | None:
        """Fetch one of the RSS feeds; ``None`` when it is still the one that the ETag names."""
        url = f"{self._url}/rss/{feed.value}.xml"
        headers = {"If-None-Match": etag} if etag else {}
        request = Request(url=url, kind="feed", max_bytes=MAX_FEED_BYTES, headers=headers)

        def read(answer: Answer) -> FeedPage | None:
            if answer.not_modified:
                return None
            page = None if answer.absent else parse_feed(answer.body, answer.headers.get("ETag"))
            if page is None:
                raise MalformedResponse(url, "it is no feed")
            return page

        return await self._ask(request, read)

    async def browse(self, classifier: str) -> list[tuple[NormalizedName, str]]:
        """Return ``(name, version)`` of every release that carries exactly this classifier (XML-RPC).

        PyPI calls the method unsupported: a caller must be able to go on without it.
        """
        await self._browse_pace.wait()
        request = Request(
            url=f"{self._url}/pypi",
            kind="browse",
            max_bytes=MAX_BROWSE_BYTES,
            headers=_XMLRPC_HEADERS,
            body=xmlrpc.dumps(([classifier],), "browse").encode(),
        )
        answer = await self._ask(request, _refuse_fault)
        # A hundred thousand releases take the XML parser a second: not in the event loop.
        return await asyncio.to_thread(_parse_browse, answer)


def read_project_list_page(answer: Answer) -> ProjectListPage:
    """Check that the answer is the JSON index and not the HTML that PyPI falls back to."""
    content_type = answer.headers.get("Content-Type", "")
    if answer.absent or "json" not in content_type:
        reason = f"HTTP {answer.status}, {content_type or 'no content type'} instead of {INDEX_JSON}"
        raise MalformedResponse(answer.url, reason)
    return ProjectListPage(etag=answer.headers.get("ETag", ""), body=answer.body)


def _refuse_fault(answer: Answer) -> Answer:
    """Let an answer with data pass; a fault, which comes with HTTP 200, is a refusal."""
    if answer.absent:
        raise SourceUnavailable(answer.url, f"HTTP {answer.status}", passing=False)
    # A fault is short and says so at once; the long answers are parsed elsewhere.
    if b"<fault>" not in answer.body[:2000]:
        return answer
    try:
        _load_xml(answer)
    except xmlrpc.Fault as fault:
        raise _translate_fault(fault, answer.url) from fault
    return answer


def _translate_fault(fault: xmlrpc.Fault, url: str) -> RateLimited | SourceUnavailable:
    """Tell a rate limit (its text says when it resets) from a method that is gone."""
    text = str(fault.faultString)
    reset = _RESET_SECONDS.search(text)
    if reset is None:
        return SourceUnavailable(url, f"fault {fault.faultCode}: {text[:200]}", passing=False)
    seconds = float(reset.group(1))
    if seconds <= BROWSE_PATIENCE_SECONDS:
        return SourceUnavailable(url, "too many XML-RPC requests", retry_after_seconds=seconds)
    return RateLimited(url, datetime.now(UTC) + timedelta(seconds=seconds))


def _parse_browse(answer: Answer) -> list[tuple[NormalizedName, str]]:
    (rows,) = _load_xml(answer) or (None,)
    if not isinstance(rows, list):
        raise MalformedResponse(answer.url, "browse returned no list")
    return list(_read_rows(rows, answer.url))


def _read_rows(rows: Iterable[object], url: str) -> Iterable[tuple[NormalizedName, str]]:
    for row in rows:
        match row:
            case [str(name), version]:
                yield normalize(name), str(version)
            case _:
                raise MalformedResponse(url, f"browse returned {row!r} where [name, version] belongs")


def _load_xml(answer: Answer) -> tuple[object, ...]:
    try:
        values, _method = xmlrpc.loads(answer.body)
    except (ExpatError, xmlrpc.ResponseError, ValueError, UnicodeDecodeError) as error:
        raise MalformedResponse(answer.url, f"no XML-RPC ({error})") from error
    return values
