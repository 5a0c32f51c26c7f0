"""The collections of a Typesense server: made, compared, counted and dropped."""

import logging
from functools import partial
from typing import Any
from urllib.parse import quote

from pyf.aggregator.documents.schema import Schema, find_mismatches, find_missing_fields
from pyf.aggregator.errors.typesense import RequestRefused, SchemaMismatch, SearchNotFound
from pyf.aggregator.typesense.connection import Connection
from pyf.aggregator.typesense.readiness import Readiness

logger = logging.getLogger(__name__)


class Collections:
    """Every method wants the name of a collection, never of an alias: resolve it first."""

    def __init__(self, connection: Connection, readiness: Readiness) -> None:
        self._connection = connection
        self._client = connection.client
        self._readiness = readiness

    async def list_whole(self) -> list[dict[str, Any]]:
        """Return every collection as the server describes it, by name."""
        collections: Any = await self._connection.repeat(self._client.collections.retrieve)
        return sorted((dict(item) for item in collections), key=lambda item: str(item["name"]))

    async def list_names(self) -> list[str]:
        """Return the names of all collections."""
        return [collection["name"] for collection in await self.list_whole()]

    async def ensure(self, name: str, schema: Schema, *, remedy: str = "fill a new one") -> None:
        """Create the collection, or add the optional fields that an older one lacks.

        Raises :class:`SchemaMismatch` where the collection cannot be made to fit in place; ``remedy`` tells
        its user what to do then.
        """
        if name not in await self.list_names():
            await self._create(name, schema)
        existing = await self.get_schema(name)
        _refuse_misfit(name, schema, existing, remedy)
        if missing := find_missing_fields(schema, existing):
            added = ", ".join(field["name"] for field in missing)
            logger.info("Adding to %s: %s. A run with -f fills them in every document.", name, added)
            changes: Any = {"fields": missing}
            await self._connection.once(partial(self._client.collections[name].update, changes))
            _refuse_misfit(name, schema, await self.get_schema(name), remedy)

    async def _create(self, name: str, schema: Schema) -> None:
        created: Any = {**schema, "name": name}
        try:
            await self._connection.once(partial(self._client.collections.create, created))
        except RequestRefused:
            # Another run at the same time may have been the first.
            if name not in await self.list_names():
                raise

    async def get_schema(self, name: str) -> dict[str, Any]:
        """Return the collection as the server describes it, its number of documents included."""
        return dict(await self._connection.repeat(self._client.collections[name].retrieve))

    async def count(self, name: str) -> int:
        """Return how many documents the collection holds, once the server has applied its writes."""
        await self._readiness.wait_until_applied()
        return int((await self.get_schema(name))["num_documents"])

    async def drop(self, name: str) -> None:
        """Drop the collection with all it holds.

        Given an alias, Typesense would drop the collection behind it (measured): the caller makes sure.
        """
        try:
            await self._connection.repeat(self._client.collections[name].delete)
        except SearchNotFound:
            # A repeat of what an answer that got lost had done already.
            return

    async def copy_curation(self, source: str, target: str) -> None:
        """Give a new collection the synonyms and overrides of another.

        They belong to the collection up to version 29; from 30 on they are sets of their own, which the
        collection's schema names.
        """
        for kind in ("synonyms", "overrides"):
            try:
                path = f"/collections/{source}/{kind}"
                answer = await self._connection.repeat(partial(self._connection.get, path))
            except SearchNotFound:
                await self._copy_sets(source, target)
                return
            for item in answer[kind]:
                body = {key: value for key, value in item.items() if key != "id" and value != ""}
                path = f"/collections/{target}/{kind}/{quote(item['id'], safe='')}"
                await self._connection.repeat(partial(self._connection.put, path, body))

    async def _copy_sets(self, source: str, target: str) -> None:
        schema = await self.get_schema(source)
        named = {key: schema[key] for key in ("synonym_sets", "curation_sets") if schema.get(key)}
        if named:
            changes: Any = named
            await self._connection.once(partial(self._client.collections[target].update, changes))


def _refuse_misfit(name: str, schema: Schema, existing: Schema, remedy: str) -> None:
    if mismatches := find_mismatches(schema, existing):
        raise SchemaMismatch(name, mismatches, remedy)
