"""What goes wrong when the gallery is served."""

from dataclasses import dataclass
from pathlib import Path

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


@dataclass(eq=False)
class SiteFolderRefused(Quoting, AggregatorError):
    """A folder that no site can be written into."""

    folder: Path
    reason: str

    def __str__(self) -> str:
        return f"No site can be written into {self.folder}: {self.reason}; name an empty folder."


@dataclass(eq=False)
class PageMissing(Quoting, AggregatorError):
    """A page that ought to be there was answered with another status."""

    path: str
    status: int

    def __str__(self) -> str:
        return f"The page {self.path} could not be written: it was answered with HTTP {self.status}."


@dataclass(eq=False)
class IndexFailed(Quoting, AggregatorError):
    """Pagefind could not make the index of a site."""

    reason: str

    def __str__(self) -> str:
        return f"Pagefind could not index the site: {self.reason}; run the command again."


class SearchKeyTooMighty(ConfigurationError):
    """The key that pages are to be read with may do more than search."""

    def __str__(self) -> str:
        return (
            "TYPESENSE_SEARCH_KEY is an admin key; no page is read with one. Set it to a key that may only"
            " search, or leave it out: then TYPESENSE_API_KEY makes one."
        )
