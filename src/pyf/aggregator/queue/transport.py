"""Celery's connection to Redis: takes out and reports what is no task.

Kombu hands whatever it finds in the queue to the worker, and what that cannot read ends its main process: a
message without headers, for instance, or no JSON (measured on 5.7).
"""

from datetime import UTC, datetime
from queue import Empty
from typing import Any

from kombu.transport import redis

from pyf.aggregator.queue.configuration import QUEUE, app
from pyf.aggregator.queue.job_task import give_up, keep_unreadable
from pyf.aggregator.queue.messages import NoTask, check_envelope, read_task

ERRORS: tuple[type[Exception], ...] = (*redis.Transport.connection_errors, *redis.Transport.channel_errors)
"""What Redis raises, whatever it is asked for."""
UNKNOWN = "This worker knows no such task; is it older than what queued it?"


class QoS(redis.QoS):  # type: ignore[misc]
    """What was handed out and is not done yet."""

    def restore_by_tag(self, tag: Any, *options: Any, **named: Any) -> None:  # noqa: ANN401 - Kombu's
        """Hand a message out again; what cannot be read goes, or those behind it would wait for ever."""
        try:
            super().restore_by_tag(tag, *options, **named)
        except ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - whatever reading raises: it is no message
            with self.channel.conn_or_acquire() as connection:
                text = connection.hget(self.unacked_key, tag)
            keep_unreadable(text, str(error))
            self._remove_from_indices(tag).execute()


class Channel(redis.Channel):  # type: ignore[misc]
    """Reads what is next in the queue."""

    QoS = QoS

    def _connparams(self, *options: Any, **named: Any) -> Any:  # noqa: ANN401 - Kombu's
        """Return where Redis is, unless Celery has given the connection up since Redis went away.

        Kombu would look for the address all the same, in vain, and end the worker (``AttributeError``,
        measured on 5.7); what is raised here is what everybody is prepared for.
        """
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("the connection to Redis was lost")
        return super()._connparams(*options, **named)

    def _do_restore_message(self, payload: Any, *options: Any, **named: Any) -> None:  # noqa: ANN401 - Kombu's
        check_envelope(payload)
        super()._do_restore_message(payload, *options, **named)

    def _brpop_read(self, **options: Any) -> object:  # noqa: ANN401 - Kombu's
        arrived = self.connection.arrived
        try:
            return super()._brpop_read(**options)
        except Empty:
            raise
        except ERRORS:
            raise
        except Exception as error:
            if self.connection.arrived != arrived:
                raise
            # It did not even come as far as the door.
            keep_unreadable(getattr(error, "doc", getattr(error, "object", None)), str(error))
            return True


class Transport(redis.Transport):  # type: ignore[misc]
    """Hands on what is a task."""

    Channel = Channel
    arrived = 0

    def _deliver(self, message: Any, queue: str) -> None:  # noqa: ANN401 - Kombu's
        self.arrived += 1
        try:
            check_envelope(message)
            task = read_task(message, datetime.now(UTC)) if queue == QUEUE else None
        except NoTask as error:
            keep_unreadable(message, str(error))
            return
        if task is None:
            super()._deliver(message, queue)
        elif task.name in app.tasks:
            super()._deliver(task.message, queue)
        else:
            # An older version may meet a newer one's task.
            give_up(task.name, task.arguments, task.id, UNKNOWN)
