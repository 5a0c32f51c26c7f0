"""What GitHub may say of a repository, and how much more we may ask. Pure."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.metadata.model import RepositoryStats, Slug
from pyf.aggregator.metadata.urls import clean_url
from pyf.aggregator.sources.doors import read_number

MAX_TOPICS = 20
"""GitHub takes no more topics than these for a repository."""

LONGEST_REASON = 200
"""So much of GitHub's words is repeated."""

_LAST_SECOND = 253402300799
"""The end of the year 9999, in Unix seconds."""
_UNLICENSED = frozenset({None, "", "NOASSERTION"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A repository to ask for: by its node id where that is known, which survives renames, else by name."""

    slug: Slug
    node_id: str | None = None
    etag: str | None = None


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
    """GitHub answered the rest of a query, but did not say anything of this repository."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotModified:
    """The state that we named by its ETag is still the current one."""


type Outcome = Found | Unavailable | Unanswered | NotModified


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What GitHub still grants until ``resets_at``, in points (REST: requests)."""

    remaining: int
    resets_at: datetime
    cost: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause that GitHub asks for, the ``count``-th in a row without an answer in between."""

    until: datetime
    count: int


class _Refusal(msgspec.Struct):
    message: str = ""


def read_budget(headers: Mapping[str, str]) -> Budget | None:
    """Return what the ``x-ratelimit-`` headers grant, ``None`` where they are missing or no numbers."""
    remaining = read_number(headers.get("x-ratelimit-remaining"))
    reset = read_number(headers.get("x-ratelimit-reset"))
    if remaining is None or reset is None:
        return None
    # Later than the calendar ends is as late as can be; who believes how much of it is decided by the client.
    return Budget(remaining=remaining, resets_at=datetime.fromtimestamp(min(reset, _LAST_SECOND), UTC))


def read_message(body: bytes) -> str:
    """Return the sentence of an error's body, empty where it has none."""
    # Whatever else a proxy sends is no sentence of GitHub's.
    with suppress(Exception):
        return clean_foreign(msgspec.json.decode(body, type=_Refusal).message, longest=LONGEST_REASON)
    return ""


def clean_license(spdx_id: str | None) -> str | None:
    """Return an SPDX id; GitHub's word for a licence that it does not recognise says nothing."""
    return None if spdx_id in _UNLICENSED else spdx_id


def find_page(url: str, full_name: str, api_url: str) -> str | None:
    """Return the page of a repository, ``None`` where an answer gives another address for it.

    It is on github.com (which a stand-in or a cache before it repeats), or on the API's own host: for
    ``api.example.ghe.com`` that is ``example.ghe.com``, for a GitHub Enterprise Server the host itself.
    """
    page = clean_url(url)
    if page is None:
        return None
    parts = urlsplit(page)
    own = (urlsplit(api_url).hostname or "").removeprefix("api.")
    hosted = parts.hostname == own != "github.com"
    placed = hosted or (parts.scheme, parts.netloc.lower()) == ("https", "github.com")
    itself = parts.path.strip("/").casefold() == full_name.casefold()
    return page if placed and itself and not parts.query and not parts.fragment else None
