"""What the stand-ins of GitLab and Forgejo share: repositories, former names, a budget, ETags."""

import hashlib
import itertools
import json
import time
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.stand_in import Record, StandIn


@dataclass(kw_only=True)
class Project:
    """One repository as a forge knows it; ``given`` replaces fields of its answer, whatever their types."""

    number: int
    path: str
    stars: int = 0
    watchers: int = 0
    forks: int = 0
    issues: int = 0
    pull_requests: int = 0
    archived: bool = False
    private: bool = False
    has_issues: bool = True
    licenses: tuple[str, ...] = ("MIT",)
    topics: tuple[str, ...] = ()
    active: str = "2026-10-01T10:00:00Z"
    given: Mapping[str, object] = field(default_factory=dict)


class Yard:
    """All repositories of a forge. A renamed one is found under its former names, too."""

    def __init__(self) -> None:
        self._projects: dict[int, Project] = {}
        self._former: dict[str, int] = {}
        self._numbers = itertools.count(100)

    def add(self, path: str, **figures: Any) -> Project:
        number = next(self._numbers)
        self._projects[number] = Project(number=number, path=path, **figures)
        return self._projects[number]

    def rename(self, path: str, new: str) -> None:
        project = self.find(path)
        assert project is not None
        self._former[project.path.lower()] = project.number
        project.path = new

    def remove(self, path: str) -> None:
        project = self.find(path)
        assert project is not None
        del self._projects[project.number]

    def find(self, path: str) -> Project | None:
        for project in self._projects.values():
            if project.path.lower() == path.lower():
                return project
        return self._projects.get(self._former.get(path.lower(), 0))

    def find_by_number(self, number: int) -> Project | None:
        return self._projects.get(number)


class InventiveYard(Yard):
    """A yard for trying things by hand: nearly everything is there, with figures made up for it."""

    def find(self, path: str) -> Project | None:
        found = super().find(path)
        seed = int(hashlib.sha256(path.lower().encode()).hexdigest(), 16)
        if found is not None or seed % 20 == 0:
            return found
        return self.add(
            path,
            stars=seed % 500,
            watchers=seed % 101,
            forks=seed % 53,
            issues=seed % 31,
            pull_requests=seed % 7,
            archived=seed % 9 == 0,
            has_issues=seed % 11 != 0,
            topics=("plone", "python")[: seed % 3],
        )


@dataclass(kw_only=True)
class ForgeServer(StandIn):
    """A forge as its ``yard`` is at the moment of each request.

    ``host`` is what its pages are on, ``remaining`` what it still grants, ``None`` without a limit.
    """

    yard: Yard = field(default_factory=Yard)
    host: str = "forge.example"
    remaining: int | None = None
    resets_at: float = field(default_factory=lambda: time.time() + 60)
    retry_after: bool = True
    asked: Counter[str] = field(default_factory=Counter)

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Answer as the forge would."""
        if self.remaining == 0:
            extra = (
                {"Retry-After": str(max(1, int(self.resets_at - time.time())))} if self.retry_after else {}
            )
            return web.Response(status=429, text="Retry later\n", headers={**self._build_limits(), **extra})
        if self.remaining is not None:
            self.remaining -= 1
        return self.answer_path(request, request.rel_url.raw_path)

    @abstractmethod
    def answer_path(self, request: web.Request, path: str) -> web.Response:
        """Answer for the path as it was sent, quoted."""

    def give(self, request: web.Request, content: Mapping[str, object]) -> web.Response:
        """Answer with a repository, or say that it has not changed."""
        body = json.dumps(content).encode()
        headers = {**self._build_limits(), "ETag": f'W/"{hashlib.sha256(body).hexdigest()}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)

    def refuse(self, message: str, status: int = 404) -> web.Response:
        """Answer with an error as both forges write it."""
        return web.json_response({"message": message}, status=status, headers=self._build_limits())

    def move(self, location: str, status: int = 301) -> web.Response:
        """Answer that a repository has another address on this server."""
        return web.Response(
            status=status, headers={**self._build_limits(), "Location": f"{self.url}{location}"}
        )

    def _build_limits(self) -> dict[str, str]:
        if self.remaining is None:
            return {}
        return {
            "RateLimit-Limit": "400",
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(int(self.resets_at)),
        }
