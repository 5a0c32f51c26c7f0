"""Searches in collections that lack a field: those of before it was there, and those that others made. Pure.

A visitor's key may search and cannot read the schema. So a search names what it wants, Typesense refuses it
with the name of the first field that is missing, and it is sent again without.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

_ABSENT = re.compile(r"Could not find an? (?:\w+ )*field named `([^`]+)`")
"""What 0.24.1 says, for ``query_by``, ``facet_by``, ``filter_by`` and ``sort_by`` alike (measured)."""

_NOTHING = "id:=[`-`]"
"""No document: an id is a normalized name, which begins with a letter or a digit (PEP 503)."""

_PER_FIELD = ("query_by", "query_by_weights", "prefix", "num_typos")


def find_absent_field(reason: str) -> str | None:
    """Return which field a collection does not have, if that is why a search was refused."""
    found = _ABSENT.search(reason)
    return found[1] if found else None


def leave_out(search: Mapping[str, Any], absent: Collection[str]) -> dict[str, Any]:
    """Return the search as a collection can carry it out that lacks these fields.

    What is counted or sorted by an absent field is not. No document has any value of it: a filter that wants
    one finds nothing, and one that only rules a value out finds all.
    """
    adapted = dict(search)
    if "facet_by" in adapted:
        kept = [field for field in adapted["facet_by"].split(",") if field not in absent]
        adapted["facet_by"] = ",".join(kept)
    if "sort_by" in adapted:
        kept = [part for part in adapted["sort_by"].split(",") if part.partition(":")[0] not in absent]
        adapted["sort_by"] = ",".join(kept)
    if "filter_by" in adapted:
        clauses = [_leave_out_of_clause(clause, absent) for clause in adapted["filter_by"].split(" && ")]
        adapted["filter_by"] = " && ".join(clause for clause in clauses if clause)
    if "query_by" in adapted:
        _leave_out_searched(adapted, absent)
    return {name: value for name, value in adapted.items() if value != ""}


def _leave_out_of_clause(clause: str, absent: Collection[str]) -> str:
    """Return a clause, or its alternatives, as far as they can hold; empty if it holds of all."""
    opening, closing = clause.startswith("("), clause.endswith(")")
    alternatives = clause.removeprefix("(").removesuffix(")").split(" || ")
    named = [alternative.partition(":")[0] for alternative in alternatives]
    if any(
        field in absent and alternative[len(field) :].startswith(":!=")
        for field, alternative in zip(named, alternatives, strict=True)
    ):
        return ""
    kept = [
        alternative for field, alternative in zip(named, alternatives, strict=True) if field not in absent
    ]
    if not kept:
        return _NOTHING
    return "(" * opening + " || ".join(kept) + ")" * closing


def _leave_out_searched(search: dict[str, Any], absent: Collection[str]) -> None:
    fields = search["query_by"].split(",")
    kept = [place for place, field in enumerate(fields) if field not in absent]
    for name in _PER_FIELD:
        if name in search:
            values = search[name].split(",")
            search[name] = ",".join(values[place] for place in kept)
