"""What ``pyfaggregator`` does."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from pyf.aggregator.cli.output.progress import show_progress
from pyf.aggregator.cli.output.terminal import configure_logging, print_message
from pyf.aggregator.cli.running import report, run_job
from pyf.aggregator.cli.targets import Target, build_target, find_profile
from pyf.aggregator.cli.work.assessment import assess_changed, owe_assessment
from pyf.aggregator.config.classifiers import check_classifiers, check_profile
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.jobs.crawl.aggregate import aggregate, check_order
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.progress import RunSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.services.catalogue import asks_own_index
from pyf.aggregator.services.pypi import open_resources
from pyf.aggregator.state.checkpoints import SinceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
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
    usual_sincefile: Path


def run(arguments: Arguments, *, as_json: bool, verbose: bool, quiet: bool) -> int:
    """Carry out what the command line asks for; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    target, selection = _find_selection(arguments, settings)
    order = _build_order(arguments, target, selection)
    check_order(order)
    summary = run_job(_aggregate(settings, order, target, quiet=quiet))
    exit_code = report(summary, as_json=as_json, verbose=verbose, quiet=quiet)
    if _leads_on(summary) and not (as_json or quiet):
        print_message(f"Next: pyfsearch WORDS {target.spelling}")
    return exit_code


def _leads_on(summary: RunSummary) -> bool:
    """Tell whether there is something to be found now."""
    return not summary.stopped and bool(summary.written or summary.unchanged or summary.kept)


async def _aggregate(settings: Settings, order: AggregateOrder, target: Target, *, quiet: bool) -> RunSummary:
    with show_progress(quiet=quiet) as progress:
        async with open_resources(settings, progress) as resources:
            if target.profile is None:
                return await aggregate(order, resources)
            with owe_assessment(settings, target) as owed:
                summary = await aggregate(order, resources)
                changed = bool(summary.written or summary.removed or summary.generation)
                assessed = await assess_changed(
                    settings, target, resources.search, progress, owed, changed=changed
                )
                summary.assessed = assessed.written
                summary.changes += assessed.changes
            return summary


def _build_order(arguments: Arguments, target: Target, selection: Selection) -> AggregateOrder:
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


def _repeat_options(arguments: Arguments) -> str:
    """Return the options that any run of the same packages into the same collection needs."""
    options = ["-p", arguments.profile] if arguments.profile else []
    for classifier in arguments.filter_trove:
        options += ["-ft", classifier]
    if arguments.target:
        options += ["-t", arguments.target]
    if arguments.sincefile != arguments.usual_sincefile:
        options += ["-s", str(arguments.sincefile)]
    return shlex.join(options)


def _find_selection(arguments: Arguments, settings: Settings) -> tuple[Target, Selection]:
    """Return the target and what belongs into it, from the profile or from classifiers given by hand.

    Raises :class:`UsageError`, also where nothing could belong into it.
    """
    own_index = asks_own_index(settings)
    if arguments.filter_trove:
        classifiers = tuple(" ".join(text.split()) for text in arguments.filter_trove)
        if not arguments.force:
            check_classifiers(classifiers, own_index=own_index)
        return build_target(str(arguments.target)), Selection(classifiers)
    profile = find_profile(
        settings, arguments.profile, otherwise="classifiers with -ft and a collection with -t"
    )
    if not arguments.force:
        check_profile(profile, own_index=own_index)
    return build_target(arguments.target or profile.key, profile), profile.selection
