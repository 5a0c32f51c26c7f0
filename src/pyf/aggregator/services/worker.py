"""Opening all that a worker process has open between its tasks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pyf.aggregator.config.profiles import get_profile, load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.jobs.progress import NullProgress
from pyf.aggregator.jobs.resources import (
    AssessmentResources,
    CycleResources,
    DownloadResources,
    EnrichResources,
    Resources,
    StatusResources,
)
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.repositories.forges import map_forges
from pyf.aggregator.rendering.renderer import open_renderer
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.cycles import SHORT_RETRIES, build_end_of_life
from pyf.aggregator.services.downloads import open_download_log
from pyf.aggregator.services.forges import open_forges
from pyf.aggregator.services.github import find_forge_rate, open_github
from pyf.aggregator.services.pypi import build_pypi, find_browse_rate, open_pypi_session
from pyf.aggregator.services.search import SHORT_REPEATS, open_search
from pyf.aggregator.sources.downloads import QUERIES_AT_ONCE, QUERIES_PER_SECOND
from pyf.aggregator.state.catalogue import open_catalogue
from pyf.aggregator.state.cycles import open_cycles
from pyf.aggregator.state.redis.catalogue import RedisCatalogue
from pyf.aggregator.state.redis.changes import ChangedProfiles
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.leases import LEASE_SECONDS, hold_lease
from pyf.aggregator.state.redis.project_pages import RedisProjectPages
from pyf.aggregator.state.redis.rate_budget import RedisRateBudget
from pyf.aggregator.state.redis.rate_limit import PATIENCE_SECONDS, RedisRateLimiter
from pyf.aggregator.state.redis.repositories import RedisRepositories, RepositoryDocuments
from pyf.aggregator.state.redis.store import Store

WORKER_RETRIES = RetryPolicy(
    attempts=3, first_wait_seconds=0.5, longest_wait_seconds=2.0, patience_seconds=PATIENCE_SECONDS
)
WORKER_PATIENCE_SECONDS = 30.0
"""A worker does not sleep through an outage: it puts its task back and does something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a worker process has open between its tasks.

    ``resources`` are for one project: what would have to wait for its turn with PyPI is put back.
    ``run_resources`` are for whole profiles, which take their turns as they come.
    """

    settings: Settings
    profiles: tuple[Profile, ...]
    resources: Resources
    run_resources: Resources
    enrichment: EnrichResources
    downloads: DownloadResources
    status: StatusResources
    assessment: AssessmentResources
    store: Store
    checkpoints: RedisCheckpoints
    entries: FeedEntries
    repository_documents: RepositoryDocuments
    heartbeats: Heartbeats
    changes: ChangedProfiles

    def hold(
        self, name: str, *, seconds: float = LEASE_SECONDS, dispensable: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """Hold a lease while a block runs; raises :class:`LeaseHeld`."""
        return hold_lease(self.store, name, seconds=seconds, dispensable=dispensable)

    def get_profile(self, key: str) -> Profile:
        """Return one of the profiles that the queue serves; raises :class:`UsageError` for another one."""
        for profile in self.profiles:
            if profile.key == key:
                return profile
        known = ", ".join(profile.key for profile in self.profiles)
        raise UsageError(f"The queue does not serve a profile {key!r}; it serves {known}.")


def load_queue_profiles(settings: Settings) -> tuple[Profile, ...]:
    """Return the profiles that the queue keeps fresh; those without a collection are passed over later.

    Raises :class:`ConfigurationError` for a profiles file with a mistake or a profile that is in none.
    """
    profiles = load_profiles(settings.pyf_profiles)
    try:
        return tuple(get_profile(profiles, key) for key in settings.pyf_queue_profiles or profiles)
    except UsageError as error:
        raise ConfigurationError(
            f"The queue cannot serve what PYF_QUEUE_PROFILES or -p names. {error}"
        ) from error


@asynccontextmanager
async def open_worker(settings: Settings, store: Store) -> AsyncIterator[Worker]:
    """Open everything a worker needs; pace, limits, cache and checkpoints are those of all workers."""
    profiles = load_queue_profiles(settings)
    async with AsyncExitStack() as stack:
        catalogue = RedisCatalogue(open_catalogue(find_catalogue_path(settings)), store, settings.pypi_url)
        stack.callback(catalogue.close)
        search = await stack.enter_async_context(
            open_search(settings, policy=SHORT_REPEATS, patience_seconds=WORKER_PATIENCE_SECONDS)
        )
        session = await stack.enter_async_context(open_pypi_session(settings))
        # A worker has one task at a time, and may have many neighbours.
        known = map_forges(settings.pyf_forges)
        renderer = await stack.enter_async_context(open_renderer(processes=1, forges=known))

        def build_resources(patience_seconds: float) -> Resources:
            paces = [
                RedisRateLimiter(
                    store, f"{name} {settings.pypi_url}", rate, patience_seconds=patience_seconds
                )
                for name, rate in (("pypi", settings.pypi_max_rps), ("browse", find_browse_rate(settings)))
            ]
            return Resources(
                pypi=build_pypi(settings, session, WORKER_RETRIES, *paces),
                catalogue=catalogue,
                search=search,
                renderer=renderer,
                progress=NullProgress(),
                readers=settings.pypi_max_connections,
            )

        origin = settings.github_api_url
        rate = find_forge_rate(settings)
        pace = RedisRateLimiter(store, f"github {origin}", rate)
        github = await stack.enter_async_context(
            open_github(settings, WORKER_RETRIES, pace, RedisRateBudget(store, origin))
        )
        queries = RedisRateLimiter(
            store, f"downloads {settings.downloads_url}", QUERIES_PER_SECOND, at_once=QUERIES_AT_ONCE
        )
        log = await stack.enter_async_context(open_download_log(settings, WORKER_RETRIES, queries))
        run_resources = build_resources(settings.pyf_run_seconds)
        cycles = open_cycles(find_catalogue_path(settings))
        stack.callback(cycles.close)
        forges = await stack.enter_async_context(
            open_forges(
                settings,
                WORKER_RETRIES,
                build_pace=lambda forge: RedisRateLimiter(store, f"forge {forge.url}", rate),
                build_rate_budget=lambda forge: RedisRateBudget(store, forge.url),
                build_repositories=lambda forge: RedisRepositories(store, forge.origin),
            )
        )
        yield Worker(
            settings=settings,
            profiles=profiles,
            resources=build_resources(PATIENCE_SECONDS),
            run_resources=run_resources,
            enrichment=EnrichResources(
                github=github,
                repositories=RedisRepositories(store, origin),
                forges=forges,
                search=search,
                progress=NullProgress(),
            ),
            downloads=DownloadResources(log=log, search=search, progress=NullProgress()),
            status=StatusResources(
                pypi=run_resources.pypi,
                pages=RedisProjectPages(store, settings.pypi_url),
                search=search,
                progress=NullProgress(),
                readers=settings.pypi_max_connections,
            ),
            assessment=AssessmentResources(
                cycles=CycleResources(
                    end_of_life=build_end_of_life(settings, session, SHORT_RETRIES),
                    pypi=run_resources.pypi,
                    cycles=cycles,
                ),
                search=search,
                progress=NullProgress(),
            ),
            store=store,
            checkpoints=RedisCheckpoints(store),
            entries=FeedEntries(store),
            repository_documents=RepositoryDocuments(store, origin),
            heartbeats=Heartbeats(store, settings.pypi_url),
            changes=ChangedProfiles(store),
        )
