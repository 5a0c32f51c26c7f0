"""The catalogue's projects: what is known of each, shared by all profiles.

A project's row is written after its document was acknowledged; a row therefore means "dealt with at this
serial".
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.pypi.project_list import ProjectListPage
from pyf.aggregator.state.database import Database, open_database

UNANSWERED = Serial(0)
"""The serial of a project that was asked for and gave no answer worth keeping: ask again next time."""

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

type ReleaseClassifiers = Mapping[str, tuple[str, ...]]
"""The framework classifiers each version of one project carries, by version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProject:
    """What the catalogue knows of a project: its classifiers at a serial."""

    name: NormalizedName
    serial: Serial
    classifiers: tuple[str, ...]


class Catalogue(Protocol):
    """Where a run over PyPI looks first, and keeps what it learnt."""

    def load_project_list(self) -> ProjectListPage | None:
        """Return the project list as last seen, or ``None``."""

    def save_project_list(self, page: ProjectListPage) -> None:
        """Keep the project list for the next conditional request."""

    def load_projects(self, names: Iterable[NormalizedName]) -> Iterator[KnownProject]:
        """Yield what is known of the named projects; unknown names are left out."""

    def load_unanswered(self) -> list[NormalizedName]:
        """Return the projects that gave no answer worth keeping when they were last asked for."""

    def save_projects(self, projects: Iterable[KnownProject]) -> None:
        """Remember projects that were dealt with; a later serial is never replaced by an earlier one."""

    def load_releases(
        self, names: Iterable[NormalizedName]
    ) -> dict[NormalizedName, dict[str, tuple[str, ...]]]:
        """Return the framework classifiers of older releases, as far as they were ever seen."""

    def save_releases(self, releases: Mapping[NormalizedName, ReleaseClassifiers]) -> None:
        """Remember which framework classifiers each release carries, beside those that are known."""

    def close(self) -> None:
        """Close what is open; what was written is there already."""


class LocalCatalogue:
    """The open file of this machine. Every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load_project_list(self) -> ProjectListPage | None:
        """Return the project list as last seen, or ``None``."""
        rows = self._database.read("SELECT etag, body FROM project_lists")
        row = next(rows, None)
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
        with self._database.writing() as write:
            write.execute("DELETE FROM project_lists")
            write.execute("INSERT INTO project_lists VALUES (?, ?)", (page.etag, body))

    def load_projects(self, names: Iterable[NormalizedName]) -> Iterator[KnownProject]:
        """Yield what is known of the named projects; unknown names are left out."""
        rows = self._database.select("SELECT name, serial, classifiers FROM projects WHERE name IN", names)
        yield from self._database.build(_read_project, rows)

    def load_unanswered(self) -> list[NormalizedName]:
        """Return the projects that gave no answer worth keeping when they were last asked for."""
        rows = self._database.read("SELECT name FROM projects WHERE serial = ?", UNANSWERED)
        return [name for (name,) in rows]

    def save_projects(self, projects: Iterable[KnownProject]) -> None:
        """Remember projects that were dealt with; a later serial is never replaced by an earlier one."""
        rows = [(p.name, p.serial, _encode(p.classifiers)) for p in projects]
        with self._database.writing() as write:
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
        rows = self._database.select("SELECT name, version, classifiers FROM releases WHERE name IN", names)
        for name, version, classifiers in self._database.build(_read_release, rows):
            found[name][version] = classifiers
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
        with self._database.writing() as write:
            write.executemany("INSERT OR REPLACE INTO releases VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._database.close()


def open_catalogue(path: Path) -> LocalCatalogue:
    """Open or create the file; raises :class:`DataFolderUnusable` when it cannot be used."""
    return LocalCatalogue(open_database(path, _SCHEMA))


def _read_project(row: tuple[Any, ...]) -> KnownProject:
    name, serial, classifiers = row
    return KnownProject(name=name, serial=serial, classifiers=_decode(classifiers))


def _read_release(row: tuple[Any, ...]) -> tuple[NormalizedName, str, tuple[str, ...]]:
    name, version, classifiers = row
    return name, version, _decode(classifiers)


def _encode(classifiers: tuple[str, ...]) -> str:
    return msgspec.json.encode(classifiers).decode()


def _decode(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
