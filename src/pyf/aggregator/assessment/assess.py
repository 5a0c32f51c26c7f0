"""A whole collection at once: documents in, what each should say of its assessment out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyf.aggregator.assessment.blocking import find_blocked
from pyf.aggregator.assessment.checks import RULES_VERSION
from pyf.aggregator.assessment.compatibility import (
    FAILS,
    WORKS,
    Judgement,
    Verdict,
    build_judgements,
    find_declaring_releases,
)
from pyf.aggregator.assessment.facts import Facts, read_facts
from pyf.aggregator.assessment.graph import Graph, build_graph, list_requiring
from pyf.aggregator.assessment.life import LifeFound, build_life
from pyf.aggregator.assessment.outcomes import Case
from pyf.aggregator.assessment.quality import Quality, build_quality
from pyf.aggregator.assessment.rank import build_rank
from pyf.aggregator.assessment.use import UseFound, build_use
from pyf.aggregator.assessment.world import World
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.metadata.model import NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All that was found of one project."""

    facts: Facts
    judgements: tuple[Judgement, ...]
    life: LifeFound
    quality: Quality
    use: UseFound
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionAssessment:
    """All that was found of a collection, project by project, in the order of names."""

    projects: Mapping[NormalizedName, Assessment]
    graph: Graph
    world: World


def assess_collection(documents: Iterable[AssessmentInput], world: World) -> CollectionAssessment:
    """Assess the documents of one collection; each id counts once, the last one."""
    collection = {document.id: document for document in documents}
    names = frozenset(collection)
    facts = {name: read_facts(collection[name], world, names) for name in sorted(collection)}
    graph = build_graph(facts)
    own = {name: build_judgements(found, world) for name, found in facts.items()}
    judgements = find_blocked(facts, graph, own, world)
    use = build_use(collection, graph)
    return CollectionAssessment(
        projects={name: _assess(found, judgements[name], use[name], world) for name, found in facts.items()},
        graph=graph,
        world=world,
    )


def _assess(facts: Facts, judgements: tuple[Judgement, ...], use: UseFound, world: World) -> Assessment:
    life = build_life(facts, judgements, world)
    quality = build_quality(Case(facts=facts, judgements=judgements, world=world))
    return Assessment(
        facts=facts,
        judgements=judgements,
        life=life,
        quality=quality,
        use=use,
        rank=build_rank(life.life, use.mean, quality.points),
    )


def build_assessment_fields(found: CollectionAssessment) -> dict[NormalizedName, Document]:
    """Return what each document should say; what is unknown is left out."""
    use = {name: assessment.use.mean or 0.0 for name, assessment in found.projects.items()}
    return {
        name: {
            field: value
            for field, value in _build_fields(name, assessment, found, use).items()
            if value not in (None, [])
        }
        for name, assessment in found.projects.items()
    }


def _build_fields(
    name: NormalizedName,
    assessment: Assessment,
    found: CollectionAssessment,
    use: Mapping[NormalizedName, float],
) -> Document:
    graph, quality, mean = found.graph, assessment.quality, assessment.use.mean
    declaring = find_declaring_releases(assessment.facts, found.world)
    return {
        "requires": list(graph.requires[name]),
        "required_by_count": graph.count_requiring(name),
        "required_by": list_requiring(graph, name, use),
        "declared_versions": _list_labels(assessment, Verdict.DECLARED),
        "allowed_versions": _list_labels(assessment, *WORKS),
        "excluded_versions": _list_labels(assessment, *FAILS),
        "compatibility": [_build_judgement(item, declaring) for item in assessment.judgements],
        "life": assessment.life.life.value,
        "life_reason": assessment.life.reason,
        "quality": None if quality.points is None else round(quality.points),
        "quality_known": round(quality.known),
        "checks": [
            {"id": check.rule.id, "outcome": check.finding.outcome.value, "evidence": check.finding.evidence}
            for check in quality.checks
        ],
        "use": None if mean is None else round(mean),
        "rank": assessment.rank,
        "assessed_by": RULES_VERSION,
    }


def _list_labels(assessment: Assessment, *verdicts: Verdict) -> list[str]:
    """Return the cycles with one of these verdicts, the oldest first as in ``framework_versions``."""
    return [item.cycle.label for item in reversed(assessment.judgements) if item.verdict in verdicts]


def _build_judgement(judgement: Judgement, declaring: Mapping[str, str]) -> Document:
    built: Document = {
        "version": judgement.cycle.label,
        "verdict": judgement.verdict.value,
        "evidence": judgement.evidence,
        "supported": judgement.cycle.supported,
        "declared_by": declaring.get(judgement.cycle.name),
        "path": list(judgement.path),
        "blocked_by": list(judgement.blocked_by),
    }
    return {field: value for field, value in built.items() if value not in (None, [])}
