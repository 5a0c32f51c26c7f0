"""What ``pyfcheck`` does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyf.aggregator.assessment.readiness import Readiness
from pyf.aggregator.cli.output.check_report import build_report_json, describe_report
from pyf.aggregator.cli.output.readiness import build_readiness_json, describe_readiness
from pyf.aggregator.cli.output.terminal import (
    configure_logging,
    find_width,
    print_json,
    print_lines,
    print_message,
)
from pyf.aggregator.cli.running import run_job
from pyf.aggregator.cli.targets import Target, find_profile, find_target, tell_how_to_fill
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.jobs.check.named import CheckOrder, check_name
from pyf.aggregator.jobs.check.readiness import check_readiness
from pyf.aggregator.jobs.check.report import Report
from pyf.aggregator.jobs.check.unpublished import check_files
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.repositories.forges import map_forges
from pyf.aggregator.rendering.renderer import open_renderer
from pyf.aggregator.services.pypi import open_pypi
from pyf.aggregator.services.search import SEARCH_SECONDS, SHORT_REPEATS, open_search
from pyf.aggregator.sources.distributions.archives import holds_distributions
from pyf.aggregator.sources.distributions.source_tree import PYPROJECT

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is; a pipe has as much."""
EXIT_FOUND_WANTING = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line says: names, or files, or ``readiness``."""

    names: Sequence[str]
    files: Sequence[str]
    profile: str | None
    target: str | None
    min_quality: int | None
    readiness: str | None


def run(arguments: Arguments, *, as_json: bool, verbose: bool, quiet: bool) -> int:
    """Check what the command line names; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    if arguments.readiness is not None:
        _print_readiness(_find_readiness(settings, arguments, arguments.readiness), as_json=as_json)
        return 0
    try:
        reports = _find_reports(settings, arguments)
    except AggregatorError:
        # Said now, since a folder may have been meant all the time.
        _print_messages(_find_hints(arguments.names), quiet=quiet)
        raise
    if as_json:
        print_json({"packages": [build_report_json(report) for report in reports]})
    else:
        _print_reports(reports, verbose=verbose)
    wanting = [sentence for report in reports if (sentence := tell_wanting(report, arguments.min_quality))]
    refused = any(report.listing.listed is False for report in reports)
    missing = [report.name for report in reports if report.listing.listed is False]
    _print_messages([*wanting, *_find_hints(missing)], quiet=quiet)
    return EXIT_FOUND_WANTING if wanting or refused else 0


def _find_reports(settings: Settings, arguments: Arguments) -> list[Report]:
    if arguments.files:
        profile = find_profile(settings, arguments.profile, otherwise="in DEFAULT_PROFILE")
        return run_job(_check_files(settings, [Path(text) for text in arguments.files], profile))
    target = find_target(settings, arguments.profile, arguments.target)
    with tell_how_to_fill(target):
        return run_job(_check_names(settings, arguments.names, target))


def tell_wanting(report: Report, min_quality: int | None) -> str | None:
    """Say that a package is not good enough; that one is not listed, and why, the report says itself."""
    if min_quality is None or report.listing.listed is False:
        return None
    if report.quality is None:
        return f"The quality of {report.name} is not known; --min-quality {min_quality} wants some."
    if report.quality < min_quality:
        return f"The quality of {report.name} is {report.quality}, and {min_quality} is wanted."
    return None


def _find_hints(names: Sequence[str]) -> list[str]:
    """Say how to name a folder where one that was looked up as a package may have been meant."""
    return [
        f"{name} is also a folder; {name}/* checks the files in it."
        if holds_distributions(Path(name)) and not Path(name, PYPROJECT).exists()
        else f"{name} is also a folder; {name}/ checks that."
        for name in names
        if Path(name).is_dir()
    ]


def _print_messages(sentences: Iterable[str], *, quiet: bool) -> None:
    """Say what stands beside the answer, unless nothing is to be said."""
    for sentence in sentences:
        if not quiet:
            print_message(sentence)


async def _check_files(settings: Settings, paths: Sequence[Path], profile: Profile) -> list[Report]:
    async with open_renderer(1, forges=map_forges(settings.pyf_forges)) as renderer:
        return await check_files(paths, profile, renderer, datetime.now(UTC))


async def _check_names(settings: Settings, names: Sequence[str], target: Target) -> list[Report]:
    today = datetime.now(UTC).date()
    orders = [
        CheckOrder(
            name=name,
            target=target.name,
            spelling=target.spelling,
            filling=target.filling,
            profile=target.rules_profile,
        )
        for name in dict.fromkeys(names)
    ]
    async with (
        open_search(settings, policy=SHORT_REPEATS, timeout_seconds=SEARCH_SECONDS) as search,
        open_pypi(settings) as pypi,
    ):
        return [await check_name(order, search, pypi, today) for order in orders]


def _find_readiness(settings: Settings, arguments: Arguments, cycle: str) -> Readiness:
    target = find_target(settings, arguments.profile, arguments.target)

    async def work() -> Readiness:
        async with open_search(settings, policy=SHORT_REPEATS) as search:
            return await check_readiness(target.name, cycle, search, spelling=target.spelling)

    with tell_how_to_fill(target):
        return run_job(work())


def _find_width() -> int:
    return min(find_width() or WIDEST, WIDEST)


def _print_reports(reports: Sequence[Report], *, verbose: bool) -> None:
    for number, report in enumerate(reports):
        lines = describe_report(report, width=_find_width(), verbose=verbose)
        print_lines(["", *lines] if number else lines)


def _print_readiness(readiness: Readiness, *, as_json: bool) -> None:
    if as_json:
        print_json(build_readiness_json(readiness))
    else:
        print_lines(describe_readiness(readiness, width=_find_width()))
