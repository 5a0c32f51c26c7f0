"""Life: whether somebody should start with a package today. A label with its reason, never points."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pyf.aggregator.assessment.compatibility import FAILS, WORKS, Judgement, Verdict
from pyf.aggregator.assessment.facts import Facts, join
from pyf.aggregator.assessment.world import World
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.ranges import admits_cycle

_INACTIVE = "Inactive"


class Life(StrEnum):
    """What is found first, in this order, is the label."""

    QUARANTINED = "quarantined"
    """PyPI withholds it."""
    ARCHIVED = "archived"
    """Its owner archived it, on PyPI or its repository."""
    INACTIVE = "inactive"
    """It says that it is developed no further, or PyPI shows it as deprecated."""
    YANKED = "yanked"
    """Every release was taken back."""
    OUTDATED = "outdated"
    """It cannot be had with any supported cycle, or on any supported Python."""
    ALIVE = "alive"
    """It declares or allows a supported cycle."""
    UNKNOWN = "unknown"
    """Nothing says so, and nothing speaks against it."""


LIVING = frozenset({Life.ALIVE, Life.UNKNOWN})
"""Where nothing speaks against a package."""


@dataclass(frozen=True, slots=True)
class LifeFound:
    """The label, and the reason in words."""

    life: Life
    reason: str


def build_life(facts: Facts, judgements: Iterable[Judgement], world: World) -> LifeFound:
    """Return the label of a project, with its reason."""
    supported = [judgement for judgement in judgements if judgement.cycle.supported]
    found = _read_status(facts.project) or _find_outdated(facts, supported, world)
    return found or _find_alive(supported)


def _read_status(project: AssessmentInput) -> LifeFound | None:
    """Return what its owner, PyPI or a forge says of the whole project."""
    where = project.repository_url or project.github_url
    said = (
        (
            project.status == "quarantined",
            LifeFound(Life.QUARANTINED, "PyPI has it in quarantine, and nobody can install it"),
        ),
        (project.status == "archived", LifeFound(Life.ARCHIVED, "its owner archived it on PyPI")),
        (
            project.archived,
            LifeFound(Life.ARCHIVED, "its repository is archived" + (f": {where}" if where else "")),
        ),
        (
            project.status == "deprecated",
            LifeFound(Life.INACTIVE, "its owner marked it as deprecated on PyPI"),
        ),
        (
            project.development_status == _INACTIVE,
            LifeFound(Life.INACTIVE, "it declares itself inactive (Development Status :: 7 - Inactive)"),
        ),
        (
            project.yanked and all(release.yanked for release in project.releases),
            LifeFound(Life.YANKED, "all of its releases were yanked"),
        ),
    )
    return next((found for holds, found in said if holds), None)


def _find_outdated(facts: Facts, supported: list[Judgement], world: World) -> LifeFound | None:
    if facts.is_framework:
        return None
    if supported and all(judgement.verdict in FAILS for judgement in supported):
        told = dict.fromkeys(judgement.evidence for judgement in supported)
        labels = join(judgement.cycle.label for judgement in supported)
        return LifeFound(
            Life.OUTDATED, f"it works with none of the supported versions ({labels}): {next(iter(told))}"
        )
    python, pythons = facts.python.written, world.supported_pythons
    if python is not None and pythons and all(admits_cycle(python, name) is False for name in pythons):
        said = f"requires Python {python}"
    elif facts.python_2 and pythons:
        said = facts.python_2
    else:
        return None
    return LifeFound(Life.OUTDATED, f"it {said}, and of these no version is supported any more")


def _find_alive(supported: list[Judgement]) -> LifeFound:
    working = [judgement for judgement in supported if judgement.verdict in WORKS]
    if working:
        # A declaration says more than a range, of the newest cycle there is one for.
        best = next((item for item in working if item.verdict is Verdict.DECLARED), working[0])
        return LifeFound(Life.ALIVE, f"it {best.evidence}")
    if not supported:
        return LifeFound(Life.UNKNOWN, "nobody says which versions of its framework are supported")
    newest = supported[0]
    return LifeFound(Life.UNKNOWN, f"{newest.cycle.label} is {newest.verdict}: it {newest.evidence}")
