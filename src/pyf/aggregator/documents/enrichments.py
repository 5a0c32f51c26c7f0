"""The fields that sources of facts other than PyPI's JSON add to documents, source by source. Pure.

A source with a few fields declares them here; one whose fields need more than that has a module beside this.
"""

from itertools import chain

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.facts import OwnedFields
from pyf.aggregator.documents.github import GITHUB_FIELDS

ENRICHMENTS: tuple[OwnedFields, ...] = (GITHUB_FIELDS, ASSESSMENT_FIELDS)
"""Every source's fields. No field is in two of them, nor one of PyPI's."""

ENRICHED_SCHEMA = tuple(chain.from_iterable(fields.schema for fields in ENRICHMENTS))
"""Those that are declared."""

ENRICHED_DISPLAY_FIELDS = tuple(chain.from_iterable(fields.display for fields in ENRICHMENTS))
"""Those that are stored and returned but not declared."""
