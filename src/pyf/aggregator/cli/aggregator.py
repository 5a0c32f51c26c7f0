"""The command line of ``pyfaggregator``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options
from pyf.aggregator.jobs.crawl.methods import ORDERED_METHODS, DiscoveryMethod

SINCE_FILE = Path(".pyaggregator.since")

_EPILOG = f"""\b
Examples:
  pyfaggregator -f -p plone                     everything, once
  pyfaggregator -i -p plone                     what changed since
  pyfaggregator -f -p django -t django-test     into another collection
  pyfaggregator -f -ft "Framework :: Plone" -t addons
                                                by classifier, no profile
  pyfaggregator -f -p plone -l 100              a trial with 100 packages
  pyfaggregator -f -p django --rebuild          a new one beside the live one,
                                                then in its place

{SETTINGS_HELP}

\b
Exit codes: 0 done, 1 done with failures listed or stopped,
2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfaggregator", epilog=_EPILOG, context_settings=HELP)
@click.option("-f", "--first", is_flag=True, help="Full run: fetch everything that matches.")
@click.option("-i", "--incremental", is_flag=True, help="Fetch only what changed since the last run.")
@click.option(
    "-s",
    "--sincefile",
    type=click.Path(path_type=Path),
    default=SINCE_FILE,
    show_default=True,
    help="File that remembers up to where each collection is complete.",
)
@click.option("-l", "--limit", type=click.IntRange(min=1), help="Stop after this many matching packages.")
@click.option("-fn", "--filter-name", help="Only packages with this text in their name.")
@click.option(
    "-ft",
    "--filter-troove",
    "--filter-trove",
    "filter_trove",
    multiple=True,
    help="Classifier to take packages by, with all below it; may be repeated. Instead of -p.",
)
@click.option("-p", "--profile", help="Profile to take classifiers and collection name from.")
@click.option("-t", "--target", help="Collection to write to; the profile's name when left out.")
@click.option(
    "--discovery",
    type=click.Choice([method.value for method in ORDERED_METHODS]),
    default=DiscoveryMethod.AUTO.value,
    show_default=True,
    help="How to find packages: by classifier (browse), by fetching all (index), or whichever asks less.",
)
@click.option("--rebuild", is_flag=True, help="With -f: fill a fresh collection, then put it in place.")
@click.option(
    "--force",
    is_flag=True,
    help="Remove packages even if that is more than a tenth of them, and take classifiers that nobody knows.",
)
@common_options
def aggregator_command(*, as_json: bool, verbose: bool, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Make a Typesense collection equal to PyPI for one profile."""
    _check(**options)
    from pyf.aggregator.cli.work.aggregator import Arguments, run

    arguments = Arguments(**options, usual_sincefile=SINCE_FILE)
    return run(arguments, as_json=as_json, verbose=verbose, quiet=quiet)


def _check(**options: Any) -> None:  # noqa: ANN401
    """Raise :class:`UsageError` for what cannot be meant, whatever the settings say."""
    from pyf.aggregator.errors.root import UsageError

    if options["first"] == options["incremental"]:
        raise UsageError("Choose -f (full run) or -i (incremental run).")
    if options["rebuild"] and (options["incremental"] or options["limit"] or options["filter_name"]):
        raise UsageError("--rebuild goes with a whole full run: with -f, and without -l and -fn.")
    if options["filter_name"] is not None and not options["filter_name"].strip():
        raise UsageError("-fn needs some text to look for in package names.")
    if options["filter_trove"] and options["profile"]:
        raise UsageError("Choose -p PROFILE or -ft CLASSIFIER, not both.")
    if options["filter_trove"] and not options["target"]:
        raise UsageError("Classifiers given with -ft need a collection to go to; name it with -t.")
    if not all(text.strip() for text in options["filter_trove"]):
        raise UsageError("-ft needs a classifier, such as 'Framework :: Plone'.")
    check_collection_name(options["target"])


def pyfaggregator(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfaggregator`` with the given arguments, else with those of the process."""
    run_command(aggregator_command, arguments)
