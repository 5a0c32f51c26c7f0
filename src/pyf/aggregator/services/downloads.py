"""Opening the log of downloads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.jobs.resources import DownloadResources
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.user_agent import build_user_agent
from pyf.aggregator.sources.downloads import QUERIES_AT_ONCE, QUERIES_PER_SECOND, DownloadLog
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter, RateLimiter
from pyf.aggregator.typesense.server import SearchServer


@asynccontextmanager
async def open_download_resources(
    settings: Settings, progress: Progress, search: SearchServer, *, policy: RetryPolicy | None = None
) -> AsyncIterator[DownloadResources]:
    """Open what the enrichment with downloads needs beside Typesense, and close it."""
    pace = LocalRateLimiter(QUERIES_PER_SECOND, at_once=QUERIES_AT_ONCE)
    async with open_download_log(settings, policy or RetryPolicy(), pace) as log:
        yield DownloadResources(log=log, search=search, progress=progress)


@asynccontextmanager
async def open_download_log(
    settings: Settings, policy: RetryPolicy, pace: RateLimiter
) -> AsyncIterator[DownloadLog | None]:
    """Open the log with the rate limiter of whoever asks; yield ``None`` where the settings switch it off."""
    if not settings.downloads_url:
        yield None
        return
    # One query at a time: they are large, and the log is lent to everybody.
    async with open_session(user_agent=build_user_agent(), connections=1) as session:
        yield DownloadLog(HttpClient(session, pace=pace, policy=policy), url=settings.downloads_url)
