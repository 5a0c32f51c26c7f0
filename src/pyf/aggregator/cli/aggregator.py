"""The command ``pyfaggregator``."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.output.terminal import configure_logging, print_talk, show_progress
from pyf.aggregator.cli.running import (
    HELP,
    Target,
    build_target,
    check_collection_name,
    common_options,
    find_profile,
    report,
    run_command,
    run_job,
)
from pyf.aggregator.config.classifiers import check_classifiers, check_profile
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors import UsageError
from pyf.aggregator.jobs.crawl.aggregate import aggregate, check_order
from pyf.aggregator.jobs.crawl.plan import ORDERED_METHODS, AggregateOrder, DiscoveryMethod, Mode
from pyf.aggregator.jobs.progress import RunSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.services import asks_own_index, open_resources
from pyf.aggregator.state.checkpoints import SinceFile

SINCE_FILE = Path(".pyaggregator.since")

_EPILOG = """\b
Examples:
  pyfaggregator -f -p plone                     everything, once
  pyfaggregator -i -p plone                     what changed since
  pyfaggregator -f -p django -t django-test     into another collection
  pyfaggregator -f -ft "Framework :: Plone" -t addons
                                                by classifier, no profile
  pyfaggregator -f -p plone -l 100              a trial with 100 packages
  pyfaggregator -f -p django --rebuild          anew beside the live one,
                                                then in its place

Settings come from the environment or a .env file in this folder; example.env lists them.

\b
Exit codes: 0 done, 1 done with failures listed or stopped,
2 wrong usage or configuration.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arguments:
    """What stands on the command line of ``pyfaggregator``, as Click parsed it."""

    first: bool
    incremental: bool
    sincefile: Path
    limit: int | None
    filter_name: str | None
    filter_trove: tuple[str, ...]
    profile: str | None
    target: str | None
    discovery: str
    rebuild: bool
    force: bool


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
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    arguments = _Arguments(**options)
    _check_arguments(arguments)
    target, selection = _find_selection(arguments, settings)
    order = _build_order(arguments, target, selection)
    check_order(order)
    summary = run_job(_aggregate(settings, order, quiet=quiet))
    exit_code = report(summary, as_json=as_json, verbose=verbose, quiet=quiet)
    if _leads_on(summary) and not (as_json or quiet):
        print_talk(f"Next: pyfsearch WORDS {target.spelling}")
    return exit_code


def _leads_on(summary: RunSummary) -> bool:
    """Tell whether there is something to be found now."""
    return not summary.stopped and bool(summary.written or summary.unchanged or summary.kept)


async def _aggregate(settings: Settings, order: AggregateOrder, *, quiet: bool) -> RunSummary:
    with show_progress(quiet=quiet) as progress:
        async with open_resources(settings, progress) as resources:
            return await aggregate(order, resources)


def _check_arguments(arguments: _Arguments) -> None:
    """Raise :class:`UsageError` for what cannot be meant."""
    if arguments.first == arguments.incremental:
        raise UsageError("Say either -f (full run) or -i (incremental run).")
    if arguments.rebuild and (arguments.incremental or arguments.limit or arguments.filter_name):
        raise UsageError("--rebuild goes with a whole full run: with -f, and without -l and -fn.")
    if arguments.filter_name is not None and not arguments.filter_name.strip():
        raise UsageError("-fn needs some text to look for in package names.")


def _build_order(arguments: _Arguments, target: Target, selection: Selection) -> AggregateOrder:
    return AggregateOrder(
        target=target.name,
        selection=selection,
        mode=Mode.FULL if arguments.first else Mode.INCREMENTAL,
        checkpoints=SinceFile(arguments.sincefile),
        discovery=DiscoveryMethod(arguments.discovery),
        limit=arguments.limit,
        name_filter=normalize(arguments.filter_name.strip()) if arguments.filter_name else None,
        force=arguments.force,
        rebuild=arguments.rebuild,
        options=_repeat_options(arguments),
    )


def _repeat_options(arguments: _Arguments) -> str:
    """Return the options that any run of the same packages into the same collection needs."""
    options = ["-p", arguments.profile] if arguments.profile else []
    for classifier in arguments.filter_trove:
        options += ["-ft", classifier]
    if arguments.target:
        options += ["-t", arguments.target]
    if arguments.sincefile != SINCE_FILE:
        options += ["-s", str(arguments.sincefile)]
    return shlex.join(options)


def _find_selection(arguments: _Arguments, settings: Settings) -> tuple[Target, Selection]:
    """Return the target and what belongs into it, from the profile or from classifiers given by hand.

    Raises :class:`UsageError`, also where nothing could belong into it.
    """
    own_index = asks_own_index(settings)
    if arguments.filter_trove:
        target, classifiers = _read_given(arguments)
        if not arguments.force:
            check_classifiers(classifiers, own_index=own_index)
        return target, Selection(classifiers)
    profile = find_profile(
        settings, arguments.profile, otherwise="classifiers with -ft and a collection with -t"
    )
    check_collection_name(arguments.target or profile.key)
    if not arguments.force:
        check_profile(profile, own_index=own_index)
    return build_target(arguments.target or profile.key, profile), profile.selection


def _read_given(arguments: _Arguments) -> tuple[Target, tuple[str, ...]]:
    """Return the target and the classifiers that are given by hand."""
    if arguments.profile:
        raise UsageError("Say either -p PROFILE or -ft CLASSIFIER, not both.")
    if not arguments.target:
        raise UsageError("Classifiers given with -ft need a collection to go to; name it with -t.")
    check_collection_name(arguments.target)
    classifiers = tuple(" ".join(text.split()) for text in arguments.filter_trove)
    if not all(classifiers):
        raise UsageError("-ft needs a classifier, such as 'Framework :: Plone'.")
    return build_target(arguments.target), classifiers


def pyfaggregator(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfaggregator`` with the given arguments, else with those of the process."""
    run_command(aggregator_command, arguments)
