"""What shows that a repository is a project's own: owners and names. Pure.

Anybody may write any address into the metadata of a package; stars are shown only where something else
agrees. Names alone are weak, since whoever registers a project chooses its name, and words that half of a
community uses (``django``, ``api``) say nothing.
"""

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache

from pyf.aggregator.metadata.classifiers import get_frameworks
from pyf.aggregator.metadata.model import NormalizedName, normalize

_LEAST_LETTERS = 4
"""A shorter word stands in too many names by chance."""

_COMMON_WORDS = (
    "a addon addons and api app apps base client cms com common contrib core dev ext extension extensions for"
    " foundation framework github inc io lib library main of official org package packages plugin plugins"
    " products project projects py pypi python rest sdk server service site software team test testing tests"
    " the theme themes tool tools util utils web website"
)
_MADE_FOR_WORDS = frozenset({"drf", "products", "python"})
"""Beside the frameworks' names: what a repository for Python or a framework says of itself."""
_MADE_FOR_BEGINNINGS = ("django", "flask", "plone", "wagtail")

_AFFIXES = re.compile(
    r"^(?:get|the|py|python|django|flask)(?=.{4})|(?<=.{4})(?:foundation|projects?|community|team|labs?|org|dev|hq|inc|io|py)$"
)


class Likeness(IntEnum):
    """Two names compared: ``kit`` is the same as ``Kit``, like ``python-kit``, a part of ``flask-kit``."""

    NONE = 0
    PART = 1
    ALIKE = 2
    SAME = 3


def shares_owner(owner: str, people: Iterable[str]) -> bool:
    """Tell whether an account on GitHub is called like one of PyPI's accounts or its organization.

    People are ``ana`` here and ``ana42`` or ``ana-bo`` there, so one may begin with the other.
    """
    here = _squash(owner)
    names = [_squash(person) for person in people]
    return any(name == here or _begins(name, here) or _begins(here, name) for name in names)


def names_author(owner: str, authors: Iterable[str]) -> bool:
    """Tell whether the account bears an author's family name, or all of the name: ``bolind`` for Bo Lind."""
    here = _squash(owner)
    for author in _split_people(authors):
        *_, family = re.findall(r"[^\W\d_]+", author) or [""]
        name = _squash(author)
        if _begins(name, here) or _begins(here, name):
            return True
        known = len(family) >= _LEAST_LETTERS and family not in get_common_words()
        if known and (here.startswith(family) or here.endswith(family)):
            return True
    return False


def _split_people(authors: Iterable[str]) -> Iterator[str]:
    """Yield each person in lower case, given name first; the texts are those of :func:`read_people`."""
    for text in authors:
        # Where a name has a comma itself, "Kern, Anna", people are separated by semicolons.
        separator = ";" if ";" in text else r",|&| and "
        for person in re.split(separator, text.lower()):
            family, _, given = person.partition(",")
            yield f"{given} {family}".strip()


def compare_names(project: NormalizedName, repository: str) -> Likeness:
    """Return how much of one name is in the other, words that say nothing left aside."""
    name = normalize(repository)
    here, there = _find_words(project), _find_words(name)
    if name == project:
        return Likeness.SAME
    if _squash(name) == _squash(project):
        return Likeness.ALIKE
    if not here or not there or not (here <= there or there <= here):
        return Likeness.NONE
    # A package for Django is not the thing that it brings to Django.
    same = here == there and _find_frameworks(project) == _find_frameworks(name)
    return Likeness.ALIKE if same else Likeness.PART


def shares_word(project: NormalizedName, owner: str) -> bool:
    """Tell whether the repository's owner bears the project's name, or a word of it that says something."""
    if bears_name(project, owner):
        return True
    account = {_strip(word) for word in (*normalize(owner).split("-"), _squash(owner))}
    words = {_strip(word) for word in _find_words(project)} - get_common_words()
    return any(len(word) >= _LEAST_LETTERS for word in words & account)


def bears_name(project: NormalizedName, owner: str) -> bool:
    """Tell whether the repository's owner is called like the project: ``FactoryBoy``, ``factory-boy``."""
    return _squash(owner) == _squash(project)


def is_made_for(repository: str) -> bool:
    """Tell whether a repository says by its name that it is for a framework, or for Python."""
    words = normalize(repository).split("-")
    return any(word in _MADE_FOR_WORDS or word.startswith(_MADE_FOR_BEGINNINGS) for word in words) or bool(
        _find_frameworks(repository)
    )


def is_of_framework(owner: str) -> bool:
    """Tell whether an account is a framework's: ``wagtail``, ``django-cms``."""
    return bool(_find_frameworks(owner))


@cache
def get_common_words() -> frozenset[str]:
    """Return the words that are no evidence: the frameworks' names, and what stands in any name."""
    return get_frameworks().union(_COMMON_WORDS.split())


def _find_words(name: str) -> frozenset[str]:
    """Return the words of a normalized name that tell it from others; ``2`` of a second version goes."""
    stripped = (word.rstrip("0123456789") or word for word in name.split("-"))
    return frozenset(word for word in stripped if word not in get_common_words())


def _find_frameworks(name: str) -> frozenset[str]:
    return get_frameworks() & frozenset(normalize(name).split("-"))


def _strip(word: str) -> str:
    """Return a word without what an account adds to a name that is taken: ``getforms``, ``formshq``."""
    return _AFFIXES.sub("", word) or word


def _squash(name: str) -> str:
    return re.sub(r"[-_. ]", "", name.lower())


def _begins(longer: str, shorter: str) -> bool:
    return len(shorter) >= _LEAST_LETTERS and longer.startswith(shorter)
