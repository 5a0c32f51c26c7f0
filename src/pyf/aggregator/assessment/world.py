"""The world that packages are measured against: the cycles of their framework, those of Python, today."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from packaging.version import Version

from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.classifiers import SEPARATOR
from pyf.aggregator.metadata.cycles import Cycle, order_cycles
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.ranges import find_version, is_in_cycle

FALLBACK_PYTHON = "3.13"
"""For markers where no Python is known at all."""

_FRAMEWORK = "Framework"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkCycle:
    """A cycle that packages are judged for, ``6.2``; ``label`` is what readers call it: ``Plone 6.2``.

    ``released`` is the day when it came out, ``pythons`` are those that it runs on, the oldest first, and
    ``newest`` is its newest release; ``None`` and no Pythons mean that nobody says.
    """

    label: str
    name: str
    released: date | None
    pythons: tuple[str, ...]
    newest: Version | None
    supported: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a collection is judged against.

    ``framework`` is what classifiers and readers call it: ``Plone``; ``distributions`` are the projects that
    are the framework. Cycles, and Pythons such as ``3.12``, stand with the newest first.
    """

    framework: str
    distributions: tuple[NormalizedName, ...] = ()
    cycles: tuple[FrameworkCycle, ...] = ()
    pythons: tuple[str, ...] = ()
    supported_pythons: tuple[str, ...] = ()
    concerned: tuple[str, ...] = ()
    """All Pythons, those included that only a cycle of the framework runs on."""

    @property
    def supported(self) -> tuple[FrameworkCycle, ...]:
        """The cycles that are supported now."""
        return tuple(cycle for cycle in self.cycles if cycle.supported)

    @property
    def newest(self) -> FrameworkCycle | None:
        """The newest cycle that is supported now, if any is."""
        return next(iter(self.supported), None)

    @property
    def newest_python(self) -> str | None:
        """The newest supported Python on which the newest supported cycle runs."""
        runs_on = self.newest.pythons if self.newest else ()
        return next((python for python in self.supported_pythons if not runs_on or python in runs_on), None)


def build_world(  # noqa: PLR0913 - each is a fact of its own
    *,
    framework: str,
    distributions: Iterable[NormalizedName],
    cycles: Iterable[Cycle],
    pythons: Iterable[Cycle],
    today: date,
    newest: Mapping[str, str] | None = None,
) -> World:
    """Build the world of ``today``; ``newest`` is the newest release of each cycle by the cycle's name."""
    releases = newest or {}
    cycles, ordered = order_cycles(cycles), order_cycles(pythons)
    names = tuple(cycle.name for cycle in ordered)
    return World(
        framework=framework,
        distributions=tuple(distributions),
        cycles=tuple(
            FrameworkCycle(
                label=f"{framework} {cycle.name}",
                name=cycle.name,
                released=cycle.released,
                pythons=cycle.pythons,
                newest=find_version(releases.get(cycle.name, "")),
                supported=cycle.is_supported(today),
            )
            for cycle in cycles
        ),
        pythons=names,
        supported_pythons=tuple(cycle.name for cycle in ordered if cycle.is_supported(today)),
        concerned=tuple(dict.fromkeys((*names, *(name for cycle in cycles for name in cycle.pythons))))
        or (FALLBACK_PYTHON,),
    )


def find_framework_name(profile: Profile) -> str:
    """Return what classifiers call a profile's framework: ``Plone`` from ``Framework :: Plone``.

    A profile without any such classifier is called by its own name.
    """
    segments = (classifier.split(SEPARATOR) for classifier in profile.selection.classifiers)
    return next((words[1] for words in segments if words[0] == _FRAMEWORK and len(words) > 1), profile.name)


def _find_own(
    distributions: Iterable[NormalizedName], documents: Iterable[AssessmentInput]
) -> AssessmentInput | None:
    """Return the document of the first of the framework's distributions that has one."""
    wanted = tuple(distributions)
    found = {document.id: document for document in documents if document.id in wanted}
    return next((found[name] for name in wanted if name in found), None)


def find_newest_releases(
    distributions: Iterable[NormalizedName], cycles: Iterable[Cycle], documents: Iterable[AssessmentInput]
) -> dict[str, str]:
    """Return the newest release of each cycle, by its name, as the framework's own document shows them.

    Prereleases and yanked ones are none.
    """
    own = _find_own(distributions, documents)
    found: defaultdict[str, list[Version]] = defaultdict(list)
    names = [cycle.name for cycle in cycles]
    for release in own.releases if own else ():
        version = find_version(release.version)
        if version is None or version.is_prerelease or release.yanked:
            continue
        for name in names:
            if is_in_cycle(version, name):
                found[name].append(version)
    return {name: str(max(versions)) for name, versions in found.items()}
