"""The catalogue: what is already known of each project, in one SQLite file shared by all profiles.

It only remembers what PyPI said, so losing the file costs requests and nothing else. A project's row is
written after its document was acknowledged; a row therefore means "dealt with at this serial".
"""

import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pyf.aggregator.errors import DataFolderUnusable
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.wire import ProjectListPage

UNSETTLED = Serial(0)
"""The serial of a project that was asked for and gave no answer worth keeping: ask again next time."""

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS projects (
    name TEXT PRIMARY KEY,
    serial INTEGER NOT NULL,
    classifiers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS releases (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    classifiers TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS project_lists (etag TEXT NOT NULL, body BLOB NOT NULL);
"""
_NAMES_A_QUERY = 500
_BUSY_TIMEOUT_SECONDS = 60.0

type ReleaseClassifiers = Mapping[str, tuple[str, ...]]
"""The framework classifiers each version of one project carries, by version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProject:
    """What the catalogue knows of a project: its classifiers at a serial."""

    name: NormalizedName
    serial: Serial
    classifiers: tuple[str, ...]


class Catalogue:
    """The open file. Every method is one short transaction; several commands may use the file at once."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def load_project_list(self) -> ProjectListPage | None:
        """Return the project list as last seen, or ``None``."""
        with self._translated():
            row = self._connection.execute("SELECT etag, body FROM project_lists").fetchone()
        if row is None:
            return None
        try:
            return ProjectListPage(etag=row[0], body=zlib.decompress(row[1]))
        except zlib.error:
            return None

    def save_project_list(self, page: ProjectListPage) -> None:
        """Keep the project list for the next conditional request."""
        # Level 1 takes 47 MB to 12 in half a second; higher levels cost seconds for little.
        body = zlib.compress(page.body, level=1)
        with self._writing() as write:
            write.execute("DELETE FROM project_lists")
            write.execute("INSERT INTO project_lists VALUES (?, ?)", (page.etag, body))

    def load_projects(self, names: Iterable[NormalizedName]) -> Iterator[KnownProject]:
        """Yield what is known of the named projects; unknown names are left out."""
        for name, serial, classifiers in self._select(
            "SELECT name, serial, classifiers FROM projects WHERE name IN", names
        ):
            yield KnownProject(name=name, serial=serial, classifiers=_decode(classifiers))

    def load_unsettled(self) -> list[NormalizedName]:
        """Return the projects that gave no answer worth keeping when they were last asked for."""
        with self._translated():
            rows = self._connection.execute("SELECT name FROM projects WHERE serial = ?", (UNSETTLED,))
            return [name for (name,) in rows]

    def save_projects(self, projects: Iterable[KnownProject]) -> None:
        """Remember projects that were dealt with; a later serial is never replaced by an earlier one."""
        rows = [(p.name, p.serial, _encode(p.classifiers)) for p in projects]
        with self._writing() as write:
            write.executemany(
                "INSERT INTO projects VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET serial = excluded.serial, classifiers = excluded.classifiers"
                " WHERE excluded.serial >= serial OR excluded.serial = 0",
                rows,
            )

    def load_releases(
        self, names: Iterable[NormalizedName]
    ) -> dict[NormalizedName, dict[str, tuple[str, ...]]]:
        """Return the framework classifiers of older releases, as far as they were ever seen."""
        found: defaultdict[NormalizedName, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for name, version, classifiers in self._select(
            "SELECT name, version, classifiers FROM releases WHERE name IN", names
        ):
            found[name][version] = _decode(classifiers)
        return dict(found)

    def save_releases(self, releases: Mapping[NormalizedName, ReleaseClassifiers]) -> None:
        """Remember which framework classifiers each release carries: a release never changes them.

        What is already there is joined, not replaced: each profile browses its own classifiers only.
        """
        known = self.load_releases(releases)
        rows = [
            (name, version, _encode(tuple(sorted({*classifiers, *known.get(name, {}).get(version, ())}))))
            for name, versions in releases.items()
            for version, classifiers in versions.items()
        ]
        with self._writing() as write:
            write.executemany("INSERT OR REPLACE INTO releases VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._connection.close()

    def _select(self, query: str, names: Iterable[NormalizedName]) -> Iterator[tuple[Any, ...]]:
        wanted = list(names)
        with self._translated():
            for start in range(0, len(wanted), _NAMES_A_QUERY):
                part = wanted[start : start + _NAMES_A_QUERY]
                marks = ", ".join("?" * len(part))
                yield from self._connection.execute(f"{query} ({marks})", part)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error


def open_catalogue(path: Path) -> Catalogue:
    """Open or create the file; raises :class:`DataFolderUnusable` when it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderUnusable(path.parent, error.strerror or str(error)) from error
    try:
        connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    return Catalogue(connection, path)


def _prepare(connection: sqlite3.Connection) -> None:
    # WAL lets one command read while another writes; NORMAL may lose the last moments in a power cut,
    # never the file, and what is lost is asked again.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, _SCHEMA_VERSION}:
        raise sqlite3.DatabaseError(f"it has format {version}, this version reads {_SCHEMA_VERSION}")
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


def _unusable(path: Path, error: sqlite3.Error) -> DataFolderUnusable:
    if isinstance(error, sqlite3.OperationalError):
        return DataFolderUnusable(path, str(error))
    return DataFolderUnusable(path, f"{error}; it only saves requests, delete it and run again")


def _encode(classifiers: tuple[str, ...]) -> str:
    return msgspec.json.encode(classifiers).decode()


def _decode(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
