"""What a document says of its project's status, and of where it is published from. Pure."""

from collections.abc import Sequence
from datetime import datetime

from pyf.aggregator.documents.owned_fields import OwnedFields, SourceInput
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.metadata.model import Serial

STATUS_FIELDS = OwnedFields(
    source="status",
    schema=(
        Field(name="status", type="string", facet=True),
        Field(name="attested_by", type="string[]", facet=True),
        Field(name="provenance_checked", type="int64", sort=True),
    ),
)
"""What PyPI's project page and its integrity API fill."""


class StatusInput(SourceInput, frozen=True, kw_only=True):
    """When the page last answered (Unix seconds), and the serial that the document was built from."""

    serial: Serial = Serial(0)
    provenance_checked: int | None = None


def build_status_fields(status: str | None, attested_by: Sequence[str], checked_at: datetime) -> Document:
    """Return the fields that say what the page said at ``checked_at``, what it does not say left out."""
    fields: Document = {
        "status": status,
        "attested_by": list(attested_by) or None,
        "provenance_checked": int(checked_at.timestamp()),
    }
    return {field: value for field, value in fields.items() if value is not None}
