"""Quality: the checks, their outcomes and weights."""

import html
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.assessment.checks import RULES, RULES_VERSION, Section, get_rules
from pyf.aggregator.assessment.quality import CHECKS
from pyf.aggregator.assessment.world import World
from pyf.aggregator.documents.assessment import AssessmentInput, VulnerabilityInput
from tests.assessment.made import (
    DJANGO,
    FLASK,
    FULL_README,
    NOWHERE,
    PLONE,
    UNDATED,
    assess,
    find_outcome,
    make,
    make_release,
    to_seconds,
)

ASKED = 2**32
"""Later than any release here."""
GITHUB = "https://github.com/tidy/tidy.forms"
WEIGHTS = {rule.id: rule.weight for rule in RULES}


def make_perfect(**said: object) -> AssessmentInput:
    fields: dict[str, object] = {
        "requires": ["Products.CMFPlone>=6.0"],
        "python": ">=3.10",
        "classifiers": ["Plone :: 6.2", "Plone :: 6.1", "Python :: 3.14"],
        "summary": "Forms for every purpose",
        "description": html.escape(FULL_README),
        "license": "MIT",
        "license_expression": "MIT",
        "license_spdx": ("MIT",),
        "repository_url": "https://github.com/tidy/tidy.forms",
        "repository_evidence": "attested",
        "issues_url": "https://github.com/tidy/tidy.forms/issues",
        "documentation_url": "https://tidy.example.org",
        "changelog_url": "https://tidy.example.org/changes",
        "has_wheel": True,
        "has_sdist": True,
        "vulnerable": False,
        "attested_by": "github.com/tidy/tidy.forms",
        "provenance_checked": ASKED,
        "owners": ("ana", "bo"),
    }
    return make(**{**fields, **said})  # type: ignore[arg-type]


def find_points(document: AssessmentInput, world: World = PLONE) -> tuple[float | None, float]:
    quality = assess(document, world=world).projects[document.id].quality
    return quality.points, quality.known


# The rules


def test_every_rule_is_complete_and_judged() -> None:
    assert list(CHECKS) == [rule.id for rule in RULES]
    assert len(get_rules()) == len(RULES)
    assert {rule.section for rule in RULES} == set(Section)
    assert RULES_VERSION
    for rule in RULES:
        assert rule.question.endswith("?")
        assert rule.judged.endswith(".")
        assert rule.remedy.endswith(":" if rule.line else ".")
        assert rule.link.startswith("https://")
        assert rule.weight > 0


def test_popularity_is_no_quality() -> None:
    loud = make_perfect(downloads_month=10**9, repository_stars=10**6, github_stars=10**6)
    assert find_points(loud) == find_points(make_perfect()) == (100, 100)


def test_all_that_can_be_mended_is_mended_in_a_perfect_package() -> None:
    quality = assess(make_perfect()).projects[make().id].quality
    assert [check.rule.id for check in quality.checks if check.finding.outcome != "pass"] == []


# Outcomes


@pytest.mark.parametrize(
    ("check", "said", "outcome", "evidence"),
    [
        ("readme_renders", {"description": "x"}, "pass", "it renders"),
        ("readme_renders", {}, "fail", "there is no README"),
        (
            "readme_renders",
            {"description": "x", "description_problem": "PyPI refuses it."},
            "fail",
            "PyPI refuses it.",
        ),
        ("readme_substance", {}, "fail", "there is no README"),
        ("readme_substance", {"description": "x" * 299}, "fail", "the README has 299 characters of text"),
        (
            "readme_substance",
            {"description": "x" * 299 + "&amp;"},
            "pass",
            "the README has 300 characters of text",
        ),
        ("readme_example", {}, "fail", "there is no README"),
        (
            "readme_example",
            {"description": "Words and words."},
            "fail",
            "it shows neither code nor a command",
        ),
        (
            "readme_example",
            {"description": "words " * 1_300},
            "unknown",
            "the beginning of the README shows none, and the rest was not read",
        ),
        (
            "readme_example",
            {"description": "x" * 7_000},
            "unknown",
            "the beginning of the README shows none, and the rest was not read",
        ),
        (
            "readme_example",
            {"description": "x" * 6_999},
            "fail",
            "it shows neither code nor a command",
        ),
        (
            "readme_example",
            {"description": f"$ tidy {'x' * 60}"},
            "pass",
            f"it shows '$ tidy {'x' * 53}'",
        ),
        ("readme_example", {"description": "Do\n&gt;&gt;&gt; tidy()"}, "pass", "it shows '>>> tidy()'"),
        ("summary", {}, "fail", "there is no summary"),
        ("summary", {"summary": "UNKNOWN"}, "fail", "there is no summary"),
        ("summary", {"summary": "A form."}, "fail", "the summary has 7 characters"),
        ("summary", {"summary": " unknown "}, "fail", "there is no summary"),
        ("summary", {"summary": "Many forms"}, "pass", "there is a summary"),
        ("summary", {"summary": "One form."}, "fail", "the summary has 9 characters"),
        ("summary", {"summary": "  A form.  "}, "fail", "the summary has 7 characters"),
        ("summary", {"summary": "Tidy Forms."}, "fail", "the summary is the name again"),
        ("summary", {"summary": "...tidy.forms..."}, "fail", "the summary is the name again"),
        ("summary", {"summary": "Forms for every purpose"}, "pass", "there is a summary"),
        ("license", {"license_spdx": ("MIT", "0BSD")}, "pass", "what it says can only be MIT, 0BSD"),
        ("license", {}, "fail", "nothing that it says names a licence"),
        (
            "license",
            {"classifiers": ["Plone", "License :: OSI Approved"]},
            "fail",
            "'License :: OSI Approved' names no licence",
        ),
        (
            "license",
            {"classifiers": ["License :: OSI Approved :: BSD License"]},
            "fail",
            "nothing that it says names a licence",
        ),
        ("license", {"license": "BSD"}, "fail", "'BSD' may be one of several licences, or none"),
        ("license", {"license": "MIT", "license_spdx": ("MIT",)}, "pass", "what it says can only be MIT"),
        ("license", {"license_expression": "MIT OR Zlib"}, "pass", "the SPDX expression is MIT OR Zlib"),
        ("classifiers_valid", {}, "unknown", "there are no classifiers"),
        ("classifiers_valid", {"classifiers": ["Plone :: 6.2"]}, "pass", "PyPI knows all 1"),
        ("classifiers_valid", {"classifiers": ["Plone :: 9.9"]}, "pass", "PyPI knows all 1"),
        (
            "classifiers_valid",
            {"classifiers": ["Plone", "Topic :: Tidying", "Topic :: Forms"]},
            "fail",
            "PyPI does not have 'Topic :: Tidying', or not any more, nor 1 more",
        ),
        (
            "classifiers_valid",
            {"classifiers": ["Topic :: Communications :: Chat :: AOL Instant Messenger", "Plone"]},
            "fail",
            (
                "PyPI does not have 'Topic :: Communications :: Chat :: AOL Instant Messenger',"
                " or not any more"
            ),
        ),
        ("requirements_valid", {"requires": ["a>=1"]}, "pass", "all requirements are valid"),
        ("requires_python", {}, "fail", "it does not say which Pythons it needs"),
        ("requires_python", {"python": "3.6"}, "fail", "'3.6' is no version specifier"),
        ("requires_python", {"python": ">=3.6.*"}, "pass", "requires Python >=3.6"),
        ("requires_python", {"python": "<4,>=3.9"}, "pass", "requires Python >=3.9,<4"),
        (
            "requirements_valid",
            {"python": ">=3.6.*"},
            "fail",
            "'>=3.6.*' is no version specifier; read as >=3.6",
        ),
        (
            "requirements_valid",
            {"requires": ["a 1"], "python": "3"},
            "fail",
            (
                "'a 1' is no valid requirement (expected semicolon (after name with no version"
                " specifier) or end), and 1 more"
            ),
        ),
        ("source_link", {}, "fail", "no link says where its source is"),
        (
            "source_link",
            {"home_page": "https://github.com/tidy/tidy.forms"},
            "pass",
            "its source is at https://github.com/tidy/tidy.forms",
        ),
        (
            "source_link",
            {"project_urls": {"Source": "https://git.example.org/tidy"}},
            "pass",
            "its source is at https://git.example.org/tidy",
        ),
        (
            "source_link",
            {"repository_url": "https://a.example/b"},
            "pass",
            "its source is at https://a.example/b",
        ),
        ("source_link", {"github_url": GITHUB}, "pass", f"its source is at {GITHUB}"),
        ("issues_link", {}, "fail", "no label leads to issues"),
        ("issues_link", {"issues_url": "https://a.example"}, "pass", "issues: https://a.example"),
        ("documentation", {}, "fail", "no label leads to the documentation"),
        (
            "documentation",
            {"documentation_url": "https://a.example"},
            "pass",
            "the documentation: https://a.example",
        ),
        (
            "documentation",
            {"home_page": "https://tidy.readthedocs.io/en/latest"},
            "pass",
            "the documentation: https://tidy.readthedocs.io/en/latest",
        ),
        (
            "documentation",
            {"home_page": "https://docs.example.org/tidy"},
            "pass",
            "the documentation: https://docs.example.org/tidy",
        ),
        (
            "documentation",
            {"home_page": "https://example.org/tidy"},
            "fail",
            "no label leads to the documentation",
        ),
        ("changelog", {}, "fail", "no label leads to the list of changes, and the README has none"),
        (
            "changelog",
            {"changelog_url": "https://a.example"},
            "pass",
            "the list of changes: https://a.example",
        ),
        (
            "changelog",
            {"description": "Tidy\n\nChangelog\n\n3.0 (2026-10-01)\n\n* All is new."},
            "pass",
            "the README has it under 'Changelog'",
        ),
        (
            "changelog",
            {"description": "Tidy\n\n  Changelog:\n\n3.0 (2026-10-01)\n\n* All is new."},
            "pass",
            "the README has it under 'Changelog:'",
        ),
        (
            "changelog",
            {"description": "Tidy 3.0\n\nChangelog\n\nIt is in a file."},
            "fail",
            "no label leads to the list of changes, and the README has none",
        ),
        (
            "changelog",
            {"description": "Changes are welcome.\n\nIt needs\n3.0 or so"},
            "fail",
            "no label leads to the list of changes, and the README has none",
        ),
        (
            "changelog",
            {"description": "words " * 1_300},
            "unknown",
            "no label leads to it, and only the beginning of the README was read",
        ),
        (
            "changelog",
            {"description": "x" * 7_000},
            "unknown",
            "no label leads to it, and only the beginning of the README was read",
        ),
        ("wheel", {}, "unknown", "PyPI shows no file of it, or does not tell what it is"),
        ("wheel", {"has_wheel": False}, "fail", "there is no wheel"),
        ("sdist", {"has_sdist": True}, "pass", "there is a source distribution"),
        ("sdist", {"has_sdist": False}, "fail", "there is no source distribution"),
        ("final_release", {}, "pass", "3.0 is final"),
        ("final_release", {"version": "3.0b1"}, "pass", "an earlier release is final"),
        ("final_release", {"version": "tidy"}, "unknown", "'tidy' is no version of PEP 440"),
        (
            "final_release",
            {
                "version": "3.0b1",
                "releases": (make_release("3.0b1", prerelease=True), make_release("2.0", yanked=True)),
            },
            "fail",
            "3.0b1 is a prerelease, and so is all that is not yanked",
        ),
        ("no_vulnerability", {}, "unknown", "PyPI did not say"),
        ("no_vulnerability", {"vulnerable": False}, "pass", "PyPI knows none"),
        ("no_vulnerability", {"vulnerable": True}, "fail", "an advisory stands against 3.0"),
        (
            "no_vulnerability",
            {"vulnerable": True, "vulnerabilities": (VulnerabilityInput(id="PYSEC-1"), VulnerabilityInput())},
            "fail",
            "PYSEC-1 stands against 3.0",
        ),
        (
            "no_vulnerability",
            {
                "vulnerable": True,
                "vulnerabilities": tuple(VulnerabilityInput(id=name) for name in "abcdefgh"),
            },
            "fail",
            "a, b, c, d, e, f, 2 more stand against 3.0",
        ),
        ("attested", {}, "unknown", "PyPI was not asked yet"),
        *(
            (
                "attested",
                {"provenance_checked": asked},
                "fail",
                "no file of the latest release has an attestation",
            )
            for asked in (ASKED, to_seconds("2026-10-01"))
        ),
        *(
            (
                "attested",
                {"provenance_checked": 1, **said},
                "unknown",
                "PyPI was asked before the latest release came out",
            )
            for said in ({}, {"attested_by": "github.com/a/b"})
        ),
        (
            "attested",
            {"provenance_checked": 5, "released": None},
            "fail",
            "no file of the latest release has an attestation",
        ),
        ("attested", {"attested_by": "github.com/a/b"}, "pass", "published from github.com/a/b (attested)"),
        (
            "attested",
            {"attested_by": ("a.example/b", "c.example/d")},
            "pass",
            "published from a.example/b, c.example/d (attested)",
        ),
        ("owners", {}, "unknown", "PyPI names no owner"),
        ("owners", {"owners": ("ana",)}, "fail", "ana alone owns it"),
        ("owners", {"owners": ("ana", "bo")}, "pass", "it has 2 owners"),
        (
            "owners",
            {"owners": ("ana",), "organization": "tidy"},
            "pass",
            "it belongs to the organization tidy",
        ),
    ],
)
def test_what_a_release_says_is_checked_with_evidence(
    check: str, said: dict[str, object], outcome: str, evidence: str
) -> None:
    assert find_outcome(make(**said), check) == (outcome, evidence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "$ pip install tidy",
        "pip install tidy",
        "python -m pip install tidy",
        "uv add tidy",
        "from tidy import forms",
        "import tidy",
        "[buildout]\neggs = tidy",
        "eggs += tidy",
        "INSTALLED_APPS = [",
        "    tidy.run()",
        "def tidy(form):",
        "<include package='tidy' />",
        "{% load tidy %}",
        "make install",
        "forms.tidy('x')",
        "  eggs = tidy",
    ],
)
def test_code_commands_settings_and_markup_are_examples(line: str) -> None:
    text = html.escape(f"Tidy forms are what you get here.\n\n{line}\n\nThat is all.")
    assert find_outcome(make(description=text), "readme_example")[0] == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "This package imports nothing from your forms.",
        "You may make it yours, in class or at home.",
        "* one\n* two (of three)\n* three",
        "Contents: - forms - tables - a list of things",
        "Thanks to\n[ana]\nfor all",
        "See [1]\n[2]",
        "Written by Ana, 2012. Released under the MIT licence.",
    ],
)
def test_prose_is_no_example(text: str) -> None:
    assert find_outcome(make(description=text), "readme_example")[0] == "fail"


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 4_000,
        "f(\n" * 2_600,
        "[a]\n" * 2_000,
        "<a " * 2_600,
        "a=" * 4_000,
        "changes " * 1_000 + "\n1.0",
        "Changes\n" * 1_000,
        "1." * 4_000,
        " \t" * 4_000,
        "import a" * 1_000,
        "def a" * 1_600,
    ],
)
def test_a_hostile_readme_costs_no_time(text: str) -> None:
    begin = time.process_time()
    document = make(description=text)
    for check in ("readme_example", "changelog"):
        find_outcome(document, check)
    assert time.process_time() - begin < 0.5


# Measured against the world

YOUNG, OLD = "2026-10-01", "2024-01-01"
"""After the newest Plone (2026-05-19) and Django (2026-08-05), and before either."""


@pytest.mark.parametrize(
    ("check", "said", "world", "outcome", "evidence"),
    [
        (
            "names_versions",
            {"classifiers": ["Plone"]},
            PLONE,
            "fail",
            "no classifier and no range names a version of Plone",
        ),
        (
            "names_versions",
            {"requires": ["Plone"]},
            PLONE,
            "fail",
            "no classifier and no range names a version of Plone",
        ),
        ("names_versions", {"requires": ["Plone>=5"]}, PLONE, "pass", "requires Plone>=5"),
        (
            "names_versions",
            {"classifiers": ["Plone :: 5.2", "Plone :: 4.3"]},
            PLONE,
            "pass",
            "declares Plone 5.2, Plone 4.3",
        ),
        ("names_versions", {}, NOWHERE, "unknown", "the versions of Nothing are not known"),
        ("names_versions", {"name": "Plone"}, PLONE, "unknown", "it is the framework itself"),
        (
            "newest_cycle",
            {"classifiers": ["Plone :: 6.2"], "released": OLD},
            PLONE,
            "pass",
            "declares Plone 6.2",
        ),
        (
            "newest_cycle",
            {"requires": ["Plone>=6"]},
            PLONE,
            "pass",
            "requires Plone>=6, no upper bound; released 2026-10-01, after Plone 6.2 (2026-05-19)",
        ),
        (
            "newest_cycle",
            {"requires": ["Plone>=6"], "released": OLD},
            PLONE,
            "unknown",
            "requires Plone>=6, no upper bound; released 2024-01-01, before Plone 6.2 (2026-05-19)",
        ),
        (
            "newest_cycle",
            {"requires": ["Plone<6.2"]},
            PLONE,
            "fail",
            "requires Plone<6.2; the newest Plone 6.2 is 6.2.2",
        ),
        (
            "newest_cycle",
            {"requires": ["Plone<6.2"], "released": OLD},
            PLONE,
            "fail",
            "requires Plone<6.2; the newest Plone 6.2 is 6.2.2",
        ),
        ("newest_cycle", {"classifiers": ["Plone"]}, PLONE, "unknown", "says nothing of Plone 6.2"),
        (
            "newest_cycle",
            {"classifiers": ["Plone :: 6.1"]},
            PLONE,
            "fail",
            "declares Plone 6.1, and sets no range; released 2026-10-01, after Plone 6.2 (2026-05-19)",
        ),
        (
            "newest_cycle",
            {"classifiers": ["Plone :: 6.1"], "released": OLD},
            PLONE,
            "unknown",
            "declares Plone 6.1, and sets no range",
        ),
        (
            "newest_cycle",
            {"classifiers": ["Plone :: 6.1"], "released": None},
            PLONE,
            "unknown",
            "declares Plone 6.1, and sets no range",
        ),
        (
            "newest_cycle",
            {"requires": ["Plone~=6"], "classifiers": ["Plone :: 6.1"]},
            PLONE,
            "unknown",
            (
                "its requirement 'Plone~=6' is no valid requirement (expected semicolon (after "
                "name with no version specifier) or end)"
            ),
        ),
        (
            "newest_cycle",
            {"classifiers": ["Plone :: 7.0"], "requires": ["Plone"]},
            PLONE,
            "unknown",
            "requires Plone, any version; declares Plone 7.0 and nothing older",
        ),
        (
            "newest_cycle",
            {"classifiers": ["Flask :: 3.0"]},
            UNDATED,
            "unknown",
            "declares Flask 3.0, and sets no range",
        ),
        ("newest_cycle", {}, NOWHERE, "unknown", "no version of Nothing is known to be supported"),
        ("newest_cycle", {"name": "Plone"}, PLONE, "unknown", "it is the framework itself"),
        (
            "no_contradiction",
            {"classifiers": ["Plone :: 6.2"]},
            PLONE,
            "pass",
            "every version that a classifier names is admitted",
        ),
        (
            "no_contradiction",
            {"classifiers": ["Plone"]},
            PLONE,
            "unknown",
            "no classifier names a version of Plone that we know",
        ),
        (
            "no_contradiction",
            {"classifiers": ["Plone :: 3.3"]},
            PLONE,
            "unknown",
            "no classifier names a version of Plone that we know",
        ),
        (
            "no_contradiction",
            {"classifiers": ["Plone :: 5.2", "Plone :: 6.2"], "python": ">=3.10"},
            PLONE,
            "fail",
            "declares Plone 5.2, but requires Python >=3.10; Plone 5.2 runs on Python 2.7, 3.8",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone>=6"]},
            PLONE,
            "pass",
            "no upper bound excludes a supported version",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone>=6.2"]},
            PLONE,
            "pass",
            "no upper bound excludes a supported version",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone<7"]},
            PLONE,
            "pass",
            "no upper bound excludes a supported version",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone<6.2"], "released": OLD},
            PLONE,
            "fail",
            "requires Plone<6.2; the newest Plone 6.2 is 6.2.2; Plone 6.2 came out later",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone<6.2"], "released": YOUNG},
            PLONE,
            "pass",
            "requires Plone<6.2; the newest Plone 6.2 is 6.2.2; Plone 6.2 was there when it was released",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone<6.2"], "released": None},
            PLONE,
            "unknown",
            (
                "requires Plone<6.2; the newest Plone 6.2 is 6.2.2; nobody knows whether Plone "
                "6.2 was there yet"
            ),
        ),
        (
            "no_needless_cap",
            {"requires": ["Django<6"], "released": "2026-01-01"},
            DJANGO,
            "fail",
            "requires Django<6; the newest Django 6.1 is 6.1.1; Django 6.1 came out later",
        ),
        (
            "no_needless_cap",
            {"requires": ["Plone<6.1"], "released": YOUNG},
            PLONE,
            "pass",
            "requires Plone<6.1; the newest Plone 6.2 is 6.2.2; Plone 6.2 was there when it was released",
        ),
        ("no_needless_cap", {}, NOWHERE, "unknown", "no version of Nothing is known to be supported"),
        ("no_needless_cap", {"name": "Plone"}, PLONE, "unknown", "it is the framework itself"),
        ("newest_python", {"python": ">=3.10"}, PLONE, "pass", "requires Python >=3.10, which admits 3.14"),
        (
            "newest_python",
            {"python": ">=3.10,<3.14"},
            PLONE,
            "fail",
            "requires Python >=3.10,<3.14, which excludes 3.14",
        ),
        ("newest_python", {"classifiers": ["Python :: 3.14"]}, PLONE, "pass", "declares Python 3.14"),
        (
            "newest_python",
            {"classifiers": ["Python :: 3.13"]},
            PLONE,
            "unknown",
            "says nothing of Python 3.14",
        ),
        (
            "newest_python",
            {"classifiers": ["Python :: 2.7"]},
            PLONE,
            "fail",
            "declares Python 2.7 and no Python 3",
        ),
        ("newest_python", {"python": ">=3.10"}, FLASK, "pass", "requires Python >=3.10, which admits 3.14"),
        ("newest_python", {"python": ">=3.10"}, NOWHERE, "unknown", "no Python is known to be supported"),
    ],
)
def test_a_release_is_measured_against_the_world(
    check: str, said: dict[str, object], world: World, outcome: str, evidence: str
) -> None:
    assert find_outcome(make(**said), check, world) == (outcome, evidence)  # type: ignore[arg-type]


def test_a_package_that_waits_for_another_is_not_for_the_newest_cycle() -> None:
    found = assess(
        make("top", requires=["bad"], classifiers=["Plone :: 6.2"]), make("bad", requires=["Plone<6.2"])
    )
    (finding,) = (
        c.finding for c in found.projects[make("top").id].quality.checks if c.rule.id == "newest_cycle"
    )
    assert finding.outcome == "fail"
    assert finding.evidence.startswith("needs bad, which excludes Plone 6.2")


@pytest.mark.parametrize(
    "check", ["requirements_valid", "names_versions", "newest_cycle", "no_contradiction", "no_needless_cap"]
)
def test_nothing_is_concluded_from_requirements_that_pypi_cannot_know(check: str) -> None:
    classifiers = ["Plone"] if check == "names_versions" else ["Plone :: 6.0", "Plone :: 6.1"]
    hidden = make(classifiers=classifiers, has_wheel=False)
    outcome, evidence = find_outcome(hidden, check)
    assert outcome == "unknown"
    assert "no wheel" in evidence
    told = make(classifiers=classifiers, has_wheel=False, requires=["tidy.base"])
    assert find_outcome(told, check)[0] != "unknown"


def test_the_newest_python_is_one_that_the_newest_framework_runs_on() -> None:
    assert PLONE.newest_python == "3.14"
    assert FLASK.newest_python == "3.14"
    assert NOWHERE.newest_python is None


# Principles

UNKNOWN_WAYS: dict[str, dict[str, object]] = {
    "wheel": {"has_wheel": None},
    "sdist": {"has_sdist": None},
    "no_vulnerability": {"vulnerable": None},
    "attested": {"attested_by": None, "provenance_checked": None},
    "owners": {"owners": ()},
}


@pytest.mark.parametrize(
    "unknown", [ways for count in (1, 2, 5) for ways in combinations(UNKNOWN_WAYS, count)]
)
def test_what_is_unknown_lowers_nothing(unknown: tuple[str, ...]) -> None:
    said = {key: value for check in unknown for key, value in UNKNOWN_WAYS[check].items()}
    points, known = find_points(make_perfect(**said))
    total = sum(WEIGHTS.values())
    assert points == 100
    assert known == 100 * (total - sum(WEIGHTS[check] for check in unknown)) / total


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "summary": st.sampled_from([None, "Forms for every purpose"]),
            "has_wheel": st.sampled_from([None, True, False]),
            "vulnerable": st.sampled_from([None, True, False]),
            "owners": st.sampled_from([(), ("ana",), ("ana", "bo")]),
            "provenance_checked": st.sampled_from([None, ASKED]),
            "python": st.sampled_from([None, ">=3.10", "<3", "new"]),
            "requires": st.sampled_from([[], ["Plone<6.2"], ["Plone>=6"], ["Plone 6"]]),
            "classifiers": st.sampled_from([[], ["Plone :: 6.2"], ["Plone :: 5.2", "Plone :: 6.2"]]),
        },
    )
)
def test_every_point_is_traceable(said: dict[str, object]) -> None:
    quality = assess(make(**said)).projects[make().id].quality  # type: ignore[arg-type]
    passed = sum(check.rule.weight for check in quality.checks if check.finding.outcome == "pass")
    failed = sum(check.rule.weight for check in quality.checks if check.finding.outcome == "fail")
    assert quality.points == 100 * passed / (passed + failed)
    assert quality.known == 100 * (passed + failed) / sum(WEIGHTS.values())
    assert all(check.finding.evidence for check in quality.checks)


def test_a_release_loses_no_points_because_a_cycle_comes_out_that_it_admits() -> None:
    document = make_perfect(classifiers=["Plone :: 6.1", "Python :: 3.14"], released="2026-05-01")
    points, known = find_points(document)
    assert points == 100
    assert known == pytest.approx(100 * (1 - WEIGHTS["newest_cycle"] / sum(WEIGHTS.values())))
