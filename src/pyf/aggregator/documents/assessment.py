"""What a document says of its assessment: fields as data, and what of a document is assessed. Pure."""

import msgspec

from pyf.aggregator.documents.owned_fields import OwnedFields, SourceInput
from pyf.aggregator.documents.schema import Field
from pyf.aggregator.metadata.model import NormalizedName

ASSESSMENT_FIELDS = OwnedFields(
    source="assessment",
    schema=(
        Field(name="requires", type="string[]", facet=True),
        Field(name="required_by_count", type="int64", sort=True),
        Field(name="declared_versions", type="string[]", facet=True),
        Field(name="allowed_versions", type="string[]", facet=True),
        Field(name="excluded_versions", type="string[]", facet=True),
        Field(name="life", type="string", facet=True),
        Field(name="quality", type="int64", sort=True),
        Field(name="quality_known", type="int64", sort=True),
        Field(name="use", type="int64", sort=True),
        Field(name="use_growth", type="int64", sort=True),
        Field(name="rank", type="int64", sort=True),
        Field(name="assessed_by", type="string", facet=True),
    ),
    display=("required_by", "compatibility", "life_reason", "checks", "history_week", "history"),
    continued=("history", "use_growth"),
)
"""What the assessment fills. Points are whole numbers: 0.24.1 keeps a ``float`` in 32 bits alone."""


class ReleaseInput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is read of an entry of ``releases``; ``upload_timestamp`` is in Unix seconds."""

    version: str = ""
    upload_timestamp: int | None = None
    requires_python: str | None = None
    framework_versions: tuple[str, ...] = ()
    yanked: bool = False
    prerelease: bool = False


class VulnerabilityInput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is read of an advisory."""

    id: str = ""


class AssessmentInput(SourceInput, frozen=True, kw_only=True):
    """All that is assessed of a document. What it lacks is unknown; times are Unix seconds.

    ``description`` is escaped as in HTML, as documents have it. Figures of a repository count as the
    project's own where ``repository_evidence`` says why; those of GitHub were granted to it when they came.
    """

    name: str = ""
    version: str = ""
    summary: str | None = None
    description: str | None = None
    description_problem: str | None = None
    license: str | None = None
    license_expression: str | None = None
    license_spdx: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    framework_versions: tuple[str, ...] = ()
    python_versions: tuple[str, ...] = ()
    development_status: str | None = None
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    home_page: str | None = None
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    documentation_url: str | None = None
    changelog_url: str | None = None
    issues_url: str | None = None
    owners: tuple[str, ...] = ()
    organization: str | None = None
    upload_timestamp: int | None = None
    yanked: bool = False
    releases: tuple[ReleaseInput, ...] = ()
    has_wheel: bool | None = None
    has_sdist: bool | None = None
    vulnerable: bool | None = None
    vulnerabilities: tuple[VulnerabilityInput, ...] = ()
    status: str | None = None
    attested_by: str | tuple[str, ...] | None = None
    provenance_checked: int | None = None
    repository_url: str | None = None
    repository_evidence: str | None = None
    repository_stars: int | None = None
    repository_archived: bool | None = None
    github_url: str | None = None
    github_stars: int | None = None
    github_archived: bool | None = None
    downloads_month: int | None = None

    @property
    def publishers(self) -> tuple[str, ...]:
        """Where PyPI saw the latest release come from, one or several."""
        if isinstance(self.attested_by, str):
            return (self.attested_by,) if self.attested_by else ()
        return self.attested_by or ()

    @property
    def stars(self) -> int | None:
        """The stars of its own repository; those of one without evidence are somebody else's."""
        if self.repository_evidence is not None and self.repository_stars is not None:
            return self.repository_stars
        return self.github_stars

    @property
    def archived(self) -> bool | None:
        """Whether its own repository is archived."""
        if self.repository_evidence is not None and self.repository_archived is not None:
            return self.repository_archived
        return self.github_archived


class HistoryPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What was known of a project in one week, an entry of ``history``; what was unknown is left out.

    ``week`` is the beginning of its Monday (UTC) in Unix seconds, ``downloads`` are those of a month, and
    ``dependents`` the projects of the collection that require it; quality and use are points, 0 to 100.
    """

    week: int
    stars: int | None = None
    downloads: int | None = None
    dependents: int | None = None
    quality: int | None = None
    use: int | None = None


class JudgementInput(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of an entry of ``compatibility``."""

    version: str = ""
    verdict: str = ""
    evidence: str = ""
    blocked_by: tuple[NormalizedName, ...] = ()


class ReadinessInput(SourceInput, frozen=True, kw_only=True):
    """What readiness asks of a document that was assessed."""

    name: str = ""
    use: int | None = None
    compatibility: tuple[JudgementInput, ...] = ()
