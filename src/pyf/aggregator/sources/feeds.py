"""PyPI's RSS feeds: hints of what is new, never the record. Pure.

``updates.xml`` holds the 100 newest releases, ``packages.xml`` the 40 newest projects; neither tells of
removals or yanks (https://docs.pypi.org/api/feeds/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import feedparser

from pyf.aggregator.metadata.model import NormalizedName, normalize

_PROJECT_SEGMENTS = 2


class Feed(StrEnum):
    """The two feeds of PyPI."""

    RELEASES = "updates"
    PROJECTS = "packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """A project that the feed speaks of, and the release, where it tells one."""

    name: NormalizedName
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """The entries of a feed, oldest first, and the ETag that names this state of it."""

    entries: tuple[FeedEntry, ...]
    etag: str | None


def parse_feed(body: bytes, etag: str | None) -> FeedPage | None:
    """Read a feed; ``None`` for what is none. An entry that cannot be read is left out."""
    parsed = feedparser.parse(body)
    if not parsed.get("version"):
        return None
    entries = list(dict.fromkeys(_iterate(entry.get("link", "") for entry in parsed.entries)))
    return FeedPage(entries=tuple(reversed(entries)), etag=etag)


def _iterate(links: Iterator[str]) -> Iterator[FeedEntry]:
    for link in links:
        segments = [unquote(part) for part in urlsplit(link).path.split("/") if part]
        if len(segments) >= _PROJECT_SEGMENTS and segments[0] == "project":
            version = segments[2] if len(segments) > _PROJECT_SEGMENTS else None
            yield FeedEntry(name=normalize(segments[1]), version=version)
