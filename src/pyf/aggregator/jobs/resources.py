"""What a job works with: services that others opened and will close."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.metadata.repositories.forges import ForgeKind
from pyf.aggregator.rendering.renderer import Renderer
from pyf.aggregator.sources.downloads import DownloadLog
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.outcomes import RepositorySource
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.state.catalogue import Catalogue
from pyf.aggregator.state.cycles import LocalCycles
from pyf.aggregator.state.project_pages import ProjectPages
from pyf.aggregator.state.repositories import Repositories
from pyf.aggregator.typesense.server import SearchServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The opened services of a run over PyPI; ``readers`` is how many projects are asked for at once."""

    pypi: PyPI
    catalogue: Catalogue
    search: SearchServer
    renderer: Renderer
    progress: Progress
    readers: int = 10
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResources:
    """The opened services of the source status; ``readers`` is how many projects are asked for at once."""

    pypi: PyPI
    pages: ProjectPages
    search: SearchServer
    progress: Progress
    readers: int = 10
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleResources:
    """The opened services of loading cycles; ``end_of_life`` is ``None`` where it is switched off."""

    end_of_life: EndOfLife | None
    pypi: PyPI
    cycles: LocalCycles
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForge:
    """A forge other than GitHub: what it is, whom to ask, and where is kept what it said."""

    kind: ForgeKind
    source: RepositorySource
    repositories: Repositories

    @property
    def host(self) -> str:
        """What stands in the URLs of its repositories."""
        return self.source.host


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichResources:
    """The opened services of an enrichment from GitHub, whose ``repositories`` are, and from other forges."""

    github: GitHub
    repositories: Repositories
    search: SearchServer
    progress: Progress
    forges: tuple[OpenForge, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentResources:
    """The opened services of an assessment."""

    cycles: CycleResources
    search: SearchServer
    progress: Progress
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadResources:
    """The opened services of an enrichment with downloads; ``log`` is ``None`` where it is switched off."""

    log: DownloadLog | None
    search: SearchServer
    progress: Progress
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
