"""Cycles: their support, what was fetched on top of what is packaged, and a framework's own releases."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from pyf.aggregator.metadata.cycles import EARLIEST, LATEST, Cycle, MergedCycles, find_cycles, merge
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import Distribution, Release

TODAY = date(2026, 11, 25)
BEFORE, AFTER = date(2026, 11, 24), date(2026, 11, 26)


def make(name: str = "6.1", **said: object) -> Cycle:
    return replace(Cycle(product="plone", name=name), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cycle", "supported"),
    [
        (make(), None),
        (make(released=BEFORE), None),
        (make(ends=BEFORE), False),
        (make(ends=TODAY), True),
        (make(ends=AFTER), True),
        (make(released=TODAY, ends=AFTER), True),
        (make(released=AFTER, ends=AFTER), False),
        (make(released=AFTER), False),
        (make(ended=True), False),
        (make(ended=False), True),
        (make(ended=True, ends=AFTER), False),
        (make(ended=False, ends=BEFORE), False),
        (make(ended=False, released=AFTER), False),
    ],
)
def test_a_cycle_is_supported_from_its_release_to_the_last_day_of_support(
    cycle: Cycle, supported: bool | None
) -> None:
    assert cycle.is_supported(TODAY) is supported


# What is packaged


@pytest.mark.parametrize(
    ("product", "supported"),
    [
        ("plone", ["6.2", "6.1", "6.0"]),
        ("django", ["6.1", "6.0", "5.2"]),
        ("python", ["3.14", "3.13", "3.12", "3.11"]),
        ("flask", []),
    ],
)
def test_the_packaged_cycles_tell_what_is_supported(product: str, supported: list[str]) -> None:
    assert [cycle.name for cycle in get_floor(product) if cycle.is_supported(TODAY)] == supported


@pytest.mark.parametrize(("product", "count"), [("plone", 7), ("django", 10), ("python", 8)])
def test_the_packaged_cycles_are_sane_and_stand_in_order(product: str, count: int) -> None:
    floor = get_floor(product)
    assert len(floor) == count
    assert merge([], floor) == MergedCycles(cycles=floor)
    for cycle in floor:
        assert cycle.product == product
        assert cycle.released is not None
        assert cycle.ends is not None
        assert [*cycle.pythons] == sorted(cycle.pythons, key=Version)


def test_the_packaged_cycles_know_pythons_and_long_term_support() -> None:
    plone, django = ({cycle.name: cycle for cycle in get_floor(product)} for product in ("plone", "django"))
    assert plone["6.0"].pythons == ("3.9", "3.10", "3.11", "3.12", "3.13")
    assert plone["5.2"].pythons == ("2.7", "3.8")
    assert django["4.1"].pythons == ("3.8", "3.9", "3.10", "3.11")
    # All others would be judged by less than their neighbours are.
    assert [name for name, cycle in (plone | django).items() if not cycle.pythons] == []
    assert [name for name, cycle in django.items() if cycle.lts] == ["5.2", "4.2", "3.2"]


# What was fetched on top

RELEASED, ENDS = date(2025, 2, 7), date(2027, 12, 31)
FLOOR = make(released=RELEASED, ends=ENDS, lts=False, pythons=("3.12",))


@pytest.mark.parametrize(
    ("fetched", "merged"),
    [
        (make(), FLOOR),
        (make(released=date(2025, 3, 1)), replace(FLOOR, released=date(2025, 3, 1))),
        (make(ends=date(2028, 1, 1)), replace(FLOOR, ends=date(2028, 1, 1))),
        (make(lts=True), replace(FLOOR, lts=True)),
        (make(pythons=("3.13",)), replace(FLOOR, pythons=("3.13",))),
        (make(ended=True), replace(FLOOR, ends=None, ended=True)),
        (make(ended=False), replace(FLOOR, ends=None, ended=False)),
        (make(ended=False, ends=date(2028, 1, 1)), replace(FLOOR, ends=date(2028, 1, 1), ended=False)),
    ],
)
def test_what_was_fetched_wins_where_it_is_known_and_the_floor_fills(fetched: Cycle, merged: Cycle) -> None:
    assert merge([FLOOR], [fetched]) == MergedCycles(cycles=(merged,))


def test_cycles_that_the_floor_lacks_are_added_and_those_not_fetched_stay() -> None:
    new, older = make("6.10"), make("6.9")
    assert merge([FLOOR, make("5.2")], [older, new]).cycles == (new, older, FLOOR, make("5.2"))
    assert merge([], [older, new]).cycles == (new, older)
    assert merge([], []) == MergedCycles(cycles=())


LONG_AGO, FAR_AHEAD = date(1925, 2, 7), date(2127, 12, 31)


@pytest.mark.parametrize(
    ("fetched", "told"),
    [
        (make(released=LONG_AGO), "plone '6.1' cannot be released 1925-02-07."),
        (make(ends=FAR_AHEAD), "plone '6.1' cannot be supported until 2127-12-31."),
        (
            make(released=date(2027, 1, 1), ends=date(2026, 1, 1)),
            "plone '6.1' ends on 2026-01-01, before its release on 2027-01-01.",
        ),
        (make(ends=date(2024, 1, 1)), "plone '6.1' ends on 2024-01-01, before its release on 2025-02-07."),
        (
            make(released=date(2028, 1, 1)),
            "plone '6.1' ends on 2027-12-31, before its release on 2028-01-01.",
        ),
        (
            make(ends=date(2024, 1, 1), ended=True),
            "plone '6.1' ends on 2024-01-01, before its release on 2025-02-07.",
        ),
        (make("main"), "plone 'main' is no version."),
        (make("6.1 or so"), "plone '6.1 or so' is no version."),
        (make("9" * 500), f"plone '{'9' * 40}' is no version."),
        (replace(FLOOR, product="django"), "django '6.1' is of another product than plone."),
    ],
)
def test_what_is_absurd_is_refused_and_told(fetched: Cycle, told: str) -> None:
    assert merge([FLOOR], [fetched]) == MergedCycles(cycles=(FLOOR,), refused=(told,))


def test_where_the_floor_knows_nothing_an_absurd_date_is_unknown_and_the_rest_stays() -> None:
    merged = merge([], [make("7.0", released=FAR_AHEAD, ends=LONG_AGO, lts=True)])
    assert merged.cycles == (make("7.0", lts=True),)
    assert len(merged.refused) == 2


def test_of_a_cycle_that_was_fetched_twice_the_first_counts() -> None:
    merged = merge([], [make("7.0", lts=True), make("7.0", lts=False)])
    assert merged.cycles == (make("7.0", lts=True),)
    assert merged.refused == ("plone '7.0' is there twice; the first one counts.",)


days = st.none() | st.dates() | st.dates(EARLIEST, LATEST)
cycles = st.builds(
    Cycle,
    product=st.just("plone"),
    name=st.sampled_from(["5.2", "6.0", "6.1", "6.2", "6.10", "next"]),
    released=days,
    ends=days,
    ended=st.none() | st.booleans(),
    lts=st.none() | st.booleans(),
    pythons=st.lists(st.sampled_from(["3.12", "3.13"]), unique=True).map(tuple),
)


@settings(max_examples=60)
@given(fetched=st.lists(cycles, max_size=5))
def test_whatever_was_fetched_the_merged_cycles_make_sense(fetched: list[Cycle]) -> None:
    floor = get_floor("plone")
    merged = merge(floor, fetched)
    names = [cycle.name for cycle in merged.cycles]
    assert names == sorted(set(names), key=Version, reverse=True)
    assert {cycle.name for cycle in floor} <= set(names)
    for cycle in merged.cycles:
        dates = [day for day in (cycle.released, cycle.ends) if day is not None]
        assert dates == sorted(dates)
        assert all(EARLIEST <= day <= LATEST for day in dates)
    for known in floor:
        (cycle,) = [cycle for cycle in merged.cycles if cycle.name == known.name]
        told = next((each for each in fetched if each.name == known.name), known)
        assert cycle.released in {told.released, known.released}
        assert cycle.lts == (known.lts if told.lts is None else told.lts)
        assert cycle.pythons == (told.pythons or known.pythons)
    # Once more on top changes nothing, and without anything told the floor is what there is.
    if not merged.refused:
        assert merge(merged.cycles, fetched) == merged
    assert merge(merged.cycles, []).cycles == merged.cycles


# A framework's own releases


def make_release(version: str, day: str | None, *, yanked: bool = False) -> Release:
    """Return a release with one file of that day, or without any."""
    time = None if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC)
    file = Distribution(
        filename="x", upload_time=time, requires_python=None, yanked=yanked, yanked_reason=None
    )
    return Release(version=version, distributions=() if day is None else (file,))


def make_flask(name: str, released: date, *, ended: bool) -> Cycle:
    return Cycle(product="flask", name=name, released=released, ended=ended)


def test_a_framework_of_which_nobody_says_when_support_ends_has_its_cycles_from_its_releases() -> None:
    releases = [
        make_release("2.3.3", "2023-08-21"),
        make_release("2.3.0", "2023-04-25"),
        make_release("3.0.0rc1", "2023-09-01"),
        make_release("3.0.0", "2023-09-30"),
        make_release("3.0.0.post1", "2023-10-30"),
        make_release("3.1", "2024-11-13"),
        make_release("3.10.0.dev1", "2026-01-01"),
        make_release("9.0", "2024-12-01", yanked=True),
        make_release("9.1", None),
        make_release("not a version", "2024-01-01"),
        make_release("9" * 5000, "2024-01-01"),
    ]
    assert find_cycles("flask", releases) == (
        make_flask("3.1", date(2024, 11, 13), ended=False),
        make_flask("3.0", date(2023, 9, 30), ended=False),
        make_flask("2.3", date(2023, 4, 25), ended=True),
    )
    assert find_cycles("flask", []) == ()


def test_minor_numbers_are_compared_as_numbers_and_one_cycle_alone_is_supported_whatever_its_age() -> None:
    found = find_cycles("flask", [make_release("0.9", "2012-07-01"), make_release("0.10.1", "2013-06-14")])
    assert [(cycle.name, cycle.is_supported(TODAY)) for cycle in found] == [("0.10", True), ("0.9", True)]
    (alone,) = find_cycles("old", [make_release("1", "2001-01-01")])
    assert (alone.name, alone.is_supported(TODAY)) == ("1.0", True)


@dataclass(frozen=True)
class Told:
    """What a document says of a release."""

    version: str
    upload_time: datetime | None
    yanked: bool


def test_releases_may_come_from_documents_as_well() -> None:
    release = Told("3.1.2", datetime(2026, 1, 1, tzinfo=UTC), yanked=False)
    assert find_cycles("flask", [release]) == (make_flask("3.1", date(2026, 1, 1), ended=False),)
