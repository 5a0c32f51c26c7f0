"""What a worker process keeps open between its tasks."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import cached_property

from celery.signals import worker_process_shutdown

from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.jobs import TaskTimedOut
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.services.redis import find_redis_url
from pyf.aggregator.services.worker import Worker, open_worker
from pyf.aggregator.state.redis.failures import Failures
from pyf.aggregator.state.redis.store import Store, open_store


class Process:
    """One event loop, and the services in it, opened by the first task.

    The connection to Redis is there without them: what fails is noted even while Typesense is away.
    """

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()
        self._worker: Worker | None = None

    @cached_property
    def _settings(self) -> Settings:
        return load_settings()

    @cached_property
    def _store(self) -> Store:
        return open_store(find_redis_url(self._settings))

    @cached_property
    def failures(self) -> Failures:
        """The tasks that were given up."""
        return Failures(self._store)

    def run[T](self, job: Callable[[Worker], Awaitable[T]], *, seconds: float) -> T:
        """Run a job to its end; what it leaves behind when it is cut off does not outlive it.

        Raises :class:`TaskTimedOut` for one that has not ended after so many seconds.
        """
        try:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(self._run(job, seconds))
        except SearchUnavailable:
            # The next task looks for the server anew: for another leader, or one of our own to start.
            self.close()
            raise
        except AggregatorError:
            raise
        except BaseException:
            self.close()
            raise

    async def _run[T](self, job: Callable[[Worker], Awaitable[T]], seconds: float) -> T:
        timeout = asyncio.timeout(seconds)
        try:
            async with timeout:
                if self._worker is None:
                    self._worker = await self._stack.enter_async_context(
                        open_worker(self._settings, self._store)
                    )
                return await job(self._worker)
        except TimeoutError as error:
            if timeout.expired():
                raise TaskTimedOut(seconds) from error
            raise

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
