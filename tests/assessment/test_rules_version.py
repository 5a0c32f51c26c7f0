"""RULES_VERSION goes up with what the rules decide: each version is noted here with a digest of that."""

import hashlib
import random
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from pyf.aggregator.assessment.assess import build_assessment_fields
from pyf.aggregator.assessment.checks import RULES, RULES_VERSION
from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.life import Life
from pyf.aggregator.assessment.world import World, build_world
from pyf.aggregator.documents.assessment import AssessmentInput, VulnerabilityInput
from pyf.aggregator.metadata.cycles import Cycle
from tests.assessment.made import CMFPLONE, FULL_README, assess, make, make_release

DIGESTS = {"1": "f8e8b2d144a346c8"}

WHAT_TO_DO = """\
The rules decide something else than before: raise RULES_VERSION in assessment/checks.py, and note here in
DIGESTS "{digest}" for it. If it is only the packages of this test that changed, note the digest alone."""

COUNT = 600
EVIDENCE = {"compatibility": ("version", "verdict", "declared_by"), "checks": ("id", "outcome")}
"""What counts of these fields: the words of the evidence decide nothing."""

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "summary": (None, "Forms", "Forms for every purpose"),
    "description": (None, "Short.", FULL_README, FULL_README + "\nChanges\n\n1.0.1 (2026-01-01)\n"),
    "description_problem": (None, None, None, "PyPI refuses it."),
    "license": (None, "MIT", "BSD"),
    "license_spdx": ((), ("MIT",)),
    "license_expression": (None, None, "MIT"),
    "home_page": (None, "https://docs.example.org", "https://github.com/tidy/p"),
    "documentation_url": (None, "https://tidy.example/docs"),
    "changelog_url": (None, "https://tidy.example/changes"),
    "issues_url": (None, "https://tidy.example/issues"),
    "repository_url": (None, "https://github.com/tidy/p"),
    "repository_evidence": (None, "owner"),
    "repository_stars": (None, 0, 12, 3_000),
    "repository_archived": (None, False, False, False, True),
    "owners": ((), ("ana",), ("ana", "bo")),
    "organization": (None, None, "tidy"),
    "has_wheel": (None, False, True, True),
    "has_sdist": (None, False, True),
    "vulnerable": (None, False, False, True),
    "status": (None, "active", "active", "active", "archived", "deprecated", "quarantined"),
    "attested_by": (None, ("github.com/tidy/p",)),
    "provenance_checked": (None, 2**32),
    "development_status": (None, None, None, None, "Inactive"),
    "yanked": (False, False, False, False, True),
    "downloads_month": (None, 0, 50, 9_000),
}
RANGES = ("", ">=5.2", ">=6.0,<6.2", "<6", ">=6.1", "==6.1.*", "=>6.0", " latest")
PYTHONS = (None, None, ">=2.7", ">=3.10", "<3", ">=3.6.*", "3")
CLASSIFIERS = (
    ("Plone",),
    ("Plone :: 6.1",),
    ("Plone :: 5.2", "Plone :: 6.2", "Python :: 3.14"),
    ("Plone :: 6", "Python :: 3.12"),
    ("Plone", "Python :: 2.7"),
    ("Framework :: Plon", "Development Status :: 7 - Inactive"),
    (),
)


def make_world() -> World:
    """Return a world of its own: what is packaged of cycles is no rule, and may change."""
    cycles = [
        Cycle(
            product="plone", name=name, released=date.fromisoformat(out), ends=date(year, 12, 31), pythons=on
        )
        for name, out, year, on in (
            ("6.2", "2026-05-19", 2029, ("3.10", "3.14")),
            ("6.1", "2025-02-07", 2027, ("3.10", "3.13")),
            ("5.2", "2019-07-10", 2024, ("2.7", "3.8")),
        )
    ]
    pythons = [
        Cycle(product="python", name=name, released=date(year, 10, 7), ends=date(year + 5, 10, 31))
        for name, year in (("3.14", 2025), ("3.13", 2024), ("3.10", 2021), ("3.8", 2019))
    ]
    return build_world(
        framework="Plone",
        distributions=CMFPLONE,
        cycles=cycles,
        pythons=pythons,
        today=date(2026, 6, 1),
        newest={"6.2": "6.2.2", "6.1": "6.1.4"},
    )


def make_any(number: int, chance: random.Random) -> AssessmentInput:
    version, released = chance.choice(("3.0", "3.0b1")), date(2018 + chance.randrange(9), 3, 1)
    said = {field: chance.choice(values) for field, values in CHOICES.items()}
    if said["vulnerable"]:
        said["vulnerabilities"] = (VulnerabilityInput(id="PYSEC-1"),)
    return make(
        f"p{number}",
        requires=chance.choice(
            ((), (f"Products.CMFPlone{chance.choice(RANGES)}", f"p{chance.randrange(COUNT)}>=1"))
        ),
        python=chance.choice(PYTHONS),
        classifiers=chance.choice(CLASSIFIERS),
        released=released,
        version=version,
        releases=(
            make_release(version, released=released, yanked=said["yanked"], prerelease="b" in version),
            *((make_release("2.0", labels=["Plone 5.2"]),) if chance.randrange(2) else ()),
        ),
        **said,
    )


def decide() -> list[dict[str, Any]]:
    """Return what the rules decide of many made-up packages, without the words of the evidence."""
    chance = random.Random(7)  # noqa: S311 - no secret
    found = assess(*(make_any(number, chance) for number in range(COUNT)), world=make_world())
    decided: list[dict[str, Any]] = []
    for document in build_assessment_fields(found).values():
        fields: dict[str, Any] = {
            field: value for field, value in document.items() if field not in {"assessed_by", "life_reason"}
        }
        for field, kept in EVIDENCE.items():
            fields[field] = [{key: item.get(key) for key in kept} for item in fields[field]]
        decided.append(fields)
    return decided


def test_the_made_up_packages_meet_every_verdict_every_life_and_every_outcome() -> None:
    decided = decide()
    assert {item["verdict"] for each in decided for item in each["compatibility"]} == set(Verdict)
    assert {each["life"] for each in decided} == set(Life)
    outcomes = {(item["id"], item["outcome"]) for each in decided for item in each["checks"]}
    assert {(rule.id, outcome) for rule in RULES for outcome in ("pass", "fail")} <= outcomes


def test_the_version_of_the_rules_goes_up_with_what_they_decide() -> None:
    rules = [(rule.id, rule.section, rule.weight, rule.judged) for rule in RULES]
    told = msgspec.json.encode([rules, decide()], order="deterministic")
    digest = hashlib.blake2b(told, digest_size=8).hexdigest()
    assert DIGESTS.get(RULES_VERSION) == digest, WHAT_TO_DO.format(digest=digest)
