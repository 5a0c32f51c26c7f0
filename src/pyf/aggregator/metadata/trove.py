"""Which classifiers PyPI has, and which one somebody may have meant. Pure.

Known are those of the installed ``trove-classifiers``, deprecated ones included; PyPI may have younger ones.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum, auto
from functools import cache

from trove_classifiers import all_classifiers

from pyf.aggregator.metadata.classifiers import SEPARATOR, covers

_PRIVATE = "Private"
_LEAST_PREFIX = 3
_LIKENESS = 0.75
"""Of one, as difflib counts: one letter of four is another, or two of five are exchanged."""

_COLONS = re.compile(r"\s*:+\s*")
_INSIGNIFICANT = re.compile(r"[^a-z0-9.+#]+")
"""What people get wrong: capitals, spaces and separators. C, C++ and C# stay three."""


class Standing(Enum):
    """What is known of a classifier.

    ``YOUNG``: PyPI had none such when ``trove-classifiers`` was released, but the one above it, as with a new
    version of a framework. ``PRIVATE``: PyPI refuses every package with it, so that nobody uploads by
    mistake; an index of somebody's own may have it.
    """

    KNOWN = auto()
    YOUNG = auto()
    PRIVATE = auto()
    UNKNOWN = auto()


def judge_classifier(classifier: str) -> Standing:
    """Tell whether packages can be found by a classifier.

    What is the only one below a category, such as ``Framework :: New Thing``, counts as unknown: a slip looks
    the same.
    """
    if covers(_PRIVATE, classifier):
        return Standing.PRIVATE
    if _is_known(classifier):
        return Standing.KNOWN
    category, *below = classifier.split(SEPARATOR)
    ancestors = (SEPARATOR.join((category, *below[:length])) for length in range(1, len(below)))
    return Standing.YOUNG if any(_is_known(ancestor) for ancestor in ancestors) else Standing.UNKNOWN


def find_nearest(text: str) -> str | None:
    """Return the classifier that was most likely meant: spelt alike, ending or beginning so, or similar."""
    segments = _COLONS.split(text.strip())
    whole, ending = _squash(text), _squash(SEPARATOR.join(segments[1:] or segments))
    if not whole:
        return None
    wholes, endings = _index_classifiers()
    # "Zope :: 2" and "Zope2" are two.
    same = _index_capitals().get(SEPARATOR.join(segments).casefold())
    alike = same or wholes.get(whole) or endings.get(whole) or endings.get(ending)
    return alike or _find_begun(whole) or _find_similar(whole, ending)


def _find_begun(wanted: str) -> str | None:
    if len(wanted) < _LEAST_PREFIX:
        return None
    spellings = [spelt for spellings in _index_classifiers() for spelt in spellings.items()]
    return min((meant for spelt, meant in spellings if spelt.startswith(wanted)), key=_rank, default=None)


def _find_similar(whole: str, ending: str) -> str | None:
    """Compare endings alone: a category that is the same makes everything in it alike."""
    _, endings = _index_classifiers()
    for spelt in get_close_matches(ending, endings, n=len(endings), cutoff=_LIKENESS):
        if ending == whole or whole.startswith(_squash(endings[spelt].partition(SEPARATOR)[0])):
            return endings[spelt]
    return None


def _is_known(classifier: str) -> bool:
    return any(covers(classifier, known) for known in all_classifiers)


@cache
def _index_capitals() -> dict[str, str]:
    return {classifier.casefold(): classifier for classifier in all_classifiers}


@cache
def _index_classifiers() -> tuple[dict[str, str], dict[str, str]]:
    """Return every classifier by what is significant of it, and of each of its endings."""
    wholes: dict[str, str] = {}
    endings: dict[str, str] = {}
    for classifier in sorted(all_classifiers, key=_rank):
        wholes.setdefault(_squash(classifier), classifier)
        for ending in _list_endings(classifier):
            endings.setdefault(_squash(ending), classifier)
    return wholes, endings


def _list_endings(classifier: str) -> Iterator[str]:
    segments = classifier.split(SEPARATOR)
    for start in range(1, len(segments)):
        yield SEPARATOR.join(segments[start:])


def _rank(classifier: str) -> tuple[int, bool, int, str]:
    """Order those that are equally near: the broader first, then frameworks, which profiles are made of."""
    segments = classifier.split(SEPARATOR)
    return len(segments), segments[0] != "Framework", len(classifier), classifier


def _squash(text: str) -> str:
    return _INSIGNIFICANT.sub("", text.casefold())
