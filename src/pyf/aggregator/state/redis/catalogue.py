"""A worker's catalogue: its own file, and what workers on other machines learn.

What one worker learns of a project goes onto a stream that the others read before they ask their own file, so
that a project no profile wants costs one request per release, not one per machine. What releases declared is
kept for all: whoever writes a document can tell of each of its releases.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched

import msgspec
from packaging.utils import is_normalized_name

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.parsing import MAX_NUMBER
from pyf.aggregator.sources.pypi.project_list import ProjectListPage
from pyf.aggregator.state.catalogue import Catalogue, KnownProject, ReleaseClassifiers
from pyf.aggregator.state.redis.rows import read_row, tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store

STREAM_PROJECTS = 20_000
"""PyPI publishes some 10,000 files a day, so this is what happened in the last two days or more."""
_AT_ONCE = 1000
_BEGINNING = "0-0"
_FIELD = "project"


class RedisCatalogue:
    """A catalogue that also knows what other machines have learnt; ``origin`` is the PyPI it speaks of.

    ``local`` is this machine's own: it is kept up to date, and closed with this one.
    """

    def __init__(self, local: Catalogue, store: Store, origin: str) -> None:
        self._local = local
        self._store = store
        self._stream = f"{PREFIX}projects:{origin}"
        self._releases = f"{PREFIX}releases:{origin}"
        self._read_up_to = _BEGINNING

    def load_project_list(self) -> ProjectListPage | None:
        """Return the project list as last seen on this machine: 12 MB are too much to hand around."""
        return self._local.load_project_list()

    def save_project_list(self, page: ProjectListPage) -> None:
        """Keep the project list for this machine's next conditional request."""
        self._local.save_project_list(page)

    def load_projects(self, names: Iterable[NormalizedName]) -> Iterator[KnownProject]:
        """Yield what is known of the named projects, here or elsewhere."""
        self._catch_up()
        return self._local.load_projects(names)

    def load_unanswered(self) -> list[NormalizedName]:
        """Return the projects that gave no answer worth keeping, wherever they were asked for."""
        self._catch_up()
        return self._local.load_unanswered()

    def save_projects(self, projects: Iterable[KnownProject]) -> None:
        """Remember projects that were dealt with, and tell the others."""
        known = list(projects)
        self._local.save_projects(known)
        with self._store.translated() as client, client.pipeline(transaction=False) as pipe:
            for project in known:
                text = msgspec.json.encode(project).decode()
                pipe.xadd(self._stream, {_FIELD: text}, maxlen=STREAM_PROJECTS, approximate=True)
            pipe.execute()

    def load_releases(
        self, names: Iterable[NormalizedName]
    ) -> dict[NormalizedName, dict[str, tuple[str, ...]]]:
        """Return the framework classifiers of older releases, as far as anybody ever saw them."""
        wanted = list(names)
        found = self._local.load_releases(wanted)
        for part in batched(wanted, _AT_ONCE):
            with self._store.translated() as client:
                texts = client.hmget(self._releases, part)
            for name, text in zip(part, texts, strict=True):
                shared = read_row(text, dict[str, tuple[str, ...]], f"What releases of {name} declared")
                if shared is not None:
                    found[name] = _join(found.get(name, {}), shared)
        return found

    def save_releases(self, releases: Mapping[NormalizedName, ReleaseClassifiers]) -> None:
        """Remember which framework classifiers each release carries, for all."""
        known = self.load_releases(releases)
        joined = {name: _join(known.get(name, {}), carried) for name, carried in releases.items()}
        self._local.save_releases(joined)
        fields = [
            (name, msgspec.json.encode(versions).decode())
            for name, versions in joined.items()
            if any(versions.values()) and versions != known.get(name)
        ]
        for part in batched(fields, _AT_ONCE):
            with self._store.translated() as client:
                client.hset(self._releases, mapping=dict(part))

    def close(self) -> None:
        """Close this machine's own catalogue."""
        self._local.close()

    def _catch_up(self) -> None:
        """Take over what was learnt since the last time; what is here already stays as it is."""
        while True:
            with self._store.translated() as client:
                entries = client.xrange(self._stream, min=f"({self._read_up_to}", count=_AT_ONCE)
            if not entries:
                return
            read = (_read_project(fields) for _, fields in entries if fields)
            self._local.save_projects(project for project in read if project is not None)
            self._read_up_to = str(entries[-1][0])


def _read_project(fields: Mapping[str | bytes, str | bytes]) -> KnownProject | None:
    """Return what a machine has learnt of a project; its name goes into addresses, its serial into SQLite."""
    what = "What another machine learnt of a project"
    project = read_row(fields.get(_FIELD, ""), KnownProject, what)
    if project is None:
        return None
    if not is_normalized_name(project.name) or not 0 <= project.serial <= MAX_NUMBER:
        tell_unreadable(what, f"{project.name!r} at serial {project.serial} is none")
        return None
    return project


def _join(known: ReleaseClassifiers, more: ReleaseClassifiers) -> dict[str, tuple[str, ...]]:
    return {
        version: tuple(sorted({*known.get(version, ()), *more.get(version, ())}))
        for version in {**known, **more}
    }
