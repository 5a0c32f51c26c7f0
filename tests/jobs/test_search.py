"""The order of a search, from what a person wrote and the fields that there are."""

from collections.abc import Mapping
from typing import Any

import pytest

from pyf.aggregator.errors.jobs import SearchMistaken
from pyf.aggregator.jobs.search import build_sort

FIELDS: list[Mapping[str, Any]] = [
    {"name": "stars", "type": "int32", "sort": True},
    {"name": "serial", "type": "int64", "sort": True},
    {"name": "share", "type": "float", "sort": True},
    {"name": "yanked", "type": "bool", "sort": True},
    {"name": "title", "type": "string", "sort": True},
    {"name": "name", "type": "string", "sort": False},
    {"name": "name_sortable", "type": "string", "sort": True},
    {"name": "words", "type": "string[]"},
]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("stars", "stars:desc"),
        ("serial", "serial:desc"),
        ("share", "share:desc"),
        ("yanked", "yanked:desc"),
        ("title", "title:asc"),
        ("name", "name_sortable:asc"),
        ("stars:asc", "stars:asc"),
        ("title:DESC", "title:desc"),
        ("_text_match", "_text_match:desc"),
        ("_text_match:asc", "_text_match:asc"),
        (" stars , title:desc ", "stars:desc,title:desc"),
        ("_eval(stars:>1, title:=a)", "_eval(stars:>1, title:=a)"),
    ],
)
def test_numbers_fall_and_text_rises_unless_it_is_said(text: str, order: str) -> None:
    assert build_sort(text, FIELDS) == order


@pytest.mark.parametrize(
    ("text", "reason", "first"),
    [
        ("titel", "'titel' is not a field to sort by", "title"),
        ("words", "'words' is not a field to sort by", "name_sortable"),
        ("stars:up", "'up' is neither asc nor desc", "stars"),
    ],
)
def test_what_is_no_order_is_told_with_the_fields_that_there_are(text: str, reason: str, first: str) -> None:
    with pytest.raises(SearchMistaken) as mistaken:
        build_sort(f"serial,{text}", FIELDS)
    assert str(mistaken.value).startswith(f"--sort 'serial,{text}' is not understood: {reason}")
    assert f"the fields are {first}, " in str(mistaken.value)
