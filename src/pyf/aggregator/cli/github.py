"""The command line of ``pyfgithub``."""

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options

_EPILOG = f"""\b
Examples:
  pyfgithub -p plone             the collection of a profile
  pyfgithub -t packages1         a collection by its name
  pyfgithub -p django --all      ask again for what is known already
  pyfgithub -p flask -v          list those without a repository, and why

{SETTINGS_HELP}

With GITHUB_TOKEN many repositories share a request; without one GitHub answers 60 requests an hour.

\b
Exit codes: 0 done, also when GitHub's limits leave some for the next run;
1 done with failures listed or stopped; 2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfgithub", epilog=_EPILOG, context_settings=HELP)
@click.option("-p", "--profile", help="Profile to take the collection name from.")
@click.option("-t", "--target", help="Collection to enrich; the profile's name when left out.")
@click.option("--all", "ignore_age", is_flag=True, help="Ask also for what was asked for lately.")
@common_options
def github_command(**options: Any) -> int:  # noqa: ANN401
    """Add stars, watchers, issues and more from GitHub to the packages of a collection."""
    check_collection_name(options["target"])
    from pyf.aggregator.cli.work.enrich import Arguments
    from pyf.aggregator.cli.work.github import run

    return run(Arguments(**options))


def pyfgithub(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfgithub`` with the given arguments, else with those of the process."""
    run_command(github_command, arguments)
