"""Opening the forges other than GitHub."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.resources import OpenForge
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.user_agent import build_user_agent
from pyf.aggregator.sources.forges.forgejo import Forgejo
from pyf.aggregator.sources.forges.gitlab import GitLab
from pyf.aggregator.sources.forges.rate_budget import RateBudget
from pyf.aggregator.sources.forges.rest import RestForge
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import RateLimiter
from pyf.aggregator.state.repositories import Repositories

_CLIENTS: dict[ForgeKind, type[RestForge]] = {ForgeKind.GITLAB: GitLab, ForgeKind.FORGEJO: Forgejo}


@asynccontextmanager
async def open_forges(
    settings: Settings,
    policy: RetryPolicy,
    *,
    build_pace: Callable[[Forge], RateLimiter],
    build_rate_budget: Callable[[Forge], RateBudget],
    build_repositories: Callable[[Forge], Repositories],
) -> AsyncIterator[tuple[OpenForge, ...]]:
    """Open those that the settings name, each with the pace, the limits and the memory of whoever asks."""
    async with AsyncExitStack() as stack:
        opened: list[OpenForge] = []
        for forge in settings.pyf_forges:
            # One connection each: requests are serial, as with GitHub.
            session = await stack.enter_async_context(
                open_session(user_agent=build_user_agent(), connections=1)
            )
            client = HttpClient(session, pace=build_pace(forge), policy=policy)
            source = _CLIENTS[forge.kind](client, forge=forge, rate_budget=build_rate_budget(forge))
            opened.append(OpenForge(kind=forge.kind, source=source, repositories=build_repositories(forge)))
        yield tuple(opened)
