"""The one place that opens what the settings name: PyPI, GitHub, catalogue, Typesense; and closes it."""

import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pyf.aggregator.jobs.progress import Progress, Silence
from pyf.aggregator.jobs.resources import EnrichResources, Resources
from pyf.aggregator.search.connection import open_connection
from pyf.aggregator.search.embedded import find_snapshot_folder, open_embedded
from pyf.aggregator.search.server import SearchServer
from pyf.aggregator.settings import Settings
from pyf.aggregator.shared.checkpoints import SharedCheckpoints
from pyf.aggregator.shared.github import SharedPurse, SharedRepositories
from pyf.aggregator.shared.ledger import Ledger
from pyf.aggregator.shared.pace import SharedPace
from pyf.aggregator.shared.store import Store, open_store
from pyf.aggregator.sources.catalogue import open_catalogue
from pyf.aggregator.sources.github.client import GitHub, OwnPurse, Purse
from pyf.aggregator.sources.http import HttpClient, Pace, Passage, RetryPolicy, open_session
from pyf.aggregator.sources.pypi import PyPI
from pyf.aggregator.sources.repositories import open_repositories

CONTACT_URL = "https://pypi.org/project/pyf.aggregator/"
"""Where an operator of PyPI finds out who asks, and how to reach us."""

BROWSE_PER_SECOND = 1.0
"""PyPI's documentation sleeps a second between XML-RPC calls."""

_PYPI_HOST = "pypi.org"


PACE_PATIENCE_SECONDS = 5.0
"""A worker whose turn with PyPI is further off puts its task back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What a worker process has open between its tasks."""

    resources: Resources
    enrichment: EnrichResources
    store: Store
    ledger: Ledger
    checkpoints: SharedCheckpoints


@asynccontextmanager
async def open_worker(settings: Settings, *, policy: RetryPolicy | None = None) -> AsyncIterator[Worker]:
    """Open everything a worker needs; pace, budget, cache and checkpoints are those of all workers."""
    async with AsyncExitStack() as stack:
        store = open_store(settings.redis_url)
        stack.callback(store.close)
        catalogue = open_catalogue(find_catalogue_path(settings))
        stack.callback(catalogue.close)
        search = await stack.enter_async_context(open_search(settings))
        paces = [
            SharedPace(store, f"{name} {settings.pypi_url}", rate, patience_seconds=PACE_PATIENCE_SECONDS)
            for name, rate in (("pypi", settings.pypi_max_rps), ("browse", _find_browse_rate(settings)))
        ]
        pypi = await stack.enter_async_context(_open_pypi(settings, policy or RetryPolicy(), *paces))
        pause = settings.github_coolofftime
        origin = settings.github_api_url
        github = await stack.enter_async_context(
            _open_github(
                settings,
                policy or RetryPolicy(),
                SharedPace(
                    store,
                    f"github {origin}",
                    1 / pause if pause else 0,
                    patience_seconds=PACE_PATIENCE_SECONDS,
                ),
                SharedPurse(store, origin),
            )
        )
        yield Worker(
            resources=Resources(
                pypi=pypi,
                catalogue=catalogue,
                search=search,
                progress=Silence(),
                readers=settings.pypi_max_connections,
            ),
            enrichment=EnrichResources(
                github=github,
                repositories=SharedRepositories(store, origin),
                search=search,
                progress=Silence(),
            ),
            store=store,
            ledger=Ledger(store),
            checkpoints=SharedCheckpoints(store),
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
        paces = (Pace(settings.pypi_max_rps), Pace(_find_browse_rate(settings)))
        pypi = await stack.enter_async_context(_open_pypi(settings, policy or RetryPolicy(), *paces))
        yield Resources(
            pypi=pypi,
            catalogue=catalogue,
            search=search,
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
        pause = settings.github_coolofftime
        pace = Pace(1 / pause if pause else 0)
        github = await stack.enter_async_context(
            _open_github(settings, policy or RetryPolicy(), pace, OwnPurse())
        )
        yield EnrichResources(github=github, repositories=repositories, search=search, progress=progress)


def find_catalogue_path(settings: Settings) -> Path:
    """Return the catalogue's file; a mirror has its own, because serials mean nothing across origins."""
    url = urlsplit(settings.pypi_url)
    if url.hostname == _PYPI_HOST:
        return settings.pyf_data_dir / "catalogue.sqlite"
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


@asynccontextmanager
async def _open_pypi(
    settings: Settings, policy: RetryPolicy, pace: Passage, browse_pace: Passage
) -> AsyncIterator[PyPI]:
    async with open_session(
        user_agent=build_user_agent(), connections=settings.pypi_max_connections
    ) as session:
        client = HttpClient(session, pace=pace, policy=policy)
        yield PyPI(client, url=settings.pypi_url, browse_pace=browse_pace)


@asynccontextmanager
async def _open_github(
    settings: Settings, policy: RetryPolicy, pace: Passage, purse: Purse
) -> AsyncIterator[GitHub]:
    token = settings.github_token
    # One connection: GitHub asks for serial requests.
    async with open_session(user_agent=build_user_agent(), connections=1) as session:
        client = HttpClient(session, pace=pace, policy=policy)
        secret = token.get_secret_value() if token else None
        yield GitHub(client, url=settings.github_api_url, token=secret, purse=purse)


@asynccontextmanager
async def open_search(settings: Settings) -> AsyncIterator[SearchServer]:
    """Open the configured Typesense, or the one of our own where nothing is configured."""
    address = settings.typesense
    if address is not None:
        async with open_connection(
            address.nodes, address.api_key.get_secret_value(), timeout_seconds=address.timeout_seconds
        ) as connection:
            yield SearchServer(connection)
        return
    async with (
        open_embedded(settings.pyf_data_dir) as embedded,
        open_connection(
            [embedded.url], embedded.api_key, timeout_seconds=settings.typesense_timeout
        ) as connection,
    ):
        yield SearchServer(connection, snapshot_folder=find_snapshot_folder(settings.pyf_data_dir))
