"""The assessment of a collection: what all of its documents together say of each, written where it differs.

Nobody is asked about packages. The cycles of the framework and of Python are, once a day at most
(``jobs/cycles.py``); a new day changes what is supported, and with it what is said.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyf.aggregator.assessment.assess import assess_collection, build_assessment_fields
from pyf.aggregator.assessment.history import build_point, continue_history, find_week
from pyf.aggregator.assessment.world import World, build_world, find_framework_name, find_newest_releases
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS, AssessmentInput, HistoryPoint
from pyf.aggregator.documents.owned_fields import OwnedFields
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.cycles import ProfileCycles, load_cycles
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, carry_out
from pyf.aggregator.jobs.enrich.writer import Wanted
from pyf.aggregator.jobs.progress import SourceSummary
from pyf.aggregator.jobs.resources import AssessmentResources
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class AssessmentSource:
    """The rules, applied to one collection on the day ``today``."""

    profile: Profile
    cycles: ProfileCycles
    today: date
    reads: type[AssessmentInput] = AssessmentInput
    fields: OwnedFields = ASSESSMENT_FIELDS
    _documents: Mapping[NormalizedName, AssessmentInput] = field(default_factory=dict)
    _points: Mapping[NormalizedName, HistoryPoint] = field(default_factory=dict)

    def find_due(self, documents: Mapping[NormalizedName, AssessmentInput]) -> Sequence[NormalizedName]:
        """Keep the collection for :meth:`recall`; there is nothing to ask."""
        self._documents = documents
        return ()

    def recall(self) -> Wanted:
        """Assess the whole collection: what one package is worth depends on the others."""
        documents, self._documents = self._documents, {}
        world = build_profile_world(self.profile, self.cycles, documents, self.today)
        assessed = build_assessment_fields(assess_collection(documents.values(), world))
        week = find_week(self.today)
        self._points = {name: build_point(documents[name], said, week) for name, said in assessed.items()}
        # A new week is a reason to write every document.
        return {name: {**said, "history_week": week} for name, said in assessed.items()}

    def go_on(self, name: NormalizedName, said: Document) -> Document:
        """Add the point of this week to the history of a document that is written."""
        return continue_history(said, self._points[name])

    async def ask(self, due: Sequence[NormalizedName]) -> AsyncIterator[Wanted]:
        """Ask nobody."""
        for _ in due:
            yield {}


def build_profile_world(
    profile: Profile,
    cycles: ProfileCycles,
    documents: Mapping[NormalizedName, AssessmentInput],
    today: date,
) -> World:
    """Return what the packages of a profile are measured against; without a framework that is Python."""
    distributions = profile.framework.distributions if profile.framework else ()
    return build_world(
        framework=find_framework_name(profile),
        distributions=distributions,
        cycles=cycles.framework,
        pythons=cycles.python,
        today=today,
        newest=find_newest_releases(distributions, cycles.framework, documents.values()),
    )


async def assess(order: EnrichOrder, profile: Profile, resources: AssessmentResources) -> SourceSummary:
    """Assess a profile's collection and return the account; whatever stops it stands in ``stopped``.

    Raises what :func:`carry_out` does.
    """
    started = resources.now()
    summary = SourceSummary(source=ASSESSMENT_FIELDS.source, collection=order.target)
    cycles = await load_cycles(profile.framework, resources.cycles)
    for warning in cycles.warnings:
        logger.warning("%s", warning)
    source = AssessmentSource(profile=profile, cycles=cycles, today=started.date())
    await carry_out(order, source, resources, summary, started=started, go_on=source.go_on)
    return summary
