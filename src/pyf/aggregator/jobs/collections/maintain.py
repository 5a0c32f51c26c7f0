"""Maintenance: what is on a server, and changing what clients see of it.

Typesense guards none of this: an alias may point at nothing, a collection hides an alias of its name, and
dropping by an alias drops the collection behind it. So everything is resolved first, and refused with the way
on where it would do harm.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pyf.aggregator.documents.changes import leave_out_changes, name_changes
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.documents.schema import Document, find_mismatches
from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.collections.generations import find_followers, name_moving, name_previous
from pyf.aggregator.jobs.collections.switch import AliasMove, finish_switch, list_moved, switch
from pyf.aggregator.metadata.changes import ChangeKind
from pyf.aggregator.typesense.keys import SearchKey
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionState:
    """A collection, the aliases that point at it, and its whole schema as the server tells it."""

    name: str
    documents: int
    created_at: datetime
    aliases: tuple[str, ...]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasState:
    """An alias and what it points at; ``documents`` is ``None`` where that does not exist."""

    name: str
    collection: str
    documents: int | None


async def list_collections(search: SearchServer) -> list[CollectionState]:
    """Return every collection with all that is known of it."""
    await search.wait_until_applied()
    targets = await search.aliases.list_targets()
    return [
        CollectionState(
            name=schema["name"],
            documents=schema["num_documents"],
            created_at=datetime.fromtimestamp(schema["created_at"], UTC),
            aliases=tuple(sorted(alias for alias, target in targets.items() if target == schema["name"])),
            schema=schema,
        )
        for schema in await search.collections.list_whole()
    ]


async def list_aliases(search: SearchServer) -> list[AliasState]:
    """Return every alias and what it points at."""
    counts = {item["name"]: item["num_documents"] for item in await search.collections.list_whole()}
    targets = await search.aliases.list_targets()
    return [
        AliasState(name=name, collection=target, documents=counts.get(target))
        for name, target in sorted(targets.items())
    ]


async def add_alias(
    search: SearchServer, name: str, target: str, *, replace_collection: bool = False
) -> AliasMove:
    """Let ``name`` point at the collection ``target``.

    With ``replace_collection`` a plain collection of that name is dropped for it, if the target holds at
    least as much; aliases of that collection go along.

    Raises :class:`JobRefused`, :class:`CollectionNotFound`.
    """
    await search.wait_until_applied()
    collection = await search.get_collection(target)
    names = await search.collections.list_names()
    if name in names:
        if not replace_collection or collection == name:
            raise JobRefused(
                f"{name!r} is a collection, and Typesense would go on answering from it. Rebuild it"
                " behind an alias with pyfaggregator -f --rebuild, or drop it for the alias with"
                " --replace-collection."
            )
        moved = await _replace_collection(search, name, collection)
    else:
        moved = AliasMove(name=name, collection=collection, previous=await search.aliases.find(name))
        await search.aliases.point(name, collection)
        # Who moves it by hand has the last word.
        await search.aliases.remove(name_moving(name))
    preset = build_preset(await search.collections.get_schema(collection))
    await search.ensure_preset(name, preset, replace=False)
    return moved


async def _replace_collection(search: SearchServer, name: str, collection: str) -> AliasMove:
    present, offered = await search.collections.count(name), await search.collections.count(collection)
    if offered < present:
        raise JobRefused(
            f"Collection {name!r} holds {present} documents, {collection!r} {offered}; nothing was replaced."
            " Fill the second one first."
        )
    # What was there is gone, so there is nothing to name as where the alias was before.
    return replace(await switch(search, name, collection), previous=None)


async def remove_alias(search: SearchServer, name: str) -> AliasMove:
    """Remove the alias; its collection stays.

    Raises :class:`CollectionNotFound` where there is none, :class:`JobRefused` for the name of a collection.
    """
    target = await search.aliases.find(name)
    if target is None:
        if name in await search.collections.list_names():
            raise JobRefused(
                f"{name!r} is no alias but a collection; --delete-collection drops one with its documents."
            )
        raise CollectionNotFound(name, sorted(await search.aliases.list_targets()), kind="alias")
    await search.aliases.remove(name)
    return AliasMove(name=name, collection="", previous=target)


async def check_disposable(search: SearchServer, name: str) -> int:
    """Return how many documents would go with the collection.

    Raises :class:`JobRefused` where an alias points at it or is meant, :class:`CollectionNotFound`.
    """
    targets = await search.aliases.list_targets()
    names = await search.collections.list_names()
    if name not in names:
        if name in targets:
            raise _keep(name, f"it is an alias of {targets[name]}; remove it with --delete-alias")
        known = leave_out_changes({*names, *targets})
        raise CollectionNotFound(name, [each for each in known if each in names])
    pointing = sorted(alias for alias, target in targets.items() if target == name)
    if pointing:
        aliases = ", ".join(pointing)
        raise _keep(name, f"clients see it as {aliases}; move or remove that alias first")
    return await search.collections.count(name)


def _keep(name: str, reason: str) -> JobRefused:
    return JobRefused(f"{name!r} was not dropped: {reason}.")


async def drop_collection(search: SearchServer, name: str) -> int:
    """Drop a collection that nothing points at, and its changes; return how many documents it had."""
    documents = await check_disposable(search, name)
    # Changes first: left behind, they would have the next run call every package new.
    await search.changes.drop(name)
    await search.collections.drop(name)
    return documents


async def list_changes(
    search: SearchServer, name: str, *, since: datetime, kinds: Sequence[ChangeKind] = ()
) -> list[Document]:
    """Return the changes of a collection or alias that were noticed since then, the latest first.

    Raises :class:`CollectionNotFound`, :class:`JobRefused` where none are recorded yet.
    """
    logs = await search.changes.find(await search.get_collection(name))
    if not logs:
        raise JobRefused(
            f"No changes of {name!r} are recorded yet: that begins when a complete run of pyfaggregator has"
            " ended, unless PYF_CHANGES_DAYS is 0."
        )
    return await search.changes.fetch(logs, since=since, kinds=kinds)


def _stay(name: str, reason: str) -> JobRefused:
    return JobRefused(f"{name!r} has no previous generation to go back to: {reason}.")


async def roll_back(search: SearchServer, name: str) -> AliasMove:
    """Point the alias at the generation before, and with it all that point where it does.

    Doing it twice leads back again. The name may be any of those that went along with a rebuild, and one that
    was cut short is finished. Raises :class:`JobRefused`.
    """
    await search.wait_until_applied()
    if (finished := await finish_switch(search, name)) is not None:
        return await _fit_presets(search, finished)
    names, targets = await search.collections.list_names(), await search.aliases.list_targets()
    rebuilt = _find_rebuilt(targets, name)
    if name in names or rebuilt is None:
        raise _stay(name, "no rebuild has left one")
    before = targets[name_previous(rebuilt)]
    if before not in names:
        raise _stay(name, f"{before} does not exist any more")
    present = targets[rebuilt]
    both = [await search.collections.get_schema(each) for each in (present, before) if each in names]
    # Whichever of the two a name leads to in the meantime, what clients send along has to fit it.
    for each in (rebuilt, *find_followers(targets, rebuilt, present)):
        await search.ensure_preset(each, build_preset(*both), replace=True)
    return await _fit_presets(search, await switch(search, rebuilt, before))


async def _fit_presets(search: SearchServer, moved: AliasMove) -> AliasMove:
    """Let clients search only what the collection has that the names lead to now."""
    schema = await search.collections.get_schema(moved.collection)
    for name in list_moved(moved):
        await search.ensure_preset(name, build_preset(schema), replace=True)
    return replace(moved, outdated=bool(find_mismatches(build_schema(), schema)))


def _find_rebuilt(targets: Mapping[str, str], name: str) -> str | None:
    """Return the name that a rebuild was for: this one, or one that points at the same collection."""
    fellows = sorted(alias for alias, target in targets.items() if target == targets.get(name))
    return next(
        (alias for alias in (name, *fellows) if alias in targets and name_previous(alias) in targets), None
    )


async def add_search_key(
    search: SearchServer,
    name: str,
    *,
    value: str | None,
    expires_at: datetime | None,
    with_changes: bool = False,
) -> SearchKey:
    """Make a key that may search the collection or alias ``name``, its changes if wanted, and nothing else.

    Raises :class:`CollectionNotFound`, :class:`UsageError` for a key that exists.
    """
    await search.get_collection(name)
    names = [name, name_changes(name)] if with_changes else [name]
    description = f"search-only key for {' and '.join(names)}"
    return await search.keys.create(names, description=description, value=value, expires_at=expires_at)


async def remove_search_key(search: SearchServer, number: int) -> SearchKey:
    """Remove a search-only key, never any other. Raises :class:`CollectionNotFound` where there is none."""
    keys = {key.id: key for key in await search.keys.list_search_only()}
    if number not in keys:
        known = [str(known) for known in sorted(keys)]
        raise CollectionNotFound(str(number), known, kind="search-only key")
    await search.keys.remove(number)
    return keys[number]
