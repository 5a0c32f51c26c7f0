"""What a document says of its repository, on whatever forge: fields as data, and how they are built. Pure.

On GitHub the figures equal the ``github_*`` fields, which say more. One source fills both, so that a document
never says the one of this repository and the other of that.
"""

from datetime import datetime

import msgspec

from pyf.aggregator.documents.github import GITHUB_FIELDS, build_github_fields
from pyf.aggregator.documents.owned_fields import OwnedFields, SourceInput
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.model import GITHUB_HOST, Repository, RepositoryStats
from pyf.aggregator.metadata.repositories.choice import Claimant
from pyf.aggregator.metadata.repositories.claims import Ownership
from pyf.aggregator.metadata.repositories.repository import NoRepository
from pyf.aggregator.metadata.texts import clean_line
from pyf.aggregator.metadata.urls import clean_url

_REPOSITORY_SCHEMA = (
    Field(name="repository_host", type="string", facet=True),
    Field(name="repository_evidence", type="string", facet=True),
    Field(name="repository_missing", type="string", facet=True),
    Field(name="repository_stars", type="int64", sort=True),
    Field(name="repository_forks", type="int64", sort=True),
    Field(name="repository_open_issues", type="int64", sort=True),
    Field(name="repository_pushed", type="int64", sort=True),
    Field(name="repository_archived", type="bool", facet=True, sort=True),
    Field(name="repository_checked", type="int64", sort=True),
)

REPOSITORY_FIELDS = OwnedFields(
    source="forges",
    schema=(*GITHUB_FIELDS.schema, *_REPOSITORY_SCHEMA),
    display=(*GITHUB_FIELDS.display, "repository_url", "repository_doubt", "repository_missing_reason"),
)
"""What the forges fill, GitHub's own fields among them."""


class RepositoryInput(SourceInput, frozen=True, kw_only=True):
    """What tells which repository a project may show, and how lately it was released (Unix seconds).

    ``repository_url``, ``repository_host`` and the two ``checked`` are what the document says of a repository
    already; of any type, because others may have written them.
    """

    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    home_page: str | None = None
    owners: tuple[str, ...] = ()
    organization: str | None = None
    author: str | None = None
    maintainer: str | None = None
    attested_by: tuple[str, ...] = ()
    upload_timestamp: int = 0
    repository_url: object = None
    repository_host: object = None
    repository_checked: object = None
    github_checked: object = None

    def build_claimant(self, description_html: str | None = None) -> Claimant:
        """Return what of the project speaks for a repository, its README among it if that is at hand."""
        return Claimant(
            name=self.id,
            project_urls=self.project_urls,
            home_page=self.home_page,
            attested_by=self.attested_by,
            owners=self.owners,
            organization=self.organization,
            authors=[text for text in (self.author, self.maintainer) if text],
            description_html=description_html,
        )

    def has_figures_of(self, host: str) -> bool:
        """Tell whether the document shows figures of a repository on this forge."""
        if host == GITHUB_HOST and self.github_checked is not None:
            return True
        return self.repository_checked is not None and self.repository_host == host

    def find_checked(self, repository: Repository) -> int | None:
        """Return when the figures of this very repository were learnt that the document shows, if it does."""
        url, checked = self.repository_url, self.repository_checked
        same = isinstance(url, str) and url.casefold() == repository.url.casefold()
        return checked if same and isinstance(checked, int) else None


def build_ownership_fields(owned: Ownership, url: str | None = None) -> Document:
    """Return the fields that say which repository it is and why; ``url`` is the forge's word for its page."""
    fields: Document = {
        "repository_url": clean_url(url) or owned.repository.url,
        "repository_host": owned.repository.host,
        "repository_evidence": owned.evidence.value,
        "repository_doubt": owned.doubt,
    }
    return {field: value for field, value in fields.items() if value is not None}


def build_figure_fields(owned: Ownership, stats: RepositoryStats, confirmed_at: datetime) -> Document:
    """Return the fields of a repository with what its forge said at ``confirmed_at``."""
    github = owned.repository.host == GITHUB_HOST
    figures: Document = {
        "repository_stars": stats.stars,
        "repository_forks": stats.forks,
        "repository_open_issues": stats.open_issues,
        "repository_pushed": None if stats.pushed is None else int(stats.pushed.timestamp()),
        "repository_archived": stats.archived,
        "repository_checked": int(confirmed_at.timestamp()),
    }
    return {
        **build_ownership_fields(owned, stats.url),
        **{field: value for field, value in figures.items() if value is not None},
        **(build_github_fields(stats, confirmed_at) if github else {}),
    }


def build_missing_fields(none: NoRepository) -> Document:
    """Return the fields that say why there is no repository: a word that many share, and the particulars."""
    return {
        "repository_missing": none.why.value,
        "repository_missing_reason": clean_line(str(none)) or none.why.value,
    }
