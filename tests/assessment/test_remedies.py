"""Remedies: the line to write, filled in."""

import msgspec
import pytest

from pyf.aggregator.assessment.checks import RULES, get_rules
from pyf.aggregator.assessment.outcomes import Case
from pyf.aggregator.assessment.remedies import Remedy, build_question, build_remedy, fill, has_versions
from pyf.aggregator.assessment.world import World
from tests.assessment.made import DJANGO, FLASK, NOWHERE, PLONE, UNKNOWN_RELEASES, assess, make


def find(check: str, world: World = PLONE, **said: object) -> Remedy:
    return build_remedy(get_rules()[check], build_case(world, **said))


def build_case(world: World = PLONE, **said: object) -> Case:
    document = make(**said)  # type: ignore[arg-type]
    found = assess(document, world=world).projects[document.id]
    return Case(facts=found.facts, judgements=found.judgements, world=world)


def test_where_there_is_no_readme_the_line_that_names_one_is_told() -> None:
    name = Remedy("Write a README and name the file in [project]:", 'readme = "README.md"')
    assert find("readme_renders") == name
    check = "twine check --strict dist/*"
    assert find("readme_renders", description="x").line == check
    assert find("readme_renders", description_problem="PyPI refuses it.").line == check


GITHUB = {"repository_url": "https://github.com/tidy/tidy.forms"}


@pytest.mark.parametrize(
    ("check", "world", "said", "line"),
    [
        ("newest_cycle", PLONE, {}, '"Framework :: Plone :: 6.2",'),
        ("newest_cycle", DJANGO, {}, '"Framework :: Django :: 6.1",'),
        ("newest_cycle", FLASK, {}, '"Flask>=3.0",'),
        ("names_versions", PLONE, {}, '"Framework :: Plone :: 6.2",'),
        ("names_versions", FLASK, {}, '"Flask>=3.0",'),
        (
            "no_contradiction",
            PLONE,
            {"classifiers": ["Plone :: 5.2", "Plone :: 6.2"], "python": ">=3.10"},
            '"Framework :: Plone :: 5.2",',
        ),
        (
            "no_contradiction",
            DJANGO,
            {"classifiers": ["Django :: 4", "Django :: 6.0"], "requires": ["Django>=5"]},
            '"Framework :: Django :: 4",',
        ),
        (
            "no_contradiction",
            PLONE,
            {"classifiers": ["Plone :: 5.2.1"], "python": ">=3.10"},
            '"Framework :: Plone :: 5.2.1",',
        ),
        (
            "no_needless_cap",
            UNKNOWN_RELEASES,
            {"requires": ["Products.CMFPlone>=6.0,<6.2"]},
            '"Products.CMFPlone>=6.0",',
        ),
        ("no_needless_cap", PLONE, {"requires": ["Plone>=6.0,<=6.2"]}, '"Plone>=6.0",'),
        ("no_needless_cap", PLONE, {"requires": ["Products.CMFPlone>=6.0", "Plone<6.2"]}, '"Plone",'),
        (
            "no_needless_cap",
            PLONE,
            {"requires": ["Products.CMFPlone>=6.0,<6.2"]},
            '"Products.CMFPlone>=6.0",',
        ),
        ("no_needless_cap", PLONE, {"requires": ["Plone==6.1.*"]}, '"Plone>=6.1",'),
        ("no_needless_cap", PLONE, {"requires": ["Plone~=6.1.0,!=6.1.2"]}, '"Plone>=6.1.0,!=6.1.2",'),
        ("no_needless_cap", PLONE, {"python": ">=3.8,<3.10"}, 'requires-python = ">=3.8"'),
        ("no_needless_cap", PLONE, {"python": "<3.10"}, 'requires-python = ">=3.11"'),
        ("newest_python", PLONE, {}, '"Programming Language :: Python :: 3.14",'),
        ("requires_python", PLONE, {}, 'requires-python = ">=3.11"'),
        (
            "requires_python",
            PLONE,
            {"classifiers": ["Python :: 3.12", "Python :: 3.13"]},
            'requires-python = ">=3.12"',
        ),
        ("requires_python", NOWHERE, {}, 'requires-python = ">=3"'),
        ("license", PLONE, {}, 'license = "MIT"'),
        ("issues_link", PLONE, GITHUB, 'Issues = "https://github.com/tidy/tidy.forms/issues"'),
        ("issues_link", PLONE, {}, 'Issues = "https://github.com/OWNER/tidy-forms/issues"'),
        ("changelog", PLONE, GITHUB, 'Changelog = "https://github.com/tidy/tidy.forms/releases"'),
        ("source_link", PLONE, {}, 'Source = "https://github.com/OWNER/tidy-forms"'),
        ("documentation", PLONE, GITHUB, 'Documentation = "https://github.com/tidy/tidy.forms#readme"'),
        (
            "classifiers_valid",
            PLONE,
            {"classifiers": ["Framework :: Plone 6.2"]},
            '"Framework :: Plone :: 6.2",',
        ),
        (
            "classifiers_valid",
            PLONE,
            {"classifiers": ["Framework :: Django CMS :: 4.2"]},
            '"Framework :: Django CMS :: 5.0",',
        ),
        (
            "classifiers_valid",
            PLONE,
            {"classifiers": ["Programming qqqqzzzz xxxx"]},
            '"Framework :: …",',
        ),
        ("newest_python", NOWHERE, {}, '"Programming Language :: Python :: 3",'),
        ("newest_cycle", NOWHERE, {}, '"Framework :: Nothing :: 1.0",'),
        ("final_release", PLONE, {"version": "tidy"}, 'version = "1.0"'),
        ("requirements_valid", PLONE, {"requires": ["tidy.base>=1.0.*"]}, '"tidy.base>=1.0",'),
        (
            "requirements_valid",
            PLONE,
            {"requires": ["tidy.base[x] <2.*; python_version < '3.9'"]},
            "\"tidy.base[x]<2; python_version < '3.9'\",",
        ),
        ("requirements_valid", PLONE, {"python": ">=3.6.*"}, 'requires-python = ">=3.6"'),
        (
            "requirements_valid",
            PLONE,
            {"requires": ["tidy.base 1"]},
            "\"name>=1.0,<3; python_version >= '3.10'\",",
        ),
        ("final_release", PLONE, {"version": "3.0b1"}, 'version = "3.0"'),
        ("readme_example", PLONE, {}, "pip install tidy.forms"),
        ("owners", PLONE, {}, "https://pypi.org/manage/project/tidy.forms/collaboration/"),
        ("no_vulnerability", PLONE, {}, None),
    ],
)
def test_a_remedy_has_the_line_to_write(
    check: str, world: World, said: dict[str, object], line: str | None
) -> None:
    assert find(check, world, **said).line == line


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("GNU AGPL v3", "AGPL-3.0-or-later"),
        ("lgpl", "LGPL-2.1-or-later"),
        ("GPL version 2", "GPL-2.0-or-later"),
        ("New BSD", "BSD-3-Clause"),
        ("Apache 2", "Apache-2.0"),
        ("ZPL 2.1", "ZPL-2.1"),
        ("Zope Public License", "ZPL-2.1"),
        ("free", "MIT"),
    ],
)
def test_an_example_of_an_expression_is_for_what_somebody_seems_to_mean(text: str, expression: str) -> None:
    assert find("license", license=text).line == f'license = "{expression}"'


@pytest.mark.parametrize("world", [PLONE, DJANGO, FLASK, NOWHERE])
def test_no_place_is_left_open_whatever_is_unknown(world: World) -> None:
    case = build_case(world)
    for rule in RULES:
        remedy = build_remedy(rule, case)
        for text in (
            remedy.sentence,
            remedy.line or "",
            build_question(rule, case),
            fill(rule.judged, {"framework": "x"}),
        ):
            assert "{" not in text


def test_a_question_names_the_framework() -> None:
    assert build_question(get_rules()["newest_cycle"], build_case(DJANGO)) == (
        "Is it for the newest supported version of Django?"
    )


def test_a_package_without_a_name_goes_by_its_id() -> None:
    document = msgspec.structs.replace(make(), name="")
    found = assess(document).projects[document.id]
    case = Case(facts=found.facts, judgements=found.judgements, world=PLONE)
    assert build_remedy(get_rules()["readme_example"], case).line == "pip install tidy-forms"


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert fill("{a} {b} {c}", {"a": "{b}", "b": "x"}) == "{b} x {c}"


def test_pypi_has_classifiers_for_the_versions_of_some_frameworks_alone() -> None:
    assert [has_versions(framework) for framework in ("Plone", "Django", "Flask", "Jupyter")] == [
        True,
        True,
        False,
        False,
    ]
