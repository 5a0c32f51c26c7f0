"""Opening what tells the cycles of frameworks and of Python."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.jobs.resources import AssessmentResources, CycleResources
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.pypi import build_pypi, find_browse_rate, open_pypi_session
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.http import HttpClient, Session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.cycles import open_cycles
from pyf.aggregator.typesense.server import SearchServer

END_OF_LIFE_PER_SECOND = 1.0
PRODUCTS_AT_ONCE = 2
"""Static files, of which a run wants these two: the framework and Python."""
SHORT_RETRIES = RetryPolicy(attempts=2, longest_wait_seconds=2.0, patience_seconds=5.0)
"""What is kept, or packaged, is nearly as good: nobody waits for long."""


@asynccontextmanager
async def open_cycle_resources(
    settings: Settings, *, policy: RetryPolicy = SHORT_RETRIES
) -> AsyncIterator[CycleResources]:
    """Open everything that loading cycles needs and close it in reverse."""
    async with AsyncExitStack() as stack:
        cycles = open_cycles(find_catalogue_path(settings))
        stack.callback(cycles.close)
        session = await stack.enter_async_context(open_pypi_session(settings))
        paces = (LocalRateLimiter(settings.pypi_max_rps), LocalRateLimiter(find_browse_rate(settings)))
        yield CycleResources(
            end_of_life=build_end_of_life(settings, session, policy),
            pypi=build_pypi(settings, session, policy, *paces),
            cycles=cycles,
        )


@asynccontextmanager
async def open_assessment_resources(
    settings: Settings, progress: Progress, search: SearchServer
) -> AsyncIterator[AssessmentResources]:
    """Open what an assessment needs beside Typesense."""
    async with open_cycle_resources(settings) as cycles:
        yield AssessmentResources(cycles=cycles, search=search, progress=progress)


def build_end_of_life(settings: Settings, session: Session, policy: RetryPolicy) -> EndOfLife | None:
    """Return endoflife.date as it is asked over an open session, ``None`` where it is switched off."""
    if not settings.end_of_life_url:
        return None
    pace = LocalRateLimiter(END_OF_LIFE_PER_SECOND, at_once=PRODUCTS_AT_ONCE)
    client = HttpClient(session, pace=pace, policy=policy)
    return EndOfLife(client, url=settings.end_of_life_url)
