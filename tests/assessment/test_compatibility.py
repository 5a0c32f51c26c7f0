"""Compatibility: what a release says of a cycle, in the forms of requirements that people upload."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pyf.aggregator.assessment.compatibility import FAILS, WORKS, Verdict, find_declaring_releases
from pyf.aggregator.assessment.facts import declares, find_declared, join, read_facts
from pyf.aggregator.assessment.world import World, build_world
from pyf.aggregator.metadata.known_cycles import get_floor
from tests.assessment.made import (
    CMFPLONE,
    DJANGO,
    FLASK,
    NOWHERE,
    PLONE,
    TODAY,
    UNKNOWN_RELEASES,
    assess,
    find_judgement,
    judge_alone,
    make,
    make_release,
)

POST_RELEASE = build_world(
    framework="Plone",
    distributions=CMFPLONE,
    cycles=get_floor("plone"),
    pythons=get_floor("python"),
    today=TODAY,
    newest={"6.2": "6.2.1.post1"},
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A release as uploaded, and what is found of it for a cycle; without a date it is younger than all."""

    requires: tuple[str, ...] = ()
    python: str | None = None
    classifiers: tuple[str, ...] = ()
    released: str | None = "2026-10-01"
    cycle: str
    verdict: str
    evidence: str | None = None


PLONE_CASES = [
    # Classifiers alone
    Case(
        classifiers=("Plone :: 6.2",),
        cycle="6.2",
        verdict="declared",
        evidence="declares Plone 6.2",
    ),
    Case(
        classifiers=("Plone :: 6.0", "Plone :: 6.1"),
        cycle="6.2",
        verdict="unknown",
        evidence="declares Plone 6.1, Plone 6.0, and sets no range",
    ),
    Case(classifiers=("Plone",), cycle="6.2", verdict="unknown", evidence="says nothing of Plone 6.2"),
    Case(classifiers=("Plone", "Plone :: Addon"), cycle="6.1", verdict="unknown"),
    Case(classifiers=("Zope :: 5", "Django :: 6.0"), cycle="6.0", verdict="unknown"),
    Case(classifiers=("Plone CMS :: 6.2",), cycle="6.2", verdict="unknown"),
    Case(classifiers=("Plone :: 6",), cycle="6.2", verdict="declared"),
    Case(classifiers=("Plone :: 6", "Plone :: 6.0"), cycle="6.2", verdict="unknown"),
    Case(classifiers=("Plone :: 6", "Plone :: 6.0"), cycle="6.0", verdict="declared"),
    Case(classifiers=("Plone :: 6",), cycle="5.2", verdict="unknown"),
    Case(
        requires=("Products.CMFPlone<7", "Plone>=6.0"),
        cycle="6.2",
        verdict="allowed",
        evidence=(
            "requires Products.CMFPlone<7 and Plone>=6.0; released 2026-10-01, after Plone 6.2 (2026-05-19)"
        ),
    ),
    # Such a 6 may stand for 6.0.
    Case(
        classifiers=("Plone :: 6", "Plone :: 6.1"),
        requires=("Products.CMFPlone",),
        cycle="6.0",
        verdict="allowed",
    ),
    # Ranges
    Case(
        requires=("Products.CMFPlone>=6.0",),
        cycle="6.2",
        verdict="allowed",
        evidence=(
            "requires Products.CMFPlone>=6.0, no upper bound;"
            " released 2026-10-01, after Plone 6.2 (2026-05-19)"
        ),
    ),
    Case(
        requires=("Products.CMFPlone>=6.0",),
        released="2024-03-01",
        cycle="6.2",
        verdict="untested",
        evidence=(
            "requires Products.CMFPlone>=6.0, no upper bound;"
            " released 2024-03-01, before Plone 6.2 (2026-05-19)"
        ),
    ),
    Case(
        requires=("Products.CMFPlone>=5.2,<7",),
        cycle="6.2",
        verdict="allowed",
        evidence="requires Products.CMFPlone>=5.2,<7; released 2026-10-01, after Plone 6.2 (2026-05-19)",
    ),
    Case(
        requires=("Products.CMFPlone>=5.2,<6.2",),
        cycle="6.2",
        verdict="excluded",
        evidence="requires Products.CMFPlone>=5.2,<6.2; the newest Plone 6.2 is 6.2.2",
    ),
    Case(requires=("Products.CMFPlone <6.2",), cycle="6.1", verdict="allowed"),
    Case(requires=("Products.CMFPlone (>=5.2)",), cycle="6.1", verdict="allowed"),
    Case(requires=("products-cmfplone>=6.1",), cycle="6.0", verdict="excluded"),
    Case(requires=("Products_CMFPlone>=6.0.0a1",), cycle="6.0", verdict="allowed"),
    Case(requires=("Products.CMFPlone>=6.2.1",), cycle="6.2", verdict="allowed"),
    Case(requires=("Products.CMFPlone>=6.2.9",), cycle="6.2", verdict="excluded"),
    Case(requires=("Products.CMFPlone==6.1.1",), cycle="6.1", verdict="excluded"),
    Case(requires=("Products.CMFPlone==6.1.4",), cycle="6.1", verdict="allowed"),
    Case(requires=("Products.CMFPlone~=6.1",), cycle="6.2", verdict="allowed"),
    Case(requires=("Products.CMFPlone~=6.1.0",), cycle="6.2", verdict="excluded"),
    Case(requires=("Products.CMFPlone==6.*",), cycle="6.2", verdict="allowed"),
    Case(requires=("Products.CMFPlone==6.*",), cycle="5.2", verdict="excluded"),
    Case(requires=("Products.CMFPlone!=6.1.*,>=6",), cycle="6.1", verdict="excluded"),
    Case(requires=("Products.CMFPlone>=4.3.dev0,<5.3.dev0",), cycle="5.2", verdict="allowed"),
    Case(requires=("Products.CMFPlone>=4.3,<5.0",), cycle="5.2", verdict="excluded"),
    Case(requires=("Plone>=6.1",), cycle="6.2", verdict="allowed"),
    Case(requires=("Plone",), cycle="6.2", verdict="allowed"),
    Case(
        requires=("Plone<6.2", "Products.CMFPlone>=6.0"),
        cycle="6.2",
        verdict="excluded",
        evidence="requires Plone<6.2; the newest Plone 6.2 is 6.2.2",
    ),
    Case(
        requires=("Products.CMFPlone>=6.0", "Plone>=6.1"),
        cycle="6.1",
        verdict="allowed",
        evidence=(
            "requires Products.CMFPlone>=6.0 and Plone>=6.1, no upper bound;"
            " released 2026-10-01, after Plone 6.1 (2025-02-07)"
        ),
    ),
    Case(
        requires=("Products.CMFPlone",),
        cycle="6.2",
        verdict="allowed",
        evidence="requires Products.CMFPlone, any version; released 2026-10-01, after Plone 6.2 (2026-05-19)",
    ),
    Case(requires=("Products.CMFPlone!=6.1.0",), cycle="6.1", verdict="allowed"),
    # What is left behind without a word
    Case(
        requires=("Products.CMFPlone",),
        classifiers=("Plone :: 6.2",),
        cycle="6.1",
        verdict="untested",
        evidence="requires Products.CMFPlone, any version; declares Plone 6.2 and nothing older",
    ),
    Case(
        requires=("Products.CMFPlone",),
        classifiers=("Plone :: 6.0", "Plone :: 6.2"),
        cycle="6.1",
        verdict="allowed",
    ),
    Case(requires=("Products.CMFPlone>=6.0",), classifiers=("Plone :: 6.2",), cycle="6.1", verdict="allowed"),
    Case(requires=("Products.CMFPlone<7",), classifiers=("Plone :: 6.2",), cycle="6.1", verdict="untested"),
    Case(requires=("Products.CMFPlone",), classifiers=("Plone :: 6.0",), cycle="6.2", verdict="allowed"),
    # Both
    Case(
        requires=("Products.CMFPlone>=6.0",),
        classifiers=("Plone :: 6.2",),
        released="2020-01-01",
        cycle="6.2",
        verdict="declared",
        evidence="declares Plone 6.2; requires Products.CMFPlone>=6.0, no upper bound",
    ),
    Case(
        requires=("Products.CMFPlone<6.2",),
        classifiers=("Plone :: 6.2",),
        cycle="6.2",
        verdict="contradicted",
        evidence=("declares Plone 6.2, but requires Products.CMFPlone<6.2; the newest Plone 6.2 is 6.2.2"),
    ),
    Case(
        python=">=3.10",
        classifiers=("Plone :: 5.2", "Plone :: 6.0"),
        cycle="5.2",
        verdict="contradicted",
        evidence="declares Plone 5.2, but requires Python >=3.10; Plone 5.2 runs on Python 2.7, 3.8",
    ),
    # Python
    Case(
        python=">=3.10",
        cycle="5.2",
        verdict="excluded",
        evidence="requires Python >=3.10; Plone 5.2 runs on Python 2.7, 3.8",
    ),
    Case(python=">=3.8", cycle="5.2", verdict="unknown"),
    Case(python="==2.7.*", cycle="6.0", verdict="excluded"),
    Case(python="<3", cycle="6.2", verdict="excluded"),
    Case(python=">=2.7,<3.10", cycle="6.0", verdict="unknown"),
    Case(python=">=2.7,<3.10", cycle="6.1", verdict="excluded"),
    Case(python=">=3.6.*", cycle="4.3", verdict="excluded"),
    Case(python=">=2.7, !=3.0*", cycle="4.3", verdict="unknown"),
    Case(python="new", cycle="6.2", verdict="unknown"),
    Case(python=">=3.14", requires=("Products.CMFPlone>=6",), cycle="6.1", verdict="excluded"),
    Case(python=">=3.13", requires=("Products.CMFPlone>=6",), cycle="6.1", verdict="allowed"),
    Case(
        classifiers=("Plone", "Python :: 2.7"),
        cycle="6.0",
        verdict="excluded",
        evidence=(
            "declares Python 2.7 and no Python 3; Plone 6.0 runs on Python 3.9, 3.10, 3.11, 3.12, 3.13"
        ),
    ),
    Case(classifiers=("Plone", "Python :: 2.7"), cycle="5.2", verdict="unknown"),
    Case(classifiers=("Plone", "Python :: 2"), cycle="6.0", verdict="excluded"),
    Case(classifiers=("Plone", "Python :: 2.7"), python=" ", cycle="6.0", verdict="excluded"),
    Case(
        classifiers=("Plone", "Python :: 2 :: Only"),
        cycle="6.2",
        verdict="excluded",
        evidence="declares Python 2 alone; Plone 6.2 runs on Python 3.10, 3.11, 3.12, 3.13, 3.14",
    ),
    Case(classifiers=("Plone", "Python :: 2.7", "Python :: 3"), cycle="6.0", verdict="unknown"),
    Case(classifiers=("Plone :: 6.0", "Python :: 2.7"), cycle="6.0", verdict="declared"),
    Case(classifiers=("Plone", "Python :: 2.7"), python=">=3.9", cycle="6.0", verdict="unknown"),
    # Markers and extras
    Case(requires=("Products.CMFPlone<5; extra == 'test'",), cycle="6.2", verdict="unknown"),
    Case(
        requires=('Products.CMFPlone>=6; extra == "test"', "Products.CMFPlone"),
        cycle="5.2",
        verdict="allowed",
    ),
    Case(
        requires=("Products.CMFPlone<6; python_version < '3'", "Products.CMFPlone>=6; python_version >= '3'"),
        cycle="6.2",
        verdict="allowed",
    ),
    Case(
        requires=("Products.CMFPlone<6; python_version < '3'", "Products.CMFPlone>=6; python_version >= '3'"),
        cycle="5.2",
        verdict="allowed",
    ),
    Case(
        requires=(
            "Products.CMFPlone<5.2; python_version < '3'",
            "Products.CMFPlone>=6; python_version >= '3'",
        ),
        cycle="5.2",
        verdict="excluded",
    ),
    Case(requires=("Products.CMFPlone<6; python_version < '3'",), cycle="6.2", verdict="unknown"),
    Case(requires=("Products.CMFPlone>=6; python_version >= '3.12'",), cycle="6.2", verdict="allowed"),
    Case(
        requires=("Products.CMFPlone<6; python_version >= '3.12'", "Plone>=6; python_version < '3.12'"),
        cycle="6.2",
        verdict="allowed",
    ),
    Case(requires=("Products.CMFPlone<6.2; python_version < '3.11'",), cycle="6.2", verdict="unknown"),
    Case(requires=("Products.CMFPlone<6.2; sys_platform == 'win32'",), cycle="6.2", verdict="unknown"),
    Case(requires=("Products.CMFPlone<6.2; python_version >= '3'",), cycle="6.2", verdict="excluded"),
    Case(requires=("Products.CMFPlone[test]>=6.1",), cycle="6.2", verdict="allowed"),
    # What cannot be read
    Case(
        requires=("Products.CMFPlone~=6",),
        cycle="6.2",
        verdict="unknown",
    ),
    Case(requires=("Products.CMFPlone~=6",), classifiers=("Plone :: 6.2",), cycle="6.2", verdict="declared"),
    Case(requires=("Products.CMFPlone>=6.0.*",), cycle="6.2", verdict="allowed"),
    Case(requires=("Products.CMFPlone!=6.2*",), cycle="6.2", verdict="excluded"),
    Case(requires=("Products.CMFPlone>=5.2 <6",), cycle="6.2", verdict="excluded"),
    Case(
        requires=("Products.CMFPlone @ https://example.org/p.zip", "Plone>=6.0"),
        cycle="6.2",
        verdict="unknown",
        evidence="requires Products.CMFPlone by URL and Plone>=6.0",
    ),
    Case(
        requires=("Products.CMFPlone @ https://example.org/p.zip",),
        cycle="6.2",
        verdict="unknown",
        evidence="requires Products.CMFPlone by URL",
    ),
    Case(requires=("tidy.base~=6", "Products.CMFPlone>=6"), cycle="6.2", verdict="allowed"),
    # Dates
    Case(requires=("Plone>=6",), released="2026-05-19", cycle="6.2", verdict="allowed"),
    Case(requires=("Plone>=6",), released="2026-05-18", cycle="6.2", verdict="untested"),
    Case(
        requires=("Plone>=6",),
        released=None,
        cycle="6.2",
        verdict="unknown",
        evidence="requires Plone>=6, no upper bound; nobody knows which came first, the release or Plone 6.2",
    ),
    # Others
    Case(requires=("plone.api", "plone.restapi>=9"), cycle="6.2", verdict="unknown"),
    Case(requires=("Zope>=5,<6",), cycle="6.2", verdict="unknown"),
]

DJANGO_CASES = [
    Case(classifiers=("Django", "Python :: 2.7"), requires=("Django",), cycle="4.2", verdict="excluded"),
    Case(classifiers=("Django", "Python :: 2.7"), requires=("Django",), cycle="3.2", verdict="excluded"),
    Case(
        requires=("Django>=4.2,<6",),
        cycle="6.0",
        verdict="excluded",
        evidence=("requires Django>=4.2,<6; the newest Django 6.0 is 6.0.9"),
    ),
    Case(requires=("Django>=4.2,<6",), cycle="5.2", verdict="allowed"),
    Case(requires=("django >=5.2",), cycle="6.1", verdict="allowed"),
    Case(requires=("Django (>=2.2)",), released="2021-01-01", cycle="6.1", verdict="untested"),
    Case(requires=("Django",), released="2021-01-01", cycle="3.1", verdict="allowed"),
    Case(requires=("Django<5.0,>=3.2",), cycle="5.2", verdict="excluded"),
    Case(requires=("Django>=1.11,!=2.0.*",), cycle="6.0", verdict="allowed"),
    Case(requires=("django-cms>=4",), cycle="6.0", verdict="unknown"),
    Case(requires=("Django==5.2.14",), cycle="5.2", verdict="allowed"),
    Case(requires=("Django~=5.2.0",), cycle="5.2", verdict="allowed"),
    Case(requires=("Django~=5.2.0",), cycle="6.0", verdict="excluded"),
    Case(requires=("Django>=5.2.99",), cycle="5.2", verdict="excluded"),
    Case(python=">=3.8,<3.12", cycle="6.0", verdict="excluded"),
    Case(python=">=3.8,<3.12", cycle="5.1", verdict="unknown"),
    Case(classifiers=("Django :: 4",), cycle="4.1", verdict="declared"),
    Case(classifiers=("Django :: 4", "Django :: 4.2"), cycle="4.1", verdict="unknown"),
    Case(classifiers=("Django CMS :: 4.1",), cycle="4.1", verdict="unknown"),
    Case(classifiers=("Plone :: 5.2",), requires=("Django>=5",), cycle="5.2", verdict="allowed"),
]

FLASK_CASES = [
    Case(requires=("Flask>=2.0",), released="2024-01-01", cycle="3.0", verdict="allowed"),
    Case(requires=("Flask>=2.0",), released="2024-01-01", cycle="3.1", verdict="untested"),
    Case(requires=("flask<3",), cycle="3.1", verdict="excluded"),
    Case(classifiers=("Flask",), cycle="3.1", verdict="unknown"),
]


@pytest.mark.parametrize(
    ("case", "world"),
    [
        *((case, PLONE) for case in PLONE_CASES),
        *((case, DJANGO) for case in DJANGO_CASES),
        *((case, FLASK) for case in FLASK_CASES),
    ],
)
def test_a_release_is_judged_by_its_own_words(case: Case, world: World) -> None:
    document = make(
        requires=case.requires, python=case.python, classifiers=case.classifiers, released=case.released
    )
    found = judge_alone(document, case.cycle, world)
    assert found.verdict == case.verdict, found.evidence
    assert found.evidence
    if case.evidence:
        assert found.evidence == case.evidence


def test_there_are_eighty_cases_and_every_verdict_is_among_them() -> None:
    cases = [*PLONE_CASES, *DJANGO_CASES, *FLASK_CASES]
    assert len(cases) >= 80
    assert {case.verdict for case in cases} == set(Verdict) - {Verdict.BLOCKED}


def test_an_unreadable_requirement_on_the_framework_is_the_evidence() -> None:
    found = judge_alone(make(requires=["Products.CMFPlone~=6"]), "6.2", PLONE)
    assert found.evidence.startswith("its requirement 'Products.CMFPlone~=6' is no valid requirement (")


@pytest.mark.parametrize(
    ("requires", "cycle", "verdict"),
    [
        (">=6.2.1", "6.2", "allowed"),
        ("<6.2", "6.2", "excluded"),
        ("<6.2.1", "6.2", "allowed"),
        ("==6.2.7", "6.2", "allowed"),
        ("==6.2b1", "6.2", "excluded"),
        ("===6.2.0", "6.2", "unknown"),
    ],
)
def test_where_the_newest_release_is_not_known_the_name_of_the_cycle_decides(
    requires: str, cycle: str, verdict: str
) -> None:
    document = make(requires=[f"Products.CMFPlone{requires}"])
    assert judge_alone(document, cycle, UNKNOWN_RELEASES).verdict == verdict


def test_of_all_that_refuse_a_cycle_each_is_the_evidence() -> None:
    document = make(requires=["Products.CMFPlone<6.2", "Plone<6", "Plone>=5"])
    assert judge_alone(document, "6.2", PLONE).evidence == (
        "requires Products.CMFPlone<6.2 and Plone<6; the newest Plone 6.2 is 6.2.2"
    )
    assert judge_alone(document, "6.2", UNKNOWN_RELEASES).evidence == (
        "requires Products.CMFPlone<6.2 and Plone<6"
    )


CLAUSES = st.builds(
    "{}{}".format,
    st.sampled_from([">=", ">", "<", "<=", "==", "!=", "~="]),
    st.sampled_from(
        ["5.2", "6.0", "6.1", "6.2", "6.2.1", "6.2.2", "6.2.3", "6.1.4", "7.0", "6.2a1", "6.2.dev0"]
    ),
) | st.sampled_from(["==6.*", "!=6.2.*", "==6.1.*", ">=6.0.*", "!=6.1*"])


@settings(max_examples=150, deadline=None)
@given(
    clauses=st.lists(CLAUSES, max_size=3),
    declared=st.sets(st.sampled_from(["6.0", "6.1", "6.2"])),
    younger=st.booleans(),
)
def test_the_verdict_agrees_with_packaging_on_the_newest_release(
    clauses: list[str], declared: set[str], younger: bool
) -> None:
    document = make(
        requires=["Products.CMFPlone" + ",".join(clauses)],
        classifiers=[f"Plone :: {version}" for version in declared],
        released="2026-10-01" if younger else "2019-01-01",
    )
    valid = ",".join(clauses).replace(">=6.0.*", ">=6.0").replace("!=6.1*", "!=6.1.*")
    (facts,) = (found.facts for found in assess(document).projects.values())
    for cycle in PLONE.cycles[:3]:
        verdict = judge_alone(document, cycle.name, PLONE).verdict
        assert cycle.newest is not None
        admits = SpecifierSet(valid).contains(cycle.newest)
        assert (verdict in FAILS) is not admits
        assert (verdict in {Verdict.DECLARED, Verdict.CONTRADICTED}) is facts.declares(cycle)
        if verdict is Verdict.ALLOWED:
            assert younger


def test_requirements_that_pypi_cannot_know_set_no_range_and_hide_one() -> None:
    hidden = judge_alone(make(classifiers=["Plone :: 6.0"], has_wheel=False), "6.2", PLONE)
    assert hidden.evidence == (
        "declares Plone 6.0, and what it requires is not known, since there is no wheel"
    )
    silent = judge_alone(make(has_wheel=False), "6.2", PLONE)
    assert (
        silent.evidence == "says nothing of Plone 6.2: what it requires is not known, since there is no wheel"
    )


def test_of_a_long_list_the_first_six_are_named() -> None:
    assert join("abcdef") == "a, b, c, d, e, f"
    assert join("abcdefgh", " and ") == "a and b and c and d and e and f and 2 more"


def test_a_version_within_a_cycle_declares_it() -> None:
    assert declares(("6.2.1",), "6.2")
    assert declares(("12.0",), "12")
    assert declares(("12",), "12")
    assert not declares(("5.2",), "6")
    assert not declares(("6.20",), "6.2")


def test_a_cap_is_told_from_a_floor() -> None:
    def is_capped(requires: str, cycle: str = "6.2", world: World = PLONE) -> bool:
        return judge_alone(make(requires=[f"Products.CMFPlone{requires}"]), cycle, world).capped

    assert is_capped("<6.2")
    assert is_capped("<=6.1.4")
    assert is_capped("<6.2,!=6.2.2")
    assert is_capped("===6.1.4")
    assert not is_capped("===final")
    assert is_capped("==6.1.*")
    assert is_capped("~=6.1.0")
    assert is_capped("==6.1.4")
    assert is_capped(">=5,<6")
    assert is_capped("<6.2", world=UNKNOWN_RELEASES)
    assert not is_capped(">=7")
    assert not is_capped("!=6.2.*,>=6")
    assert not is_capped(">=6.2", "6.1")
    assert not is_capped("==6.2.*", "6.1")
    assert not is_capped("<7")
    assert not is_capped(">=7,<6")
    # A post-release of the version that it has to be above is none that the standard admits.
    assert not is_capped(">6.2.1", world=POST_RELEASE)
    assert judge_alone(make(requires=["Products.CMFPlone<6.2", "Plone>=7"]), "6.2", PLONE).capped
    assert judge_alone(make(python=">=3.6,<3.10"), "6.2", PLONE).capped
    assert judge_alone(make(python=">=3.7,<3.8"), "5.2", PLONE).capped
    assert not judge_alone(make(python=">=4"), "6.2", PLONE).capped
    assert not judge_alone(make(python=">=3.10"), "5.2", PLONE).capped
    assert not judge_alone(make(python=">=3.10,<4"), "5.2", PLONE).capped


# The framework itself


def test_the_framework_is_for_the_cycle_that_it_is() -> None:
    found = assess(make("Products.CMFPlone", version="6.1.4"))
    assert find_judgement(found, "products.cmfplone", "6.1").verdict is Verdict.DECLARED
    other = find_judgement(found, "products.cmfplone", "6.2")
    assert (other.verdict, other.refused) == (Verdict.EXCLUDED, False)
    assert other.evidence == "is the framework itself, in version 6.1.4"


def test_a_version_of_the_framework_that_nobody_can_read_is_of_no_cycle() -> None:
    judgement = judge_alone(make("Products.CMFPlone", version="final"), "6.1", PLONE)
    assert (judgement.verdict, judgement.evidence) == (
        Verdict.EXCLUDED,
        "is the framework itself, in version final",
    )


def test_without_a_framework_nothing_is_judged() -> None:
    found = assess(make(requires=["Products.CMFPlone"]), world=NOWHERE)
    assert [assessment.judgements for assessment in found.projects.values()] == [()]


# Earlier releases


def test_the_newest_release_that_declares_a_cycle_is_final_and_not_yanked() -> None:
    document = make(
        classifiers=["Plone :: 6.2"],
        version="4.0",
        releases=(
            make_release("5.0a1", labels=["Plone 6.2"], prerelease=True),
            make_release("4.0", labels=["Plone 6.2"]),
            make_release("3.2", labels=["Plone 6.1", "Plone 5.2"], yanked=True),
            make_release("3.1b1", labels=["Plone 6.1"], prerelease=True),
            make_release("3.1", labels=["Plone 5.2", "Zope 5"]),
            make_release("3.0", labels=["Plone 5.2"]),
        ),
    )
    facts = read_facts(document, PLONE, frozenset())
    assert find_declaring_releases(facts, PLONE) == {"6.2": "4.0", "6.1": "3.1b1", "5.2": "3.1"}


def test_the_newest_release_for_a_cycle_of_the_framework_is_its_newest() -> None:
    releases = tuple(make_release(version) for version in ("6.2.1", "6.2.0", "6.1.4", "6.1.3", "5.2.15"))
    facts = read_facts(make("Plone", version="6.2.1", releases=releases), PLONE, frozenset())
    assert find_declaring_releases(facts, PLONE) == {"6.2": "6.2.1", "6.1": "6.1.4", "5.2": "5.2.15"}


def test_versions_of_other_frameworks_are_not_this_ones() -> None:
    labels = ("Plone 6.1", "Plone 5.2", "Plone CMS 4.0", "Zope 5", "Django 6.2", "Plone")
    assert find_declared(labels, "Plone") == ("6.1", "5.2")
    assert find_declared(labels, "Zope") == ("5",)
    assert find_declared(("Plone 4.9", "Plone 4.10"), "Plone") == ("4.10", "4.9")


def test_verdicts_that_work_and_those_that_fail_share_none() -> None:
    assert not WORKS & FAILS
    assert set(Verdict) - WORKS - FAILS == {Verdict.UNTESTED, Verdict.UNKNOWN}
    assert Version("6.2.2") == PLONE.cycles[0].newest
