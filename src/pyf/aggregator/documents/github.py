"""What a document says of its repository on GitHub: fields as data, and how they are built. Pure.

Adding a figure is one line in the schema, one in :class:`Enriched` and one in :func:`build_figures`.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from pyf.aggregator.documents.lines import ImportLine
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.model import NormalizedName, RepositoryStats
from pyf.aggregator.metadata.urls import clean_url

GITHUB_SCHEMA = (
    Field(name="github_stars", type="int64", sort=True),
    Field(name="github_watchers", type="int64", sort=True),
    Field(name="github_open_issues", type="int64", sort=True),
    Field(name="github_updated", type="int64", sort=True),
    Field(name="github_forks", type="int64", sort=True),
    Field(name="github_open_pull_requests", type="int64", sort=True),
    Field(name="github_pushed", type="int64", sort=True),
    Field(name="github_archived", type="bool", facet=True, sort=True),
    Field(name="github_license", type="string", facet=True),
    Field(name="github_topics", type="string[]", facet=True),
    Field(name="github_checked", type="int64", sort=True),
)
"""The declared fields: numbers to sort by, and facets where a reader would filter."""

GITHUB_DISPLAY_FIELDS = ("github_url",)
"""Stored and returned but not declared."""

GITHUB_FIELDS = (*(field.name for field in GITHUB_SCHEMA), *GITHUB_DISPLAY_FIELDS)
"""The fields the enrichment from GitHub owns."""


class Enriched(msgspec.Struct, frozen=True, kw_only=True):
    """What the enrichment reads of a document: which repository it may name, and the figures it carries."""

    id: NormalizedName
    project_urls: dict[str, str] = {}
    home_page: str | None = None
    owners: tuple[str, ...] = ()
    organization: str | None = None
    author: str | None = None
    maintainer: str | None = None
    upload_timestamp: int = 0
    github_stars: int | None = None
    github_watchers: int | None = None
    github_open_issues: int | None = None
    github_updated: int | None = None
    github_forks: int | None = None
    github_open_pull_requests: int | None = None
    github_pushed: int | None = None
    github_archived: bool | None = None
    github_license: str | None = None
    github_topics: list[str] | None = None
    github_checked: int | None = None
    github_url: str | None = None

    @property
    def figures(self) -> Document:
        """What the document says of GitHub now."""
        carried = {field: getattr(self, field) for field in GITHUB_FIELDS}
        return {field: value for field, value in carried.items() if value is not None}


def build_figures(stats: RepositoryStats, confirmed_at: datetime) -> Document:
    """Return the fields that say what GitHub said at ``confirmed_at``; times are Unix seconds."""
    figures: Document = {
        "github_stars": stats.stars,
        "github_watchers": stats.watchers,
        "github_open_issues": stats.open_issues,
        "github_updated": int(stats.updated.timestamp()),
        "github_forks": stats.forks,
        "github_open_pull_requests": stats.open_pull_requests,
        "github_pushed": None if stats.pushed is None else int(stats.pushed.timestamp()),
        "github_archived": stats.archived,
        "github_license": stats.license,
        "github_topics": list(stats.topics) or None,
        "github_checked": int(confirmed_at.timestamp()),
        # What was remembered of it may be older than the rule for addresses, or not ours.
        "github_url": clean_url(stats.url),
    }
    return {field: value for field, value in figures.items() if value is not None}


def find_changes(carried: Mapping[str, object], wanted: Mapping[str, object]) -> Document:
    """Return what to write so that a document says what is wanted; ``None`` takes a field away."""
    changed = {field: value for field, value in wanted.items() if carried.get(field) != value}
    return {**changed, **dict.fromkeys(carried.keys() - wanted.keys())}


def encode_changes(name: NormalizedName, changes: Mapping[str, object]) -> ImportLine:
    """Encode changes as one line for ``documents/import?action=update``, which merges."""
    return ImportLine(name=name, body=msgspec.json.encode({"id": name, **changes}))
