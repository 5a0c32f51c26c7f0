"""The Typesense server: what a name stands for, its presets, its snapshots, its queued writes."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pyf.aggregator.documents.changes import leave_out_changes
from pyf.aggregator.documents.preset import is_earlier
from pyf.aggregator.errors.typesense import CollectionNotFound, SearchError
from pyf.aggregator.typesense.aliases import Aliases
from pyf.aggregator.typesense.changes import Changes
from pyf.aggregator.typesense.collections import Collections
from pyf.aggregator.typesense.connection import Connection
from pyf.aggregator.typesense.documents import Contents
from pyf.aggregator.typesense.keys import Keys
from pyf.aggregator.typesense.readiness import PATIENCE_SECONDS, Readiness

logger = logging.getLogger(__name__)


class SearchServer:
    """What we do with one Typesense server or cluster.

    ``snapshot_folder`` is set for a server of our own: where it writes its state down after a bulk run.
    ``patience_seconds`` is how long it may take to apply the writes it accepted, ``changes_days`` for how
    many days changes of packages are kept; none are told with 0.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        snapshot_folder: Path | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        changes_days: int = 0,
    ) -> None:
        self._connection = connection
        self._client = connection.client
        self._snapshot_folder = snapshot_folder
        self._readiness = Readiness(connection, patience_seconds=patience_seconds)
        self.collections = Collections(connection, self._readiness)
        self.contents = Contents(connection, self.collections, self._readiness)
        self.aliases = Aliases(connection)
        self.keys = Keys(connection)
        self.changes = Changes(self.collections, self.contents, self.aliases, keep_days=changes_days)

    @property
    def url(self) -> str:
        """The node that is asked first."""
        return self._connection.url

    @property
    def own(self) -> bool:
        """It is a server of our own: somebody starts it, and it loads its documents, while we wait."""
        return self._snapshot_folder is not None

    async def wait_until_applied(self) -> None:
        """Return when the server has applied every write it accepted."""
        await self._readiness.wait_until_applied()

    async def find_collection(self, name: str) -> str | None:
        """Return the collection that answers to ``name``: itself, or what the alias points at.

        A real collection shadows an alias of the same name (measured). Raises :class:`CollectionNotFound`
        for an alias that points at nothing, ``None`` means that the name is free.
        """
        names = await self.collections.list_names()
        if name in names:
            return name
        target = await self.aliases.find(name)
        if target is not None and target not in names:
            raise CollectionNotFound(target, names)
        return target

    async def get_collection(self, name: str) -> str:
        """Return the collection that answers to ``name``; raises :class:`CollectionNotFound` if none does."""
        found = await self.find_collection(name)
        if found is None:
            names = {*await self.collections.list_names(), *await self.aliases.list_targets()}
            raise CollectionNotFound(name, leave_out_changes(names))
        return found

    async def ensure_preset(self, name: str, value: Mapping[str, object], *, replace: bool) -> None:
        """Store search parameters under ``name``.

        An existing preset is left alone unless ``replace``, or an earlier version stored it.
        """
        existing = await self.find_preset(name)
        if existing is None or (existing != value and (replace or is_earlier(existing))):
            await self._connection.put(f"/presets/{name}", {"value": value})

    async def find_preset(self, name: str) -> Mapping[str, object] | None:
        """Return the search parameters stored under ``name``, ``None`` where there are none.

        A search that names a preset which is not there goes on without it (measured on 0.24.1).
        """
        presets = (await self._connection.repeat(lambda: self._connection.get("/presets"))).get("presets", [])
        return next((preset["value"] for preset in presets if preset["name"] == name), None)

    async def snapshot(self) -> None:
        """Let the server of our own write its state down, so that its next start need not replay the log.

        Restarting without one takes twice as long, half of it with documents missing (measured on 0.24.1).
        """
        if self._snapshot_folder is None:
            return
        path = str(self._snapshot_folder)
        perform = partial(self._client.operations.perform, "snapshot", {"snapshot_path": path})
        try:
            await self._connection.once(perform)
        except SearchError as error:
            # Everything is written: a slow next start is no reason to call the run a failure.
            logger.warning("Typesense took no snapshot, so its next start will take longer: %s", error)
            return
        # An unwritable path also answers 201 (measured).
        if not (self._snapshot_folder / "state").is_dir():
            logger.warning("Typesense wrote no snapshot to %s; its next start will take longer.", path)
