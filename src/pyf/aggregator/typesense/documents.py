"""The documents in collections: exports, imports with every line accounted for, removals."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from pyf.aggregator.documents.import_lines import (
    FullBatch,
    ImportLine,
    IncompleteAnswerError,
    Rejection,
    join_lines,
    read_rejections,
)
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.typesense import RequestRefused, SearchNotFound, SearchUnavailable
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.typesense.collections import Collections
from pyf.aggregator.typesense.connection import Connection
from pyf.aggregator.typesense.filters import IDS_A_REQUEST, MOST_HITS, filter_values, is_plain, search_ids
from pyf.aggregator.typesense.readiness import Readiness


class IndexedProject(msgspec.Struct, frozen=True, kw_only=True):
    """What a collection holds of a project: the serial it was built from, and its classifiers."""

    id: NormalizedName
    serial: Serial = Serial(0)
    classifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search found: how many documents in all, and the first of them."""

    found: int
    documents: list[Document]


class Contents:
    """The documents of collections; every method wants the name of a collection, never of an alias."""

    def __init__(self, connection: Connection, collections: Collections, readiness: Readiness) -> None:
        self._connection = connection
        self._client = connection.client
        self._collections = collections
        self._readiness = readiness

    async def fetch_indexed(self, collection: str) -> dict[NormalizedName, IndexedProject]:
        """Return what the collection holds, by name, once the server has applied its writes."""
        return {document.id: document for document in await self.export(collection, IndexedProject)}

    async def export[T: msgspec.Struct](self, collection: str, kind: type[T]) -> list[T]:
        """Return one ``kind`` for each document, of the fields it declares, once all writes are applied.

        Few and short fields: the export of whole documents would fill the server's memory (0.24.1).
        """
        return await self.export_as(
            collection, kind.__struct_fields__, partial(msgspec.json.decode, type=kind)
        )

    async def export_as[T](self, collection: str, fields: Sequence[str], read: Callable[[str], T]) -> list[T]:
        """Return what ``read`` makes of each document's JSON, which has these fields alone.

        As :meth:`export`, for what one struct cannot say.
        """
        return await self._connection.repeat(partial(self._export, collection, fields, read))

    async def _export[T](self, collection: str, fields: Sequence[str], read: Callable[[str], T]) -> list[T]:
        expected = await self._collections.count(collection)
        parameters = {"include_fields": ",".join(fields)}
        lines = self._connection.stream_lines(_export_path(collection), parameters)
        documents = [self._read_line(text, read) async for text in lines]
        if len(documents) < expected:
            count = len(documents)
            raise SearchUnavailable(
                self._connection.url, f"an export ended after {count} of {expected} documents"
            )
        return documents

    def _read_line[T](self, text: str, read: Callable[[str], T]) -> T:
        # Version 30 writes an error that it meets on the way into the stream, as one more line.
        try:
            return read(text)
        except msgspec.MsgspecError as error:
            raise SearchUnavailable(
                self._connection.url, f"an export broke off with {text[:200]!r}"
            ) from error

    async def search(
        self, collection: str, query: str, parameters: Mapping[str, object]
    ) -> list[NormalizedName]:
        """Return the ids of the first hits of a search."""
        search: Any = {**parameters, "collection": collection, "q": query, "include_fields": "id"}
        search.pop("exclude_fields", None)
        perform = partial(self._client.multi_search.perform, {"searches": [search]}, {})
        answer: Any = await self._connection.repeat(perform)
        return [hit["document"]["id"] for hit in answer["results"][0].get("hits", [])]

    async def fetch_hits(self, name: str, parameters: Mapping[str, object]) -> Hits:
        """Search a collection, or an alias as clients do, and return what was found.

        Raises :class:`RequestRefused` with the server's reason. Sent as a POST: a query string holds at most
        4,000 characters (0.24.1).
        """
        search: Any = {**parameters, "collection": name}
        perform = partial(self._client.multi_search.perform, {"searches": [search]}, {})
        answer: Any = await self._connection.repeat(perform)
        (result,) = answer["results"]
        # What goes wrong with one search of several comes with HTTP 200.
        if "error" in result:
            raise RequestRefused(self._connection.url, result["error"])
        return Hits(
            found=result["found"],
            documents=[hit["document"] for hit in result["hits"]],
        )

    async def for_each(
        self,
        collection: str,
        take: Callable[[bytes], Awaitable[None]],
        *,
        without: Sequence[str] = (),
    ) -> None:
        """Hand every document to ``take`` as it is stored, a JSON text each, but for fields left out.

        When the stream breaks it begins again, so ``take`` has to bear with what it was handed before. What
        ``take`` raises ends it.
        """
        parameters = {"exclude_fields": ",".join(without)} if without else {}
        failure: SearchUnavailable | None = None

        async def attempt() -> None:
            nonlocal failure
            await self._readiness.wait_once()
            async for text in self._connection.stream_lines(_export_path(collection), parameters):
                try:
                    await take(text.encode())
                except SearchUnavailable as error:
                    # It has been repeated often enough where it happened.
                    failure = error
                    return

        await self._connection.repeat(attempt)
        if failure is not None:
            raise failure

    async def import_lines(self, collection: str, lines: FullBatch) -> list[Rejection]:
        """Write documents (``emplace``: fields we do not name stay) and return those that were refused.

        After a transport error the server is first asked which of them arrived; only the rest is repeated.
        """
        pending: Sequence[ImportLine] = lines
        sent = False

        async def attempt() -> list[Rejection]:
            nonlocal pending, sent
            if sent:
                pending = await self._find_unwritten(collection, pending)
            sent = True
            return await self._send_import(collection, pending, "emplace") if pending else []

        return await self._connection.repeat(attempt)

    async def update_lines(self, collection: str, lines: FullBatch) -> list[Rejection]:
        """Change documents (``update``: what we do not name stays) and return those that were refused.

        Saying it twice changes nothing, so after a transport error all of it is said again. A document that
        is gone by now does no harm.
        """
        rejections = await self._send_often(collection, lines, "update")
        return [rejection for rejection in rejections if not rejection.absent]

    async def copy_lines(self, collection: str, lines: FullBatch) -> list[Rejection]:
        """Write whole documents (``upsert``: what they do not name goes) and return those refused.

        As with :meth:`update_lines`, all of it is said again after a transport error.
        """
        return await self._send_often(collection, lines, "upsert")

    async def create_lines(self, collection: str, lines: FullBatch) -> list[Rejection]:
        """Write documents that are not there yet (``create``), leave others alone.

        Return those that were not written: those refused, and those that were ``present``.
        """
        return await self._send_often(collection, lines, "create")

    async def _send_often(
        self, collection: str, lines: Sequence[ImportLine], action: Literal["create", "update", "upsert"]
    ) -> list[Rejection]:
        sent = False

        async def attempt() -> list[Rejection]:
            nonlocal sent
            if sent:
                await self._readiness.wait_once()
            sent = True
            return await self._send_import(collection, lines, action)

        return await self._connection.repeat(attempt)

    async def _find_unwritten(self, collection: str, lines: Sequence[ImportLine]) -> list[ImportLine]:
        await self._readiness.wait_once()
        hashes = await self._fetch_hashes(collection, [line.name for line in lines])
        return [line for line in lines if hashes.get(line.name) != line.content_hash]

    async def _send_import(
        self,
        collection: str,
        lines: Sequence[ImportLine],
        action: Literal["create", "emplace", "update", "upsert"],
    ) -> list[Rejection]:
        documents = self._client.collections[collection].documents
        answer = await self._connection.once(lambda: documents.import_(join_lines(lines), {"action": action}))
        try:
            return read_rejections(lines, answer)
        except IncompleteAnswerError as error:
            raise SearchUnavailable(self._connection.url, str(error)) from error

    async def _fetch_hashes(
        self, collection: str, names: Sequence[NormalizedName]
    ) -> dict[NormalizedName, str]:
        """Return the content hash of those of the named documents that are there."""
        found: dict[NormalizedName, str] = {}
        for part in batched(names, IDS_A_REQUEST):
            search: Any = {"collection": collection, **search_ids(part, ["content_hash"])}
            # As a POST: the filter may be longer than a query string can be.
            perform = partial(self._client.multi_search.perform, {"searches": [search]}, {})
            answer: Any = await self._connection.once(perform)
            for hit in answer["results"][0].get("hits", []):
                found[hit["document"]["id"]] = hit["document"].get("content_hash", "")
        return found

    async def fetch_fields(
        self, collection: str, names: Sequence[NormalizedName], fields: Sequence[str]
    ) -> dict[NormalizedName, Document]:
        """Return these fields of those of the named documents that are there, once all writes are applied.

        For some documents of many: fifty a request, where an export would read the whole collection.
        """
        await self._readiness.wait_once()
        found: dict[NormalizedName, Document] = {}
        for part in batched([name for name in names if is_plain(name)], IDS_A_REQUEST):
            hits = await self.fetch_hits(collection, search_ids(part, fields))
            found |= {NormalizedName(str(document.pop("id"))): document for document in hits.documents}
        for name in names:
            if not is_plain(name) and (document := await self.find(collection, name)) is not None:
                found[name] = {field: document[field] for field in fields if field in document}
        return found

    async def fetch_matching(self, collection: str, parameters: Mapping[str, object]) -> list[Document]:
        """Return all documents that a search without words finds, in its order, once all writes are applied.

        ``parameters`` are those of a search, without a page: ``filter_by``, ``sort_by``, ``include_fields``.
        """
        await self._readiness.wait_once()
        documents: list[Document] = []
        page, found = 0, 1
        while page * MOST_HITS < found:
            page += 1
            paged = {"q": "*", **parameters, "per_page": MOST_HITS, "page": page}
            hits = await self.fetch_hits(collection, paged)
            found = hits.found
            documents += hits.documents
        return documents

    async def remove_matching(self, collection: str, filter_by: str) -> None:
        """Delete the documents that a filter matches."""
        documents = self._client.collections[collection].documents
        await self._connection.repeat(partial(documents.delete, {"filter_by": filter_by}))

    async def remove(self, collection: str, names: Sequence[NormalizedName]) -> None:
        """Delete the named documents; those that are gone already do no harm."""
        documents = self._client.collections[collection].documents
        for part in batched(filter(is_plain, names), IDS_A_REQUEST):
            await self.remove_matching(collection, filter_values("id", part))
        for name in names:
            if not is_plain(name):
                with suppress(SearchNotFound):
                    await self._connection.repeat(documents[quote(name, safe="")].delete)

    async def remove_outdated(self, collection: str, name: NormalizedName, serial: Serial) -> None:
        """Delete a document unless it is of a later serial, which somebody may have written just now."""
        await self.remove_matching(collection, f"{filter_values('id', [name])} && serial:<={serial}")

    async def find(self, collection: str, name: NormalizedName) -> dict[str, Any] | None:
        """Return a whole document, ``None`` where there is none; ids of any form are quoted."""
        path = f"/collections/{collection}/documents/{quote(name, safe='')}"
        try:
            return await self._connection.repeat(partial(self._connection.get, path))
        except SearchNotFound:
            return None


def _export_path(collection: str) -> str:
    return f"/collections/{collection}/documents/export"
