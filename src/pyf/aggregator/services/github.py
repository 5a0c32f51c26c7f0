"""Opening GitHub, and all that an enrichment from the forges needs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.progress import Progress
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.forges import open_forges
from pyf.aggregator.services.user_agent import build_user_agent
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.rate_budget import LocalRateBudget, RateBudget
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter, RateLimiter
from pyf.aggregator.state.repositories import open_repositories
from pyf.aggregator.typesense.server import SearchServer


@asynccontextmanager
async def open_enrich_resources(
    settings: Settings, progress: Progress, search: SearchServer, *, policy: RetryPolicy | None = None
) -> AsyncIterator[EnrichResources]:
    """Open what the enrichment from GitHub and other forges needs beside Typesense; close it in reverse."""
    policy = policy or RetryPolicy()
    async with AsyncExitStack() as stack:
        repositories = open_repositories(find_catalogue_path(settings), origin=settings.github_api_url)
        stack.callback(repositories.close)
        rate = find_forge_rate(settings)
        github = await stack.enter_async_context(
            open_github(settings, policy, LocalRateLimiter(rate), LocalRateBudget())
        )
        forges = await stack.enter_async_context(
            open_forges(
                settings,
                policy,
                build_pace=lambda _: LocalRateLimiter(rate),
                build_rate_budget=lambda _: LocalRateBudget(),
                build_repositories=lambda forge: repositories.turn_to(forge.origin),
            )
        )
        yield EnrichResources(
            github=github, repositories=repositories, search=search, progress=progress, forges=forges
        )


@asynccontextmanager
async def open_github(
    settings: Settings, policy: RetryPolicy, pace: RateLimiter, rate_budget: RateBudget
) -> AsyncIterator[GitHub]:
    """Open GitHub with the rate limiter and budget of whoever asks."""
    token = settings.github_token
    # One connection: GitHub asks for serial requests.
    async with open_session(user_agent=build_user_agent(), connections=1) as session:
        client = HttpClient(session, pace=pace, policy=policy)
        secret = token.get_secret_value() if token else None
        yield GitHub(client, url=settings.github_api_url, token=secret, rate_budget=rate_budget)


def find_forge_rate(settings: Settings) -> float:
    """Return how many requests a second GitHub gets, and each other forge; 0 for no limit."""
    return 1 / settings.github_coolofftime if settings.github_coolofftime else 0
