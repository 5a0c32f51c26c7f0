"""Opening what the gallery reads from: Typesense, with a key that may search and do nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyf.aggregator.config.settings import Settings, TypesenseAddress
from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.errors.gallery import SearchKeyTooMighty
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.typesense import CollectionNotFound, SearchKeyRefused
from pyf.aggregator.jobs.collections.generations import name_previous
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.services.search import SHORT_REPEATS, look_after_own, open_search
from pyf.aggregator.state.search_keys import KeptKey, SearchKeyFile
from pyf.aggregator.typesense.reader import PATIENCE_SECONDS, Reader, open_reader
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)

_OWN = "embedded"
"""The embedded server is the same one whichever port it has got."""
FOLLOWED_SECONDS = 60.0
"""So often it is looked whether another profile has been filled; where all are shown that costs nothing."""
KEY_SECONDS = 30.0
"""Making a key takes milliseconds where all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """What the gallery shows: the profiles that have a collection, and who reads for it.

    ``look_again`` returns the same, or those with what has been filled since then.
    """

    profiles: tuple[Profile, ...]
    reader: Reader
    look_again: "Callable[[Shelves], Awaitable[Shelves]]"


@asynccontextmanager
async def open_shelves(
    settings: Settings, profiles: Sequence[Profile], *, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[Shelves]:
    """Open a reader for those of the profiles that have a collection.

    With ``TYPESENSE_SEARCH_KEY`` nothing else is asked for. Without it a key is made with the admin key, and
    kept below ``PYF_DATA_DIR``. Raises :class:`SearchKeyTooMighty`, and what opening Typesense raises.
    """
    async with AsyncExitStack() as stack:
        address = settings.typesense_for_searches
        if address is not None:
            key = address.api_key.get_secret_value()
            reader = await stack.enter_async_context(
                open_reader(address.nodes, key, patience_seconds=patience_seconds)
            )
            if await reader.is_key_too_mighty():
                raise SearchKeyTooMighty

            async def read_more(shelves: Shelves) -> Shelves:
                with suppress(SearchKeyRefused):
                    missing = _list_missing(profiles, shelves)
                    more = await _find_searchable(missing, reader, level=logging.DEBUG)
                    return replace(shelves, profiles=_put_together(profiles, shelves, more))
                return shelves

            found = await _find_searchable(profiles, reader)
            yield Shelves(profiles=found, reader=reader, look_again=read_more)
            return
        search = await stack.enter_async_context(
            open_search(settings, policy=SHORT_REPEATS, timeout_seconds=KEY_SECONDS)
        )
        if search.own:
            # It may have been started for this, and then it is still reading what it holds.
            await search.wait_until_applied()
            await stack.enter_async_context(_beside(look_after_own(settings)))
            logger.info("Typesense is at %s as long as the gallery is.", search.url)

        async def open_for(filled: tuple[Profile, ...]) -> Shelves:
            key = await _ensure_key(search, [profile.key for profile in filled], settings.pyf_data_dir)
            nodes = _find_nodes(settings.typesense, search)
            reader = await stack.enter_async_context(
                open_reader(nodes, key, patience_seconds=patience_seconds)
            )
            return Shelves(profiles=filled, reader=reader, look_again=open_more)

        async def open_more(shelves: Shelves) -> Shelves:
            more = await _find_filled(_list_missing(profiles, shelves), search)
            return await open_for(_put_together(profiles, shelves, more)) if more else shelves

        yield await open_for(await _find_filled(profiles, search))


@asynccontextmanager
async def follow(
    shelves: Shelves, show: Callable[[Shelves], None], *, seconds: float = FOLLOWED_SECONDS
) -> AsyncIterator[None]:
    """Show more whenever another profile has been filled; nothing is taken away."""
    async with _beside(_follow(shelves, show, seconds)):
        yield


async def _follow(shelves: Shelves, show: Callable[[Shelves], None], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            more = await shelves.look_again(shelves)
        except AggregatorError as error:
            logger.debug("Whether there is more to show cannot be told now: %s", error)
            continue
        if new := _list_missing(more.profiles, shelves):
            shelves = more
            show(shelves)
            logger.info("There is more to show: %s.", ", ".join(profile.key for profile in new))


def _list_missing(profiles: Sequence[Profile], shelves: Shelves) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles if profile not in shelves.profiles)


def _put_together(
    profiles: Sequence[Profile], shelves: Shelves, more: Collection[Profile]
) -> tuple[Profile, ...]:
    """Return what is shown and what is new, in the order of all."""
    return tuple(profile for profile in profiles if profile in shelves.profiles or profile in more)


def _find_nodes(address: TypesenseAddress | None, search: SearchServer) -> Sequence[str]:
    """Return the node that leads, then the others."""
    others = address.nodes if address is not None else ()
    return list(dict.fromkeys((search.url, *others)))


async def _find_filled(profiles: Sequence[Profile], search: SearchServer) -> tuple[Profile, ...]:
    filled = []
    for profile in profiles:
        with suppress(CollectionNotFound):
            await search.get_collection(profile.key)
            filled.append(profile)
    return tuple(filled)


async def _find_searchable(
    profiles: Sequence[Profile], reader: Reader, *, level: int = logging.INFO
) -> tuple[Profile, ...]:
    """Find out by searching which profiles have a collection: the key may do nothing else.

    Raises :class:`SearchKeyRefused` for a key that may search none of them.
    """
    filled, refused = [], None
    for profile in profiles:
        try:
            await reader.search([{"collection": profile.key, "q": "*", "query_by": "name", "per_page": 0}])
        except CollectionNotFound:
            continue
        except SearchKeyRefused as error:
            refused = error
            logger.log(level, "TYPESENSE_SEARCH_KEY may not search %s.", profile.key)
        else:
            filled.append(profile)
    if refused is not None and not filled:
        raise refused
    return tuple(filled)


async def _ensure_key(search: SearchServer, names: Sequence[str], folder: Path) -> str:
    """Return the value of a search-only key for these collections, made if none of ours covers them.

    None is removed: another gallery may be reading with it.
    """
    if not names:
        return ""
    covered = tuple(each for name in names for each in (name, name_changes(name), name_previous(name)))
    file, server = SearchKeyFile(folder), _OWN if search.own else search.url
    prefixes = tuple(key.prefix for key in await search.keys.list_search_only())
    known = [kept for kept in file.find(server) if kept.value.startswith(prefixes)]
    for kept in known:
        if set(covered) <= set(kept.names):
            return kept.value
    made = await search.keys.create(
        covered, description="search-only key of the gallery", value=None, expires_at=None
    )
    assert made.value is not None  # noqa: S101 - it was made a moment ago
    file.save(server, [*known, KeptKey(names=covered, value=made.value)])
    logger.info("Made a search-only key for the gallery; it is in %s.", file.path)
    return made.value


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have something done beside what is within, and end it then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
