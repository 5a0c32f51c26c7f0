"""What workers share of GitHub: the limits, what is known of repositories, and which documents show them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.shared.store import PREFIX, Store
from pyf.aggregator.sources.github.outcomes import Budget, Pause
from pyf.aggregator.sources.repositories import KnownRepository

LIMIT_SECONDS = 7200
"""GitHub's windows are an hour long."""


class SharedPurse:
    """The limits that GitHub last told any of the workers."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._budget_key = f"{PREFIX}budget:{origin}"
        self._pause_key = f"{PREFIX}pause:{origin}"

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        return self._load(self._budget_key, Budget)

    def keep(self, budget: Budget | None) -> None:
        """Keep what GitHub has told, or forget what is over."""
        self._save(self._budget_key, budget)

    def find_pause(self) -> Pause | None:
        """Return the pause that GitHub asked for last, ``None`` since it answered again."""
        return self._load(self._pause_key, Pause)

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that GitHub asks for, or forget it."""
        self._save(self._pause_key, pause)

    def _load[T](self, key: str, kind: type[T]) -> T | None:
        with self._store.translated() as client:
            text = client.get(key)
        return None if text is None else msgspec.json.decode(text, type=kind)

    def _save(self, key: str, value: Budget | Pause | None) -> None:
        with self._store.translated() as client:
            if value is None:
                client.delete(key)
            else:
                client.set(key, msgspec.json.encode(value).decode(), ex=LIMIT_SECONDS)


class SharedRepositories:
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
        return {
            name: msgspec.json.decode(row, type=KnownRepository)
            for name, row in zip(asked, rows, strict=True)
            if row is not None
        }

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
            slug: [] if text is None else msgspec.json.decode(text, type=list[str])
            for slug, text in zip(slugs, found, strict=True)
        }
