"""The assessment of a collection, written to a real Typesense: what differs, and nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
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
        source = AssessmentSource(profile=profile, cycles=CYCLES, today=today)
        enrichment = Enrichment(
            order=EnrichOrder(target=laboratory.collection, max_age=timedelta()),
            source=source,
            go_on=source.go_on,
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


async def test_it_is_measured_by_the_newest_python_and_by_releases_of_the_framework(
    filled: Laboratory,
) -> None:
    filled.world.add_project("Products.CMFPlone", version="6.2.3", classifiers=[PLONE])
    filled.world.release("excludes", "2.0", requires_dist=["Products.CMFPlone==6.2.0"])
    await filled.run_incremental()
    await assess(filled)
    documents = filled.get_documents()
    evidence = {check["id"]: check["evidence"] for check in documents["silent"]["checks"]}
    assert evidence["newest_python"] == "says nothing of Python 3.13"
    (judged, _) = documents["excludes"]["compatibility"]
    assert judged["evidence"] == "requires Products.CMFPlone==6.2.0; the newest Plone 6.2 is 6.2.3"


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


def list_weeks(laboratory: Laboratory) -> dict[str, list[date]]:
    return {
        name: [datetime.fromtimestamp(point["week"], UTC).date() for point in document["history"]]
        for name, document in laboratory.get_documents().items()
    }


async def test_a_week_has_one_point_and_alone_is_no_reason_to_write(filled: Laboratory) -> None:
    await assess(filled)
    (point,) = filled.get_documents()["declares"]["history"]
    document = filled.get_documents()["declares"]
    assert point == {
        "week": document["history_week"],
        "dependents": 0,
        "quality": document["quality"],
        "use": document["use"],
    }
    assert (await assess(filled, today=TODAY + timedelta(days=3))).written == 0
    summary = await assess(filled, today=TODAY + timedelta(days=4))
    assert (summary.written, summary.unchanged) == (4, 0)
    weeks = [date(2026, 11, 23), date(2026, 11, 30)]
    assert list_weeks(filled) == dict.fromkeys(("declares", "excludes", "waits", "silent"), weeks)
    assert (await assess(filled, today=TODAY + timedelta(days=4))).written == 0


async def test_what_changes_within_a_week_replaces_its_point_there_alone(filled: Laboratory) -> None:
    await assess(filled)
    before = filled.get_documents()
    filled.world.release("silent", "2.0", requires_dist=["declares"])
    await filled.run_incremental()
    await assess(filled)
    after = filled.get_documents()
    (point,) = after["declares"]["history"]
    assert point == {**before["declares"]["history"][0], "dependents": 1, "use": after["declares"]["use"]}
    assert after["declares"]["use"] > before["declares"]["use"]
    assert list_weeks(filled) == {name: [date(2026, 11, 23)] for name in after}


async def test_packages_can_be_sorted_by_the_growth_of_their_use(filled: Laboratory) -> None:
    await assess(filled, today=TODAY - timedelta(weeks=12))
    assert all("use_growth" not in document for document in filled.get_documents().values())
    filled.world.release("silent", "2.0", requires_dist=["declares"])
    await filled.run_incremental()
    await assess(filled)
    documents = filled.get_documents()
    for document in documents.values():
        first, last = document["history"]
        assert document["use_growth"] == last["use"] - first["use"]
    rising = filled.search(q="*", query_by="name", filter_by="use_growth:>0", sort_by="use_growth:desc")
    assert rising == ["declares"]
    await assess(filled, today=TODAY + timedelta(weeks=2))
    assert all("use_growth" not in document for document in filled.get_documents().values())


async def test_a_migration_keeps_the_history(filled: Laboratory) -> None:
    for weeks in (12, 0):
        await assess(filled, today=TODAY - timedelta(weeks=weeks))
    found = filled.get_documents()
    order = MigrateOrder(source=filled.collection, target=f"{filled.collection}-copy")
    async with filled.open_search() as search:
        assert (await migrate(order, search, NullProgress())).exit_code == 0
        copied = await search.contents.fetch_fields(
            order.target, [NormalizedName(name) for name in found], ASSESSMENT_FIELDS.names
        )
    assert copied == {
        name: {field: said[field] for field in ASSESSMENT_FIELDS.names if field in said}
        for name, said in found.items()
    }
    assert {len(said["history"]) for said in found.values()} == {2}
    assert {"use_growth" in said for said in found.values()} == {True}


async def test_what_a_document_says_of_another_type_is_put_right(filled: Laboratory) -> None:
    await assess(filled)
    before = filled.get_documents()["silent"]
    change = {"id": "silent", "checks": "odd", "compatibility": 3, "history": "odd"}
    filled.ask("POST", f"/collections/{filled.collection}/documents", change, action="update")
    assert (await assess(filled)).written == 1
    assert filled.get_documents()["silent"] == before


async def test_a_collection_that_is_not_there_is_said_to_be_missing(laboratory: Laboratory) -> None:
    with pytest.raises(CollectionNotFound):
        await assess(laboratory)
