"""The collections that commands of this machine may have changed since they were last assessed."""

import uuid
from pathlib import Path

from pyf.aggregator.state.database import Database, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS unassessed (
    collection TEXT PRIMARY KEY,
    mark TEXT NOT NULL
) WITHOUT ROWID;
"""


class UnassessedCollections:
    """Noted by whoever may write a document, before that; forgotten once the collection was assessed.

    Each note has a mark of its own, and who forgets names it: the note of somebody else, who may still be
    writing, stays.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, collection: str) -> str:
        """Note that documents are about to change, and return the mark."""
        mark = uuid.uuid4().hex
        with self._database.writing() as write:
            write.execute("INSERT OR REPLACE INTO unassessed VALUES (?, ?)", (collection, mark))
        return mark

    def is_noted(self, collection: str) -> bool:
        """Tell whether documents may have changed since the collection was assessed."""
        return any(self._database.read("SELECT 1 FROM unassessed WHERE collection = ?", collection))

    def forget(self, collection: str, mark: str) -> None:
        """Take a note back: the collection was assessed, or nothing has changed."""
        with self._database.writing() as write:
            write.execute("DELETE FROM unassessed WHERE collection = ? AND mark = ?", (collection, mark))

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._database.close()


def open_unassessed(path: Path) -> UnassessedCollections:
    """Open or create the file; raises :class:`DataFolderUnusable`."""
    return UnassessedCollections(open_database(path, _SCHEMA))
