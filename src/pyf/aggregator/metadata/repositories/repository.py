"""A project's URLs → the one repository that they name, or why there is none. Pure.

What a label promises (``labels.py``) decides how much its URL is trusted: a URL whose label promises no
repository (``Django: https://github.com/django/django``) is never taken for one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Repository, Slug, normalize
from pyf.aggregator.metadata.repositories.examples import TUTORIALS
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE, ForgeKind, Forges
from pyf.aggregator.metadata.repositories.grammars import RESERVED_OWNERS, is_path
from pyf.aggregator.metadata.repositories.labels import Trust, rank_label
from pyf.aggregator.metadata.repositories.places import Missing, Place, is_forge, is_pypi, locate

__all__ = [
    "RESERVED_OWNERS",
    "Missing",
    "NoRepository",
    "find_named",
    "is_forge",
    "iterate_named",
    "parse_repository_url",
    "parse_slug",
]

_MOST_LABELS = 5
_LONGEST_DETAIL = 100


@dataclass(frozen=True, slots=True)
class NoRepository:
    """Why a project has no repository, and what was found in its place; its text is a sentence's part.

    ``host`` is the forge's where something was found on one. ``final``: the project itself says that its
    source is somewhere else, so its README need not be asked.
    """

    why: Missing
    found: str = ""
    host: str = GITHUB_HOST
    final: bool = False

    @property
    def reason(self) -> str:
        """The reason in few words, for many projects to share; another host is named."""
        return f"{self.why}: {self.found}" if self.why is Missing.ANOTHER_HOST else self.why.value

    def __str__(self) -> str:
        forge = "GitHub" if self.host == GITHUB_HOST else self.host
        match self.why:
            case Missing.ANOTHER_HOST:
                return f"on {self.found}"
            case Missing.MALFORMED:
                return f"on {forge}, but no repository: {self.found}"
            case Missing.ANOTHER_PROJECTS:
                return self.found
            case Missing.UNAVAILABLE:
                return f"{forge} shows nothing of {self.found}"
        return f"{self.why}: {self.found}" if self.found else self.why.value


def find_named(
    name: NormalizedName,
    project_urls: Mapping[str, str],
    home_page: str | None = None,
    *,
    forges: Forges,
) -> Repository | NoRepository:
    """Return the repository that the most trusted of a project's URLs names, else why there is none.

    ``project_urls`` maps labels to URLs as the owner wrote them; ``home_page`` is the field of that name,
    which ranks with the label *Homepage*. A source on a forge that is not among ``forges`` settles the
    question. Behind any other label only a repository that is called like the project counts.
    """
    excuse: NoRepository | None = None
    for trust, place in _iterate_places(name, project_urls, home_page, forges):
        if found := _accept(place, name):
            return found
        refusal = _describe(place, trust)
        if refusal and refusal.final and is_forge(refusal.found):
            return refusal
        if excuse is None or excuse.why is Missing.ANOTHER_HOST:
            excuse = refusal or excuse
    found = next(_iterate_namesakes(name, project_urls, forges), None)
    return found or excuse or _list_labels(project_urls, home_page)


def iterate_named(
    name: NormalizedName, project_urls: Mapping[str, str], home_page: str | None, forges: Forges
) -> Iterator[Repository]:
    """Yield every repository that a project's URLs name, the most trusted first, until one settles it."""
    for trust, place in _iterate_places(name, project_urls, home_page, forges):
        refusal = _describe(place, trust)
        if refusal and refusal.final and is_forge(refusal.found):
            return
        if found := _accept(place, name):
            yield found
    yield from _iterate_namesakes(name, project_urls, forges)


def parse_repository_url(url: str) -> Slug | Missing:
    """Return the repository on GitHub that a URL is, or is a page of, else why it is none."""
    found = locate(url, GITHUB_ALONE).found
    return Slug(found.path) if isinstance(found, Repository) else found


def parse_slug(text: str) -> Slug | None:
    """Return ``owner/name`` in lower case, ``None`` for a text that names no repository of GitHub."""
    return Slug(text.lower()) if is_path(ForgeKind.GITHUB, text) else None


def _iterate_places(
    name: NormalizedName, project_urls: Mapping[str, str], home_page: str | None, forges: Forges
) -> Iterator[tuple[Trust, Place]]:
    """Yield what is promised and where the URL leads, the most trusted first."""
    ranked = [(rank, url) for label, url in project_urls.items() if (rank := rank_label(label, name))]
    if home_page:
        # Behind the label of the same meaning, before those of a similar one.
        ranked.append(((Trust.HOMEPAGE, 0), home_page))
    for (trust, _), url in sorted(ranked, key=lambda item: item[0]):
        yield trust, locate(url, forges)


def _iterate_namesakes(
    name: NormalizedName, project_urls: Mapping[str, str], forges: Forges
) -> Iterator[Repository]:
    places = (locate(url, forges).found for url in project_urls.values())
    return (found for found in places if isinstance(found, Repository) and normalize(found.name) == name)


def _accept(place: Place, name: NormalizedName) -> Repository | None:
    """Return the repository at a place; a tutorial's is that of the project that it is."""
    if isinstance(place.found, Repository):
        return place.found
    tutorial = place.found is Missing.EXAMPLE and place.path in TUTORIALS
    own = tutorial and normalize(place.path.rpartition("/")[2]) == name
    return Repository(GITHUB_HOST, place.path) if own else None


def _describe(place: Place, trust: Trust) -> NoRepository | None:
    """Say what stands in the place of a repository; a home page that is no forge's needs no excuse."""
    if isinstance(place.found, Repository) or is_pypi(f"{place.host}{place.path}"):
        return None
    if place.found is Missing.ANOTHER_HOST:
        source = trust is Trust.SOURCE and bool(place.host)
        told = source or is_forge(place.host)
        host = place.host[:_LONGEST_DETAIL]
        return NoRepository(Missing.ANOTHER_HOST, host, final=source) if told else None
    forge = (
        GITHUB_HOST if re.search(r"(?:^|\.)github(?:usercontent)?\.(?:com|org)$", place.host) else place.host
    )
    found = place.path[:_LONGEST_DETAIL] or place.host
    return NoRepository(place.found, found, forge)


def _list_labels(project_urls: Mapping[str, str], home_page: str | None) -> NoRepository:
    labels = list(project_urls) or (["home page"] if home_page else [])
    if not labels:
        return NoRepository(Missing.NO_URL)
    if all(map(is_pypi, (*project_urls.values(), *filter(None, [home_page])))):
        return NoRepository(Missing.ONLY_PYPI)
    shown = ", ".join(label[:_LONGEST_DETAIL] for label in labels[:_MOST_LABELS])
    more = f" and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
    return NoRepository(Missing.NO_PROMISE, f"{shown}{more}")
