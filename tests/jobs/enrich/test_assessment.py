"""The assessment of a collection, written to a real Typesense: what differs, and nothing else."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.cycles import ProfileCycles
from pyf.aggregator.jobs.enrich.assessment import AssessmentSource
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from tests.laboratory import PLONE, Laboratory

pytestmark = pytest.mark.asyncio

TODAY = date(2026, 11, 26)
CYCLES = ProfileCycles(
    framework=(
        Cycle(product="plone", name="6.2", released=date(2026, 5, 19), ends=date(2027, 12, 31)),
        Cycle(product="plone", name="6.1", released=date(2025, 2, 7), ends=date(2026, 12, 31)),
    ),
    python=(Cycle(product="python", name="3.13", released=date(2024, 10, 7), ends=date(2029, 10, 31)),),
)


async def assess(laboratory: Laboratory, *, today: date = TODAY) -> SourceSummary:
    profile = Profile(
        key=laboratory.collection,
        name="Plone",
        selection=Selection((PLONE,)),
        framework=Framework(distributions=(NormalizedName("products-cmfplone"),), product="plone"),
    )
    summary = SourceSummary(source="assessment", collection=laboratory.collection)
    async with laboratory.open_search() as search:
        enrichment = Enrichment(
            order=EnrichOrder(target=laboratory.collection, max_age=timedelta()),
            source=AssessmentSource(profile=profile, cycles=CYCLES, today=today),
            search=search,
            progress=NullProgress(),
            counts=summary,
        )
        summary.stopped = await enrichment.run()
    return summary


@pytest_asyncio.fixture
async def filled(laboratory: Laboratory) -> Laboratory:
    """Four projects: one declares, one excludes, one waits for that one, one says nothing."""
    world = laboratory.world
    world.add_project("declares", classifiers=[PLONE, f"{PLONE} :: 6.2"])
    world.add_project("excludes", classifiers=[PLONE], requires_dist=["Products.CMFPlone<6"])
    world.add_project("waits", classifiers=[PLONE], requires_dist=["excludes", "Products.CMFPlone>=5"])
    world.add_project("silent", classifiers=[PLONE])
    await laboratory.run_full()
    return laboratory


def find_verdicts(laboratory: Laboratory, cycle: str) -> dict[str, str]:
    return {
        name: item["verdict"]
        for name, document in laboratory.get_documents().items()
        for item in document["compatibility"]
        if item["version"] == f"Plone {cycle}"
    }


async def test_each_document_says_what_it_works_with_and_why(filled: Laboratory) -> None:
    summary = await assess(filled)
    assert (summary.seen, summary.written, summary.exit_code) == (4, 4, 0)
    verdicts = {"declares": "declared", "excludes": "excluded", "waits": "blocked", "silent": "unknown"}
    assert find_verdicts(filled, "6.2") == verdicts
    documents = filled.get_documents()
    assert documents["declares"]["allowed_versions"] == ["Plone 6.2"]
    assert documents["excludes"]["required_by"] == ["waits"]
    assert documents["waits"]["life"] == "outdated"
    (blocked, _) = documents["waits"]["compatibility"]
    assert "excludes" in blocked["evidence"]
    assert documents["declares"]["rank"] > documents["waits"]["rank"]
    assert all(document["checks"] for document in documents.values())


async def test_a_second_pass_writes_nothing_and_a_change_what_it_changes(filled: Laboratory) -> None:
    await assess(filled)
    summary = await assess(filled)
    assert (summary.written, summary.unchanged) == (0, 4)
    filled.world.release("excludes", "2.0", requires_dist=["Products.CMFPlone>=6"])
    await filled.run_incremental()
    assert (await assess(filled)).written >= 2
    assert find_verdicts(filled, "6.2")["waits"] != "blocked"


async def test_a_new_day_may_end_the_support_of_a_cycle(filled: Laboratory) -> None:
    await assess(filled)
    before = filled.get_documents()["declares"]["compatibility"]
    assert [item["supported"] for item in before] == [True, True]
    summary = await assess(filled, today=date(2027, 1, 1))
    assert summary.written == 4
    after = filled.get_documents()["declares"]["compatibility"]
    assert [item["supported"] for item in after] == [True, False]


async def test_a_full_run_and_a_rebuild_keep_what_was_found(filled: Laboratory) -> None:
    await assess(filled)
    found = filled.get_documents()
    for rebuild in (False, True):
        assert (await filled.run_full(rebuild=rebuild)).complete
        now = filled.get_documents()
        for name in ASSESSMENT_FIELDS.names:
            assert {key: said.get(name) for key, said in now.items()} == {
                key: said.get(name) for key, said in found.items()
            }


async def test_what_a_document_says_of_another_type_is_put_right(filled: Laboratory) -> None:
    await assess(filled)
    before = filled.get_documents()["silent"]
    change = {"id": "silent", "checks": "odd", "compatibility": 3}
    filled.ask("POST", f"/collections/{filled.collection}/documents", change, action="update")
    assert (await assess(filled)).written == 1
    assert filled.get_documents()["silent"] == before


async def test_a_collection_that_is_not_there_is_said_to_be_missing(laboratory: Laboratory) -> None:
    with pytest.raises(CollectionNotFound):
        await assess(laboratory)
