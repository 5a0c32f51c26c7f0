"""Aliases: names that clients use, moved to another collection in one step."""

from functools import partial

from pyf.aggregator.errors.typesense import SearchNotFound
from pyf.aggregator.typesense.connection import Connection


class Aliases:
    """The aliases of a server. Typesense lets them point at nothing: who points them checks first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    async def list_targets(self) -> dict[str, str]:
        """Return the collection that each alias points at, by alias."""
        answer = await self._connection.repeat(self._client.aliases.retrieve)
        return {alias["name"]: alias["collection_name"] for alias in answer["aliases"]}

    async def find(self, name: str) -> str | None:
        """Return what the alias points at, ``None`` where there is no such alias."""
        try:
            alias = await self._connection.repeat(self._client.aliases[name].retrieve)
        except SearchNotFound:
            return None
        return str(alias["collection_name"])

    async def point(self, name: str, collection: str) -> None:
        """Let the alias point at a collection from now on: searches see the old one or the new one."""
        send = partial(self._client.aliases.upsert, name, {"collection_name": collection})
        await self._connection.repeat(send)

    async def remove(self, name: str) -> None:
        """Remove the alias; its collection stays."""
        try:
            await self._connection.repeat(self._client.aliases[name].delete)
        except SearchNotFound:
            # A repeat of what an answer that got lost had done already.
            return
