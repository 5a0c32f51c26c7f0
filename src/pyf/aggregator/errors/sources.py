"""What goes wrong with PyPI and GitHub."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError


class SourceError(Quoting, AggregatorError):
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
class SourceUnreachable(SourceUnavailable):
    """Nobody has ever answered there, so the address or the network is wrong rather than busy."""

    def __str__(self) -> str:
        return f"{self.url} is unavailable ({self.reason}); check the address and the network."


@dataclass(eq=False)
class RateLimited(SourceError):
    """The source asks us to come back later than we are willing to wait."""

    url: str
    until: datetime

    def __str__(self) -> str:
        return f"{self.url} limits our requests until {self.until:%Y-%m-%d %H:%M:%S} UTC; try again then."


@dataclass(eq=False)
class RateLimiterBusy(RateLimited):
    """Nobody limits us but ourselves: so many requests are waiting that ours comes later."""

    def __str__(self) -> str:
        return f"Our turn with {self.url} comes at {self.until:%Y-%m-%d %H:%M:%S} UTC; try again then."


@dataclass(eq=False)
class SecondaryLimit(RateLimited):
    """GitHub finds our requests too heavy or too many at once; its hourly budget is another matter."""

    def __str__(self) -> str:
        return f"{self.url} asks for a pause until {self.until:%Y-%m-%d %H:%M:%S} UTC; try again then."


@dataclass(eq=False)
class QueryTooLarge(SourceError):
    """The source did not manage to answer a query of so many items; a smaller one may do."""

    url: str
    items: int
    reason: str

    def __str__(self) -> str:
        return f"{self.url} could not answer a query of {self.items} ({self.reason}); try again later."


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

    own: ClassVar[frozenset[str]] = frozenset({"way_on"})

    url: str
    serial: int
    wanted_serial: int
    way_on: str = ""

    def __str__(self) -> str:
        return (
            f"{self.url} answered with serial {self.serial}, older than the expected {self.wanted_serial};"
            f" a cache lags behind, the next run asks again{self.way_on}."
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
class UnprovenAnswer(SourceError):
    """The answer may be cut short or out of date: nothing in it is taken for known.

    ``for_all`` tells whether another question would meet the same at present.
    """

    url: str
    reason: str
    for_all: bool = True

    def __str__(self) -> str:
        return (
            f"{self.url} sent counts that are not provably whole and recent ({self.reason});"
            " none of them is used, the next run asks again."
        )


@dataclass(eq=False)
class SourceOutage(SourceError):
    """So many questions in a row went without a usable answer that going on is pointless."""

    failures: int
    last: str

    def __str__(self) -> str:
        count = self.failures
        return f"{count} questions in a row got no usable answer, so the run stopped. The last: {self.last}"
