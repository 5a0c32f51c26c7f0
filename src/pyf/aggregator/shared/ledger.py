"""The ledger: what was done, what is under way, what failed, and when things last succeeded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from pyf.aggregator.shared.store import PREFIX, Store

DONE_SECONDS = 3 * 24 * 3600
"""An entry leaves PyPI's feeds long before that."""
PENDING_SECONDS = 900
"""An entry that was queued and not done after so long is queued again: its task may be lost."""
MAX_FAILURES = 1000
MAX_DELIVERIES = 3
"""A task that ended its worker so often is not tried again."""
DELIVERY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that was given up, with what it takes to queue it again."""

    id: str
    task: str
    arguments: tuple[object, ...]
    reason: str
    time: datetime


class Ledger:
    """The ledger of one queue."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Feeds

    def load_etag(self, feed: str) -> str | None:
        """Return the ETag of the feed as last read."""
        with self._store.translated() as client:
            etag = client.hget(f"{PREFIX}feeds", feed)
        return None if etag is None else str(etag)

    def save_etag(self, feed: str, etag: str) -> None:
        """Remember the feed as read; only after all its entries are queued."""
        with self._store.translated() as client:
            client.hset(f"{PREFIX}feeds", feed, etag)

    def claim(self, entry: str) -> bool:
        """Tell whether the entry is neither done nor under way, and note it as under way."""
        if self.is_done(entry):
            return False
        with self._store.translated() as client:
            return bool(client.set(f"{PREFIX}pending:{entry}", "1", nx=True, ex=PENDING_SECONDS))

    def is_done(self, entry: str) -> bool:
        """Tell whether the entry was done, within the days that a feed shows it."""
        with self._store.translated() as client:
            return bool(client.exists(f"{PREFIX}done:{entry}"))

    def note_done(self, entry: str) -> None:
        """Note the entry as done: the work has succeeded."""
        with self._store.translated() as client:
            client.set(f"{PREFIX}done:{entry}", "1", ex=DONE_SECONDS)
            client.delete(f"{PREFIX}pending:{entry}")

    # Successes

    def note_success(self, what: str) -> None:
        """Note that something succeeded just now, such as ``reconcile_profile plone``."""
        with self._store.translated() as client:
            client.hset(f"{PREFIX}successes", what, datetime.now(UTC).isoformat())

    def load_successes(self) -> dict[str, datetime]:
        """Return when each thing last succeeded."""
        with self._store.translated() as client:
            noted = client.hgetall(f"{PREFIX}successes")
        return {str(what): datetime.fromisoformat(str(time)) for what, time in sorted(noted.items())}

    # Failures

    def count_delivery(self, task_id: str) -> int:
        """Count that a worker begins this task; return how often that happened by now."""
        key = f"{PREFIX}deliveries:{task_id}"
        with self._store.translated() as client:
            count = int(client.incr(key))
            client.expire(key, DELIVERY_SECONDS)
        return count

    def forget_deliveries(self, task_id: str) -> None:
        """Forget the count: the worker has survived the task."""
        with self._store.translated() as client:
            client.delete(f"{PREFIX}deliveries:{task_id}")

    def note_failure(self, failure: Failure) -> None:
        """Keep a task that was given up, the latest first."""
        with self._store.translated() as client:
            client.lpush(f"{PREFIX}failed", _encode(failure))
            client.ltrim(f"{PREFIX}failed", 0, MAX_FAILURES - 1)

    def load_failures(self) -> list[Failure]:
        """Return the tasks that were given up, the latest first."""
        with self._store.translated() as client:
            texts = client.lrange(f"{PREFIX}failed", 0, -1)
        return [msgspec.json.decode(text, type=Failure) for text in texts]

    def remove_failures(self, failures: Sequence[Failure]) -> None:
        """Forget these failures."""
        with self._store.translated() as client:
            for failure in failures:
                client.lrem(f"{PREFIX}failed", 0, _encode(failure))


def _encode(failure: Failure) -> str:
    return msgspec.json.encode(failure).decode()
