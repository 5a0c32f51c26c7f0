"""A search as its address has it: read within bounds, written back, and told to Typesense. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlencode

MOST_CHARACTERS = 200
"""Of what somebody types: Typesense reads ten words, and nobody types more than twenty."""
MOST_VALUES = 10
LONGEST_VALUE = 100
LAST_PAGE = 10_000
PAGE_SIZE = 20

ENDED = ("archived", "inactive", "quarantined", "yanked")
"""The labels of life with which nobody should begin; they are left out unless somebody asks."""


class Sort(StrEnum):
    """What comes first."""

    RELEVANCE = "relevance"
    USE = "use"
    QUALITY = "quality"
    NEWEST = "newest"
    NEW = "new"
    NAME = "name"


SORT_TITLES: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.RELEVANCE: "Relevance",
        Sort.USE: "Use",
        Sort.QUALITY: "Quality",
        Sort.NEWEST: "Last release",
        Sort.NEW: "New on PyPI",
        Sort.NAME: "Name",
    }
)

_SORT_BY: Mapping[Sort, str] = MappingProxyType(
    {
        Sort.USE: "use:desc,_text_match:desc",
        Sort.QUALITY: "quality:desc,_text_match:desc",
        Sort.NEWEST: "upload_timestamp:desc",
        Sort.NEW: "first_upload_timestamp:desc",
        Sort.NAME: "name_sortable:asc",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetKind:
    """A facet: its ``key`` in addresses, the ``field`` of documents, and what it is called.

    ``prefix`` is what all values of the field begin with, so that an address can leave it out: ``Python ``.
    """

    key: str
    field: str
    title: str
    prefix: str = ""
    sorted_as_versions: bool = False


def build_facets(framework: str) -> tuple[FacetKind, ...]:
    """Return the facets of a profile; ``framework`` is what its versions are called by, such as ``Plone``."""
    named = f"{framework} "
    return (
        FacetKind(
            key="works", field="allowed_versions", title="Works with", prefix=named, sorted_as_versions=True
        ),
        FacetKind(
            key="declares", field="declared_versions", title="Declares", prefix=named, sorted_as_versions=True
        ),
        FacetKind(key="kind", field="kinds", title="Kind"),
        FacetKind(
            key="python", field="python_versions", title="Python", prefix="Python ", sorted_as_versions=True
        ),
        FacetKind(key="life", field="life", title="Life"),
        FacetKind(key="licence", field="license_spdx", title="Licence"),
        FacetKind(key="evidence", field="repository_evidence", title="Repository"),
    )


LIFE_KEY = "life"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What somebody looks for; ``chosen`` are the values of facets by key, as addresses have them."""

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    with_ended: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked for, so that there is nothing to list but what is worth a look."""
        return self == SearchQuery()

    def __str__(self) -> str:
        """Return the query string, the same for equal queries; empty for the empty one."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [(key, value) for key in sorted(self.chosen) for value in self.chosen[key]]
        if self.with_ended:
            pairs.append(("ended", "1"))
        if self.sort is not Sort.RELEVANCE:
            pairs.append(("sort", self.sort))
        if self.page != 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    def toggle(self, key: str, value: str) -> "SearchQuery":
        """Return the search with a value of a facet chosen, or no longer chosen; from the first page."""
        values = self.chosen.get(key, ())
        kept = tuple(other for other in values if other != value) if value in values else (*values, value)
        chosen = {**self.chosen, key: kept}
        return replace(self, chosen={key: values for key, values in chosen.items() if values}, page=1)

    def turn(self, page: int) -> "SearchQuery":
        """Return the same search at another page."""
        return replace(self, page=page)

    def order(self, sort: Sort) -> "SearchQuery":
        """Return the search in another order; from the first page."""
        return replace(self, sort=sort, page=1)

    def show_ended(self, *, shown: bool) -> "SearchQuery":
        """Return the search with or without what has ended; from the first page."""
        return replace(self, with_ended=shown, page=1)

    def list_pairs(self) -> list[tuple[str, str]]:
        """Return what a form has to carry along beside the words."""
        pairs = [(key, value) for key in sorted(self.chosen) for value in self.chosen[key]]
        if self.with_ended:
            pairs.append(("ended", "1"))
        if self.sort is not Sort.RELEVANCE:
            pairs.append(("sort", self.sort))
        return pairs


def parse_query(pairs: Iterable[tuple[str, str]], facets: Sequence[FacetKind]) -> SearchQuery:
    """Read the pairs of a query string. What is unknown, too long or too much is passed over.

    A page that is no number is the first; one beyond ``LAST_PAGE`` is that one, which is empty.
    """
    keys = {facet.key for facet in facets}
    words, sort, page, with_ended = "", Sort.RELEVANCE, 1, False
    chosen: dict[str, list[str]] = {}
    for key, raw in pairs:
        value = " ".join(clean(raw).split())
        if key == "q":
            words = value[:MOST_CHARACTERS].strip()
        elif key == "sort":
            sort = Sort(value) if value in Sort else Sort.RELEVANCE
        elif key == "page":
            page = _read_page(value)
        elif key == "ended":
            with_ended = value == "1"
        elif key in keys and 0 < len(value) <= LONGEST_VALUE:
            values = chosen.setdefault(key, [])
            if value not in values and len(values) < MOST_VALUES:
                values.append(value)
    return SearchQuery(
        words=words,
        chosen={key: tuple(values) for key, values in chosen.items()},
        sort=sort,
        page=page,
        with_ended=with_ended,
    )


def clean(text: str) -> str:
    """Return a text of a stranger without what no words are made of: control characters, lone surrogates."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else " " for character in text)


def _read_page(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        return 1
    return min(max(int(text[:9]), 1), LAST_PAGE)


def build_filter(field_name: str, values: Iterable[str]) -> str:
    """Return a filter that holds if the field has one of the values, exactly.

    Typesense quotes by backticks and has no way to quote one; no value of ours has any.
    """
    quoted = ",".join("`{}`".format(value.replace("`", "")) for value in values)
    return f"{field_name}:=[{quoted}]"


def leave_out_ended() -> str:
    """Return the filter that leaves out what has ended; what was never assessed stays."""
    return f"life:!=[{','.join(ENDED)}]"


def build_sort_by(sort: Sort) -> dict[str, str]:
    """Return the parameters of an order; by relevance it is the preset's."""
    return {"sort_by": _SORT_BY[sort]} if sort in _SORT_BY else {}
