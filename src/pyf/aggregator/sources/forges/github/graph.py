"""GraphQL: one query for many repositories, and its answer read item by item. Pure.

Shapes and prices: https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.metadata.model import RepositoryStats
from pyf.aggregator.metadata.repositories.repository import parse_slug
from pyf.aggregator.sources.forges.github.outcomes import Wanted, clean_license, find_page
from pyf.aggregator.sources.forges.outcomes import (
    LONGEST_REASON,
    MAX_TOPICS,
    Found,
    Outcome,
    Unanswered,
    Unavailable,
)
from pyf.aggregator.sources.forges.rate_budget import Budget
from pyf.aggregator.sources.parsing import Moment, Number, at_door, describe_parser_error

CONNECTIONS = 4
"""How many connections the query opens for each repository; GitHub's prices count them."""


class _RateLimit(msgspec.Struct, rename="camel"):
    cost: Number
    remaining: Number
    reset_at: Moment


class _Count(msgspec.Struct, rename="camel"):
    total_count: Number


class _License(msgspec.Struct, rename={"spdx_id": "spdxId"}):
    spdx_id: str | None = None


class _Topic(msgspec.Struct):
    name: str


class _RepositoryTopic(msgspec.Struct):
    topic: _Topic


class _RepositoryTopics(msgspec.Struct):
    nodes: list[_RepositoryTopic | None] | None = None


class _Repository(msgspec.Struct, rename="camel"):
    id: str
    name_with_owner: str
    url: str
    stargazer_count: Number
    fork_count: Number
    is_archived: bool
    is_disabled: bool
    is_private: bool
    updated_at: Moment
    pushed_at: Moment | None
    watchers: _Count
    issues: _Count
    pull_requests: _Count
    repository_topics: _RepositoryTopics
    license_info: _License | None


class _Error(msgspec.Struct):
    message: str = ""
    type: str | None = None
    path: list[str | int] | None = None


class _Answer(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None
    errors: list[msgspec.Raw] | None = None


QUERY_FIELDS = f"""
fragment figures on Repository {{
  id nameWithOwner url stargazerCount forkCount isArchived isDisabled isPrivate updatedAt pushedAt
  watchers {{ totalCount }}
  issues(states: OPEN) {{ totalCount }}
  pullRequests(states: OPEN) {{ totalCount }}
  repositoryTopics(first: {MAX_TOPICS}) {{ nodes {{ topic {{ name }} }} }}
  licenseInfo {{ spdxId }}
}}
"""


def build_query(wanted: Sequence[Wanted]) -> bytes:
    """Return the body of one GraphQL request for all the wanted: ids in ``nodes``, names as aliases.

    Ids, owners and names travel as variables: whatever they contain, they are never part of the query.
    """
    ids = [item.node_id for item in wanted if item.node_id]
    names = [item.slug.split("/", 1) for item in wanted if not item.node_id]
    declared = ["$ids: [ID!]!"] * bool(ids)
    selected = ["nodes(ids: $ids) { ...figures }"] * bool(ids)
    variables: dict[str, object] = {"ids": ids} if ids else {}
    for number, (owner, name) in enumerate(names):
        declared.append(f"$o{number}: String!, $n{number}: String!")
        selected.append(f"r{number}: repository(owner: $o{number}, name: $n{number}) {{ ...figures }}")
        variables |= {f"o{number}": owner, f"n{number}": name}
    fields = "\n  ".join(["rateLimit { cost remaining resetAt }", *selected])
    query = f"query ({', '.join(declared)}) {{\n  {fields}\n}}\n{QUERY_FIELDS}"
    return msgspec.json.encode({"query": query, "variables": variables})


class GraphAnswer:
    """The answer to :func:`build_query`, read alias by alias: one failure leaves the others good."""

    def __init__(self, body: bytes, url: str) -> None:
        with at_door(url):
            answer = msgspec.json.decode(body, type=_Answer)
            self._data = answer.data or {}
            nodes = self._data.get("nodes", b"null")
            self._nodes = msgspec.json.decode(nodes, type=list[msgspec.Raw] | None) or []
            errors = [_read_said(raw) for raw in answer.errors or ()]
        self._url = url
        self._errors = {tuple(error.path or ())[: _depth(error)]: error for error in errors}
        self.budget = _read_budget(self._data.get("rateLimit"))

    @property
    def general_error(self) -> str | None:
        """What went wrong with the query as a whole, ``None`` where data came."""
        if self._data:
            return None
        return next((error.message or "no data" for error in self._errors.values()), "no data")

    @property
    def rate_limited(self) -> bool:
        """An answer without data blames a limit; GitHub says so with HTTP 200."""
        return not self._data and any(
            error.type in {"RATE_LIMITED", "RATE_LIMIT"} or "rate limit" in error.message.lower()
            for error in self._errors.values()
        )

    def read_outcomes(self, wanted: Sequence[Wanted]) -> dict[Wanted, Outcome]:
        """Return what the answer says of each of the wanted, which are those of the query."""
        outcomes: dict[Wanted, Outcome] = {}
        by_id = by_name = 0
        for item in wanted:
            if item.node_id:
                raw = self._nodes[by_id] if by_id < len(self._nodes) else None
                outcomes[item] = self._read(raw, ("nodes", by_id))
                by_id += 1
            else:
                outcomes[item] = self._read(self._data.get(f"r{by_name}"), (f"r{by_name}",))
                by_name += 1
        return outcomes

    def _read(self, raw: msgspec.Raw | None, path: tuple[str | int, ...]) -> Outcome:
        if raw is None or bytes(raw) == b"null":
            return _read_error(self._errors.get(path))
        if bytes(raw) == b"{}":
            # The node with this id is something else by now.
            return Unavailable.MISSING
        try:
            return _read_repository(msgspec.json.decode(raw, type=_Repository), self._url)
        except Exception as error:  # noqa: BLE001 - one repository's figures, whatever is wrong with them
            return Unanswered(f"its figures cannot be read: {describe_parser_error(error)}")


def _read_said(raw: msgspec.Raw) -> _Error:
    """Read an error; one of a shape that nobody knows still says that something went wrong."""
    with suppress(Exception):
        error = msgspec.json.decode(raw, type=_Error)
        error.message = clean_foreign(error.message, longest=LONGEST_REASON)
        return error
    return _Error(message="an error that cannot be read")


def _read_budget(raw: msgspec.Raw | None) -> Budget | None:
    """Return what GitHub still grants, ``None`` where that cannot be read: the figures count all the same."""
    with suppress(Exception):
        limit = msgspec.json.decode(raw or b"null", type=_RateLimit | None)
        if limit is not None:
            return Budget(
                remaining=limit.remaining, resets_at=limit.reset_at.astimezone(UTC), cost=limit.cost
            )
    return None


def _depth(error: _Error) -> int:
    """Return how many steps of an error's path lead to the repository it speaks of."""
    return 2 if error.path and error.path[0] == "nodes" else 1


def _read_error(error: _Error | None) -> Outcome:
    match error.type if error else None:
        case "NOT_FOUND":
            return Unavailable.MISSING
        case "FORBIDDEN":
            return Unavailable.BLOCKED
        case kind:
            # Also a null without any word: a query that ran out of resources leaves gaps.
            said = (error and error.message) or clean_foreign(kind or "", longest=LONGEST_REASON)
            return Unanswered(said or "nothing was said of it")


def _read_repository(wire: _Repository, api_url: str) -> Found | Unavailable | Unanswered:
    if wire.is_private or wire.is_disabled:
        return Unavailable.PRIVATE if wire.is_private else Unavailable.BLOCKED
    if parse_slug(wire.name_with_owner) is None:
        return Unanswered("its name cannot be read")
    topics = [item.topic.name for item in wire.repository_topics.nodes or () if item]
    return Found(
        stats=RepositoryStats(
            node_id=wire.id,
            full_name=wire.name_with_owner,
            url=find_page(wire.url, wire.name_with_owner, api_url),
            stars=wire.stargazer_count,
            watchers=wire.watchers.total_count,
            forks=wire.fork_count,
            open_issues=wire.issues.total_count,
            open_pull_requests=wire.pull_requests.total_count,
            updated=wire.updated_at,
            pushed=wire.pushed_at,
            archived=wire.is_archived,
            license=clean_license(wire.license_info.spdx_id if wire.license_info else None),
            topics=tuple(topics),
        )
    )
