"""The switch: moving all names of a collection to another one.

Typesense moves one alias at a time. So where they go is first written down, on the server itself: what ends
between two of them is read and finished by the next run. The name that the switch is for goes last: while it
has not moved, it shows what the others still have to leave.
"""

import logging
from dataclasses import dataclass, replace

from pyf.aggregator.jobs.collections.generations import find_followers, name_moving, name_previous
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """An alias that points at ``collection`` now, at ``previous`` before; ``others`` went along with it.

    ``outdated``: the collection has the schema of an earlier version, so only a rebuild brings it up to date.
    """

    name: str
    collection: str
    previous: str | None
    others: tuple[str, ...] = ()
    outdated: bool = False


async def switch(search: SearchServer, name: str, collection: str) -> AliasMove:
    """Let ``name``, and every alias of what it stands for, lead to ``collection``.

    A plain collection called ``name`` is dropped for it, any other is kept as ``NAME-previous``.
    """
    await search.aliases.point(name_moving(name), collection)
    return await _carry_out(search, name, collection)


async def finish_switch(search: SearchServer, name: str) -> AliasMove | None:
    """Finish a switch that was cut short, ``None`` where there is none.

    Its ``others`` are all that lead there now: those, too, that had moved before it was cut short.
    """
    collection = await search.aliases.find(name_moving(name))
    if collection is None:
        return None
    if collection not in await search.collections.list_names():
        await search.aliases.remove(name_moving(name))
        return None
    moved = await _carry_out(search, name, collection)
    others = find_followers(await search.aliases.list_targets(), name, collection)
    moved = replace(moved, others=tuple(others))
    logger.warning(
        "An earlier move of the names of %s was cut short; it is complete now: %s.",
        name,
        ", ".join(list_moved(moved)),
    )
    return moved


def list_moved(moved: AliasMove) -> list[str]:
    """Return every name that moved, the one that the switch is for first."""
    return [moved.name, *moved.others]


async def _carry_out(search: SearchServer, name: str, collection: str) -> AliasMove:
    """Do what is left of a switch: each step may have been done before."""
    names, targets = await search.collections.list_names(), await search.aliases.list_targets()
    plain = name in names and name != collection
    replaced = name if plain else targets.get(name)
    others: list[str] = []
    if replaced not in {None, collection}:
        others = find_followers(targets, name, replaced or name)
        if not plain and replaced in names:
            await search.aliases.point(name_previous(name), replaced or name)
        for alias in others:
            await search.aliases.point(alias, collection)
        if plain:
            await _drop_plain(search, name, collection)
        await search.aliases.point(name, collection)
    elif replaced is None:
        await search.aliases.point(name, collection)
    await search.aliases.remove(name_moving(name))
    return AliasMove(name=name, collection=collection, previous=replaced, others=tuple(others))


async def _drop_plain(search: SearchServer, name: str, collection: str) -> None:
    """Drop a plain collection whose name becomes an alias.

    Typesense refuses an alias named like a collection, so for a moment the name answers with 404.
    """
    logger.info(
        "%s is a plain collection. It is dropped now and becomes an alias of %s; for a moment, searches"
        " find nothing. Later switches have no such gap.",
        name,
        collection,
    )
    await search.collections.drop(name)
