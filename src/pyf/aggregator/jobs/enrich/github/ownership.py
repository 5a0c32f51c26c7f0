"""Which project may show which repository's figures, decided before GitHub is asked. Pure.

A project's URLs say which repository is its own; evidence decides whether that is believed:

* An **owner** in common settles it: an account or the organization that PyPI tells is called like the
  repository's owner.
* The **name** alone is enough where PyPI tells no owners. Where it does, something else has to agree: the
  repository's owner is called like the project or its author, it is for a framework, or the collection knows
  the account.
* **Partners**: more of one repository's people's projects, whatever they are called, are theirs, too.

Of several that name one repository, it is its owner's, then that of the project that bears its name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyf.aggregator.documents.github import Enriched
from pyf.aggregator.metadata.model import NormalizedName, Slug
from pyf.aggregator.metadata.repositories.evidence import (
    Likeness,
    compare_names,
    is_made_for,
    is_of_framework,
    names_author,
    shares_owner,
    shares_word,
)
from pyf.aggregator.metadata.repositories.repository import NoRepository, find_repository
from pyf.aggregator.state.repositories import KnownRepository, State

LEAST_NEIGHBOURS = 2
"""So many other repositories of an account, each with a project of its own, make a community."""

UNRELATED = "the repository's owner and name have nothing to do with the project"
NAME_ALONE = "nothing but the name speaks for it, and PyPI knows the project's owners by other names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """``repositories``: the projects of each repository; ``without``: why the others have none."""

    repositories: dict[Slug, list[NormalizedName]]
    without: dict[NormalizedName, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A project that names a repository, ``slug`` by its present name, and what speaks for it.

    ``people`` are the owners and the organization that PyPI tells. ``owned``: one of them is called like
    the repository's owner. ``akin``: the project is called like the repository, and shares a word with its
    owner. ``fitting``: it is called like the repository, which is made for a framework, or whose owner is a
    framework or the project's author.
    """

    slug: Slug
    project: NormalizedName
    people: frozenset[str]
    owned: bool
    akin: bool
    likeness: Likeness
    fitting: bool

    @property
    def owner(self) -> str:
        """Whose account on GitHub the repository is in."""
        return self.slug.partition("/")[0]

    @property
    def sure(self) -> bool:
        """It stands without a look at other projects."""
        return self.owned or self.akin or self.fitting or (bool(self.likeness) and not self.people)

    def is_kin(self, other: "Claim") -> bool:
        """Tell whether the projects have an owner in common; where PyPI tells none, so be it."""
        return not self.people or not other.people or bool(self.people & other.people)


@dataclass(slots=True)
class _Home:
    """What the collection knows of one account on GitHub: whose projects are surely there.

    ``slugs`` are its repositories with a project that is sure, or that bears the repository's name: a
    squatter has one such name, a community has many.
    """

    people: set[str] = field(default_factory=set)
    slugs: set[Slug] = field(default_factory=set)

    def welcomes(self, claim: Claim) -> bool:
        """Tell whether the project is of people who are at home there, or of a community that is."""
        others = len(self.slugs) - (claim.slug in self.slugs)
        return bool(claim.people & self.people) or others >= LEAST_NEIGHBOURS


def find_claims(documents: Iterable[Enriched]) -> dict[NormalizedName, Slug | NoRepository]:
    """Return the repository that each project's own URLs name, or why there is none."""
    return {
        document.id: find_repository(document.id, document.project_urls, document.home_page)
        for document in documents
    }


def settle_claims(
    documents: Iterable[Enriched],
    found: Mapping[NormalizedName, Slug | NoRepository],
    knowledge: Mapping[Slug, KnownRepository],
) -> Claims:
    """Believe the claims for which there is evidence; a renamed repository is one under all its names."""
    without: dict[NormalizedName, str] = {}
    claims: list[Claim] = []
    for document in documents:
        slug = found[document.id]
        if isinstance(slug, NoRepository):
            without[document.id] = str(slug)
        else:
            claims.append(_weigh(document, slug, knowledge.get(slug)))
    believed: defaultdict[Slug, list[Claim]] = defaultdict(list)
    homes, partners = _find_homes(claims), _find_partners(claims)
    for claim in claims:
        likely = claim.likeness and claim.owner in homes and homes[claim.owner].welcomes(claim)
        if claim.sure or likely or claim.people & partners.get(claim.slug, set()):
            believed[claim.slug].append(claim)
        else:
            without[claim.project] = f"{claim.slug}: {NAME_ALONE if claim.likeness else UNRELATED}"
    repositories: dict[Slug, list[NormalizedName]] = {}
    for slug, claiming in believed.items():
        holders = _find_holders(claiming)
        repositories[slug] = []
        for claim in claiming:
            if not holders or any(claim is holder or claim.is_kin(holder) for holder in holders):
                repositories[slug].append(claim.project)
            else:
                without[claim.project] = f"{slug} is the repository of {holders[0].project}"
    return Claims(repositories=repositories, without=without)


def _weigh(document: Enriched, slug: Slug, known: KnownRepository | None) -> Claim:
    """Compare a project with the repository that it names, under the name given and under the present one."""
    present = known.slug if known and known.state is State.AVAILABLE else slug
    names = [name.split("/", 1) for name in {slug, present}]
    people = frozenset(name.casefold() for name in (*document.owners, document.organization or "") if name)
    authors = [name for name in (document.author, document.maintainer) if name]
    likeness = max(compare_names(document.id, name) for _, name in names)
    alike = likeness >= Likeness.ALIKE
    return Claim(
        slug=present,
        project=document.id,
        people=people,
        owned=any(shares_owner(owner, people) for owner, _ in names),
        akin=alike and any(shares_word(document.id, owner) for owner, _ in names),
        likeness=likeness,
        fitting=alike
        and any(
            is_made_for(name) or is_of_framework(owner) or names_author(owner, authors)
            for owner, name in names
        ),
    )


def _find_homes(claims: Iterable[Claim]) -> Mapping[str, _Home]:
    homes: defaultdict[str, _Home] = defaultdict(_Home)
    for claim in claims:
        if claim.sure:
            homes[claim.owner].people |= claim.people
        if claim.sure or claim.likeness is Likeness.SAME:
            homes[claim.owner].slugs.add(claim.slug)
    return homes


def _find_partners(claims: Iterable[Claim]) -> Mapping[Slug, set[str]]:
    """Return whose projects are surely in each repository; it may be home to more of theirs."""
    partners: defaultdict[Slug, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.sure:
            partners[claim.slug] |= claim.people
    return partners


def _find_holders(claiming: Sequence[Claim]) -> list[Claim]:
    """Return whose a repository is: its owner's, else of who bears its name; none when all share it."""
    bearers = [claim for claim in claiming if claim.likeness is Likeness.SAME]
    if not any(claim.owned for claim in claiming):
        return bearers
    return [claim for claim in claiming if claim.owned] + [b for b in bearers if b.akin and not b.owned]
