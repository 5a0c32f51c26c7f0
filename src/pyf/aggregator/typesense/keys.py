"""Search-only keys: what may be handed to browsers.

Typesense matches a key's collections, as regular expressions, with the name in the address, not with what an
alias resolves to (measured on 0.24.1). A key for an alias therefore survives every move of the alias.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.errors.typesense import RequestRefused
from pyf.aggregator.typesense.connection import Connection

SEARCH_ONLY = ["documents:search"]
NEVER_EXPIRES_AFTER = datetime(3000, 1, 1, tzinfo=UTC)
"""A key without an end has one in the year 4021 (0.24.1)."""

_CONFLICT = "generation conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchKey:
    """A search-only key. ``value`` is known at its creation alone; afterwards only ``prefix`` is shown."""

    id: int
    description: str
    collections: tuple[str, ...]
    prefix: str
    expires_at: datetime | None
    value: str | None = field(default=None, repr=False)


class Keys:
    """The search-only keys of a server; other keys are nobody's business here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    async def list_search_only(self) -> list[SearchKey]:
        """Return the keys that may search and do nothing else."""
        answer = await self._connection.repeat(self._client.keys.retrieve)
        return [_read(key) for key in answer["keys"] if key["actions"] == SEARCH_ONLY]

    async def create(
        self, names: Sequence[str], *, description: str, value: str | None, expires_at: datetime | None
    ) -> SearchKey:
        """Make a key that may search what answers to these names, and nothing else.

        Raises :class:`UsageError` for a value that exists.
        """
        wanted: Any = {
            "description": description,
            "actions": SEARCH_ONLY,
            "collections": [_escape(name) for name in names],
        }
        if value is not None:
            wanted["value"] = value
        if expires_at is not None:
            wanted["expires_at"] = int(expires_at.timestamp())
        try:
            return _read(await self._connection.once(partial(self._client.keys.create, wanted)))
        except RequestRefused as error:
            if _CONFLICT in error.reason:
                raise UsageError(
                    "A key with this value exists already; give another value, or none to have one made."
                ) from error
            raise

    async def remove(self, number: int) -> None:
        """Remove the key with this id."""
        await self._connection.once(self._client.keys[number].delete)


def _escape(name: str) -> str:
    """Return a regular expression for exactly this name, of which only the dot means something else."""
    return name.replace(".", r"\.")


def _read(key: Any) -> SearchKey:  # noqa: ANN401 - the client types creation and list differently
    value = key.get("value")
    expires_at = datetime.fromtimestamp(min(key.get("expires_at", 0), _LATEST), UTC)
    return SearchKey(
        id=key["id"],
        description=key.get("description", ""),
        collections=tuple(name.replace(r"\.", ".") for name in key["collections"]),
        prefix=key.get("value_prefix") or (value or "")[:4],
        expires_at=None if expires_at >= NEVER_EXPIRES_AFTER else expires_at,
        value=value,
    )


_LATEST = int(NEVER_EXPIRES_AFTER.timestamp())
