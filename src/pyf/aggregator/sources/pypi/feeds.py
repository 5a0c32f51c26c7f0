"""PyPI's RSS feeds: hints of what is new, never the record. Pure.

``updates.xml`` holds the 100 newest releases, ``packages.xml`` the 40 newest projects; neither tells of
removals or yanks (https://docs.pypi.org/api/feeds/).
"""

import io
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import feedparser

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.parsing import at_door, find_name, find_version, read_etag

MAX_ENTRIES = 1000
"""Ten times what PyPI's longer feed holds; each is a task."""

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


def parse_feed(body: bytes, etag: str | None, url: str = "the feed") -> FeedPage | None:
    """Read a feed; ``None`` for what is none. An entry that cannot be read is left out.

    Raises :class:`MalformedResponse`.
    """
    with at_door(url):
        # As a stream: bytes that are no feed would be taken for a URL or the name of a file, and read.
        parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        if not parsed.get("version"):
            return None
        links = [entry.get("link") for entry in parsed.entries[:MAX_ENTRIES]]
    entries = list(dict.fromkeys(entry for link in links if (entry := _read_link(link))))
    return FeedPage(entries=tuple(reversed(entries)), etag=read_etag(etag))


def _read_link(link: object) -> FeedEntry | None:
    """Return the project, and the release where there is one, that a link leads to; else ``None``."""
    try:
        segments = [unquote(part) for part in urlsplit(str(link)).path.split("/") if part]
        if len(segments) < _PROJECT_SEGMENTS or segments[0] != "project":
            return None
    except ValueError:
        return None
    name, told = find_name(segments[1]), len(segments) > _PROJECT_SEGMENTS
    version = find_version(segments[2]) if told else None
    if name is None or (told and version is None):
        return None
    return FeedEntry(name=name, version=version)
