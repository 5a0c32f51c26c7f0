"""Which project may show which repository's figures, decided before anybody is asked. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyf.aggregator.metadata.model import NormalizedName, Slug, normalize
from pyf.aggregator.metadata.repository import Missing, find_repository
from pyf.aggregator.search.figures import Enriched
from pyf.aggregator.sources.repositories import KnownRepository, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """``repositories``: the projects of each repository; ``without``: why the others have none."""

    repositories: dict[Slug, list[NormalizedName]]
    without: dict[NormalizedName, str]


def settle_claims(documents: Iterable[Enriched]) -> Claims:
    """Find each project's repository, and refuse those that are another project's.

    Where a project bears the repository's name, the repository is its own; another one that names it, too,
    shares it only with a sign of kinship. Otherwise an add-on that gives its framework's page as its own
    would show the framework's stars. Where no project bears the name, all that name the repository share it.
    """
    claimants: defaultdict[Slug, list[Enriched]] = defaultdict(list)
    without: dict[NormalizedName, str] = {}
    for document in documents:
        found = find_repository(document.id, document.project_urls, document.home_page)
        if isinstance(found, Missing):
            without[document.id] = found.value
        else:
            claimants[found].append(document)
    repositories: dict[Slug, list[NormalizedName]] = {}
    for slug, claiming in claimants.items():
        bearer = _find_bearer(slug, claiming)
        repositories[slug] = []
        for document in claiming:
            if bearer is None or document is bearer or _is_kin(document, bearer, slug):
                repositories[slug].append(document.id)
            else:
                without[document.id] = f"{slug} is the repository of {bearer.id}"
    return Claims(repositories=repositories, without=without)


def merge_renamed(claims: Claims, knowledge: Mapping[Slug, KnownRepository]) -> Claims:
    """Join what projects say of one repository under its former and its present name."""
    repositories: defaultdict[Slug, list[NormalizedName]] = defaultdict(list)
    for slug, names in claims.repositories.items():
        known = knowledge.get(slug)
        repositories[known.slug if known and known.state is State.AVAILABLE else slug] += names
    return Claims(repositories=dict(repositories), without=claims.without)


def _find_bearer(slug: Slug, claiming: Sequence[Enriched]) -> Enriched | None:
    _, _, name = slug.partition("/")
    return next((document for document in claiming if document.id == normalize(name)), None)


def _is_kin(document: Enriched, bearer: Enriched, slug: Slug) -> bool:
    """Tell whether the project has an owner in common with the bearer or with the repository.

    Where PyPI does not say who owns one of them, nothing speaks against it.
    """
    people, others = _name_people(document), _name_people(bearer)
    owner, _, _ = slug.partition("/")
    return not people or not others or bool(people & others) or owner in people


def _name_people(document: Enriched) -> set[str]:
    return {name.casefold() for name in (*document.owners, document.organization or "") if name}
