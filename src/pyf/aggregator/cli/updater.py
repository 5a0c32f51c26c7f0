"""The command line of ``pyfupdater``."""

from collections.abc import Sequence
from itertools import batched
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options
from pyf.aggregator.metadata.changes import ChangeKind

_KINDS = ",\n  ".join(", ".join(part) for part in batched(ChangeKind, 5))
_EPILOG = f"""\b
Examples:
  pyfupdater -ls                            collections with their details
  pyfupdater --add-alias -s packages -t packages1
                                            clients see packages1 as packages
  pyfupdater --migrate -s packages1 -t packages2
                                            copy every document
  pyfupdater --add-search-only-apikey -p django
                                            a key for browsers, shown once
  pyfupdater --add-search-only-apikey -t packages --expires 90d
  pyfupdater --list-changes -p django       what happened within seven days
  pyfupdater --list-changes -p django --since 90d --kind left --kind archived
  pyfupdater --rollback -p django           back to before the last rebuild
  pyfupdater --delete-collection -t packages1 --yes

\b
In a pipe lists have no heading, and tabs between their columns:
  -ls     name, documents, declared fields, time of creation, aliases
  -lsa    alias, collection, documents ("does not exist" without a collection)
  -lssoa  id, description, collections, beginning of the key, time of its end
  --list-changes  time, kind, name, version, what happened

\b
Kinds of changes: {_KINDS}

{SETTINGS_HELP}

\b
Exit codes: 0 done; 1 could not be done, something is missing, or you said no;
2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfupdater", epilog=_EPILOG, context_settings=HELP, no_args_is_help=True)
@click.option("-ls", "--list-collections", is_flag=True, help="List all collections with their details.")
@click.option("-lsn", "--list-collection-names", is_flag=True, help="List the names of all collections.")
@click.option("-lsa", "--list-aliases", is_flag=True, help="List all aliases.")
@click.option("-lssoa", "--list-search-only-apikeys", is_flag=True, help="List all search-only keys.")
@click.option("--list-changes", is_flag=True, help="List what happened to the packages of -t, latest first.")
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
@click.option(
    "--with-changes", is_flag=True, help="With --add-search-only-apikey: it may search the changes, too."
)
@click.option("--since", help="With --list-changes: 12h, 7d (the default), 8w or a date such as 2026-06-30.")
@click.option(
    "--kind",
    multiple=True,
    type=click.Choice([kind.value for kind in ChangeKind]),
    metavar="KIND",
    help="With --list-changes: this kind alone; repeatable.",
)
@click.option("--replace-collection", is_flag=True, help="With --add-alias: drop a collection of that name.")
@click.option("--yes", is_flag=True, help="With --delete-collection: do not ask.")
@common_options
def updater_command(**parameters: Any) -> int:  # noqa: ANN401 - as many types as options
    """Look after collections, aliases and search-only keys. One action at a time."""
    from pyf.aggregator.cli.actions import find_action

    action = find_action(parameters)
    from pyf.aggregator.cli.work.updater import run

    return run(action, parameters)


def pyfupdater(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfupdater`` with the given arguments, else with those of the process."""
    run_command(updater_command, arguments)
