"""What a job works with: services that somebody else opened and will close."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.search.server import SearchServer
from pyf.aggregator.sources.catalogue import Catalogue
from pyf.aggregator.sources.pypi import PyPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The opened services of one run; ``readers`` is how many projects are asked for at once."""

    pypi: PyPI
    catalogue: Catalogue
    search: SearchServer
    progress: Progress
    readers: int = 10
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
