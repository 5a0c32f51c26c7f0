"""GitHub's APIs: many repositories a GraphQL query with a token, one a REST request without.

Requests are serial, as GitHub's best practices ask. Who waits for a limit, and how long, is the caller's
business: here a limit is :class:`RateLimited` with the time it ends.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

from pyf.aggregator.errors.sources import (
    QueryTooLarge,
    SourceUnavailable,
    TokenRefused,
)
from pyf.aggregator.sources.forges.github.graph import CONNECTIONS, GraphAnswer, build_query
from pyf.aggregator.sources.forges.github.outcomes import Wanted, read_message
from pyf.aggregator.sources.forges.github.rest import parse_repository
from pyf.aggregator.sources.forges.limits import Limits, read_budget
from pyf.aggregator.sources.forges.outcomes import Outcome, Unavailable
from pyf.aggregator.sources.forges.rate_budget import Budget, RateBudget
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.parsing import NotModified, read_etag
from pyf.aggregator.sources.redirects import MAX_REDIRECTS, REDIRECTS, find_same_origin

MAX_ANSWER_BYTES = 20_000_000
PATIENCE = Patience(total_seconds=60.0)
"""GitHub gives a query ten seconds."""

_LIMITS = frozenset({403, 429})
_TOO_LARGE = frozenset({502, 504})
"""GitHub gives a query ten seconds and ends it with one of these."""
_BLOCKED = 451
_REST_EXPECTED = REDIRECTS | _LIMITS | {HTTPStatus.UNAUTHORIZED, _BLOCKED}
_GRAPH_EXPECTED = REDIRECTS | _LIMITS | _TOO_LARGE | {HTTPStatus.UNAUTHORIZED}


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
        self._limits = Limits(url, rate_budget, now)
        self._client = client
        self._url = url
        self._graph_url = f"{url}/graphql"
        self._token = token

    @property
    def authorized(self) -> bool:
        """There is a token, so many repositories fit into one request."""
        return self._token is not None

    @property
    def budget(self) -> Budget | None:
        """What GitHub granted when it last answered."""
        return self._limits.budget

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
        pause = self._limits.refuse_early(price)
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
        self._limits.end_pause(pause)
        return answer.read_outcomes(wanted)

    def _read_graph(self, answer: Answer, items: int) -> GraphAnswer:
        self._limits.keep(read_budget(answer.headers))
        message = read_message(answer.body)
        if answer.status in _TOO_LARGE:
            raise QueryTooLarge(answer.url, items, f"HTTP {answer.status}")
        if answer.status in REDIRECTS:
            raise _refuse_redirect(answer)
        self._refuse_limit(answer, message)
        if answer.status == HTTPStatus.UNAUTHORIZED or answer.status in _LIMITS:
            raise TokenRefused(answer.url, message.rstrip(".") or f"HTTP {answer.status}")
        if answer.absent:
            raise SourceUnavailable(answer.url, f"HTTP {answer.status}", passing=False)
        graph = GraphAnswer(answer.body, answer.url)
        if graph.rate_limited:
            raise self._limits.build_limit(answer.headers.get("Retry-After"))
        if graph.general_error is not None:
            # "Something went wrong": the same as a time-out, only politer.
            raise QueryTooLarge(answer.url, items, graph.general_error.rstrip("."))
        self._limits.keep(graph.budget)
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
            pause = self._limits.refuse_early(1)
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
            self._limits.end_pause(pause)
            if not isinstance(outcome, _Moved):
                return outcome
            url = outcome.url
        raise SourceUnavailable(url, "it redirects without end", passing=False)

    def _read_rest(self, answer: Answer) -> "Outcome | _Moved":
        self._limits.keep(read_budget(answer.headers))
        message = read_message(answer.body)
        self._refuse_limit(answer, message)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise SourceUnavailable(answer.url, "it wants a token; set GITHUB_TOKEN", passing=False)
        self.points += not answer.not_modified
        if answer.status in REDIRECTS:
            return self._find_redirect(answer)
        if answer.not_modified:
            return NotModified()
        if answer.absent:
            return Unavailable.MISSING
        if answer.status == HTTPStatus.FORBIDDEN and "blocked" not in message.lower():
            # A proxy, or GitHub with us: it says nothing of the repository.
            raise SourceUnavailable(answer.url, f"HTTP 403: {message}".rstrip(": "), passing=False)
        if answer.status in {HTTPStatus.FORBIDDEN, _BLOCKED}:
            return Unavailable.BLOCKED
        return parse_repository(answer.body, answer.url, etag=answer.headers.get("ETag"))

    def _find_redirect(self, answer: Answer) -> "_Moved":
        url = find_same_origin(answer.url, answer.headers.get("Location"), self._url)
        if url is None:
            raise _refuse_redirect(answer)
        return _Moved(url)

    # Limits

    def _refuse_limit(self, answer: Answer, message: str) -> None:
        if answer.status not in _LIMITS:
            return
        budget = self.budget
        empty = budget is not None and budget.remaining == 0
        limited = empty or "Retry-After" in answer.headers or "rate limit" in message.lower()
        if limited or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._limits.build_limit(answer.headers.get("Retry-After"))


class _Moved(NamedTuple):
    """The repository's answer stands at another address."""

    url: str


def _refuse_redirect(answer: Answer) -> SourceUnavailable:
    reason = "it redirects to another address, which is not followed; check GITHUB_API_URL"
    return SourceUnavailable(answer.url, reason, passing=False)
