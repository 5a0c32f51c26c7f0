"""What a project's latest release says of versions, read once and asked for each cycle."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from packaging.version import Version

from pyf.aggregator.assessment.world import FrameworkCycle, World
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.ranges import admits_cycle, find_version, is_in_cycle
from pyf.aggregator.metadata.requirements import (
    Oddity,
    PythonRange,
    Requirement,
    read_python_range,
    read_requirements,
)

MOST_NAMED = 6
"""So many of a list stand in a sentence."""

_ONLY_PYTHON_2 = "Programming Language :: Python :: 2 :: Only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A project with what it requires: of the framework, and of others in the collection.

    ``declared`` are the framework's versions of its classifiers, ``4.2`` or ``4``, the newest first;
    ``released`` is the day on which the latest release was uploaded.
    """

    project: AssessmentInput
    version: Version | None
    released: date | None
    declared: tuple[str, ...]
    python: PythonRange
    is_framework: bool
    on_framework: tuple[Requirement, ...]
    on_others: Mapping[NormalizedName, tuple[Requirement, ...]]
    oddities: tuple[Oddity, ...]
    unreadable_framework: Oddity | None

    @property
    def name(self) -> str:
        """The name that readers see."""
        return self.project.name or self.project.id

    @property
    def hides_requirements(self) -> bool:
        """Whether PyPI cannot know what it requires: it has no wheel, and older sdists do not say."""
        return not self.project.requires_dist and self.project.has_wheel is False

    @property
    def python_2(self) -> str | None:
        """What its classifiers say, in words, where they name Python 2 alone and no range says more."""
        project = self.project
        if project.requires_python and project.requires_python.strip():
            return None
        versions = [label.removeprefix("Python ") for label in project.python_versions]
        if versions and all(version.partition(".")[0] == "2" for version in versions):
            return f"declares {join(project.python_versions)} and no Python 3"
        return "declares Python 2 alone" if _ONLY_PYTHON_2 in project.classifiers and not versions else None

    def declares(self, cycle: FrameworkCycle) -> bool:
        """Tell whether a classifier names the cycle."""
        return declares(self.declared, cycle.name)

    def find_pythons(self, cycle: FrameworkCycle, world: World) -> tuple[str, ...]:
        """Return the Pythons that the cycle runs on and the release admits; none of either is known: all."""
        known = cycle.pythons or world.pythons
        return _find_admitted(self.python, known)


@lru_cache(maxsize=4096)
def declares(versions: tuple[str, ...], cycle: str) -> bool:
    """Tell whether versions from classifiers name a cycle; a bare ``4`` does where no other 4 is named."""
    major = cycle.partition(".")[0]
    if major in versions and not any(version.startswith(f"{major}.") for version in versions):
        return True
    named = [version for version in map(find_version, versions) if version is not None]
    return any(is_in_cycle(version, cycle) for version in named if len(version.release) > 1)


@lru_cache(maxsize=4096)
def find_declared(labels: tuple[str, ...], framework: str) -> tuple[str, ...]:
    """Return the versions of one framework among ``Plone 6.1``, ``Zope 5``, the newest first."""
    begin = f"{framework} "
    found = {label.removeprefix(begin) for label in labels if label.startswith(begin)}
    versions = {text: version for text in found if (version := find_version(text)) is not None}
    return tuple(sorted(versions, key=versions.__getitem__, reverse=True))


def read_facts(project: AssessmentInput, world: World, names: frozenset[NormalizedName]) -> Facts:
    """Read a project; ``names`` are those of the whole collection."""
    requirements, python = (
        read_requirements(project.requires_dist),
        read_python_range(project.requires_python),
    )
    concerned = _find_admitted(python, world.concerned)
    on_others: defaultdict[NormalizedName, list[Requirement]] = defaultdict(list)
    on_framework: list[Requirement] = []
    for requirement in requirements.readable:
        wanted = requirement.name in names and requirement.name != project.id
        of_framework = requirement.name in world.distributions
        if (wanted or of_framework) and is_hard(requirement, concerned):
            on_others[requirement.name] += [requirement] if wanted else []
            on_framework += [requirement] if of_framework else []
    return Facts(
        project=project,
        version=find_version(project.version),
        released=to_date(project.upload_timestamp),
        declared=find_declared(project.framework_versions, world.framework),
        python=python,
        is_framework=project.id in world.distributions,
        on_framework=tuple(on_framework),
        on_others={name: tuple(found) for name, found in on_others.items() if found},
        oddities=(*requirements.oddities, *((python.oddity,) if python.oddity else ())),
        unreadable_framework=next(
            (odd for odd in requirements.oddities if odd.mended is None and odd.name in world.distributions),
            None,
        ),
    )


def is_hard(requirement: Requirement, pythons: tuple[str, ...]) -> bool:
    """Tell whether a requirement holds without extras on any of these Pythons."""
    return requirement.marker is None or any(requirement.holds(python) for python in pythons)


def _find_admitted(python: PythonRange, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some Pythons that a release admits, as far as can be told."""
    written = python.written
    if written is None:
        return names
    return tuple(name for name in names if admits_cycle(written, name) is not False)


def join(words: Iterable[str], joint: str = ", ") -> str:
    """Return words as a sentence lists them, the first ones and how many more."""
    listed = list(words)
    more = [f"{len(listed) - MOST_NAMED} more"] if len(listed) > MOST_NAMED else []
    return joint.join([*listed[:MOST_NAMED], *more])


def to_date(seconds: int | None) -> date | None:
    """Return the day, in UTC, of Unix seconds; ``None`` for what is no time."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
