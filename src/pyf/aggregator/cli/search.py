"""The command line of ``pyfsearch``."""

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options

USUAL_HITS = 10
MOST_HITS = 250
"""So many documents a page of Typesense's holds at most (422 beyond, measured on 0.24.1)."""

_EPILOG = f"""\b
Examples:
  pyfsearch easyform -p plone
  pyfsearch rest api -p django -n 30        30 of them instead of 10
  pyfsearch -p flask                        all, by rank, then the newest
  pyfsearch -p plone --sort github_stars    numbers fall, names rise
  pyfsearch form -p plone --filter "framework_versions:=Plone 6.1"
  pyfsearch -p django --filter "github_stars:>100" --filter "yanked:false"
  pyfsearch -p plone --topic forms          what the profile counts as forms
  pyfsearch -t packages1 --sort name -n 250 | cut -f 1,2

\b
In a pipe each package is a line, with tabs between name, version, time of
its last release, stars and summary; unknown is empty, and nothing is cut.
--json has every field, and how many were found.

{SETTINGS_HELP}

\b
Exit codes: 0 done, also when nothing was found; 1 could not be done;
2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfsearch", epilog=_EPILOG, context_settings=HELP)
@click.argument("words", nargs=-1)
@click.option("-p", "--profile", help="Profile whose collection is searched.")
@click.option("-t", "--target", help="Collection or alias to search; the profile's name when left out.")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(1, MOST_HITS),
    default=USUAL_HITS,
    show_default=True,
    help="Most packages to show.",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FILTER",
    help='Only what it lets through, such as "github_stars:>100"; may be repeated.',
)
@click.option("--topic", metavar="KEY", help="Only packages of one of the profile's topics, such as forms.")
@click.option("--sort", metavar="FIELD", help="Order, such as github_stars or name:asc; else the best first.")
@common_options
def search_command(*, as_json: bool, verbose: bool, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Find packages in a collection, just as its clients do. No WORDS at all list everything."""
    check_collection_name(options["target"])
    for option, texts in (("--filter", options["filters"]), ("--sort", (options["sort"],))):
        if not all(text is None or text.strip() for text in texts):
            from pyf.aggregator.errors.root import UsageError

            raise UsageError(f"{option} needs a field, such as github_stars.")
    from pyf.aggregator.cli.work.search import run

    return run(options, as_json=as_json, verbose=verbose, quiet=quiet)


def pyfsearch(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfsearch`` with the given arguments, else with those of the process."""
    run_command(search_command, arguments)
