"""The catalogue's repositories: what its forge said of each and when, shared by all profiles.

A row is written as soon as the forge has answered, before any document: a run that is killed asks for no
repository a second time. A repository has one row under its present name, however many names lead to it.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pyf.aggregator.metadata.model import RepositoryStats, Slug
from pyf.aggregator.sources.forges.outcomes import Found, Unavailable
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.state.database import Database, open_database

ABSENCE_PROVES_AFTER = timedelta(days=1)
"""A repository loses its stars and the rest when it is still away so long after it was first missed."""
UNAVAILABLE_FRESH = timedelta(days=7)
"""How rarely a repository that its forge shows nothing of is asked for: most never come back."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS repositories (
    origin TEXT NOT NULL,
    slug TEXT NOT NULL,
    node_id TEXT,
    figures TEXT,
    state TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    confirmed_at TEXT,
    absent_since TEXT,
    etag TEXT,
    PRIMARY KEY (origin, slug)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS repositories_by_node ON repositories (origin, node_id);
CREATE TABLE IF NOT EXISTS repository_names (
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    PRIMARY KEY (origin, name)
) WITHOUT ROWID;
"""
_SELECT = (
    "SELECT slug, node_id, figures, state, checked_at, confirmed_at, absent_since, etag"
    " FROM repositories WHERE origin = ? AND slug IN"
)
_INSERT = (
    "INSERT INTO repositories"
    " (origin, slug, node_id, figures, state, checked_at, confirmed_at, absent_since, etag)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class State(StrEnum):
    """What its forge last said of a repository."""

    AVAILABLE = "available"
    MISSING = Unavailable.MISSING.value
    PRIVATE = Unavailable.PRIVATE.value
    BLOCKED = Unavailable.BLOCKED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRepository:
    """What is known of a repository.

    ``checked_at`` is when the forge last answered, ``confirmed_at`` when it last gave ``stats``, which stay
    for a while after it began to say that there are none (``absent_since``).
    """

    slug: Slug
    state: State
    checked_at: datetime
    node_id: str | None = None
    stats: RepositoryStats | None = None
    confirmed_at: datetime | None = None
    absent_since: datetime | None = None
    etag: str | None = None

    @property
    def gone(self) -> bool:
        """It was missed twice, far enough apart to believe it."""
        if self.state is State.AVAILABLE or self.absent_since is None:
            return False
        return self.checked_at - self.absent_since >= ABSENCE_PROVES_AFTER

    def is_fresh(self, now: datetime, max_age: timedelta) -> bool:
        """Tell whether the last answer still stands, so that nobody need ask."""
        if self.state is not State.AVAILABLE:
            max_age = UNAVAILABLE_FRESH if self.stats is None else max(max_age, ABSENCE_PROVES_AFTER)
        # An answer from the future comes from a clock that was wrong.
        return timedelta(0) <= now - self.checked_at < max_age


def update_knowledge(
    slug: Slug, known: KnownRepository | None, outcome: Found | NotModified | Unavailable, now: datetime
) -> KnownRepository:
    """Return what is known of the repository asked for as ``slug`` after this answer. Pure."""
    if isinstance(outcome, Found):
        return KnownRepository(
            slug=outcome.stats.slug,
            state=State.AVAILABLE,
            checked_at=now,
            node_id=outcome.stats.node_id,
            stats=outcome.stats,
            confirmed_at=now,
            etag=outcome.etag,
        )
    before = known or KnownRepository(slug=slug, state=State.MISSING, checked_at=now)
    if isinstance(outcome, NotModified):
        return replace(before, state=State.AVAILABLE, checked_at=now, confirmed_at=now, absent_since=None)
    missed = replace(
        before,
        state=State(outcome.value),
        checked_at=now,
        absent_since=before.absent_since or now,
        etag=None,
    )
    # What is gone is looked for by its name from now on: another repository may take it.
    return replace(missed, stats=None, node_id=None) if missed.gone else missed


class Repositories(Protocol):
    """Where a job looks first, and keeps what it learnt."""

    def load(self, names: Iterable[Slug]) -> dict[Slug, KnownRepository]:
        """Return what is known, by the name asked for, which may be an older one."""

    def save(self, learnt: Mapping[Slug, KnownRepository]) -> None:
        """Keep what was learnt by asking for these names."""


class LocalRepositories:
    """The open file of this machine; ``origin`` is the forge's, such as the address of its API."""

    def __init__(self, database: Database, origin: str) -> None:
        self._database = database
        self._origin = origin

    def load(self, names: Iterable[Slug]) -> dict[Slug, KnownRepository]:
        """Return what is known, by the name asked for, which may be an older one."""
        asked = list(names)
        present: dict[Slug, Slug] = dict(
            self._database.select(
                "SELECT name, slug FROM repository_names WHERE origin = ? AND name IN", asked, self._origin
            )
        )
        slugs = {present.get(name, name) for name in asked}
        rows = self._database.select(_SELECT, slugs, self._origin)
        known = {known.slug: known for known in self._database.build(_read, rows)}
        found = {name: known.get(present.get(name, name)) for name in asked}
        return {name: row for name, row in found.items() if row is not None}

    def save(self, learnt: Mapping[Slug, KnownRepository]) -> None:
        """Keep what was learnt by asking for these names, in one transaction."""
        with self._database.writing() as write:
            for name, known in learnt.items():
                for former in {name, known.slug, *self._find_slugs(write, known.node_id)}:
                    self._lead(write, former, known.slug)
                write.execute(_INSERT, (self._origin, *_write(known)))

    def _find_slugs(self, write: sqlite3.Connection, node_id: str | None) -> list[Slug]:
        """Return the name under which the repository with this id has its row."""
        rows = write.execute(
            "SELECT slug FROM repositories WHERE origin = ? AND node_id = ?", (self._origin, node_id)
        )
        return [Slug(slug) for (slug,) in rows]

    def _lead(self, write: sqlite3.Connection, former: Slug, present: Slug) -> None:
        """Take away the row of a former name; it leads to the present one, with every name that led to it."""
        write.execute("DELETE FROM repositories WHERE origin = ? AND slug = ?", (self._origin, former))
        write.execute(
            "UPDATE repository_names SET slug = ? WHERE origin = ? AND slug = ?",
            (present, self._origin, former),
        )
        write.execute(
            "INSERT OR REPLACE INTO repository_names VALUES (?, ?, ?)", (self._origin, former, present)
        )

    def turn_to(self, origin: str) -> "LocalRepositories":
        """Return those of another forge in the same file, which is open as long as this one."""
        return LocalRepositories(self._database, origin)

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._database.close()


def open_repositories(path: Path, *, origin: str) -> LocalRepositories:
    """Open or create the file; raises :class:`DataFolderUnusable`."""
    return LocalRepositories(open_database(path, _SCHEMA), origin)


def _read(row: tuple[Any, ...]) -> KnownRepository:
    slug, node_id, stats, state, checked_at, confirmed_at, absent_since, etag = row
    return KnownRepository(
        slug=Slug(slug),
        node_id=node_id,
        stats=None if stats is None else msgspec.json.decode(stats, type=RepositoryStats),
        state=State(state),
        checked_at=datetime.fromisoformat(checked_at),
        confirmed_at=None if confirmed_at is None else datetime.fromisoformat(confirmed_at),
        absent_since=None if absent_since is None else datetime.fromisoformat(absent_since),
        etag=etag,
    )


def _write(known: KnownRepository) -> tuple[str | None, ...]:
    return (
        known.slug,
        known.node_id,
        None if known.stats is None else msgspec.json.encode(known.stats).decode(),
        known.state.value,
        _write_time(known.checked_at),
        _write_time(known.confirmed_at),
        _write_time(known.absent_since),
        known.etag,
    )


def _write_time(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat()
