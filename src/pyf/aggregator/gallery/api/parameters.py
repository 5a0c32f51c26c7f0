"""The parameters of the API, as data: what each takes, and what is wrong with one that is given. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pyf.aggregator.assessment.life import Life
from pyf.aggregator.gallery.query import (
    LAST_PAGE,
    LONGEST_VALUE,
    MOST_CHARACTERS,
    MOST_VALUES,
    Sort,
    build_facets,
)
from pyf.aggregator.metadata.changes import ChangeKind
from pyf.aggregator.metadata.repositories.choice import Evidence

_VALUES_OF: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "life": {"type": "string", "enum": [str(life) for life in Life]},
        "repository_evidence": {"type": "string", "enum": [str(evidence) for evidence in Evidence]},
    }
)
"""Fields whose values are ours, and not those that packages happen to have."""
_NUMBER = " versions, a number alone such as {}"
_VERSIONS_OF: Mapping[str, str] = MappingProxyType(
    {"works": _NUMBER.format("6.2"), "declares": _NUMBER.format("6.2"), "python": _NUMBER.format("3.12")}
)
LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""
PAGE: Mapping[str, Any] = MappingProxyType({"type": "integer", "minimum": 1, "maximum": LAST_PAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a query: its JSON schema, and what it means."""

    name: str
    schema: Mapping[str, Any]
    meaning: str
    example: str | int | None = None


def build_search_parameters() -> tuple[Parameter, ...]:
    """Return what a search takes: words, facets, order and page."""
    words = {"type": "string", "maxLength": MOST_CHARACTERS}
    value = {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}
    values = {"type": "array", "maxItems": MOST_VALUES, "items": value}
    return (
        Parameter(
            name="q", schema=words, meaning="Words to find; without any, all packages.", example="form"
        ),
        *(
            Parameter(
                name=facet.key,
                schema={**values, "items": _VALUES_OF.get(facet.field, value)},
                meaning=f"{facet.title}: one of these{_VERSIONS_OF.get(facet.key, '')}.",
            )
            for facet in build_facets("")
        ),
        Parameter(
            name="ended",
            schema={"type": "string", "enum": ["0", "1"]},
            meaning="1: with those that were archived, are inactive, in quarantine, or all yanked.",
        ),
        Parameter(
            name="sort",
            schema={"type": "string", "enum": [str(sort) for sort in Sort]},
            meaning="What comes first.",
        ),
        Parameter(name="page", schema=PAGE, meaning="Which page of 20, from 1."),
    )


def build_change_parameters() -> tuple[Parameter, ...]:
    """Return what a list of changes takes: kinds, the time from which on, and the page."""
    kind = {"type": "string", "enum": [str(kind) for kind in ChangeKind]}
    return (
        Parameter(
            name="kind",
            schema={"type": "array", "maxItems": len(ChangeKind), "items": kind},
            meaning="What happened: one of these; without any, all.",
        ),
        Parameter(
            name="since",
            schema={"type": "integer", "minimum": 0, "maximum": LAST_SECOND},
            meaning="Those that were noticed at this time or later, in Unix seconds.",
        ),
        Parameter(name="page", schema=PAGE, meaning="Which page of 50, from 1."),
    )


def find_mistake(pairs: Iterable[tuple[str, str]], parameters: Sequence[Parameter]) -> str | None:
    """Return what is wrong with the pairs of a query string, in one sentence; ``None`` if nothing is."""
    known = {parameter.name: parameter for parameter in parameters}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        if name not in known:
            names = ", ".join(known) or "none"
            return f"There is no parameter {name[:LONGEST_VALUE]!r} here; those there are: {names}."
        if not _holds(values, known[name]):
            return f"The parameter {name!r} is not as it has to be; see openapi.json."
    return None


def _holds(values: Sequence[str], parameter: Parameter) -> bool:
    schema = parameter.schema
    if _is_list(parameter):
        items = replace(parameter, schema=schema["items"])
        return len(values) <= schema["maxItems"] and all(_holds([value], items) for value in values)
    if len(values) != 1:
        return False
    (value,) = values
    if schema["type"] == "integer":
        written = value.isascii() and value.isdecimal() and len(value) <= len(str(schema["maximum"]))
        return written and bool(schema["minimum"] <= int(value) <= schema["maximum"])
    if "enum" in schema:
        return value in schema["enum"]
    return bool(schema.get("minLength", 0) <= len(value) <= schema["maxLength"])


def _is_list(parameter: Parameter) -> bool:
    return parameter.schema.get("type") == "array"
