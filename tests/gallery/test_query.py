"""A search as its address has it: bounded, written back as it was read, and never more than a filter."""

import dataclasses
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.gallery.adapting import find_absent_field, leave_out
from pyf.aggregator.gallery.footer import FooterPart, parse_footer
from pyf.aggregator.gallery.query import (
    LAST_PAGE,
    MOST_CHARACTERS,
    MOST_VALUES,
    SearchQuery,
    Sort,
    build_facets,
    build_filter,
    parse_query,
)

FACETS = build_facets("Plone")
KEYS = st.sampled_from(["q", "sort", "page", "ended", "x", *(facet.key for facet in FACETS)])


@given(pairs=st.lists(st.tuples(KEYS, st.text() | st.sampled_from(["1", "use", "2", "6.2"])), max_size=30))
def test_what_is_read_is_bounded_and_written_as_it_was_read(pairs: list[tuple[str, str]]) -> None:
    query = parse_query(pairs, FACETS)
    assert len(query.words) <= MOST_CHARACTERS
    assert 1 <= query.page <= LAST_PAGE
    assert all(0 < len(values) <= MOST_VALUES for values in query.chosen.values())
    assert parse_query(parse_qsl(str(query)), FACETS) == query


def test_equal_searches_have_one_address() -> None:
    one = parse_query([("works", "6.2"), ("q", "a  b"), ("kind", "Addon"), ("page", "1")], FACETS)
    other = parse_query([("kind", "Addon"), ("q", " a b "), ("works", "6.2"), ("works", "6.2")], FACETS)
    assert str(one) == str(other) == "q=a+b&kind=Addon&works=6.2"


def test_choosing_twice_is_not_choosing() -> None:
    query = SearchQuery(words="a", page=3)
    chosen = query.toggle("works", "6.2")
    assert (chosen.chosen, chosen.page) == ({"works": ("6.2",)}, 1)
    assert chosen.toggle("works", "6.2") == dataclasses.replace(query, page=1)
    assert chosen.toggle("works", "6.1").chosen == {"works": ("6.2", "6.1")}
    assert chosen.order(Sort.NAME).turn(2).show_ended(shown=True).page == 1


@pytest.mark.parametrize(
    ("value", "page"), [("2", 2), ("0", 1), ("-1", 1), ("x", 1), ("9" * 50, LAST_PAGE), ("٣", 1)]
)
def test_pages(value: str, page: int) -> None:
    assert parse_query([("page", value)], FACETS).page == page


def test_a_value_cannot_end_its_quotes() -> None:
    assert build_filter("life", ["a`b", "c,d"]) == "life:=[`ab`,`c,d`]"


MISSING = [
    ("Could not find a field named `rank` in the schema for sorting.", "rank"),
    ("Could not find a facet field named `life` in the schema.", "life"),
    ("Could not find a filter field named `life` in the schema.", "life"),
    ("Could not find a field named `people_alt` in the schema.", "people_alt"),
    ("Something else about `life`.", None),
]


@pytest.mark.parametrize(("reason", "field"), MISSING)
def test_the_field_that_is_missing_is_read_from_the_refusal(reason: str, field: str | None) -> None:
    assert find_absent_field(reason) == field


def test_a_search_does_without_what_is_missing() -> None:
    search = {
        "q": "x",
        "query_by": "name,people_alt,summary",
        "query_by_weights": "3,2,1",
        "prefix": "true,false,true",
        "facet_by": "life,kinds",
        "sort_by": "rank:desc,upload_timestamp:desc",
        "filter_by": "kinds:=[`Addon`] && life:!=[archived] && owners:=[`a`] || organization:=[`a`]",
    }
    assert leave_out(search, {"people_alt", "life", "rank", "organization"}) == {
        "q": "x",
        "query_by": "name,summary",
        "query_by_weights": "3,1",
        "prefix": "true,true",
        "facet_by": "kinds",
        "sort_by": "upload_timestamp:desc",
        "filter_by": "kinds:=[`Addon`] && owners:=[`a`]",
    }
    # No document has a value of a field that is not there.
    assert leave_out({"filter_by": "life:=[`alive`]"}, {"life"}) == {"filter_by": "id:=[`-`]"}
    assert leave_out({"filter_by": "life:!=[archived]", "sort_by": "use:desc"}, {"life", "use"}) == {}


def test_a_footer_is_text_with_links_and_nothing_else() -> None:
    assert parse_footer("By us. [Imprint](https://example.org/i) | [Mail](mailto:a@example.org)") == (
        FooterPart("By us. "),
        FooterPart("Imprint", "https://example.org/i"),
        FooterPart(" | "),
        FooterPart("Mail", "mailto:a@example.org"),
    )
    assert parse_footer("[a](javascript:alert(1)) <b>") == (FooterPart("[a](javascript:alert(1)) <b>"),)
    assert parse_footer("") == ()
