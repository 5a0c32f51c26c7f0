"""The command line of ``pyfenrich``."""

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options
from pyf.aggregator.jobs.enrich.source_names import SourceName

_KNOWN = ", ".join(SourceName)

_EPILOG = f"""\b
Sources, in this order:
  status      whether PyPI calls it active or archived, and where its release
              was published from; once a week
  forges      stars, issues and activity of the package's repository; what
              a forge said is asked again after GITHUB_MAX_AGE_HOURS
  downloads   how often it was downloaded within a month, once a week;
              DOWNLOADS_URL says where, and switches it off if it is empty
  assessment  what all that is known says of each package: does it work, is it
              alive, who uses it, is it well made; asks nobody about packages,
              and comes after every run that changed something

\b
Examples:
  pyfenrich -p plone                    every source that is due
  pyfenrich -p plone --only downloads   this one alone
  pyfenrich -t packages1                a collection by its name
  pyfenrich -p django --all             ask again for what is known already
  pyfenrich -p flask -q                 for cron, once a day: what is not due
                                        costs nothing

{SETTINGS_HELP}

\b
Exit codes: 0 done, also when a limit leaves some for the next run, or a
source is switched off; 1 done with failures listed, or a source stopped,
which leaves the others alone; 2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfenrich", epilog=_EPILOG, context_settings=HELP)
@click.option("-p", "--profile", help="Profile to take the collection name from.")
@click.option("-t", "--target", help="Collection to enrich; the profile's name when left out.")
@click.option(
    "--only",
    multiple=True,
    metavar="SOURCES",
    help=f"Ask these sources alone ({_KNOWN}), with commas between; may be repeated.",
)
@click.option("--all", "ignore_age", is_flag=True, help="Ask also for what was asked for lately.")
@common_options
def enrich_command(*, only: Sequence[str], **options: Any) -> int:  # noqa: ANN401
    """Add what PyPI's JSON does not say to the packages of a collection, from every source that is due."""
    check_collection_name(options["target"])
    names = _read_names(only)
    from pyf.aggregator.cli.work.enrich import Arguments, run

    return run(Arguments(**options), names)


def _read_names(texts: Sequence[str]) -> list[SourceName]:
    """Return the sources that are named, else all, in their order; raises :class:`UsageError` for others."""
    if not texts:
        return list(SourceName)
    named = {name for text in texts for part in text.split(",") if (name := part.strip().lower())}
    unknown = sorted(named - set(SourceName))
    if unknown or not named:
        from pyf.aggregator.errors.root import UsageError

        problem = f"does not know {', '.join(map(repr, unknown))}" if unknown else "needs a source"
        raise UsageError(f"--only {problem}; known are {_KNOWN}.")
    return [name for name in SourceName if name in named]


def pyfenrich(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfenrich`` with the given arguments, else with those of the process."""
    run_command(enrich_command, arguments)
