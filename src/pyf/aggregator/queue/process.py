"""What a worker process keeps open between its tasks."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

from celery.signals import worker_process_shutdown

from pyf.aggregator.errors import AggregatorError
from pyf.aggregator.services import Worker, open_worker
from pyf.aggregator.settings import load_settings
from pyf.aggregator.shared.ledger import Ledger
from pyf.aggregator.shared.store import Store, open_store


class Process:
    """One event loop, and the services in it, opened by the first task."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._worker: Worker | None = None
        self._store: Store | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger, over a connection of its own: what fails is noted even while Typesense is away."""
        if self._store is None:
            self._store = open_store(load_settings().redis_url)
        return Ledger(self._store)

    def run[T](self, job: Callable[[Worker], Awaitable[T]]) -> T:
        """Run a job to its end; what it leaves behind when it is cut off does not outlive it."""
        try:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(self._run(job))
        except AggregatorError:
            raise
        except BaseException:
            self.close()
            raise

    async def _run[T](self, job: Callable[[Worker], Awaitable[T]]) -> T:
        if self._worker is None:
            self._worker = await self._stack.enter_async_context(open_worker(load_settings()))
        return await job(self._worker)

    def close(self) -> None:
        """Close the services and the loop."""
        runner, self._runner, self._worker = self._runner, None, None
        if runner is not None:
            with suppress(Exception):
                runner.run(self._stack.aclose())
            runner.close()
        self._stack = AsyncExitStack()


process = Process()
"""Of this process: Celery's pool forks one for each task that runs at a time."""


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _close(**_: object) -> None:
    process.close()
