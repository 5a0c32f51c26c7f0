"""The command ``pyfupdater``: collections, aliases, search-only keys, migration."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.calls import Call, build_call, find_action
from pyf.aggregator.cli.output.tables import (
    Table,
    build_alias_table,
    build_collection_table,
    build_field_table,
    build_key_table,
    write_rows,
)
from pyf.aggregator.cli.output.terminal import configure_logging, print_json, print_lines, show_progress
from pyf.aggregator.cli.running import (
    HELP,
    build_target,
    common_options,
    report,
    run_command,
    run_job,
    tell_how_to_fill,
)
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors import UsageError
from pyf.aggregator.jobs.collections import maintain
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.collections.switch import AliasMove
from pyf.aggregator.jobs.progress import MigrateSummary
from pyf.aggregator.services import open_search
from pyf.aggregator.typesense.keys import SearchKey
from pyf.aggregator.typesense.server import SearchServer

_EPILOG = """\b
Examples:
  pyfupdater -ls                            collections with their details
  pyfupdater --add-alias -s packages -t packages1
                                            clients see packages1 as packages
  pyfupdater --migrate -s packages1 -t packages2
                                            copy every document
  pyfupdater --add-search-only-apikey -p django
                                            a key for browsers, shown once
  pyfupdater --add-search-only-apikey -t packages --expires 90d
  pyfupdater --rollback -p django           back to before the last rebuild
  pyfupdater --delete-collection -t packages1 --yes

\b
In a pipe lists have no heading, and tabs between their columns:
  -ls     name, documents, declared fields, time of creation, aliases
  -lsa    alias, collection, documents ("does not exist" without a collection)
  -lssoa  id, description, collections, beginning of the key, time of its end

Settings come from the environment or a .env file in this folder; example.env lists them.

\b
Exit codes: 0 done, 1 could not be done or something is missing,
2 wrong usage or configuration.
"""


@click.command("pyfupdater", epilog=_EPILOG, context_settings=HELP)
@click.option("-ls", "--list-collections", is_flag=True, help="List all collections with their details.")
@click.option("-lsn", "--list-collection-names", is_flag=True, help="List the names of all collections.")
@click.option("-lsa", "--list-aliases", is_flag=True, help="List all aliases.")
@click.option("-lssoa", "--list-search-only-apikeys", is_flag=True, help="List all search-only keys.")
@click.option("--migrate", is_flag=True, help="Copy every document from source to target.")
@click.option("--add-alias", is_flag=True, help="Let the alias -s point at the collection -t.")
@click.option(
    "--add-search-only-apikey", is_flag=True, help="Make a key that may search -t and nothing else."
)
@click.option("--rollback", is_flag=True, help="Point the alias at what it was before the last rebuild.")
@click.option("--delete-alias", is_flag=True, help="Remove the alias -s; its collection stays.")
@click.option(
    "--delete-search-only-apikey", type=click.IntRange(min=0), metavar="ID", help="Remove that key."
)
@click.option("--delete-collection", is_flag=True, help="Drop the collection -t with all it holds.")
@click.option("-p", "--profile", help="Profile to take the target's name from.")
@click.option("-s", "--source", help="Collection to copy from, or the alias.")
@click.option("-t", "--target", help="Collection to work on; the profile's name when left out.")
@click.option("-key", "--key", help="Value of the new key, 16 characters at least; made up when left out.")
@click.option("--expires", help="When the new key ends: 12h, 90d, 8w or a date such as 2027-06-30.")
@click.option("--replace-collection", is_flag=True, help="With --add-alias: drop a collection of that name.")
@click.option("--yes", is_flag=True, help="With --delete-collection: do not ask.")
@common_options
def updater_command(**parameters: Any) -> int:  # noqa: ANN401 - as many types as options
    """Look after collections, aliases and search-only keys. One action at a time."""
    configure_logging(verbose=parameters["verbose"], quiet=parameters["quiet"])
    action = find_action(parameters)
    settings = load_settings()
    call = build_call(action, parameters, settings)
    if action == "delete_collection" and not parameters["yes"]:
        _confirm(settings, call)
    with tell_how_to_fill(settings, build_target(call.target)):
        return run_job(_perform(settings, call))


def _confirm(settings: Settings, call: Call) -> None:
    """Ask before a collection is dropped; without a person to ask, say how to go on."""
    if not sys.stdin.isatty():
        raise UsageError("--delete-collection asks before it drops; add --yes where nobody can answer.")

    async def count(search: SearchServer) -> int:
        return await maintain.check_disposable(search, call.target)

    documents = run_job(_with_search(settings, count))
    click.confirm(f"Drop {call.target} with its {documents:,} documents?", abort=True, err=True)


async def _with_search[T](settings: Settings, work: Callable[[SearchServer], Awaitable[T]]) -> T:
    async with open_search(settings) as search:
        return await work(search)


async def _perform(settings: Settings, call: Call) -> int:
    async with open_search(settings) as search:
        match call.action:
            case "migrate":
                summary = await _migrate(search, call)
                return report(summary, as_json=call.as_json, verbose=call.verbose, quiet=call.quiet)
            case action if action.startswith("list_"):
                await _list(search, call)
            case "add_search_only_apikey" | "delete_search_only_apikey":
                await _change_keys(search, call)
            case _:
                await _change(search, call)
    return 0


async def _migrate(search: SearchServer, call: Call) -> MigrateSummary:
    with show_progress(quiet=call.quiet) as progress:
        return await migrate(MigrateOrder(source=call.source, target=call.target), search, progress)


# Lists


async def _list(search: SearchServer, call: Call) -> None:
    match call.action:
        case "list_aliases":
            aliases = await maintain.list_aliases(search)
            _print_list(call, aliases, build_alias_table(aliases))
        case "list_search_only_apikeys":
            keys = await search.keys.list_search_only()
            _print_list(call, [_build_key(key) for key in keys], build_key_table(keys))
        case "list_collection_names":
            names = await search.collections.list_names()
            if call.as_json:
                print_json(names)
            else:
                print_lines(names)
        case _:
            collections = await maintain.list_collections(search)
            _print_list(call, collections, build_collection_table(collections))
            if call.verbose and not call.as_json:
                for collection in collections:
                    print_lines(["", *write_rows(build_field_table(collection), for_person=_for_person())])


def _print_list(call: Call, items: Sequence[Any], table: Table) -> None:
    if call.as_json:
        print_json([item if isinstance(item, dict) else asdict(item) for item in items])
        return
    if not items and _for_person():
        print_lines([] if call.quiet else ["None yet."])
        return
    print_lines(write_rows(table, for_person=_for_person()))


def _for_person() -> bool:
    return sys.stdout.isatty()


# Changes


async def _change(search: SearchServer, call: Call) -> None:
    match call.action:
        case "add_alias":
            moved = await maintain.add_alias(
                search, call.source, call.target, replace_collection=call.replace_collection
            )
            _print_answer(call, asdict(moved), _describe_move(moved))
        case "rollback":
            moved = await maintain.roll_back(search, call.target)
            _print_answer(call, asdict(moved), f"{_describe_move(moved)} {_describe_next(moved)}")
        case "delete_alias":
            moved = await maintain.remove_alias(search, call.source)
            sentence = f"The alias {moved.name} is gone; {moved.previous} is still there."
            _print_answer(call, {"alias": moved.name, "collection": moved.previous}, sentence)
        case _:
            documents = await maintain.drop_collection(search, call.target)
            sentence = f"{call.target} is dropped, with {documents:,} documents."
            _print_answer(call, {"collection": call.target, "documents": documents}, sentence)


def _describe_move(moved: AliasMove) -> str:
    before = f", before at {moved.previous}" if moved.previous not in {None, moved.collection} else ""
    along = f" {', '.join(moved.others)} went along." if moved.others else ""
    return f"{moved.name} points at {moved.collection} now{before}.{along}"


def _describe_next(moved: AliasMove) -> str:
    if moved.outdated:
        return "It has the schema of an earlier version: the next run has to be one with -f --rebuild."
    return (
        "The next run moves on from there: -i and -f bring it up to date with PyPI, -f --rebuild makes a new"
        " one."
    )


async def _change_keys(search: SearchServer, call: Call) -> None:
    if call.action == "delete_search_only_apikey":
        key = await maintain.remove_search_key(search, call.key_id)
        _print_answer(call, _build_key(key), f"The key {key.id} ({key.description}) is gone.")
        return
    key = await maintain.add_search_key(search, call.target, value=call.key, expires_at=call.expires_at)
    if call.as_json:
        print_json({**_build_key(key), "value": key.value})
        return
    end = "" if key.expires_at is None else f" until {key.expires_at:%Y-%m-%d %H:%M} UTC"
    if not call.quiet:
        click.echo(f"This key may search {call.target}{end}. It is shown this once:", err=True)
    print_lines([key.value or ""])


def _build_key(key: SearchKey) -> dict[str, Any]:
    """Return what may be shown of a key at any time: all but its value."""
    return {name: value for name, value in asdict(key).items() if name != "value"}


def _print_answer(call: Call, answer: Mapping[str, Any], sentence: str) -> None:
    if call.as_json:
        print_json(answer)
    elif not call.quiet:
        print_lines([sentence])


def pyfupdater(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfupdater`` with the given arguments, else with those of the process."""
    run_command(updater_command, arguments)
