"""REST: one repository. Pure.

Shape: https://docs.github.com/rest/repos/repos#get-a-repository
"""

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import RepositoryStats
from pyf.aggregator.metadata.repositories.repository import parse_slug
from pyf.aggregator.sources.forges.github.outcomes import clean_license, find_page
from pyf.aggregator.sources.forges.outcomes import MAX_TOPICS, Found, Unavailable
from pyf.aggregator.sources.parsing import Moment, Number, at_door, read_etag


class _RestLicense(msgspec.Struct):
    spdx_id: str | None = None


class _RestRepository(msgspec.Struct):
    node_id: str
    full_name: str
    html_url: str
    stargazers_count: Number
    subscribers_count: Number
    forks_count: Number
    open_issues_count: Number
    archived: bool
    updated_at: Moment
    pushed_at: Moment | None = None
    disabled: bool = False
    private: bool = False
    has_issues: bool = True
    license: _RestLicense | None = None
    topics: list[str] = []


def parse_repository(body: bytes, url: str, *, etag: str | None) -> Found | Unavailable:
    """Read the answer to ``GET /repos/{owner}/{name}``.

    Its ``open_issues_count`` counts pull requests too, so both numbers are known only where one must be 0.
    """
    with at_door(url):
        wire = msgspec.json.decode(body, type=_RestRepository)
        return _read(wire, url, etag)


def _read(wire: _RestRepository, url: str, etag: str | None) -> Found | Unavailable:
    if wire.private or wire.disabled:
        return Unavailable.PRIVATE if wire.private else Unavailable.BLOCKED
    if parse_slug(wire.full_name) is None:
        raise MalformedResponse(url, f"{wire.full_name[:100]!r} is not the name of a repository")
    both = wire.open_issues_count
    stats = RepositoryStats(
        node_id=wire.node_id,
        full_name=wire.full_name,
        url=find_page(wire.html_url, wire.full_name, url),
        stars=wire.stargazers_count,
        watchers=wire.subscribers_count,
        forks=wire.forks_count,
        open_issues=0 if not both or not wire.has_issues else None,
        open_pull_requests=both if not both or not wire.has_issues else None,
        updated=wire.updated_at,
        pushed=wire.pushed_at,
        archived=wire.archived,
        license=clean_license(wire.license.spdx_id if wire.license else None),
        topics=tuple(wire.topics[:MAX_TOPICS]),
    )
    return Found(stats=stats, etag=read_etag(etag))
