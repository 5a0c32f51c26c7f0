"""What ``pyfgithub`` does."""

from datetime import timedelta

from pyf.aggregator.cli.output.progress import show_progress
from pyf.aggregator.cli.output.terminal import configure_logging
from pyf.aggregator.cli.running import report, run_job
from pyf.aggregator.cli.targets import find_target, tell_how_to_fill
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.jobs.enrich.forges.collection import enrich_from_github
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.services.github import open_enrich_resources


def run(  # noqa: PLR0913 - one parameter per option
    profile: str | None, target: str | None, *, ignore_age: bool, as_json: bool, verbose: bool, quiet: bool
) -> int:
    """Enrich the collection that is named; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    found = find_target(settings, profile, target)
    max_age = timedelta(hours=settings.github_max_age_hours)
    order = EnrichOrder(target=found.name, max_age=max_age, ignore_age=ignore_age, profile=found.profile)
    with tell_how_to_fill(settings, found):
        summary = run_job(_enrich(settings, order, quiet=quiet))
    return report(summary, as_json=as_json, verbose=verbose, quiet=quiet)


async def _enrich(settings: Settings, order: EnrichOrder, *, quiet: bool) -> EnrichSummary:
    with show_progress(quiet=quiet) as progress:
        async with open_enrich_resources(settings, progress) as resources:
            return await enrich_from_github(order, resources)
