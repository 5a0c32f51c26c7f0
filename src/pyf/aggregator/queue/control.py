"""What ``pyfqueue`` sees of the queue and may do to it: workers, lengths, failures."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from pyf.aggregator.errors.jobs import BrokerUnavailable
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE, app
from pyf.aggregator.state.redis.failures import Failure, Failures
from pyf.aggregator.state.redis.store import Store, hide_password, open_store

PING_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Who works, how many tasks wait, and how many are with a worker, those put back included."""

    workers: tuple[str, ...]
    waiting: int
    taken: int


def load_state(store: Store) -> QueueState:
    """Ask the workers and count the tasks; raises :class:`BrokerUnavailable`."""
    with store.translated() as client:
        waiting = int(client.llen(KEY_PREFIX + QUEUE))
        taken = int(client.hlen(f"{KEY_PREFIX}unacked"))
    with _connected() as connection:
        answers = app.control.ping(timeout=PING_SECONDS, connection=connection)
    workers = sorted({name for answer in answers for name in answer})
    return QueueState(workers=tuple(workers), waiting=waiting, taken=taken)


def queue_again(failures: Sequence[Failure]) -> None:
    """Queue tasks that were given up, with their arguments."""
    with _connected() as connection:
        for failure in failures:
            app.send_task(failure.task, args=list(failure.arguments), connection=connection)


def give_back(url: str, *, interrupted: bool = False) -> int:
    """Queue every task again that a worker took and neither finished nor gave back; return how many.

    For a queue that has no worker: Celery itself hands such tasks out only after the visibility timeout.
    Tasks that were ``interrupted`` by us did not end their worker, so that is not held against them.
    """
    with closing(open_store(url)) as store:
        with store.translated() as client:
            taken = {str(tag): str(row) for tag, row in client.hscan_iter(f"{KEY_PREFIX}unacked")}
        if interrupted:
            for task_id in filter(None, map(_find_id, taken.values())):
                Failures(store).withdraw_delivery(task_id)
    with _connected(url) as connection:
        for tag in taken:
            connection.default_channel.qos.restore_by_tag(tag)
    return len(taken)


def _find_id(row: str) -> str | None:
    """Return the id of a task that was handed out, ``None`` for what is no task: the door deals with that."""
    try:
        message, *_ = msgspec.json.decode(row, type=tuple[_Taken, Any, Any])
    except msgspec.MsgspecError:
        return None
    return message.headers.id


class _Headers(msgspec.Struct):
    id: str


class _Taken(msgspec.Struct):
    """What Kombu keeps of a message that was handed out: the message, its exchange and its routing key."""

    headers: _Headers


def purge() -> int:
    """Take every waiting task out of the queue; return how many that were."""
    with _connected() as connection:
        return int(app.control.purge(connection=connection) or 0)


@contextmanager
def _connected(url: str | None = None) -> Iterator[Connection]:
    """Yield a connection of one's own: one of the pool may be dead since Redis was started anew.

    What its client raises, and what Kombu makes of that, becomes :class:`BrokerUnavailable`.
    """
    with app.connection_for_write(url) as connection:
        away = (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)
        try:
            yield connection
        except away as error:
            raise BrokerUnavailable(hide_password(url or app.conf.broker_url), str(error)) from error
