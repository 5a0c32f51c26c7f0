"""What workers share of GitHub: the budget of the token, and what is known of repositories."""

from collections.abc import Iterable, Mapping

import msgspec

from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.shared.store import PREFIX, Store
from pyf.aggregator.sources.github.outcomes import Budget
from pyf.aggregator.sources.repositories import KnownRepository

BUDGET_SECONDS = 7200
"""GitHub's windows are an hour long."""


class SharedPurse:
    """The budget that GitHub last told any of the workers."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._key = f"{PREFIX}budget:{origin}"

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        with self._store.translated() as client:
            text = client.get(self._key)
        return None if text is None else msgspec.json.decode(text, type=Budget)

    def keep(self, budget: Budget | None) -> None:
        """Keep what GitHub has told, or forget what is over."""
        with self._store.translated() as client:
            if budget is None:
                client.delete(self._key)
            else:
                client.set(self._key, msgspec.json.encode(budget).decode(), ex=BUDGET_SECONDS)


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
