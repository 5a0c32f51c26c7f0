"""Requirements in the forms in which people uploaded them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.metadata.requirements import (
    MAX_LENGTH,
    MAX_REQUIREMENTS,
    Oddity,
    Requirements,
    read_python_range,
    read_requirement,
    read_requirements,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("tidy", "tidy"),
        ("tidy.forms", "tidy.forms"),
        ("Tidy_Forms>=1.0", "Tidy_Forms>=1.0"),
        ("tidy (>=1.0)", "tidy>=1.0"),
        ("tidy (<2.0,>=1.0)", "tidy>=1.0,<2.0"),
        ("tidy >=1.0", "tidy>=1.0"),
        ("tidy<9.0,>=7.0", "tidy>=7.0,<9.0"),
        ("tidy !=1.1.0,>=1.0.10", "tidy>=1.0.10,!=1.1.0"),
        ("tidy==20241021", "tidy==20241021"),
        ("tidy==1.2.*", "tidy==1.2.*"),
        ("tidy~=2.2", "tidy~=2.2"),
        ("tidy>=2.4.0dev", "tidy>=2.4.0dev"),
        ("tidy>=6.4.dev0", "tidy>=6.4.dev0"),
        ("tidy>=4.0a5", "tidy>=4.0a5"),
        ("tidy>=1.0,", "tidy>=1.0"),
        ("tidy[zcml]>=1.0", "tidy>=1.0"),
        ("tidy[a,b] (>=1.0)", "tidy>=1.0"),
        ("tidy ; python_version < '3.9'", "tidy"),
        ('tidy>=2015.7; python_version < "3.9"', "tidy>=2015.7"),
        ("tidy===1.0", "tidy===1.0"),
        ("tidy @ https://example.org/tidy-1.0.zip", "tidy by URL"),
        ("tidy @ git+https://example.org/tidy.git@main ; python_version >= '3'", "tidy by URL"),
    ],
)
def test_what_is_valid_is_read_as_it_stands(text: str, written: str) -> None:
    requirement, oddity = read_requirement(text)
    assert (str(requirement), oddity) == (written, None)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("tidy>=1.0.*", "tidy>=1.0"),
        ("tidy (>=1.0.*)", "tidy>=1.0"),
        ("tidy<2.*", "tidy<2"),
        ("tidy!=3.3*", "tidy!=3.3.*"),
        ("tidy ==3.3*", "tidy==3.3.*"),
        ("tidy=>1.0", "tidy>=1.0"),
        ("tidy =< 2.0", "tidy<=2.0"),
        ("tidy>=1.0 <2.0", "tidy>=1.0,<2.0"),
        ("tidy>=1.0<2.0", "tidy>=1.0,<2.0"),
        ("tidy (>=1.0", "tidy>=1.0"),
        ("tidy>=1.0)", "tidy>=1.0"),
        ("tidy>=1.0;", "tidy>=1.0"),
        ("tidy>=1.0 # for the tables", "tidy>=1.0"),
        ("tidy '>=1.0'", "tidy>=1.0"),
        ("tidy,", "tidy"),
    ],
)
def test_what_can_only_mean_one_thing_is_mended_and_told(text: str, written: str) -> None:
    requirement, oddity = read_requirement(text)
    assert str(requirement) == written
    assert oddity is not None
    assert (oddity.text, oddity.name, oddity.mended) == (text, "tidy", written)
    assert str(oddity).startswith(f"{text!r} is no valid requirement (")
    assert str(oddity).endswith(f"; read as {written}")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tidy 1.0", "tidy"),
        ("tidy (1.0)", "tidy"),
        ("Tidy==2004d", "tidy"),
        ("tidy~=3", "tidy"),
        ("tidy>3.*", "tidy"),
        ("tidy<=3.*", "tidy"),
        ("tidy^1.0", "tidy"),
        ("tidy>=1.0dev-r2", "tidy"),
        ("tidy>=latest", "tidy"),
        ("tidy; python_version", "tidy"),
        ("tidy; platform == 'x'", "tidy"),
        ("tidy; python_version > 3", "tidy"),
        ("tidy; sys_platform == 'win32", "tidy"),
        ("tidy; " + "(" * 200 + "os_name == 'x'" + ")" * 200, "tidy"),
        ("tidy @ ", "tidy"),
        ("-e tidy", None),
        ("https://example.org/tidy.zip", None),
        ("./tidy", None),
        ("", None),
        ("# nothing", None),
        ("<<<<", None),
        ("'tidy'>=1", None),
    ],
)
def test_what_cannot_be_read_is_unknown_and_named(text: str, name: str | None) -> None:
    requirement, oddity = read_requirement(text)
    assert requirement is None
    assert oddity is not None
    assert (oddity.name, oddity.mended) == (name, None)
    assert oddity.why


@pytest.mark.parametrize(
    ("marker", "python", "holds"),
    [
        ("python_version < '3.9'", "3.8", True),
        ("python_version < '3.9'", "3.10", False),
        ("python_version < '3'", "2.7", True),
        ("python_version >= '3.10'", "3.9", False),
        ("python_version == '2.7'", "2.7", True),
        ("python_version in '2.6 2.7'", "2.7", True),
        ("python_version in '2.6 2.7'", "3.12", False),
        ("python_full_version >= '3.12'", "3.12", True),
        ("python_full_version < '3.11.3'", "3.11", False),
        ("sys_platform == 'win32'", "3.12", False),
        ("platform_system == 'Windows'", "3.12", False),
        ("sys_platform != 'win32'", "3.12", True),
        ("platform_python_implementation == 'CPython'", "3.12", True),
        ("implementation_name == 'pypy'", "3.12", False),
        ("python_implementation == 'CPython'", "3.12", True),
        ("os.name == 'posix'", "3.12", True),
        ("extra == 'test'", "3.12", False),
        ("extra == 'test' and python_version < '3.9'", "3.8", False),
        ("extra == 'test' or python_version < '3.9'", "3.8", True),
        ("extra != 'test'", "3.12", True),
        ("extra in 'test docs'", "3.12", False),
        ("'test' in extras", "3.12", False),
        ("python_version >= '3.6.*'", "3.12", False),
        ("python_version ~= 'new'", "3.12", None),
    ],
)
def test_a_marker_is_answered_for_a_python_and_without_extras(
    marker: str, python: str, holds: bool | None
) -> None:
    requirement, _ = read_requirement(f"tidy; {marker}")
    assert requirement is not None
    assert requirement.holds(python) is holds


@pytest.mark.parametrize(
    ("text", "written", "mended"),
    [
        (">=3.10", ">=3.10", False),
        (">= 3.9", ">=3.9", False),
        ("<3.16,>=3.11", ">=3.11,<3.16", False),
        (">=3.8,<4.0", ">=3.8,<4.0", False),
        (">=2.7, !=3.0.*, !=3.1.*", ">=2.7,!=3.0.*,!=3.1.*", False),
        ("==2.7.*", "==2.7.*", False),
        ("~=3.8", "~=3.8", False),
        (">=3.6,", ">=3.6", False),
        ("<4.0.0.dev", "<4.0.0.dev", False),
        (">=3.6.*", ">=3.6", True),
        (">=3.6.*, <4.*", ">=3.6,<4", True),
        ("!=3.3*", "!=3.3.*", True),
        (">=2.7, !=3.0*, !=3.1*", ">=2.7,!=3.0.*,!=3.1.*", True),
        (">=3.6 <4", ">=3.6,<4", True),
        ("=>3.6", ">=3.6", True),
        ("'>=3.6'", ">=3.6", True),
        ("(>=3.6)", ">=3.6", True),
        (">=3.6;", ">=3.6", True),
    ],
)
def test_a_range_of_pythons_is_read(text: str, written: str, mended: bool) -> None:
    found = read_python_range(text)
    assert found.written == written
    assert (found.oddity is not None) is mended
    if found.oddity:
        assert found.oddity.mended == written


@pytest.mark.parametrize(
    "text",
    ["3.6", "3", "python3", "*", "any", "^3.8", ">3.6.*", "<=3.6.*", "~=3", ">=3.7.0.final", '""', ">=three"],
)
def test_a_range_of_pythons_that_cannot_be_read_is_unknown(text: str) -> None:
    found = read_python_range(text)
    assert found.written is None
    assert found.oddity == Oddity(text=text, why="is no version specifier")


@pytest.mark.parametrize("text", [None, "", "  ", ","])
def test_no_range_of_pythons_says_nothing(text: str | None) -> None:
    assert read_python_range(text).oddity is None
    assert read_python_range(text).written is None


def test_a_list_keeps_its_order_and_tells_what_was_odd() -> None:
    found = read_requirements(["two>=2", "one (>=1.0", "three 3"])
    assert [str(requirement) for requirement in found.readable] == ["two>=2", "one>=1.0"]
    assert [oddity.name for oddity in found.oddities] == ["one", "three"]


def test_long_lines_are_unknown_and_shown_short() -> None:
    line = "tidy>=" + "1." * MAX_LENGTH
    (oddity,) = read_requirements([line]).oddities
    assert (oddity.name, oddity.why) == ("tidy", f"has more than {MAX_LENGTH} characters")
    assert len(oddity.text) == 100
    (python,) = (read_python_range(">=" + "3." * MAX_LENGTH).oddity,)
    assert python is not None
    assert len(python.text) == 100


def test_no_more_lines_are_read_than_anybody_has() -> None:
    found = read_requirements([f"p{number}" for number in range(MAX_REQUIREMENTS + 500)])
    assert len(found.readable) == MAX_REQUIREMENTS
    assert [oddity.why for oddity in found.oddities] == [f"stands below the first {MAX_REQUIREMENTS} lines"]


@pytest.mark.parametrize(
    "line",
    [
        "tidy" + ">=1" * 330,
        "tidy; " + "(" * 480 + ")" * 480,
        "tidy " + " " * 900 + "x",
        "tidy[" + "a," * 480,
        "a." * 490 + "!",
        "tidy" + "=" * 900,
        "tidy " + "#" * 900,
        "tidy;" + " or os_name == 'x'" * 50,
        "tidy>=" + "9" * 950,
    ],
)
def test_hostile_lines_cost_no_time(line: str) -> None:
    begin = time.process_time()
    read_requirements([line])
    read_python_range(line)
    assert time.process_time() - begin < 0.5


PIECES = (
    *("tidy", " ", ">=", "<", "=", "~", "!", "1.0", ".*", "*", "(", ")", ";", ",", "'3'", "[", "]", "@"),
    *("python_version", " or ", "extra", " in ", "#", "\n", "9" * 30, "https://", "-"),
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)),
)
def test_nothing_raises_and_everything_is_accounted_for(text: str) -> None:
    found = read_requirements([text])
    assert isinstance(found, Requirements)
    assert len(found.readable) + sum(oddity.mended is None for oddity in found.oddities) == 1
    for requirement in found.readable:
        requirement.holds("3.12")
    python = read_python_range(text)
    assert python.written is None or read_python_range(python.written).written == python.written
