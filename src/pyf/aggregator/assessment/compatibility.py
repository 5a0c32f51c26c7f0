"""Compatibility: what a project's latest release says of a cycle of the framework, with the evidence.

By the release's own words alone; what others that it requires mean for it is decided in ``blocking``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from pyf.aggregator.assessment.facts import Facts, declares, find_declared, join, to_date
from pyf.aggregator.assessment.world import FALLBACK_PYTHON, FrameworkCycle, World
from pyf.aggregator.documents.assessment import ReleaseInput
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.ranges import (
    admits_cycle,
    find_version,
    has_floor,
    is_capped,
    is_in_cycle,
)
from pyf.aggregator.metadata.requirements import Requirement, read_python_range


class Verdict(StrEnum):
    """What a project's latest release says of a cycle."""

    DECLARED = "declared"
    """A classifier names it, and the range admits it."""
    ALLOWED = "allowed"
    """The range admits it, and the release is younger than the cycle."""
    UNTESTED = "untested"
    """The range admits it, and the release is older than the cycle or left it behind."""
    CONTRADICTED = "contradicted"
    """A classifier names it, and the range or Python does not admit it."""
    EXCLUDED = "excluded"
    """The range or Python does not admit it."""
    BLOCKED = "blocked"
    """It requires a project of the collection that does not admit it."""
    UNKNOWN = "unknown"
    """It says nothing."""


WORKS = frozenset({Verdict.DECLARED, Verdict.ALLOWED})
FAILS = frozenset({Verdict.CONTRADICTED, Verdict.EXCLUDED, Verdict.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict on one cycle, and why.

    ``refused`` says that an installer refuses the release there, not only that its classifiers speak against
    it; ``capped`` that an upper bound does. ``path`` leads from the project that is required to the one that
    blocks, ``blocked_by`` are all that it requires and that do not work there.
    """

    cycle: FrameworkCycle
    verdict: Verdict
    evidence: str
    refused: bool = False
    capped: bool = False
    path: tuple[NormalizedName, ...] = ()
    blocked_by: tuple[NormalizedName, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """What ranges say of a cycle: admitted, not admitted, or ``None`` for nothing; and in which words."""

    admitted: bool | None
    words: str
    capped: bool = False


def build_judgements(facts: Facts, world: World) -> tuple[Judgement, ...]:
    """Return a judgement on each cycle, the newest first, from what the release itself says."""
    return tuple(_build_judgement(facts, cycle, world) for cycle in world.cycles)


def _build_judgement(facts: Facts, cycle: FrameworkCycle, world: World) -> Judgement:
    if facts.is_framework:
        return _judge_framework(facts, cycle)
    declared = facts.declares(cycle)
    said = _read_python(facts, cycle, world) or _read_ranges(facts, cycle, world)
    if said.admitted is False:
        if declared:
            words = f"declares {cycle.label}, but {said.words}"
            return Judgement(
                cycle=cycle, verdict=Verdict.CONTRADICTED, evidence=words, refused=True, capped=said.capped
            )
        return Judgement(
            cycle=cycle, verdict=Verdict.EXCLUDED, evidence=said.words, refused=True, capped=said.capped
        )
    if declared:
        words = f"declares {cycle.label}" + (f"; {said.words}" if said.words else "")
        return Judgement(cycle=cycle, verdict=Verdict.DECLARED, evidence=words)
    if (said_2 := facts.python_2) and (runs_on := cycle.pythons) and not _run_on_python_2(runs_on):
        words = f"{said_2}; {_tell_pythons(cycle)}"
        return Judgement(cycle=cycle, verdict=Verdict.EXCLUDED, evidence=words)
    return _judge_undeclared(facts, cycle, said)


def _judge_undeclared(facts: Facts, cycle: FrameworkCycle, said: _Said) -> Judgement:
    """Return the verdict where no classifier names the cycle, and the ranges do not refuse it."""
    if said.admitted is None:
        return Judgement(
            cycle=cycle, verdict=Verdict.UNKNOWN, evidence=said.words or _tell_silence(facts, cycle)
        )
    if _leaves_behind(facts, cycle):
        words = f"{said.words}; declares {_name_oldest(facts, cycle)} and nothing older"
        return Judgement(cycle=cycle, verdict=Verdict.UNTESTED, evidence=words)
    released, out = facts.released, cycle.released
    if released is None or out is None:
        words = f"{said.words}; nobody knows which came first, the release or {cycle.label}"
        return Judgement(cycle=cycle, verdict=Verdict.UNKNOWN, evidence=words)
    younger = released >= out
    order = "after" if younger else "before"
    return Judgement(
        cycle=cycle,
        verdict=Verdict.ALLOWED if younger else Verdict.UNTESTED,
        evidence=f"{said.words}; released {released}, {order} {cycle.label} ({out})",
    )


def _leaves_behind(facts: Facts, cycle: FrameworkCycle) -> bool:
    """Tell whether a release dropped an old cycle without a word but in its classifiers.

    A range without any lower bound admits every version there ever was, so it is no promise for a cycle that
    is older than all that the classifiers name.
    """
    if not facts.declared or any(has_floor(requirement.specifier) for requirement in facts.on_framework):
        return False
    version, oldest = find_version(cycle.name), find_version(facts.declared[-1])
    # "4" is no lower bound: it may stand for any 4.
    return (
        version is not None and oldest is not None and version.release[: len(oldest.release)] < oldest.release
    )


def _name_oldest(facts: Facts, cycle: FrameworkCycle) -> str:
    framework = cycle.label.removesuffix(f" {cycle.name}")
    return f"{framework} {facts.declared[-1]}"


def _judge_framework(facts: Facts, cycle: FrameworkCycle) -> Judgement:
    """Return the verdict on a cycle of the framework's own distribution."""
    own = facts.version is not None and is_in_cycle(facts.version, cycle.name)
    return Judgement(
        cycle=cycle,
        verdict=Verdict.DECLARED if own else Verdict.EXCLUDED,
        evidence=f"is the framework itself, in version {facts.project.version}",
    )


def _read_python(facts: Facts, cycle: FrameworkCycle, world: World) -> _Said | None:
    """Return what ``requires_python`` says against a cycle; ``None`` where it says nothing against it."""
    python, runs_on = facts.python.written, cycle.pythons
    if python is None or not runs_on or not _refuses_all(python, runs_on):
        return None
    words = f"requires Python {python}; {_tell_pythons(cycle)}"
    return _Said(admitted=False, words=words, capped=_ends_before(python, runs_on, world.concerned))


@lru_cache(maxsize=1024)
def _refuses_all(python: str, names: tuple[str, ...]) -> bool:
    return all(admits_cycle(python, name) is False for name in names)


@lru_cache(maxsize=1024)
def _ends_before(python: str, runs_on: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Tell whether a range that admits none of the Pythons that a cycle runs on ends before them."""
    newest = find_version(runs_on[-1])
    versions = {name: version for name in known if (version := find_version(name)) is not None}
    newer = tuple(name for name, version in versions.items() if newest is not None and version > newest)
    return is_capped(SpecifierSet(python)) and _refuses_all(python, newer)


def _read_ranges(facts: Facts, cycle: FrameworkCycle, world: World) -> _Said:
    """Return what the requirements on the framework say, on each Python that is possible."""
    if facts.unreadable_framework is not None:
        return _Said(admitted=None, words=f"its requirement {facts.unreadable_framework}")
    pythons = facts.find_pythons(cycle, world) or (FALLBACK_PYTHON,)
    said = [_read_environment(facts.on_framework, cycle, python) for python in pythons]
    for answer in (True, None):
        if found := next((item for item in said if item.admitted is answer), None):
            return found
    return said[0]


def _read_environment(requirements: Iterable[Requirement], cycle: FrameworkCycle, python: str) -> _Said:
    holding = [requirement for requirement in requirements if requirement.holds(python) is not False]
    if not holding:
        return _Said(admitted=None, words="")
    words = f"requires {join(map(str, holding), ' and ')}"
    if any(requirement.direct or requirement.holds(python) is None for requirement in holding):
        return _Said(admitted=None, words=words)
    admitted = [admits_cycle(item.written, cycle.name, cycle.newest) for item in holding]
    refusing = [item for item, answer in zip(holding, admitted, strict=True) if answer is False]
    if refusing:
        newest = f"; the newest {cycle.label} is {cycle.newest}" if cycle.newest else ""
        words = f"requires {join(map(str, refusing), ' and ')}{newest}"
        return _Said(admitted=False, words=words, capped=any(_caps(item, cycle) for item in refusing))
    if None in admitted:
        return _Said(admitted=None, words=words)
    if not any(item.specifier for item in holding):
        words += ", any version"
    elif not any(is_capped(item.specifier) for item in holding):
        words += ", no upper bound"
    return _Said(admitted=True, words=words)


def _caps(requirement: Requirement, cycle: FrameworkCycle) -> bool:
    """Tell whether a range that does not admit a cycle ends below it, and does not begin above it."""
    version = cycle.newest or find_version(cycle.name)
    if version is None:
        return False
    refusing = [clause for clause in requirement.specifier if not clause.contains(version, prereleases=True)]
    ends = [_ends_below(clause, version) for clause in refusing if clause.operator != "!="]
    return bool(ends) and all(ends)


def _ends_below(clause: Specifier, version: Version) -> bool:
    if clause.operator in {"<", "<="}:
        return True
    named = find_version(clause.version.removesuffix(".*"))
    return clause.operator in {"==", "===", "~="} and named is not None and named < version


def _run_on_python_2(pythons: Iterable[str]) -> bool:
    return any(python.startswith("2.") for python in pythons)


def _tell_pythons(cycle: FrameworkCycle) -> str:
    return f"{cycle.label} runs on Python {join(cycle.pythons)}"


def _tell_silence(facts: Facts, cycle: FrameworkCycle) -> str:
    if facts.hides_requirements:
        ranges = "what it requires is not known, since there is no wheel"
    else:
        ranges = "sets no range"
    if not facts.declared:
        return f"says nothing of {cycle.label}" + (f": {ranges}" if facts.hides_requirements else "")
    framework = cycle.label.removesuffix(cycle.name)
    return f"declares {join(framework + version for version in facts.declared)}, and {ranges}"


# Earlier releases


def find_declaring_releases(facts: Facts, world: World) -> dict[str, str]:
    """Return by each cycle's name the newest release that declares it: final ones first, no yanked one.

    Of the framework itself it is the newest release of the cycle.
    """
    kept = [release for release in facts.project.releases if not release.yanked]
    ordered = [*(item for item in kept if not item.prerelease), *(item for item in kept if item.prerelease)]
    if facts.is_framework:
        of = ((t.name, item.version) for t in world.cycles for item in ordered if _is_of(item, t))
        return dict(reversed(list(of)))
    # Releases in a row mostly declare the same.
    first: dict[tuple[str, ...], str] = {}
    for release in ordered:
        first.setdefault(find_declared(release.framework_versions, world.framework), release.version)
    found = (
        (t.name, item) for t in world.cycles for versions, item in first.items() if declares(versions, t.name)
    )
    return dict(reversed(list(found)))


def _is_of(release: ReleaseInput, cycle: FrameworkCycle) -> bool:
    version = find_version(release.version)
    return version is not None and is_in_cycle(version, cycle.name)


def offers(release: ReleaseInput, cycle: FrameworkCycle, framework: str, *, capped: bool) -> bool:
    """Tell whether an earlier release may work with a cycle: it declares it, or does not say.

    The requirements of earlier releases are not known. Where the latest one has an upper bound below the
    cycle (``capped``), those before it that say nothing and are older than the cycle are no help either;
    where the latest has left the cycle behind, they are.
    """
    if release.yanked or release.prerelease:
        return False
    python, runs_on = read_python_range(release.requires_python).written, cycle.pythons
    if python is not None and runs_on and _refuses_all(python, runs_on):
        return False
    declared = find_declared(release.framework_versions, framework)
    if declared or not capped:
        return not declared or declares(declared, cycle.name)
    uploaded = to_date(release.upload_timestamp)
    return uploaded is None or cycle.released is None or uploaded >= cycle.released
