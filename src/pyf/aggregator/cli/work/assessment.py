"""Assessing a collection, as commands do it: when asked for, and after they have changed a document."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from pyf.aggregator.cli.targets import Target
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.jobs.enrich.assessment import assess
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import Progress, SourceSummary
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.cycles import open_assessment_resources
from pyf.aggregator.state.unassessed import open_unassessed
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


async def assess_target(
    settings: Settings, target: Target, search: SearchServer, progress: Progress
) -> SourceSummary:
    """Assess the collection of a target for the framework of its profile."""
    profile = target.rules_profile
    if profile is None:
        summary = SourceSummary(source=ASSESSMENT_FIELDS.source, collection=target.name)
        summary.off = "no profile is named whose framework packages could be judged for; add -p"
        return summary
    order = EnrichOrder(target=target.name, max_age=timedelta(), profile=profile.key)
    async with open_assessment_resources(settings, progress, search) as resources:
        return await assess(order, profile, resources)


@dataclass(slots=True, kw_only=True)
class OwedAssessment:
    """The assessment that a command owes a collection whose documents it may change.

    ``left_over``: an earlier command ended before it had assessed what it changed. ``paid``: nothing is
    owed any more.
    """

    left_over: bool
    paid: bool = False


@contextmanager
def owe_assessment(settings: Settings, target: Target) -> Iterator[OwedAssessment]:
    """Note that the documents of a target are about to change, and take that back once nothing is owed.

    A command that is killed before that, or whose assessment fails, leaves the note to the next one. Where
    there is nothing to judge by, nothing is owed.
    """
    if target.rules_profile is None:
        yield OwedAssessment(left_over=False)
        return
    with closing(open_unassessed(find_catalogue_path(settings))) as unassessed:
        owed = OwedAssessment(left_over=unassessed.is_noted(target.name))
        mark = unassessed.note(target.name)
        yield owed
        if owed.paid:
            unassessed.forget(target.name, mark)


async def assess_changed(  # noqa: PLR0913 - each is a thing of its own
    settings: Settings,
    target: Target,
    search: SearchServer,
    progress: Progress,
    owed: OwedAssessment,
    *,
    changed: bool,
) -> SourceSummary:
    """Assess a collection if this run changed it, or one before; return the account, of nothing otherwise.

    The run is no failure where this fails: the next one makes good for it.
    """
    nothing = SourceSummary(source=ASSESSMENT_FIELDS.source, collection=target.name)
    if not (changed or owed.left_over):
        owed.paid = True
        return nothing
    try:
        summary = await assess_target(settings, target, search, progress)
    except AggregatorError as error:
        logger.warning("%s was not assessed: %s", target.name, error)
        return nothing
    troubles = [summary.stopped] if summary.stopped else [item.reason for item in summary.rejected]
    if troubles:
        logger.warning("%s was not assessed as a whole: %s", target.name, troubles[0])
    owed.paid = not troubles
    return summary
