"""Made-up projects, and worlds in which every date is known."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from pyf.aggregator.assessment.assess import CollectionAssessment, assess_collection
from pyf.aggregator.assessment.compatibility import Judgement
from pyf.aggregator.assessment.world import World, build_world
from pyf.aggregator.documents.assessment import AssessmentInput, ReleaseInput
from pyf.aggregator.metadata.classifiers import find_framework_versions, find_python_versions
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName, normalize

TODAY = date(2026, 11, 26)

CMFPLONE = (normalize("Products.CMFPlone"), normalize("Plone"))

PLONE = build_world(
    framework="Plone",
    distributions=CMFPLONE,
    cycles=get_floor("plone"),
    pythons=get_floor("python"),
    today=TODAY,
    newest={"6.2": "6.2.2", "6.1": "6.1.4", "6.0": "6.0.15", "5.2": "5.2.15"},
)
DJANGO = build_world(
    framework="Django",
    distributions=[normalize("Django")],
    cycles=get_floor("django"),
    pythons=get_floor("python"),
    today=TODAY,
    newest={"6.1": "6.1.1", "6.0": "6.0.9", "5.2": "5.2.14", "4.2": "4.2.30"},
)
UNKNOWN_RELEASES = build_world(
    framework="Plone",
    distributions=CMFPLONE,
    cycles=get_floor("plone"),
    pythons=get_floor("python"),
    today=TODAY,
)
"""Plone's, where nobody knows the newest release of any cycle."""
FLASK = build_world(
    framework="Flask",
    distributions=[normalize("Flask")],
    cycles=[
        Cycle(product="flask", name="3.1", released=date(2024, 11, 13), ended=False),
        Cycle(product="flask", name="3.0", released=date(2023, 9, 30), ended=False),
        Cycle(product="flask", name="2.3", released=date(2023, 4, 25), ended=True),
    ],
    pythons=get_floor("python"),
    today=TODAY,
    newest={"3.1": "3.1.3", "3.0": "3.0.3", "2.3": "2.3.3"},
)
UNDATED = build_world(
    framework="Flask",
    distributions=[normalize("Flask")],
    cycles=[Cycle(product="flask", name="3.1", ended=False), Cycle(product="flask", name="3.0", ended=False)],
    pythons=get_floor("python"),
    today=TODAY,
)
"""Flask's, where nobody knows when any cycle came out."""
NOWHERE = build_world(framework="Nothing", distributions=[], cycles=[], pythons=[], today=TODAY)
"""Of a profile without a framework, where no Python is known either."""

FULL_README = "A form for every purpose. " * 20 + "\npip install tidy.forms\n"


def to_seconds(day: date | str | None) -> int | None:
    if day is None:
        return None
    parsed = date.fromisoformat(day) if isinstance(day, str) else day
    return int(datetime(parsed.year, parsed.month, parsed.day, 12, tzinfo=UTC).timestamp())


def make(
    name: str = "tidy.forms",
    *,
    requires: Iterable[str] = (),
    python: str | None = None,
    classifiers: Iterable[str] = (),
    released: date | str | None = "2026-10-01",
    version: str = "3.0",
    **said: object,
) -> AssessmentInput:
    """Return a document; ``classifiers`` may be short: ``Plone :: 6.2``, ``Python :: 3.12``."""
    full = tuple(_lengthen(classifier) for classifier in classifiers)
    fields: dict[str, object] = {
        "requires_dist": tuple(requires),
        "requires_python": python,
        "classifiers": full,
        "framework_versions": find_framework_versions(full),
        "python_versions": find_python_versions(full),
        "upload_timestamp": to_seconds(released),
        "releases": (
            make_release(version, released=released, python=python, labels=find_framework_versions(full)),
        ),
    }
    return AssessmentInput(id=normalize(name), name=name, version=version, **(fields | said))  # type: ignore[arg-type]


def make_release(
    version: str,
    *,
    released: date | str | None = "2026-10-01",
    python: str | None = None,
    labels: Iterable[str] = (),
    yanked: bool = False,
    prerelease: bool = False,
) -> ReleaseInput:
    return ReleaseInput(
        version=version,
        upload_timestamp=to_seconds(released),
        requires_python=python,
        framework_versions=tuple(labels),
        yanked=yanked,
        prerelease=prerelease,
    )


def _lengthen(classifier: str) -> str:
    if classifier.startswith("Python"):
        return f"Programming Language :: {classifier}"
    known = ("Framework", "Programming", "License", "Development", "Topic")
    return classifier if classifier.startswith(known) else f"Framework :: {classifier}"


def make_many(count: int) -> Sequence[AssessmentInput]:
    chance = random.Random(7)  # noqa: S311 - no secret
    ranges = ("", ">=5.2", ">=6.0,<6.2", "<6", ">=6.1", "==6.1.*")
    return [
        make(
            f"p{number}",
            requires=[
                f"Products.CMFPlone{chance.choice(ranges)}",
                *(f"p{chance.randrange(count)}>=1" for _ in range(chance.randrange(6))),
            ],
            python=chance.choice([None, ">=2.7", ">=3.10", "<3"]),
            classifiers=chance.choice([["Plone"], ["Plone :: 6.1"], ["Plone :: 5.2", "Plone :: 6.2"]]),
            released=date(2015 + chance.randrange(11), 1 + chance.randrange(12), 1),
            downloads_month=chance.randrange(10_000),
        )
        for number in range(count)
    ]


def assess(*documents: AssessmentInput, world: World = PLONE) -> CollectionAssessment:
    return assess_collection(documents, world)


def find_judgement(found: CollectionAssessment, name: str, cycle: str) -> Judgement:
    judgements = found.projects[normalize(name)].judgements
    return next(judgement for judgement in judgements if judgement.cycle.name == cycle)


def judge_alone(document: AssessmentInput, cycle: str, world: World) -> Judgement:
    return find_judgement(assess(document, world=world), document.id, cycle)


def find_outcome(document: AssessmentInput, check: str, world: World = PLONE) -> tuple[str, str]:
    """Return what became of one check, and its evidence."""
    quality = assess(document, world=world).projects[document.id].quality
    (found,) = (item.finding for item in quality.checks if item.rule.id == check)
    return found.outcome.value, found.evidence


def name(text: str) -> NormalizedName:
    return normalize(text)
