"""The task around a job: put back with its time, tried again, or given up and kept where one can see it."""

import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import celery

from pyf.aggregator.errors import (
    AggregatorError,
    BrokerUnavailable,
    DataFolderUnusable,
    RateLimited,
    ReleaseMissing,
    RunIncomplete,
    SearchUnavailable,
    SourceError,
    TaskPoisoned,
)
from pyf.aggregator.queue.configuration import LONGEST_PUT_BACK_SECONDS
from pyf.aggregator.queue.process import process
from pyf.aggregator.shared.ledger import MAX_DELIVERIES, Failure

logger = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 900.0
MAX_RETRIES = 10

_PASSING = (
    BrokerUnavailable,
    DataFolderUnusable,
    ReleaseMissing,
    RunIncomplete,
    SearchUnavailable,
    SourceError,
)
"""What another attempt may mend."""


class JobTask(celery.Task):  # type: ignore[misc]
    """A task around a job: put back with its time, tried again, or given up and kept where one can see it."""

    max_retries = MAX_RETRIES

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any task's arguments
        """Run the task; translate what went wrong into what happens next."""
        try:
            self._count_delivery()
            done = super().__call__(*args, **kwargs)
        except RateLimited as limit:
            pause = (limit.until - datetime.now(UTC)).total_seconds()
            raise self._put_back(limit, pause, counted=False) from limit
        except _PASSING as error:
            raise self._put_back(error, self._find_pause(), counted=True) from error
        self._forget_delivery()
        return done

    def _find_pause(self) -> float:
        pause: float = min(FIRST_RETRY_SECONDS * 2.0**self.request.retries, LONGEST_RETRY_SECONDS)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter

    def _put_back(self, error: Exception, pause: float, *, counted: bool) -> Exception:
        """Queue the task again after a pause; without end for a limit, which is nobody's fault."""
        self._forget_delivery()
        countdown = min(max(pause, 0.1), LONGEST_PUT_BACK_SECONDS)
        retries = self.request.retries
        if not counted:
            self.request.retries = max(retries - 1, 0)
        logger.info("%s is put back for %.0f s: %s", self.name, countdown, error)
        return self.retry(exc=error, countdown=countdown, throw=False)  # type: ignore[no-any-return]

    def _count_delivery(self) -> None:
        if self.request.called_directly:
            return
        deliveries = process.ledger.count_delivery(self.request.id)
        if deliveries > MAX_DELIVERIES:
            raise TaskPoisoned(deliveries - 1)

    def _forget_delivery(self) -> None:
        if not self.request.called_directly:
            with suppress(AggregatorError):
                process.ledger.forget_deliveries(self.request.id)

    def on_failure(
        self, exc: BaseException, task_id: str, args: Sequence[object], kwargs: object, einfo: object
    ) -> None:
        """Keep a task that is given up in the ledger, with its arguments and the reason."""
        del kwargs, einfo
        failure = Failure(
            id=task_id,
            task=self.name,
            arguments=tuple(args),
            reason=str(exc) or type(exc).__name__,
            time=datetime.now(UTC),
        )
        logger.error("%s%s is given up: %s", self.name, tuple(args), failure.reason)
        with suppress(AggregatorError):
            process.ledger.note_failure(failure)
