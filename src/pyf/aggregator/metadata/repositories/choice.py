"""Which repository is a project's own, and the evidence for it, the strongest first. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyf.aggregator.metadata.model import NormalizedName, Repository
from pyf.aggregator.metadata.repositories.evidence import Likeness, bears_name, compare_names, shares_owner
from pyf.aggregator.metadata.repositories.forges import Forges
from pyf.aggregator.metadata.repositories.places import Missing, parse_repository
from pyf.aggregator.metadata.repositories.readme_links import find_in_readme
from pyf.aggregator.metadata.repositories.repository import NoRepository, find_named, iterate_named


class Evidence(StrEnum):
    """Why a repository counts as the project's own, the strongest first.

    ``ATTESTED``: PyPI tells that the latest release was published from it. ``OWNER``: its owner is called
    like one of the project's owners or its organization on PyPI, or owner and repository like the project.
    ``LABELLED``: a URL under a label that promises it. ``README``: no URL says it, the README does.
    """

    ATTESTED = "attested"
    OWNER = "owner"
    LABELLED = "labelled"
    README = "readme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """What of a project speaks for a repository.

    ``attested_by`` are the publishers of the latest release as ``host/path``, ``authors`` the texts of author
    and maintainer, ``description_html`` the README as our own sanitizer left it.
    """

    name: NormalizedName
    project_urls: Mapping[str, str]
    home_page: str | None = None
    attested_by: Sequence[str] = ()
    owners: Sequence[str] = ()
    organization: str | None = None
    authors: Sequence[str] = ()
    description_html: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """The owners and the organization that PyPI tells, to be compared."""
        return frozenset(name.casefold() for name in (*self.owners, self.organization or "") if name)


@dataclass(frozen=True, slots=True)
class Named:
    """The repository that a project names, and why it counts as its own."""

    repository: Repository
    evidence: Evidence


def find_claim(claimant: Claimant, forges: Forges) -> Named | NoRepository:
    """Return the repository for which the evidence is strongest, else why there is none.

    Of several publishers it is the one that the URLs name, too, else the first. A repository of the
    project's name and of its owners goes before one that stands under a better label.
    """
    named = list(iterate_named(claimant.name, claimant.project_urls, claimant.home_page, forges))
    attested = list(_iterate_attested(claimant, forges))
    if attested:
        return Named(next((found for found in attested if found in named), attested[0]), Evidence.ATTESTED)
    if own := next((found for found in named if _is_surely_own(claimant, found)), None):
        return Named(own, Evidence.OWNER)
    if named:
        return Named(named[0], weigh_owner(claimant, named[0]) or Evidence.LABELLED)
    missing = find_named(claimant.name, claimant.project_urls, claimant.home_page, forges=forges)
    if isinstance(missing, NoRepository) and missing.final:
        return missing
    if found := find_in_readme(claimant.name, claimant.description_html, forges):
        return Named(found, weigh_owner(claimant, found) or Evidence.README)
    return missing if isinstance(missing, NoRepository) else NoRepository(Missing.NO_URL)


def weigh_owner(claimant: Claimant, repository: Repository) -> Evidence | None:
    """Return :attr:`Evidence.OWNER` where the repository's owner speaks for it.

    An owner that is called like the project is evidence for a repository of that name alone: whoever
    registers a project chooses its name, and could call it like the account of another.
    """
    own = shares_owner(repository.owner, claimant.people)
    alike = compare_names(claimant.name, repository.name) >= Likeness.ALIKE
    return Evidence.OWNER if own or (alike and bears_name(claimant.name, repository.owner)) else None


def _is_surely_own(claimant: Claimant, repository: Repository) -> bool:
    alike = compare_names(claimant.name, repository.name) >= Likeness.ALIKE
    return alike and weigh_owner(claimant, repository) is not None


def _iterate_attested(claimant: Claimant, forges: Forges) -> Iterator[Repository]:
    """Yield the publishers that are repositories; what was told of them is checked like any address."""
    return filter(None, (parse_repository(text, forges) for text in claimant.attested_by))
