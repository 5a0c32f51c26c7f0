"""Opening PyPI, with the catalogue and the renderer that go with it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.repositories.forges import map_forges
from pyf.aggregator.rendering.renderer import open_renderer
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.search import open_search
from pyf.aggregator.services.user_agent import build_user_agent
from pyf.aggregator.sources.http import HttpClient, Session, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.rate_limit import LocalRateLimiter, RateLimiter
from pyf.aggregator.state.catalogue import open_catalogue

BROWSE_PER_SECOND = 1.0
"""PyPI's documentation sleeps a second between XML-RPC calls."""
ONE_QUESTION = RetryPolicy(attempts=2, longest_wait_seconds=2.0, patience_seconds=5.0)
"""For a person who waits for the answer."""


@asynccontextmanager
async def open_resources(
    settings: Settings, progress: Progress, *, policy: RetryPolicy | None = None
) -> AsyncIterator[Resources]:
    """Open everything a job over PyPI needs and close it in reverse, whatever happens in between."""
    async with AsyncExitStack() as stack:
        catalogue = open_catalogue(find_catalogue_path(settings))
        stack.callback(catalogue.close)
        search = await stack.enter_async_context(open_search(settings))
        session = await stack.enter_async_context(open_pypi_session(settings))
        renderer = await stack.enter_async_context(open_renderer(forges=map_forges(settings.pyf_forges)))
        paces = (LocalRateLimiter(settings.pypi_max_rps), LocalRateLimiter(find_browse_rate(settings)))
        yield Resources(
            pypi=build_pypi(settings, session, policy or RetryPolicy(), *paces),
            catalogue=catalogue,
            search=search,
            renderer=renderer,
            progress=progress,
            readers=settings.pypi_max_connections,
        )


@asynccontextmanager
async def open_pypi(settings: Settings, *, policy: RetryPolicy = ONE_QUESTION) -> AsyncIterator[PyPI]:
    """Open PyPI alone, for somebody who waits for the answer to one question."""
    async with open_pypi_session(settings) as session:
        paces = (LocalRateLimiter(settings.pypi_max_rps), LocalRateLimiter(find_browse_rate(settings)))
        yield build_pypi(settings, session, policy, *paces)


def open_pypi_session(settings: Settings) -> AbstractAsyncContextManager[Session]:
    """Open as many connections as the settings allow."""
    return open_session(user_agent=build_user_agent(), connections=settings.pypi_max_connections)


def build_pypi(
    settings: Settings, session: Session, policy: RetryPolicy, pace: RateLimiter, browse_pace: RateLimiter
) -> PyPI:
    """Return PyPI as it is asked over an open session."""
    client = HttpClient(session, pace=pace, policy=policy)
    return PyPI(client, url=settings.pypi_url, browse_pace=browse_pace)


def find_browse_rate(settings: Settings) -> float:
    """Return how many browse requests a second PyPI gets, 0 for no limit."""
    # Without a cap for the index there is none for browsing either: it is somebody's own mirror then.
    return min(BROWSE_PER_SECOND, settings.pypi_max_rps)
