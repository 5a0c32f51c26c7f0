"""Ranges: which versions and which cycles they admit, compared with packaging and with counting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pyf.aggregator.metadata.ranges import (
    admits,
    admits_cycle,
    find_version,
    has_floor,
    is_capped,
    is_in_cycle,
    write_range,
)

OPERATORS = st.sampled_from([">=", ">", "<", "<=", "==", "!=", "~="])
NAMES = st.sampled_from(["5.2", "6.0", "6.1", "6.2", "6.3", "7.0"])
VERSIONS = st.one_of(NAMES, st.builds("{}.{}".format, NAMES, st.integers(0, 9)))
CLAUSES = st.one_of(
    st.builds("{}{}".format, OPERATORS, VERSIONS),
    st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), st.one_of(NAMES, st.just("6"))),
)
RANGES = st.lists(CLAUSES, max_size=3).map(",".join)


@pytest.mark.parametrize(
    ("written", "cycle", "admitted"),
    [
        ("", "6.2", True),
        ("<6.2", "6.2", False),
        ("<6.2", "6.1", True),
        ("<=6.2", "6.2", True),
        ("<6.2.1", "6.2", True),
        (">=6.2.1", "6.2", True),
        (">=6.2.1", "6.1", False),
        (">6.2", "6.2", True),
        ("~=6.1", "6.2", True),
        ("~=6.1", "7.0", False),
        ("~=6.1.0", "6.2", False),
        ("==6.*", "6.2", True),
        ("==6.*", "5.2", False),
        ("<7", "6.2", True),
        ("<7", "7.0", False),
        ("!=6.2.*", "6.2", False),
        ("!=6.2.0", "6.2", True),
        ("==6.2b1", "6.2", False),
        (">=6.2a1,<6.2", "6.2", False),
        (">=6.2.dev0", "6.2", True),
        ("<6.2.dev0", "6.2", False),
        (">=3.9.1", "3.9", True),
        ("<=3.12", "3.12", True),
        ("<3.12", "3.12", False),
        (">=3.10", "3.9", False),
        (">=3", "2.7", False),
        (">=5", "6", True),
        ("<6", "6", False),
        ("==6.2.1+local", "6.2", True),
        (">=1!1.0", "6.2", False),
        ("===six", "6.2", None),
        (">=6", "trunk", None),
    ],
)
def test_a_cycle_is_admitted_by_any_final_release_that_may_come(
    written: str, cycle: str, admitted: bool | None
) -> None:
    assert admits_cycle(written, cycle) is admitted


@settings(max_examples=150, deadline=None)
@given(written=RANGES, cycle=NAMES)
def test_without_a_newest_release_it_is_as_if_all_were_counted(written: str, cycle: str) -> None:
    specifier = SpecifierSet(written)
    counted = any(specifier.contains(f"{cycle}.{patch}") for patch in (*range(12), 999))
    assert admits_cycle(written, cycle) is counted


@settings(max_examples=150, deadline=None)
@given(written=RANGES, newest=VERSIONS)
def test_with_a_newest_release_packaging_decides(written: str, newest: str) -> None:
    assert admits_cycle(written, "6.2", Version(newest)) is SpecifierSet(written).contains(newest)


@pytest.mark.parametrize(
    ("written", "capped", "floored"),
    [
        ("", False, False),
        (">=4.2", False, True),
        ("<6", True, False),
        ("<=6", True, False),
        (">=4.2,<6", True, True),
        ("!=5.0", False, False),
        ("~=4.2", True, True),
        ("==4.2", True, True),
        ("==4.*", True, True),
        ("===4.2", True, True),
        (">4,!=5.1", False, True),
    ],
)
def test_a_range_may_begin_and_end(written: str, capped: bool, floored: bool) -> None:
    assert is_capped(SpecifierSet(written)) is capped
    assert has_floor(SpecifierSet(written)) is floored


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<6,>=4.2", ">=4.2,<6"),
        ("<6, !=5.0.*, >=4.2", ">=4.2,!=5.0.*,<6"),
        ("!=5.1,!=5.0", "!=5.0,!=5.1"),
        ("", ""),
    ],
)
def test_a_range_is_written_from_its_beginning_to_its_end(text: str, written: str) -> None:
    assert write_range(SpecifierSet(text)) == written


def test_a_prerelease_that_is_there_is_a_release() -> None:
    assert admits(SpecifierSet(">=6.2a1"), Version("6.2b1"))
    assert admits(SpecifierSet(">=6"), Version("6.2b1"))
    assert not admits(SpecifierSet("<6.2"), Version("6.2b1"))


@pytest.mark.parametrize(
    ("version", "cycle", "inside"),
    [
        ("6.1.3", "6.1", True),
        ("6.1", "6.1", True),
        ("6", "6.0", True),
        ("6.10", "6.1", False),
        ("6.1.3", "6", True),
        ("6.2a1", "6.2", True),
        ("1!6.1.3", "6.1", False),
        ("6.1.3", "trunk", False),
    ],
)
def test_a_version_is_of_the_cycle_that_it_begins_with(version: str, cycle: str, inside: bool) -> None:
    assert is_in_cycle(Version(version), cycle) is inside


@pytest.mark.parametrize("text", ["", "trunk", "2004d", "9" * 5_000, "1.0-final-x"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert find_version(text) is None
