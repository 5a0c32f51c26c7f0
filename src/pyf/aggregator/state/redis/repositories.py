"""What workers share of repositories: what GitHub said of them, and which documents show them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pyf.aggregator.documents.references import DocumentRef
from pyf.aggregator.metadata.model import Slug
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


class RepositoryDocuments:
    """Which documents show which repository; made anew by who looks at all of them."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        # The key's name is that of older versions, whose workers may still run.
        self._key = f"{PREFIX}claims:{origin}"

    def save(self, shown_by: Mapping[Slug, Sequence[DocumentRef]]) -> None:
        """Keep these and no other."""
        fields = {
            slug: msgspec.json.encode([reference.encode() for reference in references]).decode()
            for slug, references in shown_by.items()
        }
        with self._store.translated() as client, client.pipeline(transaction=True) as pipe:
            pipe.delete(self._key)
            if fields:
                pipe.hset(self._key, items=[part for field in fields.items() for part in field])
            pipe.execute()

    def load(self, slugs: Sequence[Slug]) -> dict[Slug, list[DocumentRef]]:
        """Return the documents of each of the named repositories, none for one that nobody shows."""
        if not slugs:
            return {}
        with self._store.translated() as client:
            found = client.hmget(self._key, slugs)
        return {slug: _read_references(text, slug) for slug, text in zip(slugs, found, strict=True)}


def _read_references(text: str | bytes | None, slug: Slug) -> list[DocumentRef]:
    what = f"Who shows the repository {slug}"
    references = []
    for item in read_row(text, list[str], what) or []:
        if (reference := DocumentRef.decode(item)) is None:
            tell_unreadable(what, f"{item!r} names no document")
        else:
            references.append(reference)
    return references
