"""Which project may show which repository's figures, decided over a whole collection. Pure.

What a project says of itself names its repository (``choice.py``); evidence beyond that decides whether the
repository's figures are shown as the project's:

* **Attested**: PyPI saw the release come from there. Nothing is stronger.
* An **owner** in common settles it: an account or the organization that PyPI tells is called like the
  repository's owner.
* The **name** alone is enough where PyPI tells no owners. Where it does, something else has to agree: the
  repository's owner is called like the project, it is for a framework, or the collection knows the account.
* The **author** of the account's name is the weakest, because a package says itself who wrote it: it counts
  for a namesake as long as nothing stronger tells whose account that is, and speaks for no other project.
* **Partners**: more of one repository's people's projects, whatever they are called, are theirs, too.

Of several that name one repository, it is the attested's and its owner's, then that of the project that bears
its name. Accounts are compared within one host: the same name on another forge may be somebody else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyf.aggregator.metadata.model import NormalizedName, Repository
from pyf.aggregator.metadata.repositories.choice import Claimant, Evidence, Named, weigh_owner
from pyf.aggregator.metadata.repositories.evidence import (
    Likeness,
    compare_names,
    is_made_for,
    is_of_framework,
    names_author,
    shares_owner,
    shares_word,
)
from pyf.aggregator.metadata.repositories.places import Missing
from pyf.aggregator.metadata.repositories.repository import NoRepository

LEAST_NEIGHBOURS = 2
"""So many other repositories of an account, each with a project of its own, make a community."""

UNRELATED = "the repository's owner and name have nothing to do with the project"
NAME_ALONE = "nothing but the name speaks for it, and PyPI knows the project's owners by other names"

type _Account = tuple[str, str]
"""Host and owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """A project's repository under its present name, the evidence, and why its figures are not shown.

    ``doubt`` is ``None`` where they are.
    """

    repository: Repository
    evidence: Evidence
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """A project that names a repository, and what speaks for it.

    ``strong``: attested, or one of its people on PyPI is called like the repository's owner. ``akin``: it is
    called like the repository, and shares a word with its owner. ``fitting``: it is called like the
    repository, which is made for a framework, or whose owner is one. ``authored``: it is called like the
    repository, and its author like the owner.
    """

    project: NormalizedName
    repository: Repository
    evidence: Evidence
    people: frozenset[str]
    strong: bool
    akin: bool
    fitting: bool
    authored: bool
    likeness: Likeness

    @property
    def account(self) -> _Account:
        return self.repository.host, self.repository.owner

    @property
    def sure(self) -> bool:
        """It stands without a look at other projects."""
        return self.strong or self.akin or self.fitting or (bool(self.likeness) and not self.people)

    def shares_people_with(self, other: "_Claim") -> bool:
        """Tell whether the projects have an owner in common; where PyPI tells none, so be it."""
        return not self.people or not other.people or bool(self.people & other.people)


@dataclass(slots=True)
class _Home:
    """What the collection knows of one account: whose projects are surely there.

    ``repositories`` are those with a project that is sure, or that bears the repository's name: a squatter
    has one such name, a community has many. ``holders`` are the people of strong claims.
    """

    people: set[str] = field(default_factory=set)
    holders: set[str] = field(default_factory=set)
    repositories: set[Repository] = field(default_factory=set)

    def welcomes(self, claim: _Claim) -> bool:
        """Tell whether the project is of people who are at home there, or of a community that is."""
        others = len(self.repositories) - (claim.repository in self.repositories)
        return bool(claim.people & self.people) or others >= LEAST_NEIGHBOURS

    def disowns(self, claim: _Claim) -> bool:
        """Tell whether it is known whose account that is, and the project is of none of them."""
        return bool(self.holders and claim.people) and not claim.people & self.holders


def decide_ownership(
    claimants: Iterable[Claimant],
    found: Mapping[NormalizedName, Named | NoRepository],
    present: Mapping[Repository, Repository],
) -> dict[NormalizedName, Ownership | NoRepository]:
    """Believe the claims for which there is evidence; return each project's repository or why it has none.

    ``found`` is what each claimant names, as ``find_claim`` in ``choice.py`` tells it; ``present`` is the
    name of today for each repository that was renamed; it is one under all its names. What
    another project holds is nobody else's.
    """
    decided: dict[NormalizedName, Ownership | NoRepository] = {}
    claims: list[_Claim] = []
    for claimant in claimants:
        named = found[claimant.name]
        if isinstance(named, NoRepository):
            decided[claimant.name] = named
        else:
            claims.append(_weigh(claimant, named, present.get(named.repository, named.repository)))
    homes, partners = _find_homes(claims), _find_partners(claims)
    believed = {c.project for c in claims if _is_believed(c, homes.get(c.account, _Home()), partners)}
    claiming: defaultdict[Repository, list[_Claim]] = defaultdict(list)
    for claim in claims:
        claiming[claim.repository].append(claim)
    for shared in claiming.values():
        holders = _find_holders([claim for claim in shared if claim.project in believed])
        for claim in shared:
            decided[claim.project] = _decide(claim, holders, believed=claim.project in believed)
    return decided


def _decide(claim: _Claim, holders: Sequence[_Claim], *, believed: bool) -> Ownership | NoRepository:
    if holders and not any(claim is holder or claim.shares_people_with(holder) for holder in holders):
        reason = f"{claim.repository.label} is the repository of {holders[0].project}"
        return NoRepository(Missing.ANOTHER_PROJECTS, reason, claim.repository.host)
    doubt = None if believed else NAME_ALONE if claim.likeness else UNRELATED
    return Ownership(repository=claim.repository, evidence=claim.evidence, doubt=doubt)


def _weigh(claimant: Claimant, named: Named, present: Repository) -> _Claim:
    """Compare a project with the repository that it names, under the name given and under the present one."""
    names = {named.repository, present}
    likeness = max(compare_names(claimant.name, repository.name) for repository in names)
    alike = likeness >= Likeness.ALIKE
    attested = named.evidence is Evidence.ATTESTED
    owner = next(filter(None, (weigh_owner(claimant, repository) for repository in names)), None)
    return _Claim(
        project=claimant.name,
        repository=present,
        evidence=named.evidence if attested else owner or named.evidence,
        people=claimant.people,
        strong=attested or any(shares_owner(repository.owner, claimant.people) for repository in names),
        akin=alike and any(shares_word(claimant.name, repository.owner) for repository in names),
        fitting=alike and any(is_made_for(r.name) or is_of_framework(r.owner) for r in names),
        authored=alike and any(names_author(repository.owner, claimant.authors) for repository in names),
        likeness=likeness,
    )


def _is_believed(claim: _Claim, home: _Home, partners: Mapping[Repository, set[str]]) -> bool:
    likely = bool(claim.likeness) and home.welcomes(claim)
    authored = claim.authored and not home.disowns(claim)
    return claim.sure or likely or authored or bool(claim.people & partners.get(claim.repository, set()))


def _find_homes(claims: Iterable[_Claim]) -> Mapping[_Account, _Home]:
    homes: defaultdict[_Account, _Home] = defaultdict(_Home)
    for claim in claims:
        home = homes[claim.account]
        if claim.sure:
            home.people |= claim.people
        if claim.strong:
            home.holders |= claim.people
        if claim.sure or claim.likeness is Likeness.SAME:
            home.repositories.add(claim.repository)
    return homes


def _find_partners(claims: Iterable[_Claim]) -> Mapping[Repository, set[str]]:
    """Return whose projects are surely in each repository; it may be home to more of theirs."""
    partners: defaultdict[Repository, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.sure:
            partners[claim.repository] |= claim.people
    return partners


def _find_holders(claiming: Sequence[_Claim]) -> list[_Claim]:
    """Return whose a repository is: its owner's, else of who bears its name; none when all share it."""
    namesakes = [claim for claim in claiming if claim.likeness is Likeness.SAME]
    strong = [claim for claim in claiming if claim.strong]
    return strong + [claim for claim in namesakes if claim.akin and not claim.strong] if strong else namesakes
