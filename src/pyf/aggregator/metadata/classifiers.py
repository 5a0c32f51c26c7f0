"""Trove classifiers: which covers which, what a selection wants, which versions they declare."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from trove_classifiers import sorted_classifiers

from pyf.aggregator.metadata.model import NormalizedName

SEPARATOR = " :: "

_FRAMEWORK = "Framework" + SEPARATOR
_PYTHON = "Programming Language :: Python :: "
_VERSION = re.compile(r"\d+(\.\d+)*")
_STATUS = re.compile(r"Development Status :: (?P<stage>\d) - (?P<name>.+)")


def covers(root: str, classifier: str) -> bool:
    """Tell whether ``classifier`` is ``root`` or stands below it, segment by segment."""
    return classifier == root or classifier.startswith(root + SEPARATOR)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which projects are wanted: by classifier (each covers all below it), and by name.

    ``exclude`` wins over ``include``, which wins over classifiers.
    """

    classifiers: tuple[str, ...]
    include: frozenset[NormalizedName] = frozenset()
    exclude: frozenset[NormalizedName] = frozenset()
    _prefixes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked once for every project on PyPI: one call of str.startswith answers for all prefixes.
        object.__setattr__(self, "_prefixes", tuple(root + SEPARATOR for root in self.classifiers))

    def wants(self, name: NormalizedName, classifiers: Iterable[str]) -> bool:
        """Tell whether the project of this name and these classifiers belongs into the collection."""
        if name in self.exclude:
            return False
        if name in self.include:
            return True
        return any(c in self.classifiers or c.startswith(self._prefixes) for c in classifiers)


def find_covered(selected: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return every known classifier that the selected ones cover, and these themselves, in natural order."""
    roots = tuple(selected)
    covered = {classifier for classifier in known if any(covers(root, classifier) for root in roots)}
    return tuple(sorted({*covered, *roots}, key=_natural_key))


def find_frameworks(classifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the classifiers that speak of a framework."""
    return tuple(classifier for classifier in classifiers if classifier.startswith(_FRAMEWORK))


@cache
def get_frameworks() -> frozenset[str]:
    """Return the frameworks that have a classifier and one word for a name, in lower case."""
    names = (classifier.split(SEPARATOR)[1].lower() for classifier in find_frameworks(sorted_classifiers))
    return frozenset(name for name in names if name.isalnum())


def find_framework_versions(classifiers: Iterable[str]) -> tuple[str, ...]:
    """Return framework versions for a reader: ``Plone 6.1`` from ``Framework :: Plone :: 6.1``, in order."""
    found = set()
    for classifier in find_frameworks(classifiers):
        *_, framework, version = classifier.split(SEPARATOR)
        if _VERSION.fullmatch(version):
            found.add(f"{framework} {version}")
    return tuple(sorted(found, key=_natural_key))


def find_kinds(classifiers: Iterable[str], selected: Iterable[str]) -> tuple[str, ...]:
    """Return what a project says it is for the frameworks of a selection: ``Addon``, ``Theme``, in order.

    That is what stands below a framework and is no version: ``Extensions`` from ``Framework :: X ::
    Extensions :: 2``. A framework belongs to a selection that names it, anything below it, or all frameworks.
    """
    roots, found = tuple(selected), set()
    for classifier in find_frameworks(classifiers):
        _, framework, *below = classifier.split(SEPARATOR)
        while below and _VERSION.fullmatch(below[-1]):
            below.pop()
        name = _FRAMEWORK + framework
        if below and any(covers(root, name) or covers(name, root) for root in roots):
            found.add(SEPARATOR.join(below))
    return tuple(sorted(found, key=_natural_key))


def find_development_status(classifiers: Iterable[str]) -> str | None:
    """Return how far a project says it is: ``Production/Stable``; of several the last stage that it names.

    Whoever adds a stage forgets to take the one before away more often than the other way round.
    """
    stages = [found for classifier in classifiers if (found := _STATUS.fullmatch(classifier))]
    return max(stages, key=lambda found: int(found["stage"]))["name"] if stages else None


def find_python_versions(classifiers: Iterable[str]) -> tuple[str, ...]:
    """Return Python versions for a reader: ``Python 3.12``, in order; implementations are not versions."""
    versions = {c.removeprefix(_PYTHON) for c in classifiers if c.startswith(_PYTHON)}
    found = {f"Python {version}" for version in versions if _VERSION.fullmatch(version)}
    return tuple(sorted(found, key=_natural_key))


def _natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return a key that orders runs of digits as numbers, so that 3.9 comes before 3.10."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts if part]
