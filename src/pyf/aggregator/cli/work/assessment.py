"""Assessing a collection, as commands do it: when asked for, and after they have changed a document."""

import logging
from datetime import timedelta

from pyf.aggregator.cli.targets import Target
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.jobs.enrich.assessment import assess
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import Progress, SourceSummary
from pyf.aggregator.services.cycles import open_assessment_resources
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


async def assess_target(
    settings: Settings, target: Target, search: SearchServer, progress: Progress
) -> SourceSummary:
    """Assess the collection of a target for the framework of its profile.

    A collection that is named alone may be called like a profile; for any other there is nothing to judge by.
    """
    profile = load_profiles(settings.pyf_profiles).get(target.profile or target.name)
    if profile is None:
        summary = SourceSummary(source=ASSESSMENT_FIELDS.source, collection=target.name)
        summary.off = "no profile is named whose framework packages could be judged for; add -p"
        return summary
    order = EnrichOrder(target=target.name, max_age=timedelta(), profile=profile.key)
    async with open_assessment_resources(settings, progress, search) as resources:
        return await assess(order, profile, resources)


async def assess_changed(settings: Settings, target: Target, search: SearchServer, progress: Progress) -> int:
    """Assess a collection after a run that changed it; return how many documents say something new.

    The run is no failure where this fails: the next one makes good for it.
    """
    try:
        summary = await assess_target(settings, target, search, progress)
    except AggregatorError as error:
        logger.warning("%s was not assessed: %s", target.name, error)
        return 0
    troubles = [summary.stopped] if summary.stopped else [item.reason for item in summary.rejected]
    if troubles:
        logger.warning("%s was not assessed as a whole: %s", target.name, troubles[0])
    return summary.written
