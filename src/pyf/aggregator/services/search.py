"""Opening Typesense: the configured one, or one of our own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.readiness import PATIENCE_SECONDS
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""So often a server of our own is looked after."""
SHORT_REPEATS = RetryPolicy(attempts=4, first_wait_seconds=0.5, longest_wait_seconds=2.0)
"""For whoever has somebody or something else waiting: a person who searches, a worker with other tasks."""
SEARCH_SECONDS = 10.0
"""Somebody waits for what a search finds; it takes milliseconds where all is well."""


@asynccontextmanager
async def open_search(
    settings: Settings,
    *,
    policy: RetryPolicy | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
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
            # Of no use where a server is configured, and not cheap to import.
            from pyf.aggregator.typesense.embedded.sharing import find_snapshot_folder, open_embedded

            embedded = await stack.enter_async_context(open_embedded(settings.pyf_data_dir))
            nodes, api_key = (embedded.url,), embedded.api_key
            snapshot_folder = find_snapshot_folder(settings.pyf_data_dir)
        connection = await stack.enter_async_context(
            open_connection(
                nodes, api_key, timeout_seconds=timeout_seconds or settings.typesense_timeout, policy=policy
            )
        )
        yield SearchServer(
            connection,
            snapshot_folder=snapshot_folder,
            patience_seconds=patience_seconds,
            changes_days=settings.pyf_changes_days,
        )


async def look_after_own(settings: Settings) -> None:
    """Start the Typesense of our own again whenever it dies, until cancelled; a configured one is not ours.

    For whoever has it open.
    """
    from pyf.aggregator.typesense.embedded.sharing import revive_embedded

    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if settings.typesense is None:
            try:
                if await asyncio.to_thread(revive_embedded, settings.pyf_data_dir):
                    logger.warning("Typesense had ended; it is started again.")
            except AggregatorError as error:
                logger.warning("%s", error)
