"""What ``pyfgithub`` does."""

from pyf.aggregator.cli.work.assessment import assess_changed, owe_assessment
from pyf.aggregator.cli.work.enrich import GITHUB, Arguments, Opened, run_sources
from pyf.aggregator.jobs.progress import EnrichSummary


def run(arguments: Arguments) -> int:
    """Enrich the collection that is named from GitHub; return the exit code."""
    return run_sources(arguments, _ask)


async def _ask(opened: Opened) -> EnrichSummary:
    settings, target = opened.settings, opened.target
    with owe_assessment(settings, target) as owed:
        summary = await GITHUB.ask(opened)
        changed = bool(summary.written)
        await assess_changed(settings, target, opened.search, opened.progress, owed, changed=changed)
    return summary
