"""The tasks that were given up, and how often a task's worker died of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from pyf.aggregator.sources.parsing import Moment
from pyf.aggregator.state.redis.rows import read_row
from pyf.aggregator.state.redis.store import PREFIX, Store

MAX_FAILURES = 1000
"""The oldest of more than these are forgotten."""
DELIVERY_SECONDS = 24 * 3600
MAX_SHOWN = 300
"""So many characters of what somebody queued are repeated in a sentence."""

UNREADABLE = "unreadable message"
"""Stands for the task of a message that was none."""

_FAILED = f"{PREFIX}failed"
_DELIVERIES = f"{PREFIX}deliveries:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that was given up, the ``times``-th time in a row, with what it takes to queue it again."""

    id: str
    task: str
    arguments: tuple[object, ...]
    reason: str
    time: Moment
    times: int = 1

    @property
    def repeatable(self) -> bool:
        """Whether it may be queued again: what was no task may not."""
        return self.task != UNREADABLE


def shorten(text: str, most: int = MAX_SHOWN) -> str:
    """Return a text as it may be repeated to a person."""
    return text if len(text) <= most else f"{text[:most]}…"


class Failures:
    """One failure for a task and its arguments: it goes when they succeed after all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count_delivery(self, task_id: str) -> int:
        """Count that a worker begins this task; return how often that happened by now."""
        key = _DELIVERIES + task_id
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, DELIVERY_SECONDS)
            return int(pipe.execute()[0])

    def withdraw_delivery(self, task_id: str) -> None:
        """Uncount the last delivery: nothing was done that could have ended the worker."""
        with self._store.translated() as client:
            client.decr(_DELIVERIES + task_id)

    def forget_deliveries(self, task_id: str) -> None:
        """Forget the count: the worker has survived the task."""
        with self._store.translated() as client:
            client.delete(_DELIVERIES + task_id)

    def forget(self, task: str, arguments: Sequence[object], task_id: str) -> None:
        """Forget what failed before: the task has succeeded."""
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            pipe.delete(_DELIVERIES + task_id)
            pipe.hdel(_FAILED, _build_key(task, arguments))
            pipe.execute()

    def note(self, failure: Failure) -> None:
        """Keep a task that was given up."""
        key = _build_key(failure.task, failure.arguments)
        with self._store.translated() as client:
            earlier = client.hget(_FAILED, key)
            if earlier is not None and (before := _read(key, earlier)) is not None:
                failure = replace(failure, times=before.times + 1)
            client.hset(_FAILED, key, msgspec.json.encode(failure).decode())
            surplus = int(client.hlen(_FAILED)) - MAX_FAILURES
        if surplus > 0:
            self._forget_oldest(surplus)

    def load(self) -> list[Failure]:
        """Return the tasks that were given up, the latest first; what cannot be read is left out."""
        readable = [failure for failure in self._load_rows().values() if failure is not None]
        return sorted(readable, key=lambda failure: failure.time, reverse=True)

    def _load_rows(self) -> dict[str, Failure | None]:
        with self._store.translated() as client:
            rows = client.hgetall(_FAILED)
        return {str(key): _read(str(key), str(text)) for key, text in rows.items()}

    def _forget_oldest(self, surplus: int) -> None:
        """Forget so many, those that nobody can read before all others."""
        rows = self._load_rows()
        oldest = sorted(rows, key=lambda key: _find_time(rows[key]))
        with self._store.translated() as client:
            client.hdel(_FAILED, *oldest[:surplus])

    def count(self) -> int:
        """Return how many tasks were given up."""
        with self._store.translated() as client:
            return int(client.hlen(_FAILED))

    def remove(self, failures: Iterable[Failure]) -> None:
        """Forget these failures."""
        keys = [_build_key(failure.task, failure.arguments) for failure in failures]
        if keys:
            with self._store.translated() as client:
                client.hdel(_FAILED, *keys)


def _build_key(task: str, arguments: Sequence[object]) -> str:
    return msgspec.json.encode([task, *arguments]).decode()


def _find_time(failure: Failure | None) -> float:
    return -math.inf if failure is None else failure.time.timestamp()


def _read(key: str, text: str | bytes) -> Failure | None:
    return read_row(text, Failure, f"The failure {shorten(key)}")
