"""What a document says of its repository on GitHub: fields as data, and how they are built. Pure.

Adding a field is one line in :data:`GITHUB_FIELDS` and one in :func:`build_github_fields`.
"""

from datetime import datetime

from pyf.aggregator.documents.owned_fields import OwnedFields
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.model import RepositoryStats
from pyf.aggregator.metadata.urls import clean_url

GITHUB_FIELDS = OwnedFields(
    source="github",
    schema=(
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
    ),
    display=("github_url",),
)
"""What only GitHub says: numbers to sort by, and facets where a reader would filter."""


def build_github_fields(stats: RepositoryStats, confirmed_at: datetime) -> Document:
    """Return the fields that say what GitHub said at ``confirmed_at``; times are Unix seconds."""
    fields: Document = {
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
    return {field: value for field, value in fields.items() if value is not None}
