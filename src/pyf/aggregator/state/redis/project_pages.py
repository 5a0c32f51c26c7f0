"""What workers share of project pages: what PyPI said of each, and of who published which file."""

from collections.abc import Iterable, Mapping
from itertools import batched

import msgspec

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.state.project_pages import KnownPage
from pyf.aggregator.state.redis.rows import read_row
from pyf.aggregator.state.redis.store import PREFIX, Store

_AT_ONCE = 1000


class RedisProjectPages:
    """What is known of project pages, for all profiles on all machines; ``origin`` is the PyPI asked."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._pages = f"{PREFIX}project-pages:{origin}"
        self._provenances = f"{PREFIX}provenances:{origin}"

    def load(self, names: Iterable[NormalizedName]) -> dict[NormalizedName, KnownPage]:
        """Return what is known of the named projects' pages; unknown names are left out."""
        found = self._load(self._pages, names, KnownPage, "The project page of")
        return {NormalizedName(name): page for name, page in found.items() if page.name == name}

    def save(self, page: KnownPage) -> None:
        """Keep what PyPI answered."""
        with self._store.translated() as client:
            client.hset(self._pages, page.name, msgspec.json.encode(page).decode())

    def load_provenances(self, filenames: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the repositories that each file was published from, for those that were asked for."""
        return self._load(self._provenances, filenames, tuple[str, ...], "The provenance of")

    def save_provenance(self, filename: str, repositories: tuple[str, ...]) -> None:
        """Keep what PyPI answered of a file, for good; that nobody attests it is an answer, too."""
        with self._store.translated() as client:
            client.hset(self._provenances, filename, msgspec.json.encode(repositories).decode())

    def _load[T](self, key: str, fields: Iterable[str], kind: type[T], what: str) -> dict[str, T]:
        found: dict[str, T] = {}
        for part in batched(fields, _AT_ONCE):
            with self._store.translated() as client:
                texts = client.hmget(key, part)
            rows = (read_row(text, kind, f"{what} {field}") for field, text in zip(part, texts, strict=True))
            found |= {field: row for field, row in zip(part, rows, strict=True) if row is not None}
        return found
