"""The enrichment of one collection from GitHub, as the command ``pyfgithub`` runs it."""

import asyncio
import logging

from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.enrich.github.source import GitHubSource
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources

logger = logging.getLogger(__name__)


async def enrich(order: EnrichOrder, resources: EnrichResources) -> EnrichSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises what :meth:`Enrichment.run` does.
    """
    started = resources.now()
    summary = EnrichSummary(collection=order.target)
    source = GitHubSource(order, resources, summary, started)
    enrichment = Enrichment(
        order=order,
        source=source,
        search=resources.search,
        progress=resources.progress,
        counts=summary,
    )
    try:
        summary.stopped = await enrichment.run()
    except asyncio.CancelledError:
        logger.warning("Interrupted after asking for %d repositories; run again to continue.", summary.asked)
        raise
    github = resources.github
    summary.unavailable = source.list_unavailable()
    summary.requests, summary.points = github.requests, github.points
    summary.points_left = github.budget.remaining if github.budget else None
    summary.seconds = round((resources.now() - started).total_seconds(), 3)
    return summary
