"""The nouns of the domain, as frozen values. Formats of others stay where they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

from packaging.utils import canonicalize_name

NormalizedName = NewType("NormalizedName", str)
"""A project's name in normal form (PEP 503): the key, the document id, what is compared."""

Serial = NewType("Serial", int)
"""A value of PyPI's counter; larger is later."""

Slug = NewType("Slug", str)
"""A repository's path on its forge, in lower case: ``owner/name`` on GitHub. No forge tells cases apart."""

GITHUB_HOST = "github.com"


def normalize(name: str) -> NormalizedName:
    """Return ``name`` in normal form: lower case, runs of ``-_.`` as one ``-`` (PEP 503)."""
    return NormalizedName(str(canonicalize_name(name)))


class DistributionKind(Enum):
    """What an uploaded file is, as far as an installer of today cares."""

    WHEEL = "wheel"
    SDIST = "sdist"
    OTHER = "other"
    """An egg, an installer, an archive of what was built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One uploaded file of a release; ``kind`` is ``None`` where neither PyPI nor its name tells it."""

    filename: str
    upload_time: datetime | None
    requires_python: str | None
    yanked: bool
    yanked_reason: str | None
    kind: DistributionKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a project; ``distributions`` is empty when its files were removed."""

    version: str
    distributions: tuple[Distribution, ...]

    @property
    def upload_time(self) -> datetime | None:
        """When the first file arrived; ``None`` without files."""
        return min((d.upload_time for d in self.distributions if d.upload_time), default=None)

    @property
    def requires_python(self) -> str | None:
        """What the first file that says it demands of the interpreter."""
        return next((d.requires_python for d in self.distributions if d.requires_python), None)

    @property
    def yanked(self) -> bool:
        """A release is yanked when all its files are (PEP 592)."""
        return bool(self.distributions) and all(d.yanked for d in self.distributions)

    def has(self, kind: DistributionKind) -> bool | None:
        """Tell whether a file of this kind is there; ``None`` where the files do not tell, or are gone."""
        kinds = {distribution.kind for distribution in self.distributions}
        if kind in kinds:
            return True
        return None if not kinds or None in kinds else False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """One advisory against the latest release."""

    id: str
    aliases: tuple[str, ...]
    summary: str | None
    link: str | None
    fixed_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What PyPI says of a project and its latest release (``GET /pypi/<name>/json``).

    ``None`` and empty tuples mean that PyPI does not say. ``releases`` holds every version, the latest
    included, in the order PyPI sends them. ``vulnerable`` tells whether an advisory stands against the latest
    release, be it one that can be shown in ``vulnerabilities`` or not.
    """

    name: NormalizedName
    display_name: str
    serial: Serial
    version: str
    summary: str | None = None
    description: str | None = None
    description_content_type: str | None = None
    keywords: tuple[str, ...] = ()
    author: str | None = None
    author_email: str | None = None
    maintainer: str | None = None
    maintainer_email: str | None = None
    license: str | None = None
    license_expression: str | None = None
    classifiers: tuple[str, ...] = ()
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    home_page: str | None = None
    docs_url: str | None = None
    package_url: str | None = None
    project_url: str | None = None
    project_urls: Mapping[str, str]
    release_url: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    releases: tuple[Release, ...] = ()
    owners: tuple[str, ...] = ()
    organization: str | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    vulnerable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectList:
    """Every project on PyPI with its serial (``GET /simple/``); ``serial`` is that of the whole list.

    ``unreadable`` rows name projects that are there, nobody knows which: with them, absence proves nothing.
    """

    serial: Serial
    serials: Mapping[NormalizedName, Serial]
    unreadable: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """A source repository on any forge: ``host`` without ``www.`` and ``path``, both in lower case.

    ``path`` is ``owner/name``; on GitLab any number of groups may stand before the name. No forge tells
    cases apart: GitLab and Forgejo look names up without regard to them, like GitHub.
    """

    host: str
    path: str

    @property
    def owner(self) -> str:
        """The account or outermost group that it belongs to."""
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """Its own name, without owner and groups."""
        return self.path.rpartition("/")[2]

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{self.host}/{self.path}"

    @property
    def label(self) -> str:
        """What it is called in a report: GitHub's by its path alone, any other with its host."""
        return self.path if self.host == GITHUB_HOST else str(self)

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryStats:
    """What a forge says of a public repository; ``None`` is what it does not say, or we could not learn.

    ``full_name`` is ``owner/name`` as the forge spells it now, on GitLab with all groups. ``node_id`` stays
    when a repository is renamed. ``watchers`` are those who subscribed (GitHub's older name for stars is
    *watchers*, too). ``updated`` moves with any change, on GitHub a new star included; ``pushed`` tells
    activity: on GitHub the last push, on GitLab and Forgejo, which tell no push, the same as ``updated``.
    Open issues are counted without pull requests. ``host`` has a default because what was remembered before
    other forges were asked has none.
    """

    node_id: str
    full_name: str
    url: str | None
    stars: int
    watchers: int | None
    forks: int
    open_issues: int | None
    open_pull_requests: int | None
    updated: datetime
    pushed: datetime | None
    archived: bool
    license: str | None
    topics: tuple[str, ...]
    host: str = GITHUB_HOST

    @property
    def repository(self) -> Repository:
        """The repository under its present name."""
        return Repository(self.host, self.full_name.lower())

    @property
    def slug(self) -> Slug:
        """The repository's present name."""
        return Slug(self.full_name.lower())
