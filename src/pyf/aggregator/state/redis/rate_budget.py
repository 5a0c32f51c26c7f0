"""The limits of forges that all workers share."""

from datetime import UTC, datetime, timedelta

import msgspec

from pyf.aggregator.sources.forges.rate_budget import Budget, Pause
from pyf.aggregator.state.redis.rows import read_row, tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store

LIMIT_SECONDS = 7200
"""The windows of GitHub, the longest, are of an hour."""


def _is_far_off(moment: datetime) -> bool:
    """Tell whether a limit ends later than any that forges set: it would hold everybody up for nothing."""
    if moment.tzinfo is not None and moment - datetime.now(UTC) < timedelta(seconds=LIMIT_SECONDS):
        return False
    tell_unreadable("A limit of a forge's", f"it does not end at {moment}")
    return True


class RedisRateBudget:
    """The limits that a forge last told any of the workers; ``origin`` is its address."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._budget_key = f"{PREFIX}budget:{origin}"
        self._pause_key = f"{PREFIX}pause:{origin}"

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        budget = self._load(self._budget_key, Budget)
        return None if budget is None or _is_far_off(budget.resets_at) else budget

    def keep(self, budget: Budget | None) -> None:
        """Keep what the forge has told, or forget what is over."""
        self._save(self._budget_key, budget)

    def find_pause(self) -> Pause | None:
        """Return the pause that the forge asked for last, ``None`` since it answered again."""
        pause = self._load(self._pause_key, Pause)
        return None if pause is None or _is_far_off(pause.until) else pause

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that the forge asks for, or forget it."""
        self._save(self._pause_key, pause)

    def _load[T](self, key: str, kind: type[T]) -> T | None:
        with self._store.translated() as client:
            text = client.get(key)
        return read_row(text, kind, f"A forge's {kind.__name__.lower()}")

    def _save(self, key: str, value: Budget | Pause | None) -> None:
        with self._store.translated() as client:
            if value is None:
                client.delete(key)
            else:
                client.set(key, msgspec.json.encode(value).decode(), ex=LIMIT_SECONDS)
