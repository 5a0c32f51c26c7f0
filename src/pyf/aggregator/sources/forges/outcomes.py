"""What may come of asking a forge for a repository. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pyf.aggregator.metadata.model import Repository, RepositoryStats
from pyf.aggregator.sources.parsing import NotModified

MAX_TOPICS = 20
"""GitHub takes no more topics than these for a repository; of others, no more are kept."""

LONGEST_REASON = 200
"""So much of a forge's words is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A public repository; ``etag`` names this state of it, where the API says so."""

    stats: RepositoryStats
    etag: str | None = None


class Unavailable(StrEnum):
    """Why a repository has no figures that a public catalogue could show."""

    MISSING = "missing"
    PRIVATE = "private"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The forge answered the rest of a query, but did not say anything of this repository."""

    reason: str


type Outcome = Found | Unavailable | Unanswered | NotModified


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A repository to ask for; ``node_id`` is what the forge called it last, ``etag`` names what is known."""

    repository: Repository
    node_id: str | None = None
    etag: str | None = None


class RepositorySource(Protocol):
    """A forge that is asked for one repository after the other, without a token."""

    @property
    def host(self) -> str:
        """What stands in the URLs of its repositories."""

    @property
    def requests(self) -> int:
        """What was sent so far, repeats included."""

    async def fetch_repository(self, asked: Asked) -> Outcome:
        """Ask for one repository; raises :class:`~pyf.aggregator.errors.sources.SourceError`."""
