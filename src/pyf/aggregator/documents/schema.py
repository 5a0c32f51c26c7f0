"""What a schema is made of, and how ours differs from the one a server has. Pure.

Typesense 0.24 accepts properties it does not know and drops them without a word (measured), so what a server
returns is compared even right after the collection was created.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from pyf.aggregator.errors.typesense import FieldMismatch

type Document = dict[str, object]
"""One project as Typesense stores it, keyed by field; what is unknown is left out."""

type Schema = Mapping[str, Any]
"""A collection's schema as Typesense's API writes it: ``name``, ``fields``, ``token_separators`` and
``symbols_to_index``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One declared field; the four properties are compared with what the server made of them."""

    name: str
    type: str
    facet: bool = False
    sort: bool = False
    optional: bool = True


_PROPERTIES = ("type", "facet", "sort", "optional")


def find_missing_fields(wanted: Schema, existing: Schema) -> list[dict[str, Any]]:
    """Return the optional fields that the collection lacks: those can be added in place."""
    names = {field["name"] for field in existing["fields"]}
    return [field for field in wanted["fields"] if field["optional"] and field["name"] not in names]


def find_mismatches(wanted: Schema, existing: Schema) -> list[FieldMismatch]:
    """Return, field by field, what the collection has otherwise than wanted and cannot be mended in place."""
    have = {field["name"]: field for field in existing["fields"]}
    mismatches = [
        mismatch
        for field in wanted["fields"]
        if (mismatch := _compare_field(field, have.get(field["name"]))) is not None
    ]
    mismatches += _find_surplus(wanted, have.values())
    mismatches += [
        FieldMismatch(key, _compare_symbols(set(wanted.get(key, ())), set(existing.get(key, ()))))
        for key in ("token_separators", "symbols_to_index")
        if set(wanted.get(key, ())) != set(existing.get(key, ()))
    ]
    return mismatches


def _compare_symbols(wanted: AbstractSet[str], has: AbstractSet[str]) -> str:
    differences = {"lacks": wanted - has, "has": has - wanted}
    return ", ".join(
        f"{verb} {' '.join(sorted(symbols))}" for verb, symbols in differences.items() if symbols
    )


def _compare_field(wanted: Mapping[str, Any], has: Mapping[str, Any] | None) -> FieldMismatch | None:
    if has is None:
        return None if wanted["optional"] else FieldMismatch(wanted["name"], "missing, and required")
    differing = [key for key in _PROPERTIES if wanted[key] != has.get(key)]
    if not differing:
        return None
    wants = ", ".join(f"{key} {wanted[key]}" for key in differing)
    found = ", ".join(f"{key} {has.get(key)}" for key in differing)
    return FieldMismatch(wanted["name"], f"has {found} where {wants} is wanted")


def _find_surplus(wanted: Schema, have: Iterable[Mapping[str, Any]]) -> list[FieldMismatch]:
    """Return the required fields that we never fill: every document would be refused."""
    names = {field["name"] for field in wanted["fields"]}
    return [
        FieldMismatch(field["name"], "required there, but the aggregator does not fill it")
        for field in have
        if field["name"] not in names and not field.get("optional") and field["name"] != "id"
    ]
