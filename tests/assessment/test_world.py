"""The world that packages are measured against."""

from datetime import date

import pytest

from pyf.aggregator.assessment.world import (
    FALLBACK_PYTHON,
    build_world,
    find_framework_name,
    find_newest_releases,
)
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.profile import Profile
from tests.assessment.made import CMFPLONE, NOWHERE, PLONE, TODAY, make, make_release, name


def test_cycles_and_pythons_stand_with_the_newest_first() -> None:
    assert [cycle.label for cycle in PLONE.cycles][:2] == ["Plone 6.2", "Plone 6.1"]
    assert [cycle.name for cycle in PLONE.supported] == ["6.2", "6.1", "6.0"]
    assert PLONE.newest == PLONE.cycles[0]
    assert PLONE.pythons[:2] == ("3.14", "3.13")
    assert PLONE.supported_pythons == ("3.14", "3.13", "3.12", "3.11")
    assert PLONE.concerned[-1] == "2.7"


def test_a_cycle_that_is_not_out_yet_is_not_the_newest_supported() -> None:
    world = build_world(
        framework="Plone",
        distributions=CMFPLONE,
        cycles=[*get_floor("plone"), Cycle(product="plone", name="7.0", released=date(2027, 3, 1))],
        pythons=get_floor("python"),
        today=TODAY,
    )
    assert world.cycles[0].name == "7.0"
    assert world.newest is not None
    assert world.newest.name == "6.2"


def test_the_newest_python_is_no_newer_than_the_framework_bears() -> None:
    cycles = [
        Cycle(product="x", name="1.0", released=date(2020, 1, 1), ended=False, pythons=("3.11", "3.12"))
    ]
    world = build_world(
        framework="X", distributions=[name("x")], cycles=cycles, pythons=get_floor("python"), today=TODAY
    )
    assert world.newest_python == "3.12"


def test_without_anything_known_there_is_a_python_to_read_markers_for() -> None:
    assert NOWHERE.concerned == (FALLBACK_PYTHON,)
    assert NOWHERE.newest is None
    assert NOWHERE.supported == ()


@pytest.mark.parametrize(("key", "framework"), [("plone", "Plone"), ("django", "Django"), ("flask", "Flask")])
def test_a_framework_is_called_as_in_its_classifiers(key: str, framework: str) -> None:
    assert find_framework_name(load_profiles(None)[key]) == framework


@pytest.mark.parametrize(
    ("classifiers", "framework"),
    [
        (("Framework :: Plone :: 6.2",), "Plone"),
        (("Topic :: X", "Framework :: Django CMS"), "Django CMS"),
        (("Topic :: X",), "Mine"),
        (("Framework",), "Mine"),
    ],
)
def test_a_profile_of_ones_own_has_a_framework_by_classifier_or_its_own_name(
    classifiers: tuple[str, ...], framework: str
) -> None:
    assert (
        find_framework_name(Profile(key="mine", name="Mine", selection=Selection(classifiers))) == framework
    )


RELEASES = (
    make_release("3.2.0a1", released="2026-09-01", prerelease=True),
    make_release("3.1.3", released="2026-02-01"),
    make_release("3.1.4", released="2026-03-01", yanked=True),
    make_release("3.1.0", released="2024-11-13"),
    make_release("3.0.3", released="2024-04-07"),
    make_release("2.3.3", released="2023-08-21"),
    make_release("nonsense"),
)


def make_flask() -> AssessmentInput:
    return make("Flask", version="3.1.3", releases=RELEASES)


def test_the_newest_release_of_each_cycle_is_final_and_not_yanked() -> None:
    cycles = [Cycle(product="flask", name=version) for version in ("3.2", "3.1", "3.0", "2.3", "1.0")]
    found = find_newest_releases([name("other"), name("flask")], cycles, [make(), make_flask()])
    assert found == {"3.1": "3.1.3", "3.0": "3.0.3", "2.3": "2.3.3"}
    assert find_newest_releases([name("flask")], cycles, [make()]) == {}
    assert find_newest_releases([], cycles, [make_flask()]) == {}
