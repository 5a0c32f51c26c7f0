"""The catalogue's cycles: what was last fetched of each product and when, shared by all profiles."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.sources.parsing import Moment
from pyf.aggregator.state.database import Database, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cycles (
    origin TEXT NOT NULL,
    product TEXT NOT NULL,
    known TEXT NOT NULL,
    PRIMARY KEY (origin, product)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCycles:
    """What is known of a product, or of the distribution whose releases tell it.

    ``checked_at`` is when somebody last answered; ``etag`` and ``last_modified`` name the state that
    ``cycles`` were read from. ``gone``: the answer was that there is none, and the cycles are older.
    """

    product: str
    checked_at: Moment
    cycles: tuple[Cycle, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    gone: bool = False


class LocalCycles:
    """The open file of this machine; ``origin`` is whom the cycles are from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, origin: str, product: str) -> KnownCycles | None:
        """Return what is known, ``None`` also for what another version of this program has written."""
        rows = self._database.read(
            "SELECT known FROM cycles WHERE origin = ? AND product = ?", origin, product
        )
        for (text,) in rows:
            try:
                return msgspec.json.decode(text, type=KnownCycles)
            except msgspec.MsgspecError:
                break
        return None

    def save(self, origin: str, known: KnownCycles) -> None:
        """Keep what was learnt."""
        row = origin, known.product, msgspec.json.encode(known).decode()
        with self._database.writing() as write:
            write.execute("INSERT OR REPLACE INTO cycles VALUES (?, ?, ?)", row)

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._database.close()


def open_cycles(path: Path) -> LocalCycles:
    """Open or create the file; raises :class:`DataFolderUnusable`."""
    return LocalCycles(open_database(path, _SCHEMA))
