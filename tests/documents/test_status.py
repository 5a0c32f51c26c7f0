"""What a document says of its project's status."""

from datetime import UTC, datetime

from pyf.aggregator.documents.status import StatusInput, build_status_fields
from pyf.aggregator.metadata.model import NormalizedName, Serial

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_what_the_page_said_is_in_the_document_and_nothing_else() -> None:
    checked = {"provenance_checked": int(NOW.timestamp())}
    assert build_status_fields("archived", ["github.com/a/b"], NOW) == {
        "status": "archived",
        "attested_by": ["github.com/a/b"],
        **checked,
    }
    assert build_status_fields(None, [], NOW) == checked


def test_a_document_that_nobody_asked_for_yet_says_neither_when_nor_from_what() -> None:
    silent = StatusInput(id=NormalizedName("a"))
    assert (silent.serial, silent.provenance_checked) == (Serial(0), None)
