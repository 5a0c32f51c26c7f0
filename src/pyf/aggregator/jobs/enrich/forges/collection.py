"""The enrichment of one collection from the forges: from all, or as pyfgithub does from GitHub alone."""

from collections.abc import Iterable

from pyf.aggregator.jobs.enrich.forges.source import ForgesSource
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, carry_out
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import GITHUB_HOST


async def enrich(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` with all forges that are open; whatever stops one of them stands in ``stopped``.

    Raises what :func:`carry_out` does.
    """
    return await _enrich(order, resources)


async def enrich_from_github(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` with GitHub alone.

    Documents whose repository is on another forge keep the figures from there; where they have none, they say
    at least which repository it is. Raises what :func:`carry_out` does.
    """
    return await _enrich(order, resources, hosts=[GITHUB_HOST])


async def _enrich(
    order: EnrichOrder, resources: EnrichResources, *, hosts: Iterable[str] | None = None
) -> EnrichSummary:
    started = resources.now()
    summary = EnrichSummary(collection=order.target)
    source = ForgesSource(order, resources, summary, hosts=hosts)
    await carry_out(
        order,
        source,
        resources,
        summary,
        started=started,
        things="repositories",
        read_more=source.read_readmes,
    )
    github = resources.github
    summary.unavailable = source.list_unavailable()
    summary.add_up(source.list_summaries())
    summary.points = github.points
    summary.points_left = github.budget.remaining if github.budget else None
    return summary
