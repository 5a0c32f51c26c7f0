"""PyPI's read APIs: the project list, one project, who published it, the search by classifier, the feeds.

Each ``fetch_`` returns a value of the domain or ``None`` where PyPI has no such thing, and raises
:class:`SourceError` where it could not find out. How the bytes are read stands in
:mod:`~pyf.aggregator.sources.pypi.project_list`, :mod:`~pyf.aggregator.sources.pypi.project_json`,
:mod:`~pyf.aggregator.sources.pypi.project_page`, :mod:`~pyf.aggregator.sources.pypi.integrity` and
:mod:`~pyf.aggregator.sources.pypi.feeds`, which know nothing of HTTP.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from xmlrpc import client as xmlrpc

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.sources import MalformedResponse, RateLimited, SourceUnavailable, StaleResponse
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.parsing import (
    NotModified,
    at_door,
    find_name,
    find_version,
    read_etag,
    read_number,
)
from pyf.aggregator.sources.pypi.feeds import Feed, FeedPage, parse_feed
from pyf.aggregator.sources.pypi.integrity import (
    INTEGRITY_JSON,
    MAX_PROVENANCE_BYTES,
    Provenance,
    build_provenance_url,
    parse_provenance,
)
from pyf.aggregator.sources.pypi.project_json import ProjectPage, read_page
from pyf.aggregator.sources.pypi.project_list import (
    MOST_SERIALS_AHEAD,
    ProjectListPage,
    parse_project_list,
)
from pyf.aggregator.sources.pypi.project_page import IndexFile, IndexPage, parse_index_page
from pyf.aggregator.sources.rate_limit import RateLimiter
from pyf.aggregator.sources.retries import read_retry_after
from pyf.aggregator.sources.same_origin import ask_same_origin, closing_on_limit

logger = logging.getLogger(__name__)

MAX_PROJECT_LIST_BYTES = 500_000_000
"""Ten times the list of 2026 (47 MB)."""
MAX_PROJECT_BYTES = 50_000_000
MAX_FEED_BYTES = 2_000_000
"""Twenty times a feed of a hundred releases."""
MAX_BROWSE_BYTES = 200_000_000

LIST_PATIENCE = Patience(total_seconds=1800.0, least_bytes_per_second=10_000.0)
"""The list is 10 MB on the wire: a line of 64 kbit/s takes twenty minutes. bandersnatch waits as long."""
BROWSE_PATIENCE = Patience(total_seconds=600.0)
PROJECT_PATIENCE = Patience(total_seconds=120.0)
FEED_PATIENCE = Patience(total_seconds=60.0)

MOST_SERIALS_BEHIND = 100_000
"""Some four days of PyPI's journal. A cache lags by half an hour, and by a day in an outage; a list that is
further below a checkpoint than this proves that PyPI never was where the checkpoint says."""

BROWSE_PATIENCE_SECONDS = 60.0
"""A rate limit that resets later than this makes browsing pointless."""

SERIAL_HEADER = "X-PyPI-Last-Serial"
INDEX_JSON = "application/vnd.pypi.simple.v1+json"

_RESET_SECONDS = re.compile(r"reset in ([0-9]+) second")
_LONGEST_REASON = 200
_OTHER_INDEX = " (if PYPI_URL names another index now, --force goes on at once, and every run after two days)"
_LIST_HEADERS = MappingProxyType({"Accept": INDEX_JSON})
_PROVENANCE_HEADERS = MappingProxyType({"Accept": INTEGRITY_JSON})
_XMLRPC_HEADERS = MappingProxyType({"Content-Type": "text/xml"})


class PyPI:
    """One package index with PyPI's APIs at ``url``.

    ``browse_pace`` limits the search by classifier on top of the client's own pace: PyPI's documentation
    asks XML-RPC clients for about one call a second. A limit that PyPI names closes the pace it was met on,
    so that whoever shares it need not meet it, too.
    """

    def __init__(self, client: HttpClient, *, url: str, browse_pace: RateLimiter) -> None:
        self._client = client
        self._url = url
        self._browse_pace = browse_pace

    async def _ask[T](self, request: Request, read: Callable[[Answer], T], *, aside: bool = False) -> T:
        pace = self._browse_pace if request.body is not None else self._client.pace
        with closing_on_limit(pace):
            return await self._client.fetch(request, read, aside=aside)

    @property
    def requests(self) -> Counter[str]:
        """What was sent, by kind.

        ``project list``, ``project``, ``versions``, ``project page``, ``provenance``, ``browse`` or ``feed``.
        """
        return self._client.requests.copy()

    async def fetch_project_list(
        self, cached: ProjectListPage | None = None, *, least_serial: Serial | None = None
    ) -> tuple[ProjectList, ProjectListPage]:
        """Fetch every project's name and serial (``GET /simple/``, PEP 691 with PyPI's ``_last-serial``).

        ``cached`` is the page of an earlier fetch: it is named by its ETag and used when still current.
        Raises :class:`StaleResponse` when the list is older than ``least_serial``, as a cache's may be. One
        that is further behind than any cache is believed: see :data:`MOST_SERIALS_BEHIND`.
        """
        url = f"{self._url}/simple/"
        headers = dict(_LIST_HEADERS)
        if cached is not None and read_etag(cached.etag):
            headers["If-None-Match"] = cached.etag
        request = Request(
            url=url,
            kind="project list",
            max_bytes=MAX_PROJECT_LIST_BYTES,
            patience=LIST_PATIENCE,
            headers=headers,
        )

        def read(answer: Answer) -> tuple[ProjectList, ProjectListPage]:
            page = cached if cached and answer.not_modified else read_project_list_page(answer)
            project_list = parse_project_list(page, url)
            behind = 0 if least_serial is None else least_serial - project_list.serial
            if 0 < behind <= MOST_SERIALS_BEHIND:
                raise StaleResponse(url, project_list.serial, project_list.serial + behind, _OTHER_INDEX)
            return project_list, page

        # Nearly a million rows take a second: not in the event loop.
        return await self._ask(request, read, aside=True)

    async def fetch_project(
        self, name: NormalizedName, *, least_serial: Serial, list_serial: Serial | None = None
    ) -> ProjectPage | None:
        """Fetch one project (``GET /pypi/<name>/json``), at least as new as ``least_serial``.

        A serial far beyond ``list_serial``, which is PyPI's own, is refused: taken for the document's, it
        would keep every later state out.

        ``None``: unknown, removed, quarantined, or registered without a release (warehouse#12207).
        """
        url = f"{self._url}/pypi/{name}/json"
        request = Request(url=url, kind="project", max_bytes=MAX_PROJECT_BYTES, patience=PROJECT_PATIENCE)

        def read(answer: Answer) -> ProjectPage | None:
            if answer.absent:
                return None
            page = read_page(answer.body, url, name, serial=answer.headers.get(SERIAL_HEADER))
            if page.serial < least_serial:
                raise StaleResponse(url, page.serial, least_serial)
            if list_serial is not None and page.serial > list_serial + MOST_SERIALS_AHEAD:
                raise MalformedResponse(url, f"its serial {page.serial} is far beyond PyPI's {list_serial}")
            return page

        return await self._ask(request, read)

    async def fetch_index_page(
        self, name: NormalizedName, *, etag: str | None = None, kind: str = "project page"
    ) -> IndexPage | NotModified | None:
        """Fetch one project's page of the index (``GET /simple/<name>/``); ``None`` where there is none.

        :class:`NotModified` when it is still the one that the ETag names.
        """
        url = f"{self._url}/simple/{name}/"
        known = read_etag(etag)
        headers = {**_LIST_HEADERS, "If-None-Match": known} if known else _LIST_HEADERS
        request = Request(
            url=url, kind=kind, max_bytes=MAX_PROJECT_BYTES, patience=PROJECT_PATIENCE, headers=headers
        )

        def read(answer: Answer) -> IndexPage | NotModified | None:
            if answer.not_modified or answer.absent:
                return NotModified() if answer.not_modified else None
            return parse_index_page(answer.body, url, name, etag=answer.headers.get("ETag"))

        return await ask_same_origin(self._client, request, read)

    async def fetch_versions(self, name: NormalizedName) -> tuple[str, ...] | None:
        """Fetch the versions that the index lists (PEP 700); ``None`` without a page.

        An empty tuple is PyPI's positive word that the project is there and has no release.
        """
        page = await self.fetch_index_page(name, kind="versions")
        return page.versions if isinstance(page, IndexPage) else None

    async def fetch_provenance(self, name: NormalizedName, file: IndexFile) -> Provenance | None:
        """Fetch who published a file (``GET /integrity/…/provenance``): once, for it never changes.

        ``None`` for a file without attestations (404), or while PyPI shows none (403).
        """
        request = Request(
            url=build_provenance_url(self._url, name, file),
            kind="provenance",
            max_bytes=MAX_PROVENANCE_BYTES,
            patience=PROJECT_PATIENCE,
            headers=_PROVENANCE_HEADERS,
            expected=frozenset({HTTPStatus.FORBIDDEN}),
        )

        def read(answer: Answer) -> Provenance | None:
            none = answer.absent or answer.status == HTTPStatus.FORBIDDEN
            return None if none else parse_provenance(answer.body, answer.url)

        return await ask_same_origin(self._client, request, read)

    async def fetch_feed(self, feed: Feed, *, etag: str | None) -> FeedPage | None:
        """Fetch one of the RSS feeds; ``None`` when it is still the one that the ETag names."""
        url = f"{self._url}/rss/{feed.value}.xml"
        known = read_etag(etag)
        headers = {"If-None-Match": known} if known else {}
        request = Request(
            url=url, kind="feed", max_bytes=MAX_FEED_BYTES, patience=FEED_PATIENCE, headers=headers
        )

        def read(answer: Answer) -> FeedPage | None:
            if answer.not_modified:
                return None
            page = None if answer.absent else parse_feed(answer.body, answer.headers.get("ETag"), url)
            if page is None:
                raise MalformedResponse(url, "it is not a feed")
            return page

        return await self._ask(request, read, aside=True)

    async def browse(self, classifier: str) -> list[tuple[NormalizedName, str]]:
        """Return ``(name, version)`` of every release that carries exactly this classifier (XML-RPC).

        PyPI calls the method unsupported: a caller must be able to go on without it.
        """
        await self._browse_pace.wait()
        request = Request(
            url=f"{self._url}/pypi",
            kind="browse",
            max_bytes=MAX_BROWSE_BYTES,
            patience=BROWSE_PATIENCE,
            headers=_XMLRPC_HEADERS,
            body=xmlrpc.dumps(([classifier],), "browse").encode(),
        )
        # A hundred thousand releases take the XML parser a second: not in the event loop.
        return await self._ask(request, parse_browse, aside=True)


def read_project_list_page(answer: Answer) -> ProjectListPage:
    """Check that the answer is the JSON index and not the HTML that PyPI falls back to."""
    content_type = answer.headers.get("Content-Type", "")
    if answer.absent or "json" not in content_type:
        reason = f"HTTP {answer.status}, {content_type or 'no content type'} instead of {INDEX_JSON}"
        raise MalformedResponse(answer.url, reason)
    return ProjectListPage(
        etag=read_etag(answer.headers.get("ETag")) or "",
        body=answer.body,
        serial=read_number(answer.headers.get(SERIAL_HEADER)),
    )


def parse_browse(answer: Answer) -> list[tuple[NormalizedName, str]]:
    """Read the answer to ``browse``; rows that cannot be read are left out and told of.

    Raises :class:`SourceUnavailable` or :class:`RateLimited` for a fault, which comes with HTTP 200.
    """
    if answer.absent:
        raise SourceUnavailable(answer.url, f"HTTP {answer.status}", passing=False)
    with at_door(answer.url):
        try:
            values, _method = xmlrpc.loads(answer.body)
        except xmlrpc.Fault as fault:
            raise _translate_fault(fault, answer.url) from fault
    match values:
        case (list(rows),):
            return _read_rows(rows, answer.url)
        case _:
            raise MalformedResponse(answer.url, "browse returned no list")


def _translate_fault(fault: xmlrpc.Fault, url: str) -> RateLimited | SourceUnavailable:
    """Tell a rate limit (its text says when it resets) from a method that is gone."""
    text = str(fault.faultString)
    reset = _RESET_SECONDS.search(text)
    if reset is None:
        reason = clean_foreign(f"fault {fault.faultCode}: {text}", longest=_LONGEST_REASON)
        return SourceUnavailable(url, reason, passing=False)
    seconds = read_retry_after(reset[1], datetime.now(UTC)) or 0.0
    if seconds <= BROWSE_PATIENCE_SECONDS:
        return SourceUnavailable(url, "too many XML-RPC requests", retry_after_seconds=seconds)
    return RateLimited(url, datetime.now(UTC) + timedelta(seconds=seconds))


def _read_rows(rows: Sequence[object], url: str) -> list[tuple[NormalizedName, str]]:
    found = [read for row in rows if (read := _read_row(row))]
    unreadable = len(rows) - len(found)
    if unreadable > len(found):
        raise MalformedResponse(url, f"{unreadable} of {len(rows)} rows are not [name, version]")
    if unreadable:
        logger.warning("%s: %d of %d releases cannot be read and are left out.", url, unreadable, len(rows))
    return found


def _read_row(row: object) -> tuple[NormalizedName, str] | None:
    match row:
        case [str(name), str(version)] if find_version(version):
            normal = find_name(name)
            return None if normal is None else (normal, version)
        case _:
            return None
