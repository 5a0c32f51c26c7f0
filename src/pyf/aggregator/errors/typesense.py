"""What goes wrong with Typesense."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError


class SearchError(Quoting, AggregatorError):
    """Typesense did not do what we asked."""


@dataclass(eq=False)
class SearchUnavailable(SearchError):
    """Nothing answers, or the server cannot take requests now."""

    url: str
    reason: str

    def __str__(self) -> str:
        return (
            f"Typesense at {self.url} is unavailable ({self.reason});"
            " check that it runs and that TYPESENSE_HOST, TYPESENSE_PORT and TYPESENSE_PROTOCOL point at it."
        )


class NotTypesense(SearchUnavailable):
    """Something else answers at the address; ``reason`` is how it answered ``GET /debug``."""

    def __str__(self) -> str:
        return (
            f"What answers at {self.url} is not Typesense (to GET /debug: {self.reason});"
            " set TYPESENSE_HOST, TYPESENSE_PORT and TYPESENSE_PROTOCOL to where Typesense is."
        )


@dataclass(eq=False)
class SearchUnauthorized(SearchError):
    """The server refuses our key."""

    url: str

    def __str__(self) -> str:
        return (
            f"Typesense at {self.url} refuses the API key; set TYPESENSE_API_KEY to the server's admin key."
        )


class SearchKeyRefused(SearchUnauthorized):
    """The server refuses the key that visitors' searches are made with."""

    def __str__(self) -> str:
        return (
            f"Typesense at {self.url} refuses the search-only key; TYPESENSE_SEARCH_KEY has to be one that"
            " may search the collections that are shown."
        )


@dataclass(eq=False)
class SearchOutOfResources(SearchError):
    """The server refuses writes because memory or disk ran out; repeating would not help."""

    url: str
    reason: str

    def __str__(self) -> str:
        return (
            f"Typesense at {self.url} refuses writes ({self.reason}); give it memory or disk, then run again."
        )


@dataclass(eq=False)
class CollectionNotFound(SearchError):
    """What is named does not exist, or an alias points at nothing; ``existing`` are those of its ``kind``.

    ``remedy`` is the command that fills it, where somebody knows.
    """

    own: ClassVar[frozenset[str]] = frozenset({"remedy"})

    name: str
    existing: Sequence[str] = ()
    kind: str = "collection"
    remedy: str = ""

    def __str__(self) -> str:
        known = ", ".join(self.existing) or "none"
        filled = f" Fill it first: {self.remedy}" if self.remedy else ""
        return f"There is no {self.kind} {self.name!r}; those that exist: {known}.{filled}"


@dataclass(frozen=True)
class FieldMismatch:
    """One field that the collection has otherwise than the schema wants it."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


@dataclass(eq=False)
class SchemaMismatch(SearchError):
    """The collection's schema does not fit and cannot be mended in place; ``remedy`` is what to do."""

    own: ClassVar[frozenset[str]] = frozenset({"remedy"})

    collection: str
    mismatches: Sequence[FieldMismatch]
    remedy: str

    def __str__(self) -> str:
        fields = "; ".join(str(mismatch) for mismatch in self.mismatches)
        return (
            f"Collection {self.collection!r} has another schema than this version wants ({fields});"
            f" {self.remedy}."
        )


@dataclass(eq=False)
class SearchNotFound(SearchError):
    """What the request named does not exist on the server."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"Typesense at {self.url} does not know it: {self.reason}"


@dataclass(eq=False)
class RequestRefused(SearchError):
    """The server understood the request and will not carry it out."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"Typesense at {self.url} refused a request: {self.reason}"


@dataclass(eq=False)
class EmbeddedUnavailable(SearchError):
    """No Typesense can be run on this machine."""

    reason: str

    def __str__(self) -> str:
        return f"No Typesense is configured and none can be started here: {self.reason}"


@dataclass(eq=False)
class DocumentRefused(SearchError):
    """The server refused a document."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"Typesense refused the document of {self.name}: {self.reason}"
