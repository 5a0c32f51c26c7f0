from typing import Any

import pytest

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema

LISTS = ("query_by", "query_by_weights", "prefix", "num_typos")


def leave_out(*names: str) -> dict[str, Any]:
    """Return the schema of a collection that lacks some fields."""
    schema: dict[str, Any] = build_schema()
    return {**schema, "fields": [field for field in schema["fields"] if field["name"] not in names]}


def test_the_preset_is_the_one_that_the_page_explains() -> None:
    names = ["name_alt", *["name"] * 6]
    texts = ["keywords", "summary", "words"]
    people = ["people_alt", "author", "maintainer", "owners", "organization"]
    assert build_preset() == {
        "query_by": ",".join([*names, *texts, *people, "description", "description_words"]),
        "query_by_weights": "5,4,4,4,4,4,4,3,2,2,1,1,1,1,1,1,1",
        "text_match_type": "max_weight",
        "prefix": f"{'true,' * 15}false,true",
        "num_typos": "2,2,2,2,2,2,2,1,1,0,0,1,1,0,0,0,0",
        "split_join_tokens": "fallback",
        "drop_tokens_threshold": 1,
        "typo_tokens_threshold": 1,
        "sort_by": "_text_match:desc,rank:desc,upload_timestamp:desc",
        "exclude_fields": (
            "description,description_html,releases,words,description_words,people_alt,history"
        ),
        "highlight_fields": "name,summary",
    }


@pytest.mark.parametrize("lacking", [(), ("words",), ("name_alt", "people_alt", "rank"), ("keywords",)])
def test_every_list_has_an_entry_for_each_searched_field(lacking: tuple[str, ...]) -> None:
    preset = build_preset(leave_out(*lacking))
    lengths = {len(str(preset[name]).split(",")) for name in LISTS}
    assert len(lengths) == 1
    assert set(str(preset["query_by"]).split(",")) == set(str(build_preset()["query_by"]).split(",")) - {
        *lacking
    }


@pytest.mark.parametrize(
    ("schemas", "sort"),
    [
        ((), "_text_match:desc,rank:desc,upload_timestamp:desc"),
        ((leave_out(),), "_text_match:desc,rank:desc,upload_timestamp:desc"),
        ((leave_out(), leave_out("rank")), "_text_match:desc,upload_timestamp:desc"),
        ((leave_out("rank", "upload_timestamp"),), "_text_match:desc"),
    ],
)
def test_equal_matches_are_sorted_by_what_all_collections_have(
    schemas: tuple[dict[str, Any], ...], sort: str
) -> None:
    assert build_preset(*schemas)["sort_by"] == sort


def test_names_weigh_most_and_people_least() -> None:
    preset = build_preset()
    fields = zip(str(preset["query_by"]).split(","), str(preset["query_by_weights"]).split(","), strict=True)
    weights = {name: int(weight) for name, weight in fields}
    assert max(weights, key=weights.__getitem__) == "name_alt"
    people = {"author", "maintainer", "owners", "organization", "people_alt"}
    assert {weights[name] for name in people} == {min(weights.values())}


def test_a_match_in_the_name_counts_as_all_the_fields_that_are_counted() -> None:
    fields = str(build_preset()["query_by"]).split(",")
    assert sum(name in {"name", "name_alt"} for name in fields) == 7
