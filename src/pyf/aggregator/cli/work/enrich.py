"""What ``pyfenrich`` does, and ``pyfgithub``, which asks one source alone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from pyf.aggregator.cli.output.progress import show_progress
from pyf.aggregator.cli.output.terminal import configure_logging, print_lines
from pyf.aggregator.cli.running import report, run_job
from pyf.aggregator.cli.targets import Target, find_target, tell_how_to_fill
from pyf.aggregator.cli.work.assessment import assess_target, owe_assessment
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.jobs.enrich import downloads, status
from pyf.aggregator.jobs.enrich.downloads import enrich_downloads
from pyf.aggregator.jobs.enrich.forges.collection import enrich, enrich_from_github
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.in_turn import AskSource, enrich_in_turn
from pyf.aggregator.jobs.enrich.source_names import SourceName
from pyf.aggregator.jobs.enrich.status import enrich_status
from pyf.aggregator.jobs.progress import EnrichAccount, EnrichPart, EnrichSummary, Progress, SourceSummary
from pyf.aggregator.services.downloads import open_download_resources
from pyf.aggregator.services.github import open_enrich_resources
from pyf.aggregator.services.search import open_search
from pyf.aggregator.services.status import open_status_resources
from pyf.aggregator.typesense.server import SearchServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What every source is given; with ``ignore_age`` everything is due in the collection ``target``."""

    settings: Settings
    target: Target
    ignore_age: bool
    search: SearchServer
    progress: Progress

    def build_order(self, max_age: timedelta) -> EnrichOrder:
        """Return what is asked of a source whose answers last for ``max_age``."""
        return EnrichOrder(
            target=self.target.name,
            max_age=max_age,
            ignore_age=self.ignore_age,
            profile=self.target.profile.key if self.target.profile else None,
        )


@dataclass(frozen=True, slots=True)
class Source[R, S: EnrichPart]:
    """A source of facts: how long its answers last, what opens all that it needs, and the job."""

    find_max_age: Callable[[Settings], timedelta]
    open: Callable[[Settings, Progress, SearchServer], AbstractAsyncContextManager[R]]
    job: Callable[[EnrichOrder, R], Awaitable[S]]

    async def ask(self, opened: Opened) -> S:
        """Open the source, let it do its job, close it."""
        order = opened.build_order(self.find_max_age(opened.settings))
        async with self.open(opened.settings, opened.progress, opened.search) as resources:
            return await self.job(order, resources)


def _find_forges_max_age(settings: Settings) -> timedelta:
    return timedelta(hours=settings.github_max_age_hours)


GITHUB = Source(_find_forges_max_age, open_enrich_resources, enrich_from_github)

SOURCES: Mapping[SourceName, Callable[[Opened], Awaitable[EnrichPart]]] = {
    SourceName.STATUS: Source(lambda _: status.MAX_AGE, open_status_resources, enrich_status).ask,
    SourceName.FORGES: Source(_find_forges_max_age, open_enrich_resources, enrich).ask,
    SourceName.DOWNLOADS: Source(lambda _: downloads.MAX_AGE, open_download_resources, enrich_downloads).ask,
    SourceName.ASSESSMENT: lambda opened: assess_target(
        opened.settings, opened.target, opened.search, opened.progress
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a command line says, whichever sources it is about."""

    profile: str | None
    target: str | None
    ignore_age: bool
    as_json: bool
    verbose: bool
    quiet: bool


def run(arguments: Arguments, names: Sequence[SourceName]) -> int:
    """Ask the named sources for the collection that is named; return the exit code."""

    async def ask(opened: Opened) -> EnrichAccount:
        order = opened.build_order(timedelta())
        sources: dict[str, AskSource] = {name: partial(SOURCES[name], opened) for name in names}
        with owe_assessment(opened.settings, opened.target) as owed:
            account = await enrich_in_turn(order, sources, opened.search)
            assessed = account.sources.get(name := SourceName.ASSESSMENT)
            due = owed.left_over or any(part.written for part in account.sources.values())
            if assessed is None and due:
                more = await enrich_in_turn(order, {name: partial(SOURCES[name], opened)}, opened.search)
                assessed = more.sources[name]
                if not _is_off(assessed):
                    account.sources[name] = assessed
            owed.paid = assessed.exit_code == 0 if assessed else not due
        return account

    return run_sources(arguments, ask)


def _is_off(part: EnrichPart) -> bool:
    return isinstance(part, SourceSummary) and part.off is not None


def _found_nothing(summary: EnrichAccount | EnrichSummary) -> bool:
    """Tell whether all went well because there was nothing to do it with."""
    parts = summary.sources.values() if isinstance(summary, EnrichAccount) else [summary]
    looking = [part for part in parts if not _is_off(part)]
    return bool(looking) and summary.exit_code == 0 and not any(part.seen for part in looking)


def run_sources(
    arguments: Arguments, ask: Callable[[Opened], Awaitable[EnrichAccount | EnrichSummary]]
) -> int:
    """Open what every source is given, let ``ask`` work with it, and tell how it went."""
    configure_logging(verbose=arguments.verbose, quiet=arguments.quiet)
    settings = load_settings()
    target = find_target(settings, arguments.profile, arguments.target)

    async def work() -> EnrichAccount | EnrichSummary:
        with show_progress(quiet=arguments.quiet) as progress:
            async with open_search(settings) as search:
                return await ask(
                    Opened(
                        settings=settings,
                        target=target,
                        ignore_age=arguments.ignore_age,
                        search=search,
                        progress=progress,
                    )
                )

    with tell_how_to_fill(target):
        summary = run_job(work())
    if _found_nothing(summary) and not (arguments.as_json or arguments.quiet):
        print_lines([f"{target.name} is empty, so there is nothing to enrich; {target.filling} fills it."])
        return summary.exit_code
    return report(summary, as_json=arguments.as_json, verbose=arguments.verbose, quiet=arguments.quiet)
