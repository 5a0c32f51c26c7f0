"""Asking a forge for one repository after the other over REST, without a token: GitLab, Forgejo, Gitea.

Requests are serial, as with GitHub. Who waits for a limit, and how long, is the caller's business: here a
limit is :class:`~pyf.aggregator.errors.sources.RateLimited` with the time it ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse, SourceUnavailable
from pyf.aggregator.metadata.repositories.forges import Forge
from pyf.aggregator.metadata.urls import clean_url
from pyf.aggregator.sources.forges.limits import Limits, read_budget, read_standard_budget
from pyf.aggregator.sources.forges.outcomes import Asked, Found, Outcome, Unavailable
from pyf.aggregator.sources.forges.rate_budget import RateBudget
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.parsing import NotModified, at_door, read_etag
from pyf.aggregator.sources.redirects import MAX_REDIRECTS, REDIRECTS, find_same_origin

MAX_ANSWER_BYTES = 2_000_000
"""A project of GitLab is some 6 KB; Forgejo's with a long description and its parent's some 10."""
PATIENCE = Patience(total_seconds=60.0)

_BLOCKED = 451
_LOCKED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_EXPECTED = REDIRECTS | _LOCKED | {HTTPStatus.TOO_MANY_REQUESTS, _BLOCKED}


class RestForge(ABC):
    """One instance of a forge. No token is ever sent, so none can go astray."""

    def __init__(
        self,
        client: HttpClient,
        *,
        forge: Forge,
        rate_budget: RateBudget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._forge = forge
        self._now = now
        self._limits = Limits(forge.url, rate_budget, now)

    @property
    def host(self) -> str:
        """What stands in the URLs of its repositories."""
        return self._forge.host

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""
        return self._client.requests.total()

    @abstractmethod
    def build_url(self, asked: Asked) -> str:
        """Return the address of the API that answers for a repository."""

    @abstractmethod
    def parse(self, body: bytes) -> Found | Unavailable:
        """Read an answer with status 200; what it raises makes the answer malformed."""

    async def fetch_repository(self, asked: Asked) -> Outcome:
        """Ask for one repository; a renamed one is followed, on the same host only.

        Returns :class:`NotModified` for a state named by its ETag. Raises :class:`RateLimited` (or its kind
        :class:`SecondaryLimit`) with the time to come back, :class:`SourceUnavailable`,
        :class:`MalformedResponse`.
        """
        url = self.build_url(asked)
        for _ in range(1 + MAX_REDIRECTS):
            pause = self._limits.refuse_early()
            headers = {"Accept": "application/json"}
            if etag := read_etag(asked.etag):
                headers["If-None-Match"] = etag
            request = Request(
                url=url,
                kind="repository",
                max_bytes=MAX_ANSWER_BYTES,
                patience=PATIENCE,
                headers=headers,
                expected=_EXPECTED,
                follow=False,
            )
            outcome = await self._client.fetch(request, self._read)
            self._limits.end_pause(pause)
            if not isinstance(outcome, _Moved):
                return outcome
            url = _keep_query(outcome.url, url)
        raise SourceUnavailable(url, "it redirects without end", passing=False)

    def _read(self, answer: Answer) -> "Outcome | _Moved":
        self._limits.keep(read_standard_budget(answer.headers, self._now()) or read_budget(answer.headers))
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._limits.build_limit(answer.headers.get("Retry-After"))
        if answer.status in _LOCKED:
            reason = f"it answers nobody without an account (HTTP {answer.status})"
            raise SourceUnavailable(answer.url, reason, passing=False)
        if answer.status in REDIRECTS:
            return self._find_redirect(answer)
        if answer.not_modified:
            return NotModified()
        if answer.status == _BLOCKED:
            return Unavailable.BLOCKED
        if answer.absent:
            # Private and gone alike; a page of somebody who is no forge at all says nothing of a repository.
            _refuse_page(answer)
            return Unavailable.MISSING
        with at_door(answer.url):
            outcome = self.parse(answer.body)
        if isinstance(outcome, Found):
            return Found(stats=outcome.stats, etag=read_etag(answer.headers.get("ETag")))
        return outcome

    def _find_redirect(self, answer: Answer) -> "_Moved":
        url = find_same_origin(answer.url, answer.headers.get("Location"), self._forge.url)
        if url is None:
            reason = "it redirects to another address, which is not followed; check PYF_FORGES"
            raise SourceUnavailable(answer.url, reason, passing=False)
        return _Moved(url)


def _keep_query(there: str, asked: str) -> str:
    """Return an address with what was asked beside the repository: GitLab's redirects leave it out."""
    query = urlsplit(asked).query
    return there if "?" in there or not query else f"{there}?{query}"


class _Moved(NamedTuple):
    """The repository's answer stands at another address."""

    url: str


def find_page(url: str, full_name: str, forge: Forge) -> str | None:
    """Return the page of a repository, ``None`` where an answer gives another address for it.

    It is on the forge's own host, or where its API stands (a stand-in, or an instance with another name
    inside a network).
    """
    page = clean_url(url)
    if page is None:
        return None
    parts = urlsplit(page)
    place = parts.scheme, parts.netloc.lower()
    own = {("https", forge.host), (urlsplit(forge.url).scheme, urlsplit(forge.url).netloc.lower())}
    itself = parts.path.strip("/").casefold() == full_name.casefold()
    return page if place in own and itself and not parts.query and not parts.fragment else None


class Fields:
    """The fields of an answer, each read by itself: one of a wrong type is unknown and spoils no other."""

    def __init__(self, body: bytes) -> None:
        self._raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])

    def get[T](self, name: str, kind: type[T]) -> T:
        """Return a field without which the answer is malformed; raises ``msgspec.ValidationError``."""
        if name not in self._raw:
            raise msgspec.ValidationError(f"it has no {name}")
        return msgspec.json.decode(self._raw[name], type=kind)

    def find[T](self, name: str, kind: type[T]) -> T | None:
        """Return a field, ``None`` where it is missing, null or of another type."""
        try:
            return self.get(name, kind)
        except msgspec.MsgspecError:
            return None


def _refuse_page(answer: Answer) -> None:
    """Take only the API's own word for an absence: both forges say it in JSON, with a ``message``.

    Raises :class:`SourceUnavailable` for any other, which is asked for again: a proxy also says it while the
    instance behind it starts.
    """
    try:
        with at_door(answer.url):
            Fields(answer.body).get("message", str)
    except MalformedResponse as error:
        reason = f"HTTP {answer.status}, but not in its API's own JSON: a proxy or another site"
        raise SourceUnavailable(answer.url, reason) from error
