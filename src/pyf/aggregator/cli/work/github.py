"""What ``pyfgithub`` does."""

from pyf.aggregator.cli.work.assessment import assess_changed
from pyf.aggregator.cli.work.enrich import GITHUB, Arguments, Opened, run_sources
from pyf.aggregator.jobs.progress import EnrichSummary


def run(arguments: Arguments) -> int:
    """Enrich the collection that is named from GitHub; return the exit code."""
    return run_sources(arguments, _ask)


async def _ask(opened: Opened) -> EnrichSummary:
    summary = await GITHUB.ask(opened)
    if summary.written:
        await assess_changed(opened.settings, opened.target, opened.search, opened.progress)
    return summary
