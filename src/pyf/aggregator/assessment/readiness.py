"""Readiness: how far a whole collection is with one cycle, and what keeps the rest back."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.documents.assessment import JudgementInput, ReadinessInput
from pyf.aggregator.metadata.model import NormalizedName

_REFUSING = frozenset({Verdict.EXCLUDED, Verdict.CONTRADICTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A project that does not admit the cycle, and those that wait for it, the most used first.

    ``use`` is the sum of theirs, as far as it is known.
    """

    name: NormalizedName
    display_name: str
    evidence: str
    waiting: tuple[NormalizedName, ...]
    use: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How many projects have each verdict, all seven named, and the blockers, the most awaited first."""

    version: str
    total: int
    counts: Mapping[Verdict, int]
    blockers: tuple[Blocker, ...]


def build_readiness(documents: Iterable[ReadinessInput], version: str) -> Readiness:
    """Return the readiness for a cycle such as ``Plone 6.2``; what was not judged for it is unknown."""
    projects = {document.id: document for document in documents}
    judged = {name: _find_judgement(project, version) for name, project in projects.items()}
    counted = Counter(judgement.verdict for judgement in judged.values())
    waiting: defaultdict[NormalizedName, list[NormalizedName]] = defaultdict(list)
    for name, judgement in judged.items():
        for required in judgement.blocked_by:
            waiting[required].append(name)
    blockers = [
        _build_blocker(projects[name], judged[name], waiting, projects)
        for name in waiting
        if name in judged and judged[name].verdict in _REFUSING
    ]
    return Readiness(
        version=version,
        total=len(projects),
        counts={verdict: counted[verdict] for verdict in Verdict},
        blockers=tuple(sorted(blockers, key=lambda found: (-len(found.waiting), -found.use, found.name))),
    )


def _find_judgement(project: ReadinessInput, version: str) -> JudgementInput:
    unknown = JudgementInput(version=version, verdict=Verdict.UNKNOWN)
    return next((judgement for judgement in project.compatibility if judgement.version == version), unknown)


def _build_blocker(
    project: ReadinessInput,
    judgement: JudgementInput,
    waiting: Mapping[NormalizedName, list[NormalizedName]],
    projects: Mapping[NormalizedName, ReadinessInput],
) -> Blocker:
    found = _find_waiting(project.id, waiting)
    use = {name: projects[name].use or 0 for name in found}
    return Blocker(
        name=project.id,
        display_name=project.name or project.id,
        evidence=judgement.evidence,
        waiting=tuple(sorted(found, key=lambda name: (-use[name], name))),
        use=sum(use.values()),
    )


def _find_waiting(
    blocker: NormalizedName, waiting: Mapping[NormalizedName, list[NormalizedName]]
) -> set[NormalizedName]:
    """Return all that wait for a project: who requires it, and who requires those."""
    found: set[NormalizedName] = set()
    queue = deque([blocker])
    while queue:
        for name in waiting.get(queue.popleft(), ()):
            if name not in found:
                found.add(name)
                queue.append(name)
    return found
