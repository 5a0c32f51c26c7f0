"""How the checks are judged that measure a release against the world: its framework, and Python."""

from pyf.aggregator.assessment.compatibility import Judgement, Verdict
from pyf.aggregator.assessment.facts import join
from pyf.aggregator.assessment.outcomes import HIDDEN, Case, Finding, fails, is_unknown, passes
from pyf.aggregator.assessment.world import FrameworkCycle
from pyf.aggregator.metadata.ranges import admits_cycle

_IS_FRAMEWORK = "it is the framework itself"


def check_names_versions(case: Case) -> Finding:
    """Judge whether it says anything of versions."""
    facts, framework = case.facts, case.world.framework
    if facts.is_framework:
        return is_unknown(_IS_FRAMEWORK)
    if not case.world.cycles:
        return is_unknown(f"the versions of {framework} are not known")
    if facts.declared:
        return passes(f"declares {join(f'{framework} {version}' for version in facts.declared)}")
    if any(requirement.specifier for requirement in facts.on_framework):
        return passes(f"requires {' and '.join(map(str, facts.on_framework))}")
    if facts.hides_requirements:
        return is_unknown(HIDDEN)
    return fails(f"no classifier and no range names a version of {framework}")


def check_newest_cycle(case: Case) -> Finding:
    """Judge whether it is for the newest supported cycle.

    What was released before that cycle and does not exclude it is not known to fail: only time went by.
    """
    newest = case.world.newest
    if newest is None or case.facts.is_framework:
        return is_unknown(_tell_obstacle(case))
    judgement = find_judgement(case, newest)
    if judgement.verdict in {Verdict.DECLARED, Verdict.ALLOWED}:
        return passes(judgement.evidence)
    if judgement.verdict in {Verdict.EXCLUDED, Verdict.CONTRADICTED, Verdict.BLOCKED}:
        return fails(judgement.evidence)
    # Who names no version at all is told so by another check.
    facts = case.facts
    left_out = judgement.verdict is Verdict.UNKNOWN and bool(facts.declared) and not facts.hides_requirements
    if left_out and facts.unreadable_framework is None and is_younger(case, newest):
        words = f"released {facts.released}, after {newest.label} ({newest.released})"
        return fails(f"{judgement.evidence}; {words}")
    return is_unknown(judgement.evidence)


def _tell_obstacle(case: Case) -> str:
    """Return why a project cannot be measured against a supported cycle."""
    if case.facts.is_framework:
        return _IS_FRAMEWORK
    return f"no version of {case.world.framework} is known to be supported"


def is_younger(case: Case, cycle: FrameworkCycle) -> bool:
    """Tell whether the release is known to have come out when the cycle was there."""
    released, out = case.facts.released, cycle.released
    return released is not None and out is not None and released >= out


def find_judgement(case: Case, cycle: FrameworkCycle) -> Judgement:
    """Return the judgement on one cycle."""
    return next(judgement for judgement in case.judgements if judgement.cycle == cycle)


def check_no_contradiction(case: Case) -> Finding:
    """Judge whether classifiers and requirements agree."""
    if case.facts.is_framework:
        return is_unknown(_IS_FRAMEWORK)
    for judgement in case.judgements:
        if judgement.verdict is Verdict.CONTRADICTED:
            return fails(judgement.evidence)
    if not any(case.facts.declares(judgement.cycle) for judgement in case.judgements):
        return is_unknown(f"no classifier names a version of {case.world.framework} that we know")
    if case.facts.hides_requirements:
        return is_unknown(HIDDEN)
    return passes("every version that a classifier names is admitted")


def check_no_needless_cap(case: Case) -> Finding:
    """Judge upper bounds: none may stand against a cycle that nobody could have tried."""
    facts, world = case.facts, case.world
    if not world.supported or facts.is_framework:
        return is_unknown(_tell_obstacle(case))
    capped = find_capped(case)
    if not capped:
        fine = passes("no upper bound excludes a supported version")
        return is_unknown(HIDDEN) if facts.hides_requirements else fine
    for judgement in capped:
        if facts.released is None or judgement.cycle.released is None:
            return is_unknown(
                f"{judgement.evidence}; nobody knows whether {judgement.cycle.label} was there yet"
            )
        if not is_younger(case, judgement.cycle):
            return fails(f"{judgement.evidence}; {judgement.cycle.label} came out later")
    return passes(f"{capped[0].evidence}; {capped[0].cycle.label} was there when it was released")


def find_capped(case: Case) -> list[Judgement]:
    """Return the judgements on supported cycles that an upper bound excludes, the newest first."""
    return [judgement for judgement in case.judgements if judgement.capped and judgement.cycle.supported]


def check_newest_python(case: Case) -> Finding:
    """Judge whether it runs on the newest Python, as far as its framework does."""
    newest, facts = case.world.newest_python, case.facts
    if newest is None:
        return is_unknown("no Python is known to be supported")
    python = facts.python.written
    admitted = None if python is None else admits_cycle(python, newest)
    if admitted is False:
        return fails(f"requires Python {python}, which excludes {newest}")
    if f"Python {newest}" in facts.project.python_versions:
        return passes(f"declares Python {newest}")
    if admitted:
        return passes(f"requires Python {python}, which admits {newest}")
    if facts.python_2:
        return fails(facts.python_2)
    return is_unknown(f"says nothing of Python {newest}")
