"""What clients search and what comes first: the parameters that the server stores for them. Pure.

How Typesense 0.24.1 scores a match with ``max_weight`` (measured; its ``text_match`` is these numbers in a
row, four, eight, 48 and three bits wide):

1. how many words of the query were found, in whatever fields;
2. the weight of the heaviest field that has any of them; of equal weights the field that is named first;
3. how well they match in this one field: how many, how near, spelt as typed, and as all that it says;
4. in how many fields, seven at most.

So a heavier field with one word of two beats a lighter one that has both, and a field with names has to have
them in all spellings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyf.aggregator.documents.schema import Schema

_MOST_FIELDS_COUNTED = 7


@dataclass(frozen=True, slots=True)
class _Searched:
    """A field that the preset searches, and how; named several ``times`` it counts as so many fields."""

    name: str
    weight: int
    prefix: bool
    typos: int
    times: int = 1


_SEARCHED = (
    # Of names that match equally well, rank decides and not in how many texts the words stand as well; but a
    # name that has the words as they are comes before one that only has them inside of a compound.
    _Searched("name_alt", 5, prefix=True, typos=2),
    _Searched("name", 4, prefix=True, typos=2, times=_MOST_FIELDS_COUNTED - 1),
    _Searched("keywords", 3, prefix=True, typos=1),
    _Searched("summary", 2, prefix=True, typos=1),
    _Searched("words", 2, prefix=True, typos=0),
    # As light as the README, but before it: who wrote a package comes before who is thanked in one.
    _Searched("people_alt", 1, prefix=True, typos=0),
    _Searched("author", 1, prefix=True, typos=1),
    _Searched("maintainer", 1, prefix=True, typos=1),
    _Searched("owners", 1, prefix=True, typos=0),
    _Searched("organization", 1, prefix=True, typos=0),
    _Searched("description", 1, prefix=False, typos=0),
    _Searched("description_words", 1, prefix=True, typos=0),
)

_SORT = ("_text_match", "rank", "upload_timestamp")
"""From most to least: 0.24.1 takes three at most. Documents without one of them come last among equals."""


_LONG = "description,description_html,releases,words,description_words,people_alt"
_EARLIER = ({"exclude_fields": _LONG},)
"""What presets of earlier versions have otherwise; still older ones are of schemas that are filled anew."""


def is_earlier(preset: Mapping[str, object]) -> bool:
    """Tell whether a preset is as an earlier version stored it, so that nobody has changed it by hand."""
    return any(preset == build_preset() | changed for changed in _EARLIER)


def build_preset(*schemas: Schema) -> dict[str, object]:
    """Return the search parameters that rank names first; the server stores them for all clients.

    Equal matches are in the order of their rank, then the newest first. Of collections with other ``schemas``
    only those fields are searched and sorted by that all of them have.
    """
    has = [{field["name"] for field in schema["fields"]} for schema in schemas]
    searched = [
        field for field in _SEARCHED for _ in range(field.times) if all(field.name in names for names in has)
    ]
    sort = [name for name in _SORT if name.startswith("_") or all(name in names for names in has)]
    return {
        "query_by": ",".join(field.name for field in searched),
        "query_by_weights": ",".join(str(field.weight) for field in searched),
        "text_match_type": "max_weight",
        "prefix": ",".join(str(field.prefix).lower() for field in searched),
        "num_typos": ",".join(str(field.typos) for field in searched),
        "split_join_tokens": "fallback",
        "drop_tokens_threshold": 1,
        "typo_tokens_threshold": 1,
        "sort_by": ",".join(f"{name}:desc" for name in sort),
        "exclude_fields": f"{_LONG},history",
        "highlight_fields": "name,summary",
    }
