"""The catalogue's project pages: what PyPI's page of each project said and when, shared by all profiles.

A row is written as soon as PyPI has answered, before any document: a run that is killed asks for no page a
second time. Who published a file never changes, so what PyPI says of that is kept for good.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.parsing import Moment
from pyf.aggregator.state.database import Database, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS project_pages (
    name TEXT PRIMARY KEY,
    page TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS provenances (
    filename TEXT PRIMARY KEY,
    repositories TEXT NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What is known of a project's page.

    ``checked_at`` is when PyPI last answered. ``etag`` names the state of the page that ``status`` (PEP 792)
    and ``attested_by`` (repositories such as ``github.com/plone/plone.api``) were read from. Where PyPI had
    no page, ``absent_at`` is the serial of the document that made us ask.
    """

    name: NormalizedName
    checked_at: Moment
    status: str | None = None
    attested_by: tuple[str, ...] = ()
    etag: str | None = None
    absent_at: Serial | None = None


class ProjectPages(Protocol):
    """Where a job looks first, and keeps what it learnt."""

    def load(self, names: Iterable[NormalizedName]) -> dict[NormalizedName, KnownPage]:
        """Return what is known of the named projects' pages; unknown names are left out."""

    def save(self, page: KnownPage) -> None:
        """Keep what PyPI answered."""

    def load_provenances(self, filenames: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the repositories that each file was published from, for those that were asked for."""

    def save_provenance(self, filename: str, repositories: tuple[str, ...]) -> None:
        """Keep what PyPI answered of a file, for good; that nobody attests it is an answer, too."""


class LocalProjectPages:
    """The open file of this machine. Every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, names: Iterable[NormalizedName]) -> dict[NormalizedName, KnownPage]:
        """Return what is known of the named projects' pages; unknown names are left out."""
        rows = self._database.select("SELECT page FROM project_pages WHERE name IN", names)
        pages = self._database.build(lambda row: msgspec.json.decode(row[0], type=KnownPage), rows)
        return {page.name: page for page in pages}

    def save(self, page: KnownPage) -> None:
        """Keep what PyPI answered."""
        row = page.name, msgspec.json.encode(page).decode()
        with self._database.writing() as write:
            write.execute("INSERT OR REPLACE INTO project_pages VALUES (?, ?)", row)

    def load_provenances(self, filenames: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the repositories that each file was published from, for those that were asked for."""
        rows = self._database.select(
            "SELECT filename, repositories FROM provenances WHERE filename IN", filenames
        )
        return dict(self._database.build(_read_provenance, rows))

    def save_provenance(self, filename: str, repositories: tuple[str, ...]) -> None:
        """Keep what PyPI answered of a file, for good; that nobody attests it is an answer, too."""
        row = filename, msgspec.json.encode(repositories).decode()
        with self._database.writing() as write:
            write.execute("INSERT OR REPLACE INTO provenances VALUES (?, ?)", row)

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._database.close()


def open_project_pages(path: Path) -> LocalProjectPages:
    """Open or create the file; raises :class:`DataFolderUnusable`."""
    return LocalProjectPages(open_database(path, _SCHEMA))


def _read_provenance(row: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    return row[0], msgspec.json.decode(row[1], type=tuple[str, ...])
