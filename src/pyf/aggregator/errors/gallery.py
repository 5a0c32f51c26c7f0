"""What goes wrong when the gallery is served."""

from dataclasses import dataclass

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError


@dataclass(eq=False)
class CannotListen(Quoting, AggregatorError):
    """The address cannot be listened at."""

    host: str
    port: int
    reason: str

    def __str__(self) -> str:
        return f"The gallery cannot listen at {self.host}:{self.port}: {self.reason}."


class SearchKeyTooMighty(ConfigurationError):
    """The key that pages are to be read with may do more than search."""

    def __str__(self) -> str:
        return (
            "TYPESENSE_SEARCH_KEY is an admin key; no page is read with one. Set it to a key that may only"
            " search, or leave it out: then TYPESENSE_API_KEY makes one."
        )
