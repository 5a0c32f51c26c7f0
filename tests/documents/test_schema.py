import copy
from typing import Any

import pytest

from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.documents.schema import find_mismatches, find_missing_fields
from pyf.aggregator.errors.typesense import FieldMismatch


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
