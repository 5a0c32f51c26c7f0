"""The one place that opens what the settings name: PyPI, GitHub, catalogue, Typesense; and closes it."""

import platform
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pyf.aggregator.config.profiles import get_profile, load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors import ConfigurationError, UsageError
from pyf.aggregator.jobs.crawl.one_project import Destination
from pyf.aggregator.jobs.progress import NullProgress, Progress
from pyf.aggregator.jobs.resources import EnrichResources, Resources
from pyf.aggregator.rendering.renderer import open_renderer
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.limits import LocalRateBudget, RateBudget
from pyf.aggregator.sources.http import HttpClient, LocalRateLimiter, RateLimiter, Session, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.retries import RetryPolicy
from pyf.aggregator.state.catalogue import open_catalogue, open_projects
from pyf.aggregator.state.redis.catalogue import RedisCatalogue
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.embedded import EmbeddedValkey
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.leases import LEASE_SECONDS, hold_lease
from pyf.aggregator.state.redis.rate_limit import PATIENCE_SECONDS, RedisRateLimiter
from pyf.aggregator.state.redis.repositories import RedisRateBudget, RedisRepositories, SharedClaims
from pyf.aggregator.state.redis.store import Store
from pyf.aggregator.state.repositories import open_repositories
from pyf.aggregator.typesense.connection import RepeatPolicy, open_connection
from pyf.aggregator.typesense.embedded.sharing import find_snapshot_folder, open_embedded
from pyf.aggregator.typesense.readiness import PATIENCE_SECONDS as SETTLING_SECONDS
from pyf.aggregator.typesense.server import SearchServer

CONTACT_URL = "https://pypi.org/project/pyf.aggregator/"
"""Where an operator of PyPI finds out who asks, and how to reach us."""

BROWSE_PER_SECOND = 1.0
"""PyPI's documentation sleeps a second between XML-RPC calls."""

_PYPI_HOST = "pypi.org"

WORKER_RETRIES = RetryPolicy(
    attempts=3, first_wait_seconds=0.5, longest_wait_seconds=2.0, patience_seconds=PATIENCE_SECONDS
)
WORKER_REPEATS = RepeatPolicy(attempts=4, first_wait_seconds=0.5, longest_wait_seconds=2.0)
SEARCH_REPEATS = WORKER_REPEATS
SEARCH_SECONDS = 10.0
"""Somebody waits for what a search finds; it takes milliseconds where all is well."""
WORKER_SETTLING_SECONDS = 30.0
"""A worker does not sleep through an outage: it puts its task back and does something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a worker process has open between its tasks.

    ``resources`` are for one project: what would have to wait for its turn with PyPI is put back.
    ``run_resources`` are for whole profiles, which take their turns as they come.
    """

    settings: Settings
    destinations: tuple[Destination, ...]
    resources: Resources
    run_resources: Resources
    enrichment: EnrichResources
    store: Store
    checkpoints: RedisCheckpoints
    entries: FeedEntries
    claims: SharedClaims
    heartbeats: Heartbeats

    def hold(
        self, name: str, *, seconds: float = LEASE_SECONDS, dispensable: bool = False
    ) -> AbstractAsyncContextManager[None]:
        """Hold a lease while a block runs; raises :class:`LeaseHeld`."""
        return hold_lease(self.store, name, seconds=seconds, dispensable=dispensable)

    def get_destination(self, profile: str) -> Destination:
        """Return what a profile selects and where it goes; raises :class:`UsageError`."""
        for destination in self.destinations:
            if destination.target == profile:
                return destination
        known = ", ".join(destination.target for destination in self.destinations)
        raise UsageError(f"The queue does not serve a profile {profile!r}; it serves {known}.")


def load_destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return the profiles that the queue keeps fresh; those without a collection are passed over later.

    Raises :class:`ConfigurationError` for a profiles file with a mistake or a profile that is in none.
    """
    profiles = load_profiles(settings.pyf_profiles)
    try:
        chosen = [get_profile(profiles, key) for key in settings.pyf_queue_profiles or profiles]
    except UsageError as error:
        raise ConfigurationError(
            f"The queue cannot serve what PYF_QUEUE_PROFILES or -p names. {error}"
        ) from error
    return tuple(Destination(target=profile.key, selection=profile.selection) for profile in chosen)


@asynccontextmanager
async def open_worker(settings: Settings, store: Store) -> AsyncIterator[Worker]:
    """Open everything a worker needs; pace, limits, cache and checkpoints are those of all workers."""
    destinations = load_destinations(settings)
    async with AsyncExitStack() as stack:
        catalogue = RedisCatalogue(open_projects(find_catalogue_path(settings)), store, settings.pypi_url)
        stack.callback(catalogue.close)
        search = await stack.enter_async_context(
            open_search(settings, policy=WORKER_REPEATS, settling_seconds=WORKER_SETTLING_SECONDS)
        )
        session = await stack.enter_async_context(_open_pypi_session(settings))
        # A worker has one task at a time, and may have many neighbours.
        renderer = await stack.enter_async_context(open_renderer(processes=1))

        def build_resources(patience_seconds: float) -> Resources:
            paces = [
                RedisRateLimiter(
                    store, f"{name} {settings.pypi_url}", rate, patience_seconds=patience_seconds
                )
                for name, rate in (("pypi", settings.pypi_max_rps), ("browse", _find_browse_rate(settings)))
            ]
            return Resources(
                pypi=_build_pypi(settings, session, WORKER_RETRIES, *paces),
                catalogue=catalogue,
                search=search,
                renderer=renderer,
                progress=NullProgress(),
                readers=settings.pypi_max_connections,
            )

        origin = settings.github_api_url
        pace = RedisRateLimiter(store, f"github {origin}", _find_github_rate(settings))
        github = await stack.enter_async_context(
            _open_github(settings, WORKER_RETRIES, pace, RedisRateBudget(store, origin))
        )
        yield Worker(
            settings=settings,
            destinations=destinations,
            resources=build_resources(PATIENCE_SECONDS),
            run_resources=build_resources(settings.pyf_run_seconds),
            enrichment=EnrichResources(
                github=github,
                repositories=RedisRepositories(store, origin),
                search=search,
                progress=NullProgress(),
            ),
            store=store,
            checkpoints=RedisCheckpoints(store),
            entries=FeedEntries(store),
            claims=SharedClaims(store, origin),
            heartbeats=Heartbeats(store, settings.pypi_url),
        )


@asynccontextmanager
async def open_resources(
    settings: Settings, progress: Progress, *, policy: RetryPolicy | None = None
) -> AsyncIterator[Resources]:
    """Open everything a job over PyPI needs and close it in reverse, whatever happens in between."""
    async with AsyncExitStack() as stack:
        catalogue = open_catalogue(find_catalogue_path(settings))
        stack.callback(catalogue.close)
        search = await stack.enter_async_context(open_search(settings))
        session = await stack.enter_async_context(_open_pypi_session(settings))
        renderer = await stack.enter_async_context(open_renderer())
        paces = (LocalRateLimiter(settings.pypi_max_rps), LocalRateLimiter(_find_browse_rate(settings)))
        yield Resources(
            pypi=_build_pypi(settings, session, policy or RetryPolicy(), *paces),
            catalogue=catalogue,
            search=search,
            renderer=renderer,
            progress=progress,
            readers=settings.pypi_max_connections,
        )


@asynccontextmanager
async def open_enrich_resources(
    settings: Settings, progress: Progress, *, policy: RetryPolicy | None = None
) -> AsyncIterator[EnrichResources]:
    """Open everything the enrichment from GitHub needs and close it in reverse."""
    async with AsyncExitStack() as stack:
        repositories = open_repositories(find_catalogue_path(settings), origin=settings.github_api_url)
        stack.callback(repositories.close)
        search = await stack.enter_async_context(open_search(settings))
        pace = LocalRateLimiter(_find_github_rate(settings))
        github = await stack.enter_async_context(
            _open_github(settings, policy or RetryPolicy(), pace, LocalRateBudget())
        )
        yield EnrichResources(github=github, repositories=repositories, search=search, progress=progress)


def find_redis_url(settings: Settings) -> str:
    """Return where Redis is: what the settings say, else the Valkey of a ``pyfqueue up`` on this machine."""
    if settings.names_redis:
        return settings.redis_url
    return EmbeddedValkey(settings.pyf_data_dir).find_running_url() or settings.redis_url


def asks_own_index(settings: Settings) -> bool:
    """Tell whether somebody's own index is asked instead of PyPI: it may have what PyPI refuses."""
    return urlsplit(settings.pypi_url).hostname != _PYPI_HOST


def find_catalogue_path(settings: Settings) -> Path:
    """Return the catalogue's file; a mirror has its own, because serials mean nothing across origins."""
    if not asks_own_index(settings):
        return settings.pyf_data_dir / "catalogue.sqlite"
    url = urlsplit(settings.pypi_url)
    origin = "-".join(part for part in (url.hostname, str(url.port or ""), url.path.strip("/")) if part)
    return settings.pyf_data_dir / f"catalogue-{origin.replace('/', '-')}.sqlite"


def build_user_agent() -> str:
    """Return the honest name we ask under, as PyPI's API pages request: who, which version, what contact."""
    return (
        f"pyf.aggregator/{version('pyf.aggregator')} (+{CONTACT_URL})"
        f" {platform.python_implementation()}/{platform.python_version()}"
    )


def _find_browse_rate(settings: Settings) -> float:
    # Without a cap for the index there is none for browsing either: it is somebody's own mirror then.
    return min(BROWSE_PER_SECOND, settings.pypi_max_rps)


def _find_github_rate(settings: Settings) -> float:
    return 1 / settings.github_coolofftime if settings.github_coolofftime else 0


def _open_pypi_session(settings: Settings) -> AbstractAsyncContextManager[Session]:
    return open_session(user_agent=build_user_agent(), connections=settings.pypi_max_connections)


def _build_pypi(
    settings: Settings, session: Session, policy: RetryPolicy, pace: RateLimiter, browse_pace: RateLimiter
) -> PyPI:
    client = HttpClient(session, pace=pace, policy=policy)
    return PyPI(client, url=settings.pypi_url, browse_pace=browse_pace)


@asynccontextmanager
async def _open_github(
    settings: Settings, policy: RetryPolicy, pace: RateLimiter, rate_budget: RateBudget
) -> AsyncIterator[GitHub]:
    token = settings.github_token
    # One connection: GitHub asks for serial requests.
    async with open_session(user_agent=build_user_agent(), connections=1) as session:
        client = HttpClient(session, pace=pace, policy=policy)
        secret = token.get_secret_value() if token else None
        yield GitHub(client, url=settings.github_api_url, token=secret, rate_budget=rate_budget)


@asynccontextmanager
async def open_search(
    settings: Settings,
    *,
    policy: RepeatPolicy | None = None,
    settling_seconds: float = SETTLING_SECONDS,
    timeout_seconds: float | None = None,
) -> AsyncIterator[SearchServer]:
    """Open the configured Typesense, or the one of our own where nothing is configured.

    ``timeout_seconds`` is how long a request may take, by default as long as a write may.
    """
    async with AsyncExitStack() as stack:
        address, snapshot_folder = settings.typesense, None
        if address is not None:
            nodes, api_key = address.nodes, address.api_key.get_secret_value()
        else:
            embedded = await stack.enter_async_context(open_embedded(settings.pyf_data_dir))
            nodes, api_key = (embedded.url,), embedded.api_key
            snapshot_folder = find_snapshot_folder(settings.pyf_data_dir)
        connection = await stack.enter_async_context(
            open_connection(
                nodes, api_key, timeout_seconds=timeout_seconds or settings.typesense_timeout, policy=policy
            )
        )
        yield SearchServer(connection, snapshot_folder=snapshot_folder, patience_seconds=settling_seconds)
