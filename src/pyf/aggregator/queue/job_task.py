"""The task around a job: put back, tried again, or given up and listed with its reason."""

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import celery
from billiard.exceptions import TimeLimitExceeded
from celery.exceptions import Reject
from kombu.exceptions import OperationalError

from pyf.aggregator.errors.jobs import (
    ArgumentsRefused,
    BrokerUnavailable,
    LeaseHeld,
    TaskRefused,
    TaskTimedOut,
)
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.queue.configuration import GRACE_SECONDS, app
from pyf.aggregator.queue.declarations import Declaration, declare
from pyf.aggregator.queue.outcomes import Fail, Requeue, Skip, decide
from pyf.aggregator.queue.process import process
from pyf.aggregator.services.worker import Worker
from pyf.aggregator.state.redis.failures import MAX_SHOWN, UNREADABLE, Failure, shorten

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 3
"""A task that ended its worker so often is not tried again."""


class JobTask(celery.Task):  # type: ignore[misc]
    """A task around a job: an ``async`` function of the opened services and the task's plain arguments."""

    long = False
    """Whether it may take ``PYF_RUN_SECONDS``; set by what the task declares."""
    throws = (AggregatorError,)
    """What is foreseeable is a sentence in the log, without a traceback."""
    typing = False
    """Whoever queues a task does not name the services, so its arguments are looked at when it runs."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any task's arguments
        """Run the job; what goes wrong becomes what happens next."""
        try:
            self._count_delivery()
            return process.run(lambda worker: self._work(worker, args, kwargs), seconds=self._seconds)
        except AggregatorError as error:
            self._note_survival(error)
            return self._act_on(error)

    async def _work(self, worker: Worker, args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        arguments = self._read_arguments(args, kwargs)
        done: object = await self.run(worker, *arguments)
        worker.heartbeats.note_success(self.name)
        if not self.request.called_directly:
            process.failures.forget(self.name, arguments, self.request.id)
        return done

    def _act_on(self, error: AggregatorError) -> None:
        outcome = decide(error, retries=self.request.retries, most=self.max_retries, now=datetime.now(UTC))
        match outcome:
            case Requeue():
                logger.info("%s is put back for %.0f s: %s", self.name, outcome.seconds, error)
                if not outcome.counted:
                    self.request.retries -= 1
                raise self._queue_again(error, outcome.seconds)
            case Skip():
                logger.info("%s is dropped: %s", self.name, error)
            case Fail():
                raise error

    def _queue_again(self, error: AggregatorError, seconds: float) -> Exception:
        try:
            retry: Exception = self.retry(exc=error, countdown=seconds, max_retries=None, throw=False)
        except Reject as rejected:
            # Redis is away, so what it has of the task must stay there.
            retry = Reject(rejected.reason, requeue=True)
        return retry

    @property
    def _seconds(self) -> float:
        return float(self.time_limit - GRACE_SECONDS)

    def _read_arguments(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the arguments in their order, however they were given."""
        try:
            bound = inspect.signature(self.run).bind(None, *args, **kwargs)
        except TypeError as error:
            raise ArgumentsRefused(self.name, str(error)) from error
        return bound.args[1:]

    def _count_delivery(self) -> None:
        if self.request.called_directly:
            return
        deliveries = process.failures.count_delivery(self.request.id)
        if deliveries > MAX_DELIVERIES:
            raise TaskRefused(f"It ended its worker {deliveries - 1} times, so it is not tried again.")

    def _note_survival(self, error: AggregatorError) -> None:
        if self.request.called_directly:
            return
        with suppress(AggregatorError):
            if isinstance(error, LeaseHeld):
                process.failures.withdraw_delivery(self.request.id)
            else:
                process.failures.forget_deliveries(self.request.id)

    def on_failure(
        self,
        exc: BaseException,
        task_id: str,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        einfo: object,
    ) -> None:
        """Keep a task that is given up, with its arguments and the reason.

        Celery also calls this, in the worker's main process, when it has ended a task by force.
        """
        del einfo
        if isinstance(exc, TimeLimitExceeded):
            exc = TaskTimedOut(self._seconds)
        try:
            arguments = self._read_arguments(args, kwargs)
        except ArgumentsRefused:
            arguments = tuple(args)
        give_up(self.name, arguments, task_id, str(exc) or type(exc).__name__)

    def send(self, *arguments: object) -> None:
        """Queue the task, for as long as it declares; raises :class:`BrokerUnavailable`."""
        try:
            self.apply_async(arguments)
        except OperationalError as error:
            raise BrokerUnavailable("REDIS_HOST", str(error)) from error


def declare_task(name: str, **declared: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: ANN401 - as declared
    """Make a task of a job, with what :class:`Declaration` says of it."""
    task = Declaration(name=name, **declared)
    declare(task)
    return app.task(  # type: ignore[no-any-return]
        name=name, base=JobTask, long=task.long, max_retries=task.retries, expires=task.expires_seconds
    )


def keep_unreadable(message: object, reason: str) -> None:
    """Keep the beginning of what was in the queue and is no task."""
    text = message.decode(errors="replace") if isinstance(message, bytes) else str(message)
    give_up(UNREADABLE, (text[:MAX_SHOWN],), str(uuid4()), f"It is no task for a worker: {reason}.")


def give_up(task: str, arguments: tuple[object, ...], task_id: str, reason: str) -> None:
    """Keep a task that nobody can do, with its arguments and the reason."""
    reason = shorten(reason)
    logger.error("%s%s is given up: %s", task, shorten(repr(arguments)), reason)
    failure = Failure(id=task_id, task=task, arguments=arguments, reason=reason, time=datetime.now(UTC))
    with suppress(AggregatorError):
        process.failures.note(failure)
