"""GitHub's APIs: many repositories a GraphQL query with a token, one a REST request without.

Requests are serial, as GitHub's best practices ask. Who waits for a limit, and how long, is the caller's
business: here a limit is :class:`RateLimited` with the time it ends.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from pyf.aggregator.errors.sources import (
    QueryTooLarge,
    RateLimited,
    SecondaryLimit,
    SourceUnavailable,
    TokenRefused,
)
from pyf.aggregator.sources.doors import read_etag
from pyf.aggregator.sources.forges.github.graph import CONNECTIONS, GraphAnswer, build_query
from pyf.aggregator.sources.forges.github.outcomes import (
    Budget,
    NotModified,
    Outcome,
    Pause,
    Unavailable,
    Wanted,
    read_budget,
    read_message,
)
from pyf.aggregator.sources.forges.github.rate_budget import LocalRateBudget, RateBudget
from pyf.aggregator.sources.forges.github.rest import parse_repository
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.retries import clamp_pause, read_retry_after

MAX_ANSWER_BYTES = 20_000_000
PATIENCE = Patience(total_seconds=60.0)
"""GitHub gives a query ten seconds."""
LONGEST_WINDOW = timedelta(hours=2)
"""GitHub's windows are an hour long: a reset at the end of time is somebody's mistake."""
MAX_REDIRECTS = 3
FIRST_SECONDARY_PAUSE_SECONDS = 60.0
"""GitHub asks for at least a minute after a secondary limit that names no time, and more each time."""

_REDIRECTS = frozenset({301, 302, 307, 308})
_LIMITS = frozenset({403, 429})
_TOO_LARGE = frozenset({502, 504})
"""GitHub gives a query ten seconds and ends it with one of these."""
_BLOCKED = 451
_REST_EXPECTED = _REDIRECTS | _LIMITS | {HTTPStatus.UNAUTHORIZED, _BLOCKED}
_GRAPH_EXPECTED = _REDIRECTS | _LIMITS | _TOO_LARGE | {HTTPStatus.UNAUTHORIZED}
_MOST_DOUBLINGS = 20


class GitHub:
    """One GitHub API at ``url``. ``token`` goes to that address and to no other, redirects included.

    ``points`` counts what was paid: the price that each query reports, and one for each REST request that
    is not free.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        url: str,
        token: str | None,
        rate_budget: RateBudget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.points = 0
        self._rate_budget = rate_budget or LocalRateBudget()
        self._client = client
        self._url = url
        self._graph_url = f"{url}/graphql"
        self._token = token
        self._now = now

    @property
    def authorized(self) -> bool:
        """There is a token, so many repositories fit into one request."""
        return self._token is not None

    @property
    def budget(self) -> Budget | None:
        """What GitHub granted when it last answered."""
        return self._rate_budget.look()

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""
        return self._client.requests.total()

    # GraphQL

    async def fetch_batch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Outcome]:
        """Ask for up to 100 repositories in one query and return what was said of each.

        Raises :class:`QueryTooLarge` when a smaller query may succeed, :class:`RateLimited` (or its kind
        :class:`SecondaryLimit`) with the time to come back, :class:`TokenRefused`.
        """
        budget = self.budget
        price = max(math.ceil(len(wanted) * CONNECTIONS / 100), budget.cost if budget else 1)
        pause = self._refuse_early(price)
        request = Request(
            url=self._graph_url,
            kind="query",
            max_bytes=MAX_ANSWER_BYTES,
            patience=PATIENCE,
            headers=MappingProxyType({"Authorization": f"Bearer {self._token}"}),
            body=build_query(wanted),
            expected=_GRAPH_EXPECTED,
            follow=False,
        )
        answer = await self._client.fetch(request, lambda answer: self._read_graph(answer, len(wanted)))
        self._end_pause(pause)
        return answer.read_outcomes(wanted)

    def _read_graph(self, answer: Answer, items: int) -> GraphAnswer:
        self._keep(read_budget(answer.headers))
        message = read_message(answer.body)
        if answer.status in _TOO_LARGE:
            raise QueryTooLarge(answer.url, items, f"HTTP {answer.status}")
        self._refuse_redirect(answer)
        self._refuse_limit(answer, message)
        if answer.status == HTTPStatus.UNAUTHORIZED or answer.status in _LIMITS:
            raise TokenRefused(answer.url, message.rstrip(".") or f"HTTP {answer.status}")
        if answer.absent:
            raise SourceUnavailable(answer.url, f"HTTP {answer.status}", passing=False)
        graph = GraphAnswer(answer.body, answer.url)
        if graph.rate_limited:
            raise self._build_limit(answer)
        if graph.general_error is not None:
            # "Something went wrong": the same as a time-out, only politer.
            raise QueryTooLarge(answer.url, items, graph.general_error.rstrip("."))
        self._keep(graph.budget)
        self.points += graph.budget.cost if graph.budget else 1
        return graph

    # REST

    async def fetch_one(self, wanted: Wanted) -> Outcome:
        """Ask for one repository without a token; a renamed one is followed, on the same host only.

        Returns :class:`NotModified` for a state named by its ETag. Raises :class:`RateLimited`.
        """
        owner, name = wanted.slug.split("/", 1)
        url = f"{self._url}/repos/{owner}/{name}"
        for _ in range(1 + MAX_REDIRECTS):
            pause = self._refuse_early(1)
            headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
            if etag := read_etag(wanted.etag):
                headers["If-None-Match"] = etag
            request = Request(
                url=url,
                kind="repository",
                max_bytes=MAX_ANSWER_BYTES,
                patience=PATIENCE,
                headers=headers,
                expected=_REST_EXPECTED,
                follow=False,
            )
            outcome = await self._client.fetch(request, self._read_rest)
            self._end_pause(pause)
            if not isinstance(outcome, _Moved):
                return outcome
            url = outcome.url
        raise SourceUnavailable(url, "it redirects without end", passing=False)

    def _read_rest(self, answer: Answer) -> "Outcome | _Moved":
        self._keep(read_budget(answer.headers))
        self._refuse_limit(answer, read_message(answer.body))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise SourceUnavailable(answer.url, "it wants a token; set GITHUB_TOKEN", passing=False)
        self.points += not answer.not_modified
        if answer.status in _REDIRECTS:
            return self._find_redirect(answer)
        if answer.not_modified:
            return NotModified()
        if answer.absent:
            return Unavailable.MISSING
        if answer.status in {HTTPStatus.FORBIDDEN, _BLOCKED}:
            return Unavailable.BLOCKED
        return parse_repository(answer.body, answer.url, etag=answer.headers.get("ETag"))

    def _find_redirect(self, answer: Answer) -> "_Moved":
        url = urljoin(answer.url, answer.headers.get("Location", ""))
        if _get_origin(url) != _get_origin(self._url):
            self._refuse_redirect(answer)
        return _Moved(url)

    # Limits

    def _refuse_early(self, price: int) -> Pause | None:
        """Stop in a pause, and before the budget is overdrawn: asking on regardless may end in a ban.

        Returns the pause that is over and not yet known to have helped.
        """
        now, pause, budget = self._now(), self._rate_budget.find_pause(), self.budget
        if pause is not None and pause.until > now:
            raise SecondaryLimit(self._url, pause.until)
        if budget is not None and budget.resets_at <= now:
            self._rate_budget.keep(None)
        elif budget is not None and budget.remaining < price:
            raise RateLimited(self._url, budget.resets_at)
        return pause

    def _end_pause(self, pause: Pause | None) -> None:
        if pause is not None:
            self._rate_budget.keep_pause(None)

    def _keep(self, budget: Budget | None) -> None:
        if budget is not None:
            latest = self._now() + LONGEST_WINDOW
            self._rate_budget.keep(replace(budget, resets_at=min(budget.resets_at, latest)))

    def _refuse_limit(self, answer: Answer, message: str) -> None:
        if answer.status not in _LIMITS:
            return
        budget = self.budget
        empty = budget is not None and budget.remaining == 0
        limited = empty or "Retry-After" in answer.headers or "rate limit" in message.lower()
        if limited or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._build_limit(answer)

    def _build_limit(self, answer: Answer) -> RateLimited:
        """Read when to come back: ``Retry-After``, else an empty budget's reset, else a growing pause."""
        now = self._now()
        pause = read_retry_after(answer.headers.get("Retry-After"), now)
        budget = self.budget
        if pause is None and budget and budget.remaining == 0:
            return RateLimited(self._url, budget.resets_at)
        earlier = self._rate_budget.find_pause()
        count = earlier.count if earlier else 0
        if pause is None:
            pause = clamp_pause(FIRST_SECONDARY_PAUSE_SECONDS * 2.0 ** min(count, _MOST_DOUBLINGS))
        until = now + timedelta(seconds=pause)
        self._rate_budget.keep_pause(Pause(until=until, count=count + 1))
        return SecondaryLimit(self._url, until)

    def _refuse_redirect(self, answer: Answer) -> None:
        if answer.status in _REDIRECTS:
            reason = "it redirects to another address, which is not followed; check GITHUB_API_URL"
            raise SourceUnavailable(answer.url, reason, passing=False)


class _Moved(NamedTuple):
    """The repository's answer stands at another address."""

    url: str


def _get_origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
