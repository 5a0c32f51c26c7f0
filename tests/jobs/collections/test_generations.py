"""What the collections of rebuilds are called, which aliases go along, and which are left over."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pyf.aggregator.jobs.collections.generations import (
    ABANDONED_AFTER,
    find_abandoned,
    find_begun,
    find_followers,
    name_generation,
)

BEGUN = datetime(2026, 11, 23, 7, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("alias", "target", "follows"),
    [
        ("web", "old", True),
        ("web", "name", True),
        ("web", "else", False),
        ("name", "old", False),
        ("name-moving-to", "old", False),
        ("name-previous", "old", False),
        ("name-previous", "name", False),
        ("shop-previous", "old", False),
        ("shop-previous", "name", True),
        ("nobody-previous", "old", True),
    ],
)
def test_which_alias_goes_along(alias: str, target: str, *, follows: bool) -> None:
    targets = {"name": "old", "shop": "new", alias: target}
    assert find_followers(targets, "name", "old") == ([alias] if follows else [])


def test_a_generation_is_called_by_its_time_in_utc() -> None:
    there = BEGUN.astimezone(timezone(timedelta(hours=5)))
    assert name_generation("plone", there) == "plone-20261123070005"
    assert find_begun("plone-20261123070005", "plone") == BEGUN


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("plone", "plone"),
        ("plone-2026112307000", "plone"),
        ("plone-20261123070005-old", "plone"),
        ("my-plone-20261123070005", "plone"),
        ("plone-20261399070005", "plone"),
        ("plXne-20261123070005", "pl.ne"),
    ],
)
def test_what_is_no_generation_of_the_target(name: str, target: str) -> None:
    assert find_begun(name, target) is None


def test_only_an_old_generation_that_nobody_keeps_is_abandoned() -> None:
    old, kept = (name_generation("a", BEGUN - timedelta(seconds=number)) for number in range(2))
    young = name_generation("a", BEGUN + timedelta(seconds=1))
    names = ["a", "a-web", kept, old, young, name_generation("b", BEGUN)]
    now = BEGUN + ABANDONED_AFTER + timedelta(seconds=1)
    assert find_abandoned(names, "a", [kept], now) == [old]
    assert find_abandoned(names, "a", [kept], BEGUN + ABANDONED_AFTER) == []
