"""The fields that sources of facts other than PyPI's JSON add to documents, source by source. Pure.

A source with a few fields declares them here; one whose fields need more than that has a module beside this.
"""

from itertools import chain

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.owned_fields import OwnedFields
from pyf.aggregator.documents.repository import REPOSITORY_FIELDS
from pyf.aggregator.documents.schema import Field
from pyf.aggregator.documents.status import STATUS_FIELDS

DOWNLOAD_FIELDS = OwnedFields(
    source="downloads",
    schema=(
        Field(name="downloads_month", type="int64", sort=True),
        Field(name="downloads_as_of", type="int64", sort=True),
        Field(name="downloads_checked", type="int64", sort=True),
    ),
)
"""How often a project was downloaded within a month, when that month ended, and when this was learnt."""

ENRICHMENTS: tuple[OwnedFields, ...] = (
    STATUS_FIELDS,
    REPOSITORY_FIELDS,
    DOWNLOAD_FIELDS,
    ASSESSMENT_FIELDS,
)
"""Every source's fields. No field is in two of them, nor one of PyPI's."""

ENRICHED_SCHEMA = tuple(chain.from_iterable(fields.schema for fields in ENRICHMENTS))
"""Those that are declared."""

ENRICHED_FIELDS = tuple(chain.from_iterable(fields.names for fields in ENRICHMENTS))
"""All of them, declared or not."""
