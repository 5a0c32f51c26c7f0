"""What the assessment of a whole collection says of a document: fields as data. Pure."""

from pyf.aggregator.documents.facts import OwnedFields
from pyf.aggregator.documents.schema import Field

ASSESSMENT_FIELDS = OwnedFields(
    source="assessment",
    schema=(Field(name="rank", type="int64", sort=True),),
)
"""``rank`` orders what matches a query equally well, the highest first; a document without it comes last."""
