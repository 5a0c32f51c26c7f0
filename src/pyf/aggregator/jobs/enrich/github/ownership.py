"""Which project may show which repository's stars, decided before anybody is asked. Pure.

A project's URLs name a repository; evidence decides whether it is believed to be the project's own:

* An **owner** in common is enough: an account or the organization that PyPI tells is called like the
  repository's owner.
* The **name** alone is enough where PyPI tells no owners. Where it does, something else has to agree: the
  repository's owner is called like the project or its author, it is for a framework, or the collection knows
  the account.
* **Partners**: more of one repository's people's projects, whatever they are called, are theirs, too.

Of several that name one repository, it is its owner's, then that of the project that is called like it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyf.aggregator.documents.github import GitHubInput
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
class Ownership:
    """``shown_by``: the projects that show each repository; ``unmatched``: why the others show none."""

    shown_by: dict[Slug, list[NormalizedName]]
    unmatched: dict[NormalizedName, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A project that names a repository, ``slug`` by its present name, and what speaks for it.

    ``people`` are the owners and the organization that PyPI tells. ``owned``: one of them is called like
    the repository's owner. ``related``: the project is called like the repository, and shares a word with its
    owner. ``fitting``: it is called like the repository, which is made for a framework, or whose owner is a
    framework or the project's author.
    """

    slug: Slug
    project: NormalizedName
    people: frozenset[str]
    owned: bool
    related: bool
    likeness: Likeness
    fitting: bool

    @property
    def owner(self) -> str:
        """Whose account on GitHub the repository is in."""
        return self.slug.partition("/")[0]

    @property
    def sure(self) -> bool:
        """It stands without a look at other projects."""
        return self.owned or self.related or self.fitting or (bool(self.likeness) and not self.people)

    def shares_people_with(self, other: "Candidate") -> bool:
        """Tell whether the projects have an owner in common; where PyPI tells none, they may have."""
        return not self.people or not other.people or bool(self.people & other.people)


@dataclass(slots=True)
class _Account:
    """What the collection knows of one account on GitHub: whose projects are surely there.

    ``slugs`` are its repositories with a project that is sure, or that is called like the repository: a
    squatter has one such name, a community has many.
    """

    people: set[str] = field(default_factory=set)
    slugs: set[Slug] = field(default_factory=set)

    def vouches_for(self, candidate: Candidate) -> bool:
        """Tell whether people of the project have others there, or a community does."""
        others = len(self.slugs) - (candidate.slug in self.slugs)
        return bool(candidate.people & self.people) or others >= LEAST_NEIGHBOURS


def find_named(documents: Iterable[GitHubInput]) -> dict[NormalizedName, Slug | NoRepository]:
    """Return the repository that each project's own URLs name, or why there is none."""
    return {
        document.id: find_repository(document.id, document.project_urls, document.home_page)
        for document in documents
    }


def find_ownership(
    documents: Iterable[GitHubInput],
    named: Mapping[NormalizedName, Slug | NoRepository],
    knowledge: Mapping[Slug, KnownRepository],
) -> Ownership:
    """Believe the candidates for which there is evidence; a renamed repository is one under all its names."""
    unmatched: dict[NormalizedName, str] = {}
    candidates: list[Candidate] = []
    for document in documents:
        slug = named[document.id]
        if isinstance(slug, NoRepository):
            unmatched[document.id] = str(slug)
        else:
            candidates.append(_weigh(document, slug, knowledge.get(slug)))
    believed: defaultdict[Slug, list[Candidate]] = defaultdict(list)
    accounts, partners = _find_accounts(candidates), _find_partners(candidates)
    for candidate in candidates:
        account = accounts.get(candidate.owner)
        likely = candidate.likeness and account is not None and account.vouches_for(candidate)
        if candidate.sure or likely or candidate.people & partners.get(candidate.slug, set()):
            believed[candidate.slug].append(candidate)
        else:
            reason = NAME_ALONE if candidate.likeness else UNRELATED
            unmatched[candidate.project] = f"{candidate.slug}: {reason}"
    shown_by: dict[Slug, list[NormalizedName]] = {}
    for slug, rivals in believed.items():
        holders = _find_holders(rivals)
        shown_by[slug] = []
        for candidate in rivals:
            if not holders or any(
                candidate is holder or candidate.shares_people_with(holder) for holder in holders
            ):
                shown_by[slug].append(candidate.project)
            else:
                unmatched[candidate.project] = f"{slug} is the repository of {holders[0].project}"
    return Ownership(shown_by=shown_by, unmatched=unmatched)


def _weigh(document: GitHubInput, slug: Slug, known: KnownRepository | None) -> Candidate:
    """Compare a project with the repository that it names, under the name given and under the present one."""
    present = known.slug if known and known.state is State.AVAILABLE else slug
    names = [name.split("/", 1) for name in {slug, present}]
    people = frozenset(name.casefold() for name in (*document.owners, document.organization or "") if name)
    authors = [name for name in (document.author, document.maintainer) if name]
    likeness = max(compare_names(document.id, name) for _, name in names)
    alike = likeness >= Likeness.ALIKE
    return Candidate(
        slug=present,
        project=document.id,
        people=people,
        owned=any(shares_owner(owner, people) for owner, _ in names),
        related=alike and any(shares_word(document.id, owner) for owner, _ in names),
        likeness=likeness,
        fitting=alike
        and any(
            is_made_for(name) or is_of_framework(owner) or names_author(owner, authors)
            for owner, name in names
        ),
    )


def _find_accounts(candidates: Iterable[Candidate]) -> Mapping[str, _Account]:
    accounts: defaultdict[str, _Account] = defaultdict(_Account)
    for candidate in candidates:
        if candidate.sure:
            accounts[candidate.owner].people |= candidate.people
        if candidate.sure or candidate.likeness is Likeness.SAME:
            accounts[candidate.owner].slugs.add(candidate.slug)
    return accounts


def _find_partners(candidates: Iterable[Candidate]) -> Mapping[Slug, set[str]]:
    """Return whose projects are surely in each repository; it may be home to more of theirs."""
    partners: defaultdict[Slug, set[str]] = defaultdict(set)
    for candidate in candidates:
        if candidate.sure:
            partners[candidate.slug] |= candidate.people
    return partners


def _find_holders(rivals: Sequence[Candidate]) -> list[Candidate]:
    """Return whose a repository is: its owner's, else of who is called like it; none when all share it."""
    namesakes = [candidate for candidate in rivals if candidate.likeness is Likeness.SAME]
    owners = [candidate for candidate in rivals if candidate.owned]
    if not owners:
        return namesakes
    return owners + [namesake for namesake in namesakes if namesake.related and not namesake.owned]
