"""A stand-in for GitHub on loopback: GraphQL and REST over one made-up set of repositories.

Queries are executed by a GraphQL engine against GitHub's own types (``github.graphql``), so what GitHub would
refuse is refused here.
"""

import base64
import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from graphql import GraphQLError, build_schema, graphql_sync

from tests.servers.stand_in import Record, StandIn

SCHEMA = build_schema((Path(__file__).parent / "github.graphql").read_text())
CONNECTIONS = 4
LARGEST_NODES = 100
TOKEN = "github-token-of-the-tests"


@dataclass(kw_only=True)
class Repository:
    """One repository as GitHub knows it."""

    number: int
    slug: str
    stars: int = 0
    watchers: int = 0
    forks: int = 0
    issues: int = 0
    pull_requests: int = 0
    archived: bool = False
    private: bool = False
    disabled: bool = False
    blocked: bool = False
    has_issues: bool = True
    license: str | None = "MIT"
    topics: tuple[str, ...] = ()
    updated: str = "2026-11-01T10:00:00Z"
    pushed: str | None = "2026-10-01T10:00:00Z"
    url: str | None = None

    @property
    def node_id(self) -> str:
        return base64.b64encode(f"R_{self.number}".encode()).decode()

    @property
    def page(self) -> str:
        return self.url or f"https://github.com/{self.slug}"

    def build_node(self) -> dict[str, Any]:
        """Return it as GraphQL's resolvers see it."""
        return {
            "__typename": "Repository",
            "id": self.node_id,
            "nameWithOwner": self.slug,
            "url": self.page,
            "stargazerCount": self.stars,
            "forkCount": self.forks,
            "isArchived": self.archived,
            "isDisabled": self.disabled,
            "isPrivate": self.private,
            "createdAt": "2020-01-01T00:00:00Z",
            "updatedAt": self.updated,
            "pushedAt": self.pushed,
            "watchers": {"totalCount": self.watchers},
            "issues": {"totalCount": self.issues},
            "pullRequests": {"totalCount": self.pull_requests},
            "repositoryTopics": {"nodes": [{"topic": {"name": name}} for name in self.topics]},
            "licenseInfo": self.license and {"spdxId": self.license},
        }

    def build_rest(self) -> dict[str, Any]:
        """Return it as REST shows it: stars under three names, pull requests among the issues."""
        return {
            "id": self.number,
            "node_id": self.node_id,
            "name": self.slug.split("/")[1],
            "full_name": self.slug,
            "private": self.private,
            "html_url": self.page,
            "stargazers_count": self.stars,
            "watchers_count": self.stars,
            "watchers": self.stars,
            "subscribers_count": self.watchers,
            "forks_count": self.forks,
            "open_issues_count": self.issues + self.pull_requests,
            "has_issues": self.has_issues,
            "archived": self.archived,
            "disabled": self.disabled,
            "updated_at": self.updated,
            "pushed_at": self.pushed,
            "license": self.license and {"key": self.license.lower(), "spdx_id": self.license},
            "topics": list(self.topics),
        }


class Hub:
    """All repositories. A renamed one is found under its former names until another takes them."""

    def __init__(self) -> None:
        self._repositories: dict[int, Repository] = {}
        self._former: dict[str, int] = {}
        self._numbers = itertools.count(1000)

    def add(self, slug: str, **figures: Any) -> Repository:
        number = next(self._numbers)
        self._repositories[number] = Repository(number=number, slug=slug, **figures)
        return self._repositories[number]

    def add_many(self, count: int) -> list[str]:
        return [self.add(f"owner/r{number:04}", stars=number).slug for number in range(count)]

    def rename(self, slug: str, new: str) -> None:
        repository = self.get(slug)
        self._former[slug.lower()] = repository.number
        repository.slug = new

    def remove(self, slug: str) -> None:
        del self._repositories[self.get(slug).number]

    def get(self, slug: str) -> Repository:
        found = self.find(slug)
        assert found is not None
        return found

    def find(self, slug: str) -> Repository | None:
        for repository in self._repositories.values():
            if repository.slug.lower() == slug.lower():
                return repository
        return self._repositories.get(self._former.get(slug.lower(), 0))

    def find_by_number(self, number: int) -> Repository | None:
        return self._repositories.get(number)

    def find_by_node(self, node_id: str) -> Repository | None:
        return next((r for r in self._repositories.values() if r.node_id == node_id), None)


class InventiveHub(Hub):
    """A hub for trying things by hand: nearly whatever is asked for is there, with figures made up for it."""

    def find(self, slug: str) -> Repository | None:
        found = super().find(slug)
        seed = int(hashlib.sha256(slug.lower().encode()).hexdigest(), 16)
        if found is not None or seed % 20 == 0:
            return found
        return self.add(
            slug,
            stars=seed % 5000,
            watchers=seed % 101,
            forks=seed % 211,
            issues=seed % 31,
            pull_requests=seed % 7,
            archived=seed % 9 == 0,
            topics=("plone", "python")[: seed % 3],
        )


@dataclass
class Grant:
    """A budget: points or requests an hour."""

    limit: int
    remaining: int
    resets_at: float = field(default_factory=lambda: time.time() + 1800)

    def build_headers(self) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(self.limit - self.remaining),
            "x-ratelimit-reset": str(int(self.resets_at)),
        }


@dataclass(kw_only=True)
class GitHubServer(StandIn):
    """GitHub as its ``hub`` is at the moment of each request.

    ``largest``: queries for more repositories run into GitHub's time-out. ``silent``: slugs that queries for
    more than one repository leave out without a word. ``asked`` counts how often each was answered, by name.
    """

    hub: Hub = field(default_factory=Hub)
    graph: Grant = field(default_factory=lambda: Grant(5000, 5000))
    rest: Grant = field(default_factory=lambda: Grant(60, 60))
    largest: int = 100
    silent: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Answer as GitHub would."""
        if "User-Agent" not in request.headers:
            return web.Response(status=403, text="Request forbidden by administrative rules.")
        match request.method, request.path.split("/")[1:]:
            case "POST", ["graphql"]:
                return self._answer_query(request, json.loads(record.body))
            case "GET", ["repos", owner, name] if name:
                return self._answer_repository(request, self.hub.find(f"{owner}/{name}"), f"{owner}/{name}")
            case "GET", ["repositories", number] if number.isdecimal():
                return self._answer_repository(request, self.hub.find_by_number(int(number)), None)
            case _:
                return _refuse(404, "Not Found")

    # GraphQL

    def _answer_query(self, request: web.Request, query: Mapping[str, Any]) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _refuse(401, "Bad credentials")
        variables: dict[str, Any] = query["variables"]
        size = len(variables.get("ids", ())) + sum(name.startswith("n") for name in variables)
        self.sizes.append(size)
        if size > self.largest:
            return web.Response(status=502, text="<html>502</html>", content_type="text/html")
        cost = max(1, round(size * CONNECTIONS / 100))
        if self.graph.remaining < cost:
            self.graph.remaining = 0
            errors = [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]
            return web.json_response({"errors": errors}, headers=self.graph.build_headers())
        self.graph.remaining -= cost
        done = graphql_sync(
            SCHEMA,
            query["query"],
            root_value=self._build_root(size, cost),
            variable_values=variables,
        )
        content: dict[str, Any] = {"data": done.data}
        if done.errors:
            content["errors"] = [_format(error) for error in done.errors]
        return web.json_response(content, headers=self.graph.build_headers())

    def _build_root(self, size: int, cost: int) -> dict[str, Any]:
        def find_repository(_: object, *, owner: str, name: str, **__: object) -> dict[str, Any] | None:
            slug = f"{owner}/{name}"
            return self._resolve(self.hub.find(slug), slug, size)

        def find_nodes(_: object, *, ids: list[str]) -> list[Any]:
            if len(ids) > LARGEST_NODES:
                raise GraphQLError("You may not provide more than 100 node ids.")
            return list(self._iterate_nodes(ids, size))

        reset = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.graph.resets_at))
        return {
            "rateLimit": {"cost": cost, "remaining": self.graph.remaining, "resetAt": reset},
            "repository": find_repository,
            "nodes": find_nodes,
        }

    def _iterate_nodes(self, ids: list[str], size: int) -> Iterator[Any]:
        for node_id in ids:
            found = self.hub.find_by_node(node_id)
            try:
                yield self._resolve(found, found.slug if found else node_id, size)
            except GraphQLError as error:
                yield error

    def _resolve(self, found: Repository | None, slug: str, size: int) -> dict[str, Any] | None:
        if slug.lower() in self.silent and size > 1:
            return None
        self.asked[slug.lower()] += 1
        if found is None:
            message = f"Could not resolve to a Repository with the name '{slug}'."
            raise GraphQLError(message, extensions={"type": "NOT_FOUND"})
        if found.blocked:
            raise GraphQLError("Repository access blocked", extensions={"type": "FORBIDDEN"})
        return found.build_node()

    # REST

    def _answer_repository(
        self, request: web.Request, found: Repository | None, slug: str | None
    ) -> web.Response:
        if self.rest.remaining == 0:
            return _refuse(403, "API rate limit exceeded for 127.0.0.1.", self.rest.build_headers())
        self.rest.remaining -= 1
        headers = self.rest.build_headers()
        if found is not None and slug is not None and found.slug.lower() != slug.lower():
            headers["Location"] = f"{self.url}/repositories/{found.number}"
            return _refuse(301, "Moved Permanently", headers)
        self.asked[(slug or (found.slug if found else "?")).lower()] += 1
        if found is None or found.private:
            return _refuse(404, "Not Found", headers)
        if found.blocked:
            return _refuse(451, "Repository access blocked", headers)
        body = json.dumps(found.build_rest()).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={**headers, "ETag": etag})
        return web.Response(body=body, content_type="application/json", headers={**headers, "ETag": etag})


def _format(error: GraphQLError) -> dict[str, Any]:
    """Write an error as GitHub does: its type beside the message, not in an extension."""
    formatted: dict[str, Any] = {"message": error.message, "path": error.path}
    return {**formatted, **(error.extensions or {})}


def _refuse(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"message": message}, status=status, headers=headers)
