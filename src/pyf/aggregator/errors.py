"""Every exception this project raises.

Each carries its data as attributes and prints as one complete sentence that says what to do.
Third-party exceptions are translated into these where the library is owned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


class AggregatorError(Exception):
    """The root of the tree; ``exit_code`` is what a command ends with."""

    exit_code = 1


# Usage and configuration: the person at the keyboard can mend it.


class UsageError(AggregatorError):
    """The command line asks for something that cannot be done as it stands."""

    exit_code = 2


class ConfigurationError(AggregatorError):
    """A setting, a profiles file, a since-file or a folder is not usable."""

    exit_code = 2


# Sources: PyPI, GitHub.


class SourceError(AggregatorError):
    """A source could not tell us what we asked."""


@dataclass(eq=False)
class SourceUnavailable(SourceError):
    """No usable answer came; ``passing`` tells whether the same question may succeed in a moment."""

    url: str
    reason: str
    retry_after_seconds: float | None = None
    passing: bool = True

    def __str__(self) -> str:
        return f"{self.url} is unavailable ({self.reason}); try again later."


@dataclass(eq=False)
class RateLimited(SourceError):
    """The source asks us to come back later than we are willing to wait."""

    url: str
    until: datetime

    def __str__(self) -> str:
        return f"{self.url} limits our requests until {self.until:%Y-%m-%d %H:%M:%S} UTC; try again then."


@dataclass(eq=False)
class SecondaryLimit(RateLimited):
    """GitHub finds our requests too heavy or too many at once; its hourly budget is another matter."""

    def __str__(self) -> str:
        return f"{self.url} wants a pause until {self.until:%Y-%m-%d %H:%M:%S} UTC; try again then."


@dataclass(eq=False)
class QueryTooLarge(SourceError):
    """The source did not manage to answer a query of so many items; a smaller one may do."""

    url: str
    items: int
    reason: str

    def __str__(self) -> str:
        return f"{self.url} did not manage a query of {self.items} ({self.reason}); try again later."


@dataclass(eq=False)
class TokenRefused(SourceError):
    """The source knows the token and does not accept it."""

    url: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.url} refuses the token ({self.reason}); put a valid one into GITHUB_TOKEN,"
            " or unset it to ask without."
        )


@dataclass(eq=False)
class StaleResponse(SourceError):
    """The answer is older than the serial that sent us there (a cache between us and the source lags)."""

    url: str
    serial: int
    wanted_serial: int

    def __str__(self) -> str:
        return (
            f"{self.url} answers with serial {self.serial}, older than the expected {self.wanted_serial};"
            " a cache lags behind, the next run asks again."
        )


@dataclass(eq=False)
class MalformedResponse(SourceError):
    """The answer is there but is not what the API promises."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"{self.url} sent an answer that cannot be read: {self.reason}."


@dataclass(eq=False)
class OversizedResponse(MalformedResponse):
    """The answer is larger than any honest one; it was not read to its end."""

    max_bytes: int

    def __str__(self) -> str:
        return f"{self.url} sent too much ({self.reason}; at most {self.max_bytes:,} are read)."


@dataclass(eq=False)
class SourceOutage(SourceError):
    """So many questions in a row went without a usable answer that going on is pointless."""

    failures: int
    last: str

    def __str__(self) -> str:
        count = self.failures
        return f"{count} questions in a row got no usable answer, so the run stopped. The last: {self.last}"


# Search: Typesense.


class SearchError(AggregatorError):
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


@dataclass(eq=False)
class SearchUnauthorized(SearchError):
    """The server refuses our key."""

    url: str

    def __str__(self) -> str:
        return (
            f"Typesense at {self.url} refuses the API key; set TYPESENSE_API_KEY to the server's admin key."
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
    """The named collection or alias does not exist, or the alias points at nothing."""

    name: str
    existing: Sequence[str] = ()

    def __str__(self) -> str:
        known = ", ".join(self.existing) or "none"
        return f"There is no collection {self.name!r}; those that exist: {known}."


@dataclass(frozen=True)
class FieldMismatch:
    """One field that the collection has otherwise than the schema wants it."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


@dataclass(eq=False)
class SchemaMismatch(SearchError):
    """The collection's schema does not fit and cannot be mended in place."""

    collection: str
    mismatches: Sequence[FieldMismatch]

    def __str__(self) -> str:
        fields = "; ".join(str(mismatch) for mismatch in self.mismatches)
        return (
            f"Collection {self.collection!r} does not fit the schema ({fields});"
            " fill a new collection with -f -t NEW_NAME."
        )


@dataclass(eq=False)
class SearchNotFound(SearchError):
    """What the request named does not exist on the server."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"Typesense at {self.url} has no such thing: {self.reason}"


class KeyTaken(SearchError):
    """A key with this value exists."""

    exit_code = 2

    def __str__(self) -> str:
        return "A key with this value exists already; give another value, or none to have one made."


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


# Jobs.


@dataclass(eq=False)
class RemovalRefused(AggregatorError):
    """The run would remove suspiciously much, so it removed nothing."""

    collection: str
    removals: int
    held: int

    def __str__(self) -> str:
        return (
            f"This run would remove {self.removals} of the {self.held} documents in {self.collection!r};"
            " nothing was removed. If that is right, run again with --force."
        )


@dataclass(eq=False)
class DataFolderUnusable(ConfigurationError):
    """A file or folder of ours cannot be read or written."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} cannot be used: {self.reason}."
