"""What a source reads of documents, and what it writes."""

import json

import msgspec
import pytest

from pyf.aggregator.documents.import_lines import ImportLine
from pyf.aggregator.documents.owned_fields import (
    OwnedFields,
    SourceInput,
    encode_changes,
    find_changes,
    read_document,
)
from pyf.aggregator.documents.schema import Field
from pyf.aggregator.metadata.model import NormalizedName

KIT = NormalizedName("kit")


class Reads(SourceInput, frozen=True, kw_only=True):
    summary: str | None = None


def test_a_document_is_read_with_what_the_source_said_before() -> None:
    text = json.dumps({"id": "kit", "summary": "Forms", "stars": 3, "forks": None, "other": 1})
    read, carried = read_document(text, Reads, ("stars", "forks", "watchers"))
    assert read == Reads(id=KIT, summary="Forms")
    assert dict(carried) == {"stars": 3}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 3}', '{"id": "kit", "summary": 3}'])
def test_what_is_no_such_document_is_told(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_document(text, Reads, ("stars",))


def test_changes_are_what_differs_and_nulls_for_what_is_no_longer_said() -> None:
    assert find_changes({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4}) == {"b": 3, "d": 4, "c": None}
    assert encode_changes(KIT, {"b": 3, "c": None}) == ImportLine(
        name=KIT, body=b'{"id":"kit","b":3,"c":null}', content_hash=""
    )


def test_fields_that_go_on_by_themselves_are_no_reason_to_write() -> None:
    fields = OwnedFields(
        source="s", schema=(Field(name="a", type="string"),), display=("b", "c"), continued=("c",)
    )
    assert (fields.names, fields.compared) == (("a", "b", "c"), ("a", "b"))
