"""Life: labels and their reasons."""

from datetime import date

import pytest

from pyf.aggregator.assessment.life import LIVING, Life, LifeFound
from pyf.aggregator.assessment.world import World, build_world
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.known_cycles import get_floor
from tests.assessment.made import CMFPLONE, FLASK, NOWHERE, PLONE, assess, make, make_release

ALIVE = ("Products.CMFPlone>=6.0",)
"""By itself it is alive: allowed for every supported cycle."""
STILL_ALIVE = (
    "it requires Products.CMFPlone>=6.0, no upper bound; released 2026-10-01, after Plone 6.2 (2026-05-19)"
)


def find(document: AssessmentInput, world: World = PLONE, *others: AssessmentInput) -> LifeFound:
    return assess(document, *others, world=world).projects[document.id].life


@pytest.mark.parametrize(
    ("said", "life", "reason"),
    [
        (
            {},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        (
            {"status": "active"},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        ({"status": "quarantined"}, Life.QUARANTINED, "PyPI has it in quarantine, and nobody can install it"),
        ({"status": "archived"}, Life.ARCHIVED, "its owner archived it on PyPI"),
        ({"status": "deprecated"}, Life.INACTIVE, "its owner marked it as deprecated on PyPI"),
        (
            {
                "repository_archived": True,
                "repository_evidence": "owner",
                "repository_url": "https://codeberg.org/a/b",
            },
            Life.ARCHIVED,
            "its repository is archived: https://codeberg.org/a/b",
        ),
        (
            {"repository_archived": True},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        ({"github_archived": True}, Life.ARCHIVED, "its repository is archived"),
        (
            {"github_archived": True, "repository_archived": False, "repository_evidence": "attested"},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        (
            {"development_status": "Inactive"},
            Life.INACTIVE,
            "it declares itself inactive (Development Status :: 7 - Inactive)",
        ),
        (
            {"development_status": "Planning"},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        (
            {"yanked": True, "releases": (make_release("3.0", yanked=True),)},
            Life.YANKED,
            "all of its releases were yanked",
        ),
        (
            {
                "yanked": True,
                "releases": (make_release("3.0", yanked=True), make_release("2.0a1", prerelease=True)),
            },
            Life.ALIVE,
            STILL_ALIVE,
        ),
        (
            {"releases": ()},
            Life.ALIVE,
            STILL_ALIVE,
        ),
        (
            {"status": "quarantined", "development_status": "Inactive"},
            Life.QUARANTINED,
            "PyPI has it in quarantine, and nobody can install it",
        ),
        ({"status": "archived", "yanked": True}, Life.ARCHIVED, "its owner archived it on PyPI"),
    ],
)
def test_what_its_owner_pypi_or_a_forge_says_comes_first(
    said: dict[str, object], life: Life, reason: str
) -> None:
    found = find(make(requires=ALIVE, **said))  # type: ignore[arg-type]
    assert found.life is life
    assert found.reason == reason


@pytest.mark.parametrize(
    ("requires", "python", "classifiers", "life", "reason"),
    [
        (
            ["Products.CMFPlone<6"],
            None,
            [],
            Life.OUTDATED,
            (
                "it works with none of the supported versions (Plone 6.2, Plone 6.1, Plone 6.0):"
                " requires Products.CMFPlone<6; the newest Plone 6.2 is 6.2.2"
            ),
        ),
        (
            ["Products.CMFPlone<6.1"],
            None,
            [],
            Life.ALIVE,
            "it requires Products.CMFPlone<6.1; released 2026-10-01, after Plone 6.0 (2022-12-12)",
        ),
        (
            ["Products.CMFPlone<6"],
            None,
            ["Plone :: 6.0"],
            Life.OUTDATED,
            (
                "it works with none of the supported versions (Plone 6.2, Plone 6.1, Plone 6.0): "
                "requires Products.CMFPlone<6; the newest Plone 6.2 is 6.2.2"
            ),
        ),
        (
            [],
            "<3",
            [],
            Life.OUTDATED,
            (
                "it works with none of the supported versions (Plone 6.2, Plone 6.1, Plone 6.0): "
                "requires Python <3; Plone 6.2 runs on Python 3.10, 3.11, 3.12, 3.13, 3.14"
            ),
        ),
        (
            [],
            "==3.10.*",
            [],
            Life.OUTDATED,
            "it requires Python ==3.10.*, and of these no version is supported any more",
        ),
        (
            [],
            ">=3.6,<3.11",
            ["Plone :: 6.0"],
            Life.OUTDATED,
            "it requires Python >=3.6,<3.11, and of these no version is supported any more",
        ),
        (
            [],
            None,
            ["Plone", "Python :: 2.7"],
            Life.OUTDATED,
            (
                "it works with none of the supported versions (Plone 6.2, Plone 6.1, Plone 6.0): "
                "declares Python 2.7 and no Python 3; Plone 6.2 runs on Python 3.10, 3.11, 3.12, "
                "3.13, 3.14"
            ),
        ),
        (
            [],
            None,
            ["Plone :: 5.2", "Python :: 2.7", "Python :: 3.8"],
            Life.UNKNOWN,
            "Plone 6.2 is unknown: it declares Plone 5.2, and sets no range",
        ),
        ([], None, ["Plone"], Life.UNKNOWN, "Plone 6.2 is unknown: it says nothing of Plone 6.2"),
        (
            [],
            None,
            ["Plone :: 5.2"],
            Life.UNKNOWN,
            "Plone 6.2 is unknown: it declares Plone 5.2, and sets no range",
        ),
        ([], None, ["Plone :: 6.0"], Life.ALIVE, "it declares Plone 6.0"),
        (
            ["Plone>=6"],
            None,
            ["Plone :: 6.1"],
            Life.ALIVE,
            "it declares Plone 6.1; requires Plone>=6, no upper bound",
        ),
    ],
)
def test_a_package_is_measured_against_what_is_supported(
    requires: list[str], python: str | None, classifiers: list[str], life: Life, reason: str
) -> None:
    found = find(make(requires=requires, python=python, classifiers=classifiers))
    assert found.life is life
    assert found.reason == reason


def test_finished_is_not_dead() -> None:
    finished = make(requires=["Products.CMFPlone>=4.3"], python=">=2.7", released="2014-01-01")
    assert find(finished).life is Life.UNKNOWN
    assert find(finished).reason.startswith("Plone 6.2 is untested: it requires Products.CMFPlone>=4.3")


def test_nothing_decays_by_age_alone() -> None:
    lives = set()
    for day in (date(2026, 6, 1), date(2026, 11, 26), date(2027, 12, 31)):
        world = build_world(
            framework="Plone",
            distributions=CMFPLONE,
            cycles=get_floor("plone"),
            pythons=get_floor("python"),
            today=day,
        )
        lives.add(find(make(requires=ALIVE, released="2026-05-20"), world))
    assert len(lives) == 1


def test_what_waits_for_others_on_every_supported_cycle_cannot_be_had() -> None:
    found = find(make("top", requires=["bad"]), PLONE, make("bad", requires=["Products.CMFPlone<6"]))
    assert found.life is Life.OUTDATED
    assert found.reason.startswith(
        "it works with none of the supported versions (Plone 6.2, Plone 6.1, Plone 6.0):"
        " needs bad, which excludes Plone 6.2"
    )


def test_the_framework_is_alive_while_its_cycle_is_supported() -> None:
    assert find(make("Plone", version="6.1.4")).life is Life.ALIVE
    assert find(make("Plone", version="5.2.15")).life is Life.UNKNOWN


def test_where_nothing_is_known_of_the_framework_life_is_unknown_and_python_still_counts() -> None:
    assert find(make(requires=ALIVE), NOWHERE) == LifeFound(
        Life.UNKNOWN, "nobody says which versions of its framework are supported"
    )
    assert find(make(python="<3"), FLASK).life is Life.OUTDATED
    assert find(make(requires=["Flask>=2"]), FLASK).life is Life.ALIVE


def test_alive_and_unknown_are_the_living() -> None:
    assert {Life.ALIVE, Life.UNKNOWN} == LIVING
