"""The catalogue's file: one SQLite database, opened by several commands at once.

It remembers what sources said, and which collections are to be assessed. Losing it costs requests, and after
a killed run an assessment that waits for the next change. Which tables are in it is the business of the
modules that open it.
"""

import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import batched
from pathlib import Path
from typing import Any

import msgspec

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.machine.folders import ensure_private_folder

FORMAT = 2
"""Raised when an older program could not read the file any more; 1 had no repositories."""

_READABLE = frozenset({0, 1, FORMAT})
_VALUES_A_QUERY = 500
_BUSY_TIMEOUT_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.02
_DISPENSABLE = "it only saves requests, delete it and run again"

type Rows = Generator[tuple[Any, ...], None, None]
"""The rows of a query, which is open until they are read to their end or closed."""


class Database:
    """The open file. Raises :class:`DataFolderUnusable` for whatever SQLite cannot do."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def read(self, query: str, *parameters: object) -> Rows:
        """Yield the rows of a query."""
        with self._translated():
            yield from self._connection.execute(query, parameters)

    def select(self, query: str, values: Iterable[str], *parameters: object) -> Rows:
        """Yield the rows of a query that ends with ``IN``, for as many values as there are.

        ``parameters`` fill the marks before it.
        """
        for part in batched(values, _VALUES_A_QUERY):
            marks = ", ".join("?" * len(part))
            yield from self.read(f"{query} ({marks})", *parameters, *part)

    def build[T](self, build: Callable[[tuple[Any, ...]], T], rows: Rows) -> Iterator[T]:
        """Yield what a function makes of each row; what it cannot read is a spoilt file's."""
        with closing(rows):
            for row in rows:
                try:
                    built = build(row)
                except (msgspec.MsgspecError, TypeError, ValueError) as error:
                    reason = f"it has a row that cannot be read; {_DISPENSABLE}"
                    raise DataFolderUnusable(self._path, reason) from error
                yield built

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction: all of it is written, or nothing."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                # After some errors, such as a full disk, SQLite has rolled back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise _unusable(self._path, error) from error


def open_database(path: Path, schema: str) -> Database:
    """Open or create the file, with at least the tables of ``schema`` (``CREATE TABLE IF NOT EXISTS``).

    Raises :class:`DataFolderUnusable` when it cannot be used.
    """
    try:
        ensure_private_folder(path.parent)
    except OSError as error:
        raise DataFolderUnusable(path.parent, error.strerror or str(error)) from error
    try:
        connection = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        _prepare_when_free(connection, schema)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    return Database(connection, path)


def _prepare_when_free(connection: sqlite3.Connection, schema: str) -> None:
    # The change to WAL does not wait as every other statement does: of two programs that create one file at
    # the same moment, SQLite refuses one at once (https://www.sqlite.org/c3ref/busy_handler.html).
    deadline = time.monotonic() + _BUSY_TIMEOUT_SECONDS
    while True:
        try:
            return _prepare(connection, schema)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_AGAIN_SECONDS)


def _prepare(connection: sqlite3.Connection, schema: str) -> None:
    # WAL lets one command read while another writes; NORMAL may lose the last moments in a power cut,
    # never the file, and what is lost is asked again.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in _READABLE:
        raise sqlite3.DatabaseError(f"it has format {version}, this version reads {FORMAT}")
    connection.executescript(schema)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _unusable(path: Path, error: sqlite3.Error) -> DataFolderUnusable:
    # What the module itself refuses has no code of SQLite's.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}:
        return DataFolderUnusable(path, f"{error}; look whether the disk is full")
    if isinstance(error, sqlite3.OperationalError):
        return DataFolderUnusable(path, str(error))
    return DataFolderUnusable(path, f"{error}; {_DISPENSABLE}")
