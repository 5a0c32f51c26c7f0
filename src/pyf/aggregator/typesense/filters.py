"""Filters, as Typesense's API writes them, for exactly these values. Pure."""

import re
from collections.abc import Iterable, Sequence

from pyf.aggregator.metadata.model import NormalizedName

_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]+")
"""What needs no quoting anywhere: every normalized name, and not every id of somebody else's collection."""

IDS_A_REQUEST = 50
"""Ids in one filter: a name has at most some 80 characters, a query string at most 4,000 (0.24.1)."""

MOST_HITS = 250
"""As many documents as one page of a search may have (0.24.1)."""


def search_ids(names: Sequence[NormalizedName], fields: Sequence[str]) -> dict[str, object]:
    """Return a search for exactly these ids, at most :data:`IDS_A_REQUEST` of them, showing these fields."""
    included = ",".join(dict.fromkeys(("id", *fields)))
    return {
        "q": "*",
        "filter_by": filter_values("id", names),
        "per_page": IDS_A_REQUEST,
        "include_fields": included,
    }


def is_plain(name: str) -> bool:
    """Tell whether an id needs no quoting, as every normalized name does not."""
    return _PLAIN_ID.fullmatch(name) is not None


def filter_values(field: str, values: Iterable[str]) -> str:
    """Return a filter for exactly these values; ours need no quoting, backticks are belt and braces."""
    return f"{field}:=[{', '.join(f'`{value}`' for value in values)}]"
