import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pyf.aggregator.metadata.versions import is_prerelease, order_versions, sort_key
from tests.laboratory import Laboratory

ORDERED = [
    "0.1.dev1",
    "0.1",
    "1.0.dev1",
    "1.0a1.dev2",
    "1.0a1",
    "1.0a2",
    "1.0a10",
    "1.0b1",
    "1.0rc1",
    "1.0",
    "1.0+abc",
    "1.0+abc.5",
    "1.0+abd",
    "1.0+5",
    "1.0+10",
    "1.0.post1.dev3",
    "1.0.post1",
    "1.0.0.1",
    "1.0.2",
    "1.0.10",
    "1.2.10",
    "6",
    "9.0",
    "10.0",
    "2024.1.15",
    "20240115123456789012345678901234567890",
    "1!0.1",
]

numbers = st.integers(0, 10**30)
versions = st.builds(
    lambda epoch, release, pre, post, dev, local: (
        (f"{epoch}!" if epoch else "")
        + ".".join(map(str, release))
        + (f"{pre[0]}{pre[1]}" if pre else "")
        + (f".post{post}" if post is not None else "")
        + (f".dev{dev}" if dev is not None else "")
        + (f"+{'.'.join(local)}" if local else "")
    ),
    st.integers(0, 3),
    st.lists(st.integers(0, 12) | numbers, min_size=1, max_size=4),
    st.none() | st.tuples(st.sampled_from(["a", "b", "rc"]), st.integers(0, 12)),
    st.none() | st.integers(0, 12),
    st.none() | st.integers(0, 12),
    st.none() | st.lists(st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True), min_size=1, max_size=3),
)


def test_the_table_is_in_order() -> None:
    assert [str(Version(v)) for v in ORDERED] == [str(v) for v in sorted(map(Version, ORDERED))]
    assert sorted(ORDERED, key=sort_key) == ORDERED
    assert order_versions(reversed(ORDERED)) == ORDERED[::-1]


@given(one=versions, other=versions)
def test_keys_compare_as_versions_do(one: str, other: str) -> None:
    assert (sort_key(one) < sort_key(other)) is (Version(one) < Version(other))
    assert (sort_key(one) == sort_key(other)) is (Version(one) == Version(other))


@given(st.text())
def test_any_text_has_a_key_of_plain_letters_and_digits(text: str) -> None:
    assert re.fullmatch("[0-9a-z]+", sort_key(text))


UNREADABLE = [
    "",
    "alpha-foo",
    "foo",
    "foo-2",
    "foo-10",
    "0.9-foo",
    "1.2-final",
    "v1.9-foo",
    "1.9-foo2",
    "1.9-foo10",
    "1.10-FOO",
    "1.10-foo",
    "2004-Q3-really",
    "1" + "0" * 200 + "-foo",
]


def test_what_is_no_version_sorts_naturally_among_its_like() -> None:
    assert not [text for text in UNREADABLE if is_readable(text)]
    assert order_versions(UNREADABLE) == UNREADABLE[::-1]
    assert order_versions(["1.9-foo", "0.1", "1.10-foo"]) == ["0.1", "1.10-foo", "1.9-foo"]


def is_readable(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


@given(number=st.integers(0, 10**12), other=st.integers(0, 10**12))
def test_numbers_in_what_is_no_version_compare_as_numbers(number: int, other: int) -> None:
    keys = [sort_key(f"1.{n}-foo") for n in (number, other)]
    assert (keys[0] < keys[1]) is (number < other)


@given(one=st.text(), other=st.text())
def test_keys_of_different_texts_differ(one: str, other: str) -> None:
    if not is_readable(one) and not is_readable(other):
        assert (sort_key(one) == sort_key(other)) is (one == other)


@pytest.mark.parametrize("text", ["", "final", "1.0-really", "\ud800", "1." + "9" * 5000])
def test_what_is_no_version_sorts_below_all_that_are(text: str) -> None:
    assert sort_key(text) < sort_key("0.dev0")
    assert is_prerelease(text) is False


def test_numbers_of_any_length_compare() -> None:
    lengths = [1, 9, 98, 99, 100, 500]
    keys = [sort_key("1" + "0" * length) for length in lengths]
    assert keys == sorted(keys)


def test_prereleases_are_known() -> None:
    assert [v for v in ("1.0", "1.0a1", "1.0.dev1", "1.0.post1", "1.0rc2") if is_prerelease(v)] == [
        "1.0a1",
        "1.0.dev1",
        "1.0rc2",
    ]


def test_typesense_sorts_by_the_key(laboratory: Laboratory) -> None:
    fields = [{"name": "n", "type": "string"}, {"name": "key", "type": "string", "sort": True}]
    laboratory.ask("POST", "/collections", {"name": laboratory.collection, "fields": fields})
    path = f"/collections/{laboratory.collection}/documents"
    ordered = UNREADABLE[1:] + ORDERED
    for version in sorted(ordered):
        laboratory.ask("POST", path, {"n": version, "key": sort_key(version)})
    answer = laboratory.ask("GET", f"{path}/search", q="*", query_by="n", sort_by="key:asc", per_page="100")
    assert [hit["document"]["n"] for hit in json.loads(answer)["hits"]] == ordered
