"""The command ``pyfgithub``."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn

import click

from pyf.aggregator.cli.output.terminal import configure_logging, show_progress
from pyf.aggregator.cli.running import (
    HELP,
    common_options,
    find_target,
    report,
    run_command,
    run_job,
    tell_how_to_fill,
)
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.github.collection import enrich
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.services import open_enrich_resources

_EPILOG = """\b
Examples:
  pyfgithub -p plone             the collection of a profile
  pyfgithub -t packages1         a collection by its name
  pyfgithub -p django --all      ask anew for what is known already
  pyfgithub -p flask -v          list those without a repository, and why

Settings come from the environment or a .env file in this folder; example.env lists them.

With GITHUB_TOKEN many repositories share a request; without one GitHub answers 60 requests an hour.

\b
Exit codes: 0 done, also when GitHub's limits leave some for the next run;
1 done with failures listed or stopped; 2 wrong usage or configuration.
"""


@click.command("pyfgithub", epilog=_EPILOG, context_settings=HELP)
@click.option("-p", "--profile", help="Profile to take the collection name from.")
@click.option("-t", "--target", help="Collection to enrich; the profile's name when left out.")
@click.option("--all", "renew", is_flag=True, help="Ask also for what was asked for lately.")
@common_options
def github_command(  # noqa: PLR0913 - one parameter per option
    *, profile: str | None, target: str | None, renew: bool, as_json: bool, verbose: bool, quiet: bool
) -> int:
    """Add stars, watchers, issues and more from GitHub to the packages of a collection."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    found = find_target(settings, profile, target)
    max_age = timedelta(hours=settings.github_max_age_hours)
    order = EnrichOrder(target=found.name, max_age=max_age, ignore_age=renew, profile=found.profile)
    with tell_how_to_fill(settings, found):
        summary = run_job(_enrich(settings, order, quiet=quiet))
    return report(summary, as_json=as_json, verbose=verbose, quiet=quiet)


async def _enrich(settings: Settings, order: EnrichOrder, *, quiet: bool) -> EnrichSummary:
    with show_progress(quiet=quiet) as progress:
        async with open_enrich_resources(settings, progress) as resources:
            return await enrich(order, resources)


def pyfgithub(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfgithub`` with the given arguments, else with those of the process."""
    run_command(github_command, arguments)
