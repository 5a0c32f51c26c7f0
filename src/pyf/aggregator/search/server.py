"""The Typesense server: its collections, what they hold, and imports with every line accounted for."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from pyf.aggregator.errors import (
    CollectionNotFound,
    RequestRefused,
    SchemaMismatch,
    SearchError,
    SearchNotFound,
    SearchUnavailable,
)
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.search.batches import (
    IncompleteAnswerError,
    Line,
    Rejection,
    join_lines,
    read_rejections,
)
from pyf.aggregator.search.connection import Connection
from pyf.aggregator.search.schema import Schema, find_mismatches, find_missing_fields

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
TALK_SECONDS = 10.0
PATIENCE_SECONDS = 1800.0
"""Loading a million documents takes some five minutes; a queue that stands for half an hour is stuck."""
IDS_A_REQUEST = 50
"""Ids in one filter: a name has at most some 80 characters, a query string at most 4,000 (0.24.1)."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a collection holds of a project: the serial it was built from, and its classifiers."""

    id: NormalizedName
    serial: Serial = Serial(0)
    classifiers: tuple[str, ...] = ()


class SearchServer:
    """What we do with one Typesense server or cluster.

    ``snapshot_folder`` is set for a server of our own: where it writes its state down after a bulk run.
    ``patience_seconds`` is how long it may take to apply the writes it accepted.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        snapshot_folder: Path | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.url = connection.url
        self._connection = connection
        self._client = connection.client
        self._snapshot_folder = snapshot_folder
        self._patience_seconds = patience_seconds

    # Readiness

    async def wait_until_settled(self) -> None:
        """Return when the server has applied every write it accepted.

        ``/health`` says ok while a restarted server still replays its log, with a tenth of the documents
        there (measured on 0.24.1); only ``queued_writes`` in ``/status`` tells.
        """
        await self._connection.repeat(self._settle)

    async def _settle(self) -> None:
        waited, talked, pause = 0.0, 0.0, FIRST_PAUSE_SECONDS
        while busy := await self._describe_queue():
            if waited >= self._patience_seconds:
                raise SearchUnavailable(self.url, f"after {waited:.0f} s it is still {busy}")
            if waited - talked >= TALK_SECONDS:
                logger.info("Typesense is %s; waiting since %.0f s.", busy, waited)
                talked = waited
            await self._connection.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def _describe_queue(self) -> str | None:
        """Return what the server is still busy with, ``None`` when everything is applied."""
        try:
            status = await self._connection.get("/status")
        except SearchNotFound:
            # The endpoint is not documented, so it may go away; health is the next best thing.
            return None if (await self._connection.get("/health")).get("ok") else "loading"
        if status.get("state") == "NOT_READY":
            return "loading"
        queued = int(status.get("queued_writes", 0))
        return f"applying {queued} writes" if queued else None

    # Collections

    async def list_names(self) -> list[str]:
        """Return the names of all collections."""
        collections = await self._connection.repeat(self._client.collections.retrieve)
        return sorted(collection["name"] for collection in collections)

    async def find_collection(self, name: str) -> str | None:
        """Return the collection that answers to ``name``: itself, or what the alias points at.

        A real collection shadows an alias of the same name (measured). Raises :class:`CollectionNotFound`
        for an alias that points at nothing, ``None`` means that the name is free.
        """
        names = await self.list_names()
        if name in names:
            return name
        try:
            alias = await self._connection.repeat(self._client.aliases[name].retrieve)
        except SearchNotFound:
            return None
        if alias["collection_name"] not in names:
            raise CollectionNotFound(alias["collection_name"], names)
        return str(alias["collection_name"])

    async def ensure_collection(self, name: str, schema: Schema) -> None:
        """Create the collection, or add the optional fields that an older one lacks.

        Raises :class:`SchemaMismatch` where the collection cannot be made to fit in place.
        """
        if name not in await self.list_names():
            await self._create(name, schema)
        existing = await self._get_schema(name)
        self._refuse_misfit(name, schema, existing)
        if missing := find_missing_fields(schema, existing):
            logger.info("Adding to %s: %s.", name, ", ".join(field["name"] for field in missing))
            changes: Any = {"fields": missing}
            await self._connection.once(partial(self._client.collections[name].update, changes))
            self._refuse_misfit(name, schema, await self._get_schema(name))

    async def _create(self, name: str, schema: Schema) -> None:
        created: Any = {**schema, "name": name}
        try:
            await self._connection.once(partial(self._client.collections.create, created))
        except RequestRefused:
            # Another run at the same time may have been the first.
            if name not in await self.list_names():
                raise

    def _refuse_misfit(self, name: str, schema: Schema, existing: Schema) -> None:
        if mismatches := find_mismatches(schema, existing):
            raise SchemaMismatch(name, mismatches)

    async def _get_schema(self, name: str) -> dict[str, Any]:
        return dict(await self._connection.repeat(self._client.collections[name].retrieve))

    async def count_documents(self, name: str) -> int:
        """Return how many documents the collection holds, once the server has settled."""
        await self.wait_until_settled()
        return int((await self._get_schema(name))["num_documents"])

    async def ensure_preset(self, name: str, value: Mapping[str, object], *, replace: bool) -> None:
        """Store search parameters under ``name``; an existing preset is left alone unless ``replace``."""
        presets = (await self._connection.repeat(lambda: self._connection.get("/presets"))).get("presets", [])
        existing = next((preset["value"] for preset in presets if preset["name"] == name), None)
        if existing is None or (replace and existing != value):
            await self._connection.put(f"/presets/{name}", {"value": value})

    # Documents

    async def fetch_held(self, collection: str) -> dict[NormalizedName, Held]:
        """Return what the collection holds, by name, once the server has settled."""
        return {held.id: held for held in await self.export(collection, Held)}

    async def export[T: msgspec.Struct](self, collection: str, kind: type[T]) -> list[T]:
        """Return one ``kind`` for each document, of the fields it declares, once the server has settled.

        Few and short fields: the export of whole documents would fill the server's memory (0.24.1).
        """
        return await self._connection.repeat(partial(self._export, collection, kind))

    async def _export[T: msgspec.Struct](self, collection: str, kind: type[T]) -> list[T]:
        expected = await self.count_documents(collection)
        path = f"/collections/{collection}/documents/export"
        parameters = {"include_fields": ",".join(kind.__struct_fields__)}
        lines = self._connection.stream_lines(path, parameters)
        documents = [self._read_line(text, kind) async for text in lines]
        if len(documents) < expected:
            count = len(documents)
            raise SearchUnavailable(self.url, f"an export ended after {count} of {expected} documents")
        return documents

    def _read_line[T: msgspec.Struct](self, text: str, kind: type[T]) -> T:
        # Version 30 writes an error that it meets on the way into the stream, as one more line.
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError as error:
            raise SearchUnavailable(self.url, f"an export broke off with {text[:200]!r}") from error

    async def import_lines(self, collection: str, lines: Sequence[Line]) -> list[Rejection]:
        """Write documents (``emplace``: fields we do not name stay) and return those that were refused.

        After a transport error the server is first asked which of them arrived; only the rest is repeated.
        """
        pending = lines
        sent = False

        async def attempt() -> list[Rejection]:
            nonlocal pending, sent
            if sent:
                pending = await self._find_unwritten(collection, pending)
            sent = True
            return await self._send_import(collection, pending, "emplace") if pending else []

        return await self._connection.repeat(attempt)

    async def update_lines(self, collection: str, lines: Sequence[Line]) -> list[Rejection]:
        """Change documents (``update``: what we do not name stays) and return those that were refused.

        Saying it twice changes nothing, so after a transport error all of it is said again. A document that
        is gone by now is none the worse for it.
        """
        sent = False

        async def attempt() -> list[Rejection]:
            nonlocal sent
            if sent:
                await self._settle()
            sent = True
            return await self._send_import(collection, lines, "update")

        rejections = await self._connection.repeat(attempt)
        return [rejection for rejection in rejections if not rejection.absent]

    async def _find_unwritten(self, collection: str, lines: Sequence[Line]) -> list[Line]:
        await self._settle()
        hashes = await self._fetch_hashes(collection, [line.name for line in lines])
        return [line for line in lines if hashes.get(line.name) != line.content_hash]

    async def _send_import(
        self, collection: str, lines: Sequence[Line], action: Literal["emplace", "update"]
    ) -> list[Rejection]:
        documents = self._client.collections[collection].documents
        answer = await self._connection.once(lambda: documents.import_(join_lines(lines), {"action": action}))
        try:
            return read_rejections(lines, answer)
        except IncompleteAnswerError as error:
            raise SearchUnavailable(self.url, str(error)) from error

    async def _fetch_hashes(
        self, collection: str, names: Sequence[NormalizedName]
    ) -> dict[NormalizedName, str]:
        """Return the content hash of those of the named documents that are there."""
        found: dict[NormalizedName, str] = {}
        for part in _split(names):
            search: Any = {
                "collection": collection,
                "q": "*",
                "filter_by": _filter_ids(part),
                "per_page": IDS_A_REQUEST,
                "include_fields": "id,content_hash",
            }
            # As a POST: the filter may be longer than a query string can be.
            perform = partial(self._client.multi_search.perform, {"searches": [search]}, {})
            answer: Any = await self._connection.once(perform)
            for hit in answer["results"][0].get("hits", []):
                found[hit["document"]["id"]] = hit["document"].get("content_hash", "")
        return found

    async def remove_documents(self, collection: str, names: Sequence[NormalizedName]) -> None:
        """Delete the named documents; those that are gone already are none the worse."""
        documents = self._client.collections[collection].documents
        for part in _split(names):
            await self._connection.repeat(partial(documents.delete, {"filter_by": _filter_ids(part)}))

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


def _split(names: Sequence[NormalizedName]) -> Iterator[Sequence[NormalizedName]]:
    for start in range(0, len(names), IDS_A_REQUEST):
        yield names[start : start + IDS_A_REQUEST]


def _filter_ids(names: Sequence[NormalizedName]) -> str:
    """Return a filter for exactly these ids; normal names need no quoting, backticks are belt and braces."""
    return f"id:=[{', '.join(f'`{name}`' for name in names)}]"
