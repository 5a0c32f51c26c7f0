"""What workers share of repositories: what their forges said of them, and which documents show them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pyf.aggregator.documents.references import Showing
from pyf.aggregator.metadata.model import Repository, Slug
from pyf.aggregator.state.redis.rows import read_row, tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store
from pyf.aggregator.state.repositories import KnownRepository


def _has_zones(known: KnownRepository) -> bool:
    """Tell whether the times of what is known may be compared with ours."""
    moments = (known.checked_at, known.confirmed_at, known.absent_since)
    if all(moment is None or moment.tzinfo is not None for moment in moments):
        return True
    tell_unreadable(f"What is known of the repository {known.slug}", "its times have no zone")
    return False


class RedisRepositories:
    """What is known of one forge's repositories, on all machines; ``origin`` names the forge."""

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


class RepositoryDocuments:
    """Which documents show which repository, on any forge; made anew by who looks at all of them.

    ``origin`` is the address of GitHub's API: who plays with a stand-in has references of its own.
    """

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        # Older versions, whose workers may still run, keep others under another name.
        self._key = f"{PREFIX}shown-by:{origin}"

    def save(self, shown_by: Mapping[Repository, Sequence[Showing]]) -> None:
        """Keep these and no other."""
        fields = {
            str(repository): msgspec.json.encode([showing.encode() for showing in showings]).decode()
            for repository, showings in shown_by.items()
        }
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            pipe.delete(self._key)
            if fields:
                pipe.hset(self._key, items=[part for field in fields.items() for part in field])
            pipe.execute()

    def load(self, repositories: Sequence[Repository]) -> dict[Repository, list[Showing]]:
        """Return the documents of each of these repositories, none for one that nobody shows."""
        if not repositories:
            return {}
        with self._store.translated() as client:
            found = client.hmget(self._key, [str(repository) for repository in repositories])
        return {
            repository: _read_showings(text, repository)
            for repository, text in zip(repositories, found, strict=True)
        }


def _read_showings(text: str | bytes | None, repository: Repository) -> list[Showing]:
    what = f"Who shows the repository {repository.label}"
    showings = []
    for item in read_row(text, list[str], what) or []:
        if (showing := Showing.decode(item)) is None:
            tell_unreadable(what, f"{item!r} names no document")
        else:
            showings.append(showing)
    return showings
