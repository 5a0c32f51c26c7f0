"""When a Typesense server has applied what it accepted."""

import logging

from pyf.aggregator.errors.typesense import SearchNotFound, SearchUnavailable
from pyf.aggregator.typesense.connection import Connection

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
TALK_SECONDS = 10.0
PATIENCE_SECONDS = 1800.0
"""Loading a million documents takes some five minutes; a queue that stands for half an hour is stuck."""


class Readiness:
    """Whether a server has applied its writes; ``patience_seconds`` is how long that may take."""

    def __init__(self, connection: Connection, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._connection = connection
        self._patience_seconds = patience_seconds

    async def wait_until_applied(self) -> None:
        """Return when the server has applied every write it accepted.

        ``/health`` says ok while a restarted server still replays its log, with a tenth of the documents
        there (measured on 0.24.1); only ``queued_writes`` in ``/status`` tells.
        """
        await self._connection.repeat(self.wait_once)

    async def wait_once(self) -> None:
        """Wait as :meth:`wait_until_applied` does, within a request that is repeated as a whole."""
        waited, talked, pause = 0.0, 0.0, FIRST_PAUSE_SECONDS
        while busy := await self._describe_queue():
            if waited >= self._patience_seconds:
                raise SearchUnavailable(self._connection.url, f"after {waited:.0f} s it is still {busy}")
            if waited - talked >= TALK_SECONDS:
                logger.info("Typesense is %s; waiting for %.0f s so far.", busy, waited)
                talked = waited
            await self._connection.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def _describe_queue(self) -> str | None:
        """Return what the server is still busy with, ``None`` when everything is applied."""
        try:
            status = await self._connection.get("/status")
        except SearchNotFound:
            # The endpoint is not documented, so it may go away; health is the next best thing.
            return None if (await self._connection.get("/health")).get("ok") else "loading"
        if status.get("state") == "NOT_READY":
            return "loading"
        queued = int(status.get("queued_writes", 0))
        return f"applying {queued} writes" if queued else None
