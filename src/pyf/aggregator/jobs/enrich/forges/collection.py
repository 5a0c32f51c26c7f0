"""The enrichment of one collection from the forges: from all, or as pyfgithub does from GitHub alone."""

import asyncio
import logging
from collections.abc import Iterable

from pyf.aggregator.jobs.enrich.forges.source import ForgesSource
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import GITHUB_HOST

logger = logging.getLogger(__name__)


async def enrich(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` with all forges that are open; whatever stops one of them stands in ``stopped``.

    Raises what :meth:`Enrichment.run` does.
    """
    return await _enrich(order, resources)


async def enrich_from_github(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` with GitHub alone.

    Documents whose repository is on another forge keep the figures from there; where they have none, they say
    at least which repository it is. Raises what :meth:`Enrichment.run` does.
    """
    return await _enrich(order, resources, hosts=[GITHUB_HOST])


async def _enrich(
    order: EnrichOrder, resources: EnrichResources, *, hosts: Iterable[str] | None = None
) -> EnrichSummary:
    started = resources.now()
    summary = EnrichSummary(collection=order.target)
    source = ForgesSource(order, resources, summary, hosts=hosts)
    enrichment = Enrichment(
        order=order,
        source=source,
        search=resources.search,
        progress=resources.progress,
        counts=summary,
        read_more=source.read_readmes,
    )
    try:
        summary.stopped = await enrichment.run()
    except asyncio.CancelledError:
        asked = sum(refresh.summary.asked for refresh in source.refreshes.values())
        logger.warning("Interrupted after asking for %d repositories; run again to continue.", asked)
        raise
    github = resources.github
    summary.unavailable = source.list_unavailable()
    summary.add_up(source.list_summaries())
    summary.points = github.points
    summary.points_left = github.budget.remaining if github.budget else None
    summary.seconds = round((resources.now() - started).total_seconds(), 3)
    return summary
