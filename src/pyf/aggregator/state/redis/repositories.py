"""What workers share of GitHub: limits, known repositories, and which documents show them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.sources.forges.github.outcomes import Budget, Pause
from pyf.aggregator.state.redis.rows import read_row, tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store
from pyf.aggregator.state.repositories import KnownRepository

LIMIT_SECONDS = 7200
"""GitHub's windows are an hour long."""


def _is_far_off(moment: datetime) -> bool:
    """Tell whether a limit ends later than any of GitHub's: it would keep everybody waiting for nothing."""
    if moment.tzinfo is not None and moment - datetime.now(UTC) < timedelta(seconds=LIMIT_SECONDS):
        return False
    tell_unreadable("A limit of GitHub's", f"it does not end at {moment}")
    return True


def _has_zones(known: KnownRepository) -> bool:
    """Tell whether the times of what is known may be compared with ours."""
    moments = (known.checked_at, known.confirmed_at, known.absent_since)
    if all(moment is None or moment.tzinfo is not None for moment in moments):
        return True
    tell_unreadable(f"What is known of the repository {known.slug}", "its times have no zone")
    return False


class RedisRateBudget:
    """The limits that GitHub last told any of the workers."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._budget_key = f"{PREFIX}budget:{origin}"
        self._pause_key = f"{PREFIX}pause:{origin}"

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        budget = self._load(self._budget_key, Budget)
        return None if budget is None or _is_far_off(budget.resets_at) else budget

    def keep(self, budget: Budget | None) -> None:
        """Keep what GitHub has told, or forget what is over."""
        self._save(self._budget_key, budget)

    def find_pause(self) -> Pause | None:
        """Return the pause that GitHub asked for last, ``None`` since it answered again."""
        pause = self._load(self._pause_key, Pause)
        return None if pause is None or _is_far_off(pause.until) else pause

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that GitHub asks for, or forget it."""
        self._save(self._pause_key, pause)

    def _load[T](self, key: str, kind: type[T]) -> T | None:
        with self._store.translated() as client:
            text = client.get(key)
        return read_row(text, kind, f"GitHub's {kind.__name__.lower()}")

    def _save(self, key: str, value: Budget | Pause | None) -> None:
        with self._store.translated() as client:
            if value is None:
                client.delete(key)
            else:
                client.set(key, msgspec.json.encode(value).decode(), ex=LIMIT_SECONDS)


class RedisRepositories:
    """What is known of repositories, for all profiles on all machines."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._rows = f"{PREFIX}repositories:{origin}"
        self._names = f"{PREFIX}repository-names:{origin}"
        self._nodes = f"{PREFIX}repository-nodes:{origin}"

    def load(self, names: Iterable[Slug]) -> dict[Slug, KnownRepository]:
        """Return what is known, by the name asked for, which may be an older one."""
        asked = list(names)
        if not asked:
            return {}
        with self._store.translated() as client:
            present = client.hmget(self._names, asked)
            slugs = [str(found) if found else name for name, found in zip(asked, present, strict=True)]
            rows = client.hmget(self._rows, slugs)
        read = {
            name: read_row(row, KnownRepository, f"What is known of the repository {name}")
            for name, row in zip(asked, rows, strict=True)
        }
        return {name: known for name, known in read.items() if known is not None and _has_zones(known)}

    def save(self, learnt: Mapping[Slug, KnownRepository]) -> None:
        """Keep what was learnt by asking for these names; former names lead to the present one."""
        with self._store.translated() as client:
            for name, known in learnt.items():
                former = {name, known.slug}
                if known.node_id and (before := client.hget(self._nodes, known.node_id)):
                    former.add(Slug(str(before)))
                with client.pipeline(transaction=True) as pipe:
                    pipe.hdel(self._rows, *former)
                    pipe.hset(self._names, mapping=dict.fromkeys(former, known.slug))
                    pipe.hset(self._rows, known.slug, msgspec.json.encode(known).decode())
                    if known.node_id:
                        pipe.hset(self._nodes, known.node_id, known.slug)
                    pipe.execute()


class SharedClaims:
    """Which documents show which repository, as ``collection/id``; made anew by who looks at all of them."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._key = f"{PREFIX}claims:{origin}"

    def replace(self, claims: Mapping[Slug, Sequence[str]]) -> None:
        """Keep these claims and no other."""
        fields = {slug: msgspec.json.encode(documents).decode() for slug, documents in claims.items()}
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            pipe.delete(self._key)
            if fields:
                pipe.hset(self._key, items=[part for field in fields.items() for part in field])
            pipe.execute()

    def load(self, slugs: Sequence[Slug]) -> dict[Slug, list[str]]:
        """Return the documents of each of the named repositories, none for one that nobody claims."""
        if not slugs:
            return {}
        with self._store.translated() as client:
            found = client.hmget(self._key, slugs)
        return {
            slug: read_row(text, list[str], f"Who shows the repository {slug}") or []
            for slug, text in zip(slugs, found, strict=True)
        }
