"""What ``pyfupdater`` does: a function for each action. Each imports what it alone needs."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pyf.aggregator.cli.actions import Action, Call, build_call, takes_profile
from pyf.aggregator.cli.entry import EXIT_DECLINED, confirm
from pyf.aggregator.cli.output.terminal import (
    configure_logging,
    find_width,
    print_json,
    print_lines,
    print_message,
)
from pyf.aggregator.cli.running import report, run_job
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.services.search import open_search
from pyf.aggregator.typesense.server import SearchServer

if TYPE_CHECKING:
    from pyf.aggregator.cli.output.tables import Table
    from pyf.aggregator.cli.targets import Target
    from pyf.aggregator.jobs.collections.switch import AliasMove
    from pyf.aggregator.typesense.keys import SearchKey

type Run = Callable[[SearchServer, Call], Awaitable[int]]
"""Carries out an action and returns the exit code."""


def run(action: Action, parameters: Mapping[str, Any]) -> int:
    """Carry out the action that the command line asks for; return the exit code."""
    configure_logging(verbose=parameters["verbose"], quiet=parameters["quiet"])
    settings = load_settings()
    target = _find_target(action, parameters, settings)
    call = build_call(action, parameters, target.name if target else None)
    if action is Action.DELETE_COLLECTION and not parameters["yes"] and not _is_confirmed(settings, call):
        return EXIT_DECLINED
    telling: Any = nullcontext()
    if target is not None:
        from pyf.aggregator.cli.targets import tell_how_to_fill

        telling = tell_how_to_fill(target)
    with telling:
        return run_job(_perform(settings, call))


def _find_target(action: Action, parameters: Mapping[str, Any], settings: Settings) -> "Target | None":
    """Return what the action is about, where that is something to fill; raises :class:`UsageError`."""
    if not takes_profile(action):
        return None
    from pyf.aggregator.cli.targets import find_target

    return find_target(settings, parameters["profile"], parameters["target"])


def _is_confirmed(settings: Settings, call: Call) -> bool:
    """Ask before a collection is dropped; without a person to ask, say how to go on."""
    if not sys.stdin.isatty():
        raise UsageError("--delete-collection asks before it drops; add --yes where nobody can answer.")
    target = _require(call.target)

    async def count() -> int:
        from pyf.aggregator.jobs.collections import maintain

        async with open_search(settings) as search:
            return await maintain.check_disposable(search, target)

    documents = run_job(count())
    return confirm(f"Drop {target} with its {documents:,} documents?")


async def _perform(settings: Settings, call: Call) -> int:
    async with open_search(settings) as search:
        return await RUNS[call.action](search, call)


def _require[T](value: T | None) -> T:
    """Return what the action needs, which the command line was checked for."""
    if value is None:
        raise TypeError("An action was let through without what it needs.")
    return value


# Lists


async def _list_names(search: SearchServer, call: Call) -> int:
    names = await search.collections.list_names()
    if call.as_json:
        print_json(names)
    else:
        print_lines(names)
    return 0


async def _list_collections(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.cli.output.tables import build_collection_table, build_field_table, write_rows
    from pyf.aggregator.jobs.collections import maintain

    collections = await maintain.list_collections(search)
    _print_list(call, collections, build_collection_table(collections))
    if call.verbose and not call.as_json:
        for collection in collections:
            lines = write_rows(build_field_table(collection), for_person=_for_person(), width=find_width())
            print_lines(["", *lines])
    return 0


async def _list_aliases(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.cli.output.tables import build_alias_table
    from pyf.aggregator.jobs.collections import maintain

    aliases = await maintain.list_aliases(search)
    _print_list(call, aliases, build_alias_table(aliases))
    return 0


async def _list_keys(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.cli.output.tables import build_key_table

    keys = await search.keys.list_search_only()
    _print_list(call, [_build_key(key) for key in keys], build_key_table(keys))
    return 0


async def _list_changes(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.cli.output.tables import build_change_table
    from pyf.aggregator.jobs.collections import maintain

    changes = await maintain.list_changes(search, _require(call.target), since=call.since, kinds=call.kinds)
    table = build_change_table(changes, dates=_for_person())
    _print_list(call, changes, table, none="None since then.")
    return 0


def _print_list(call: Call, items: Sequence[Any], table: "Table", *, none: str = "None yet.") -> None:
    if call.as_json:
        print_json([item if isinstance(item, dict) else asdict(item) for item in items])
        return
    if not items and _for_person():
        print_lines([] if call.quiet else [none])
        return
    from pyf.aggregator.cli.output.tables import write_rows

    print_lines(write_rows(table, for_person=_for_person(), width=find_width()))


def _for_person() -> bool:
    return sys.stdout.isatty()


# Changes


async def _migrate(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.cli.output.progress import show_progress
    from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate

    order = MigrateOrder(source=_require(call.source), target=_require(call.target))
    with show_progress(quiet=call.quiet) as progress:
        summary = await migrate(order, search, progress)
    return report(summary, as_json=call.as_json, verbose=call.verbose, quiet=call.quiet)


async def _add_alias(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    name, target = _require(call.source), _require(call.target)
    moved = await maintain.add_alias(search, name, target, replace_collection=call.replace_collection)
    _print_answer(call, asdict(moved), _describe_move(moved))
    return 0


async def _roll_back(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    moved = await maintain.roll_back(search, _require(call.target))
    _print_answer(call, asdict(moved), f"{_describe_move(moved)} {_describe_next(moved)}")
    return 0


async def _delete_alias(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    moved = await maintain.remove_alias(search, _require(call.source))
    sentence = f"The alias {moved.name} is gone; {moved.previous} is still there."
    _print_answer(call, {"alias": moved.name, "collection": moved.previous}, sentence)
    return 0


async def _delete_collection(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    target = _require(call.target)
    documents = await maintain.drop_collection(search, target)
    sentence = f"{target} is dropped, with {documents:,} documents."
    _print_answer(call, {"collection": target, "documents": documents}, sentence)
    return 0


def _describe_move(moved: "AliasMove") -> str:
    before = f", before at {moved.previous}" if moved.previous not in {None, moved.collection} else ""
    along = f" {', '.join(moved.others)} went along." if moved.others else ""
    return f"{moved.name} points at {moved.collection} now{before}.{along}"


def _describe_next(moved: "AliasMove") -> str:
    if moved.outdated:
        return "It has the schema of an earlier version: the next run has to be one with -f --rebuild."
    return (
        "The next run moves on from there: -i and -f bring it up to date with PyPI, -f --rebuild makes a new"
        " one."
    )


async def _delete_key(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    key = await maintain.remove_search_key(search, _require(call.key_id))
    _print_answer(call, _build_key(key), f"The key {key.id} ({key.description}) is gone.")
    return 0


async def _add_key(search: SearchServer, call: Call) -> int:
    from pyf.aggregator.jobs.collections import maintain

    target = _require(call.target)
    key = await maintain.add_search_key(
        search, target, value=call.key, expires_at=call.expires_at, with_changes=call.with_changes
    )
    if call.as_json:
        print_json({**_build_key(key), "value": key.value, "url": search.url})
        return 0
    end = "" if key.expires_at is None else f" until {key.expires_at:%Y-%m-%d %H:%M} UTC"
    if not call.quiet:
        where = f"{search.url}, which is there while a command uses it" if search.own else search.url
        print_message(
            f"This key may search {' and '.join(key.collections)}{end} at {where}. It is shown this once:"
        )
    print_lines([_require(key.value)])
    return 0


def _build_key(key: "SearchKey") -> dict[str, Any]:
    """Return what may be shown of a key at any time: all but its value."""
    return {name: value for name, value in asdict(key).items() if name != "value"}


def _print_answer(call: Call, answer: Mapping[str, Any], sentence: str) -> None:
    if call.as_json:
        print_json(answer)
    elif not call.quiet:
        print_lines([sentence])


RUNS: Mapping[Action, Run] = MappingProxyType(
    {
        Action.LIST_COLLECTIONS: _list_collections,
        Action.LIST_COLLECTION_NAMES: _list_names,
        Action.LIST_ALIASES: _list_aliases,
        Action.LIST_KEYS: _list_keys,
        Action.LIST_CHANGES: _list_changes,
        Action.MIGRATE: _migrate,
        Action.ADD_ALIAS: _add_alias,
        Action.ADD_KEY: _add_key,
        Action.DELETE_ALIAS: _delete_alias,
        Action.DELETE_KEY: _delete_key,
        Action.DELETE_COLLECTION: _delete_collection,
        Action.ROLLBACK: _roll_back,
    }
)
"""What carries each action out. One that is missing here is an error, never another action."""
