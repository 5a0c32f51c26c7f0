import copy
import re
import string
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.changes import CHANGE_SCHEMA, build_change_schema
from pyf.aggregator.documents.enrichments import ENRICHMENTS
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import DISPLAY_FIELDS, PYPI_SCHEMA, SCHEMA, build_schema
from pyf.aggregator.documents.schema import Field, find_mismatches, find_missing_fields
from pyf.aggregator.errors.typesense import FieldMismatch

PAGE = Path(__file__).parents[2] / "docs" / "documents.md"


@pytest.fixture
def wanted() -> dict[str, Any]:
    return build_schema()


@pytest.fixture
def existing(wanted: dict[str, Any]) -> dict[str, Any]:
    """A collection as a server describes it: what we sent, and its own defaults beside it."""
    there = copy.deepcopy(wanted)
    for field in there["fields"]:
        field |= {"index": True, "infix": False, "locale": ""}
    return there


def get_field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    field: dict[str, Any] = next(field for field in schema["fields"] if field["name"] == name)
    return field


def test_what_was_sent_fits(wanted: dict[str, Any], existing: dict[str, Any]) -> None:
    assert find_missing_fields(wanted, existing) == []
    assert find_mismatches(wanted, existing) == []


def test_missing_optional_fields_can_be_added(wanted: dict[str, Any], existing: dict[str, Any]) -> None:
    existing["fields"] = [field for field in existing["fields"] if field["name"] not in {"owners", "summary"}]
    assert find_missing_fields(wanted, existing) == [
        get_field(wanted, "summary"),
        get_field(wanted, "owners"),
    ]


def test_every_misfit_is_told_field_by_field(wanted: dict[str, Any], existing: dict[str, Any]) -> None:
    existing["fields"] = [field for field in existing["fields"] if field["name"] != "serial"]
    get_field(existing, "version_sortable")["sort"] = False
    get_field(existing, "upload_timestamp").update(type="int32", optional=False)
    existing["fields"].append({"name": "title", "type": "string", "optional": False})
    existing["fields"].append({"name": "ours", "type": "string", "optional": True})
    existing["token_separators"] = [each for each in existing["token_separators"] if each != "_"] + ["#"]
    existing["symbols_to_index"] = ["#"]
    assert find_mismatches(wanted, existing) == [
        FieldMismatch("version_sortable", "has sort False where sort True is wanted"),
        FieldMismatch("serial", "missing, and required"),
        FieldMismatch(
            "upload_timestamp", "has type int32, optional False where type int64, optional True is wanted"
        ),
        FieldMismatch("title", "required there, but the aggregator does not fill it"),
        FieldMismatch("token_separators", "lacks _, has #"),
        FieldMismatch("symbols_to_index", "lacks +"),
    ]


# What the page says


def read_table(heading: str) -> list[tuple[str, str, set[str]]]:
    """Return the fields of the table below a heading: name, type and what it can be used for."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \| ([\w\[\]]+) \| ([\w, ]*)\| .* \|$", section, re.MULTILINE)
    return [
        (name, kind, set(filter(None, uses.strip().split(", "))))
        for names, kind, uses in rows
        for name in re.findall(r"`(\w+)`", names)
    ]


def list_uses(fields: Iterable[Field], searched: Collection[str]) -> list[tuple[str, str, set[str]]]:
    return [
        (
            field.name,
            field.type,
            {
                use
                for use, given in (
                    ("facet", field.facet),
                    ("sort", field.sort),
                    ("searched", field.name in searched),
                )
                if given
            },
        )
        for field in fields
    ]


def test_each_declared_field_is_used_as_the_page_says() -> None:
    searched = str(build_preset()["query_by"]).split(",")
    declared, documented = list_uses(SCHEMA, searched), read_table("Declared fields")
    assert sorted(declared) == sorted(documented)
    pypi, documented_pypi = declared[: len(PYPI_SCHEMA)], documented[: len(PYPI_SCHEMA)]
    assert pypi == documented_pypi


def test_each_field_of_a_change_is_used_as_the_page_says() -> None:
    assert list_uses(CHANGE_SCHEMA, ("name", "sentence")) == read_table("Changes")


def test_only_what_every_document_has_is_required() -> None:
    assert {field.name for field in SCHEMA if not field.optional} == {
        *("name", "name_sortable", "version", "version_sortable", "serial", "yanked")
    }


def test_a_schema_names_all_that_the_server_compares() -> None:
    schema: dict[str, Any] = build_schema()
    assert schema.keys() == {"fields", "token_separators", "symbols_to_index"}
    assert get_field(schema, "yanked") == {
        "name": "yanked",
        "type": "bool",
        "facet": True,
        "sort": True,
        "optional": False,
    }
    assert schema["symbols_to_index"] == ["+", "#"]
    # All other punctuation separates words.
    assert sorted([*schema["token_separators"], "+", "#"]) == sorted(string.punctuation)
    changes: dict[str, Any] = build_change_schema()
    assert changes.keys() == {"fields", "token_separators", "symbols_to_index"}
    assert (changes["token_separators"], changes["symbols_to_index"]) == ([".", "-", "_", "/"], [])
    assert get_field(changes, "version") == {
        "name": "version",
        "type": "string",
        "facet": False,
        "sort": False,
        "optional": True,
    }


def test_what_a_server_lacks_is_told() -> None:
    wanted: dict[str, Any] = build_schema()
    bare = {"fields": [field for field in wanted["fields"] if field["optional"]]}
    told = {found.field: found.reason for found in find_mismatches(wanted, bare)}
    assert told == {
        **dict.fromkeys(
            ("name", "name_sortable", "version", "version_sortable", "serial", "yanked"),
            "missing, and required",
        ),
        "token_separators": f"lacks {' '.join(sorted(wanted['token_separators']))}",
        "symbols_to_index": "lacks # +",
    }


def test_each_field_that_is_only_shown_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition("\n## Display fields\n")[2].partition("\n## ")[0]
    firsts = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    documented = {name for first in firsts for name in re.findall(r"`(\w+)(?:\[\])?`", first)}
    # The assessment's are explained on a page of their own, and named below the declared ones.
    words = r"^`requires` and what follows it in this table, and (.*) \(display\)"
    (named,) = re.findall(words, text, re.MULTILINE)
    documented |= set(re.findall(r"`(\w+)`", named))
    display = [name for fields in ENRICHMENTS for name in fields.display]
    assert {*DISPLAY_FIELDS, *display} == documented
    declared = [name for name, _, _ in read_table("Declared fields")]
    assert tuple(declared[declared.index("requires") :]) == tuple(f.name for f in ASSESSMENT_FIELDS.schema)
