"""Opening what the source status asks and remembers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.jobs.resources import StatusResources
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.pypi import build_pypi, find_browse_rate, open_pypi_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.project_pages import open_project_pages
from pyf.aggregator.typesense.server import SearchServer


@asynccontextmanager
async def open_status_resources(
    settings: Settings, progress: Progress, search: SearchServer, *, policy: RetryPolicy | None = None
) -> AsyncIterator[StatusResources]:
    """Open everything the enrichment from PyPI's project pages needs but Typesense, which is open."""
    async with AsyncExitStack() as stack:
        pages = open_project_pages(find_catalogue_path(settings))
        stack.callback(pages.close)
        session = await stack.enter_async_context(open_pypi_session(settings))
        paces = (LocalRateLimiter(settings.pypi_max_rps), LocalRateLimiter(find_browse_rate(settings)))
        yield StatusResources(
            pypi=build_pypi(settings, session, policy or RetryPolicy(), *paces),
            pages=pages,
            search=search,
            progress=progress,
            readers=settings.pypi_max_connections,
        )
