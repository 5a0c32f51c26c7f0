"""The commands: parse, call one job, report, exit code."""

import asyncio
import re
import signal
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click

from pyf.aggregator.errors import AggregatorError, UsageError
from pyf.aggregator.jobs.aggregate import aggregate, check_order
from pyf.aggregator.jobs.plan import AggregateOrder, DiscoveryMethod, Mode
from pyf.aggregator.jobs.progress import RunSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.profiles import get_profile, load_profiles, warn_if_unknown
from pyf.aggregator.services import open_resources
from pyf.aggregator.settings import Settings, load_settings
from pyf.aggregator.terminal import (
    build_json,
    configure_talk,
    print_error,
    print_json,
    print_summary,
    show_progress,
)

EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

_AGGREGATOR_EPILOG = """\b
Examples:
  pyfaggregator -f -p plone                          everything, once
  pyfaggregator -i -p plone                          what changed since
  pyfaggregator -f -p django -t django-test          into a collection of your own
  pyfaggregator -f -ft "Framework :: Plone" -t addons   by classifier, without a profile
  pyfaggregator -f -p plone -l 100                   a trial with 100 packages

Settings come from the environment or a .env file in this folder; example.env lists them.
Exit codes: 0 done, 1 done with failures listed or stopped, 2 wrong usage or configuration.
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
    force: bool


@click.command("pyfaggregator", epilog=_AGGREGATOR_EPILOG)
@click.option("-f", "--first", is_flag=True, help="Full run: fetch everything that matches.")
@click.option("-i", "--incremental", is_flag=True, help="Fetch only what changed since the last run.")
@click.option(
    "-s",
    "--sincefile",
    type=click.Path(path_type=Path),
    default=Path(".pyaggregator.since"),
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
    type=click.Choice([method.value for method in DiscoveryMethod]),
    default=DiscoveryMethod.AUTO.value,
    show_default=True,
    help="How to find packages: by classifier (browse), by fetching all (index), or whichever asks less.",
)
@click.option("--force", is_flag=True, help="Remove packages even if that is more than a tenth of them.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what happens.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
@click.version_option(version("pyf.aggregator"), message="%(prog)s %(version)s")
def aggregator_command(*, as_json: bool, verbose: bool, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Make a Typesense collection equal to PyPI for one profile."""
    configure_talk(verbose=verbose, quiet=quiet)
    settings = load_settings()
    order = _build_order(_Arguments(**options), settings)
    check_order(order)
    summary = _run(_aggregate(settings, order, quiet=quiet))
    if as_json:
        print_json(build_json(summary))
    else:
        print_summary(summary)
    if summary.stopped:
        print_error(summary.stopped)
    return summary.exit_code


async def _aggregate(settings: Settings, order: AggregateOrder, *, quiet: bool) -> RunSummary:
    with show_progress(quiet=quiet) as progress:
        async with open_resources(settings, progress) as resources:
            return await aggregate(order, resources)


def _build_order(arguments: _Arguments, settings: Settings) -> AggregateOrder:
    """Turn the command line into an order; raises :class:`UsageError` for what cannot be meant."""
    if arguments.first == arguments.incremental:
        raise UsageError("Say either -f (full run) or -i (incremental run).")
    target, selection = _find_selection(arguments, settings)
    if not _COLLECTION_NAME.fullmatch(target):
        raise UsageError(
            f"{target!r} cannot name a collection; use up to 100 letters, digits, '-', '_' and '.',"
            " beginning with a letter or digit."
        )
    if arguments.filter_name is not None and not arguments.filter_name.strip():
        raise UsageError("-fn needs some text to look for in package names.")
    return AggregateOrder(
        target=target,
        selection=selection,
        mode=Mode.FULL if arguments.first else Mode.INCREMENTAL,
        since_file=arguments.sincefile,
        discovery=DiscoveryMethod(arguments.discovery),
        limit=arguments.limit,
        name_filter=normalize(arguments.filter_name.strip()) if arguments.filter_name else None,
        force=arguments.force,
    )


def _find_selection(arguments: _Arguments, settings: Settings) -> tuple[str, Selection]:
    """Return the target and what belongs into it, from the profile or from classifiers given by hand."""
    if arguments.filter_trove:
        if arguments.profile:
            raise UsageError("Say either -p PROFILE or -ft CLASSIFIER, not both.")
        if not arguments.target:
            raise UsageError("Classifiers given with -ft need a collection to go to; name it with -t.")
        classifiers = tuple(text.strip() for text in arguments.filter_trove)
        if not all(classifiers):
            raise UsageError("-ft needs a classifier, such as 'Framework :: Plone'.")
        for classifier in classifiers:
            warn_if_unknown(classifier, "-ft")
        return arguments.target, Selection(classifiers)
    profiles = load_profiles(settings.pyf_profiles)
    key = arguments.profile or settings.default_profile
    if not key:
        known = ", ".join(sorted(profiles))
        raise UsageError(f"Say what to aggregate: -p PROFILE (known: {known}) or -ft CLASSIFIER with -t.")
    profile = get_profile(profiles, key)
    return arguments.target or profile.key, profile.selection


# Running


def pyfaggregator(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfaggregator`` with the given arguments, else with those of the process."""
    _main(aggregator_command, sys.argv[1:] if arguments is None else arguments)


def _main(command: click.Command, arguments: Sequence[str]) -> NoReturn:
    """Run a command; whatever is foreseeable ends in one sentence on stderr and an exit code."""
    try:
        sys.exit(command.main(list(arguments), prog_name=command.name, standalone_mode=False))
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        print_error(error.format_message())
        sys.exit(error.exit_code)
    except AggregatorError as error:
        print_error(str(error))
        if "--json" in arguments and error.exit_code == 1:
            print_json({"stopped": str(error), "complete": False})
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except asyncio.CancelledError:
        sys.exit(EXIT_TERMINATED)


def _run[T](job: Coroutine[Any, Any, T]) -> T:
    """Run a job to its end; SIGTERM ends it as cleanly as Ctrl-C does."""

    async def guarded() -> T:
        task = asyncio.current_task()
        if task is not None and sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await job

    return asyncio.run(guarded())
