"""Searching: what clients find in a collection, by its stored preset."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.schema import Document, Schema
from pyf.aggregator.documents.topics import build_topic_filter
from pyf.aggregator.errors.jobs import SearchMistaken
from pyf.aggregator.errors.typesense import RequestRefused
from pyf.aggregator.metadata.topics import Topic
from pyf.aggregator.typesense.documents import Hits
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)

EVERYTHING = "*"

_DIRECTIONS = ("asc", "desc")
_NUMBERS = ("int32", "int64", "float", "bool")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOrder:
    """What a user wants to find in ``target``, a collection or an alias.

    Without ``words`` everything is found, in the order of ``sort``, else by rank and then the newest first.
    ``filters`` hold all at once, each in Typesense's language; ``sort`` is a field or several with commas,
    each with ``:asc`` or ``:desc``. Of a ``topic``, only what belongs to it is found.
    """

    target: str
    limit: int
    words: str = ""
    filters: Sequence[str] = ()
    sort: str | None = None
    topic: Topic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found: how many in all, the first documents of them, and how many there are to search."""

    collection: str
    words: str
    found: int
    searched: int
    documents: Sequence[Document]


async def find_packages(order: SearchOrder, search: SearchServer) -> Findings:
    """Search as a client with the preset does.

    Raises :class:`CollectionNotFound`, and :class:`SearchMistaken` for a filter or an
    order that cannot be followed.
    """
    if search.own:
        # It may have been started for this search, and then it is still reading what it holds.
        await search.wait_until_applied()
    schema = await search.collections.get_schema(await search.get_collection(order.target))
    parameters = {**await _find_preset(order.target, schema, search), "q": order.words or EVERYTHING}
    parameters["per_page"] = order.limit
    filters = [f"({text})" for text in order.filters]
    if order.topic is not None:
        filters.append(build_topic_filter(order.topic, schema))
    if filters:
        parameters["filter_by"] = " && ".join(filters)
    if order.sort:
        parameters["sort_by"] = build_sort(order.sort, schema["fields"])
    told = ", ".join(f"{name} {value!r}" for name, value in parameters.items())
    logger.debug("Searching %s at %s with %s.", order.target, search.url, told)
    hits = await _fetch(order, parameters, schema["fields"], search)
    return Findings(
        collection=order.target,
        words=order.words,
        found=hits.found,
        searched=schema["num_documents"],
        documents=hits.documents,
    )


async def _find_preset(name: str, schema: Schema, search: SearchServer) -> dict[str, object]:
    """Return the parameters that name the stored preset, else those of a run that fit the collection."""
    if await search.find_preset(name) is not None:
        return {"preset": name}
    logger.info(
        "No preset is stored for %s, so clients search with other settings; pyfaggregator -f stores one.",
        name,
    )
    return build_preset(schema)


def build_sort(text: str, fields: Sequence[Mapping[str, Any]]) -> str:
    """Return ``sort_by`` from what a person wrote.

    The direction may be left out: numbers then fall and text rises. A field stands for its sortable twin, as
    ``name`` for ``name_sortable``. Raises :class:`SearchMistaken`.
    """
    if "(" in text:
        # One of the functions, which have commas of their own; Typesense itself says what is wrong with it.
        return text
    return ",".join(_build_sort_part(part.strip(), text, fields) for part in text.split(","))


def _build_sort_part(part: str, text: str, fields: Sequence[Mapping[str, Any]]) -> str:
    named, _, direction = part.partition(":")
    types = {field["name"]: field["type"] for field in fields if field.get("sort")}
    name = next((name for name in (named, f"{named}_sortable") if name in types), named)
    if name == "_text_match":
        return f"{name}:{direction or 'desc'}"
    if name not in types:
        raise SearchMistaken(
            f"--sort {text!r}", f"{named!r} is not a field to sort by", _put_near_first(named, types)
        )
    direction = direction.lower() or ("desc" if types[name] in _NUMBERS else "asc")
    if direction not in _DIRECTIONS:
        raise SearchMistaken(
            f"--sort {text!r}", f"{direction!r} is neither asc nor desc", _put_near_first(named, types)
        )
    return f"{name}:{direction}"


def _put_near_first(text: str, names: Iterable[str]) -> list[str]:
    """Return the names in order, but first those that resemble a word of what was written."""
    ordered = sorted(names)
    near = [name for word in re.findall(r"\w+", text) for name in get_close_matches(word, ordered)]
    return list(dict.fromkeys([*near, *ordered]))


async def _fetch(
    order: SearchOrder,
    parameters: Mapping[str, object],
    fields: Sequence[Mapping[str, Any]],
    search: SearchServer,
) -> Hits:
    try:
        return await search.contents.fetch_hits(order.target, parameters)
    except RequestRefused as error:
        reason = error.reason.rstrip(".")
        if order.filters and "filter" in reason.lower():
            option = f"--filter {' '.join(map(repr, order.filters))}"
            names = _put_near_first(option, [field["name"] for field in fields])
            raise SearchMistaken(option, reason, names) from error
        if order.sort and "sort" in reason.lower():
            sortable = _put_near_first(order.sort, [field["name"] for field in fields if field.get("sort")])
            raise SearchMistaken(f"--sort {order.sort!r}", reason, sortable) from error
        raise
