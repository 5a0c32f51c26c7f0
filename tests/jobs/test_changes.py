"""Changes as records: what is recorded, for how long, and what becomes of it when collections come and go."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.documents.changes import build_change_schema, name_changes
from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.errors.typesense import DocumentRefused
from pyf.aggregator.jobs.changes import open_recorder
from pyf.aggregator.jobs.collections.maintain import add_alias, drop_collection, list_changes, roll_back
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.crawl.one_project import sync_project
from pyf.aggregator.jobs.enrich.forges.batch import find_due, update
from pyf.aggregator.jobs.enrich.status import MAX_AGE
from pyf.aggregator.jobs.progress import NullProgress, RunSummary
from pyf.aggregator.metadata.changes import ChangeKind, LeavingReason
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Slug
from pyf.aggregator.metadata.profile import Profile
from tests.jobs.rebuilding import get_collections, rebuild
from tests.laboratory import PLONE, Laboratory
from tests.lookout import Lookout
from tests.observatory import DAY, Observatory
from tests.servers.faults import RefuseConnection, Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

DJANGO = "Framework :: Django"
A = NormalizedName("a")


@pytest.fixture
def proxy(laboratory: Laboratory) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=laboratory.typesense.url) as server:
        yield server


async def fill(laboratory: Laboratory, *names: str) -> None:
    """Add packages and bring them into the collection, as its first run."""
    for name in names:
        laboratory.world.add_project(name, classifiers=[PLONE], summary=f"Does {name}")
    assert (await laboratory.run_full()).complete


async def sync(laboratory: Laboratory, name: str) -> None:
    profile = Profile(key=laboratory.collection, name="Plone", selection=Selection((PLONE,)))
    async with laboratory.open_resources() as resources:
        await sync_project(NormalizedName(name), [profile], resources)


def show(laboratory: Laboratory) -> list[tuple[str, str]]:
    return [(record["project"], record["sentence"]) for record in laboratory.get_records()]


# What is recorded


async def test_the_first_run_records_nothing_and_the_next_what_happened_since(laboratory: Laboratory) -> None:
    await fill(laboratory, "a", "b", "c", "d", "Old.Thing")
    assert laboratory.get_records() == []
    world = laboratory.world
    world.release("a", "2.0")
    world.add_project("new", classifiers=[PLONE])
    world.remove_project("b")
    world.release("c", "2.0", classifiers=[DJANGO])
    world.remove_releases("Old.Thing")
    world.add_project("other")
    started = int(datetime.now(UTC).timestamp())
    assert (await laboratory.run_incremental(force=True)).changes == 5
    # What is removed is noted last, and a second may begin in between.
    assert sorted(show(laboratory)) == [
        ("a", "Released 2.0, a major release."),
        ("b", "Left: gone from PyPI."),
        ("c", "Left: lost its classifier."),
        ("new", "Added with 1.0.0."),
        ("old-thing", "Left: no release left."),
    ]
    records = {record["project"]: record for record in laboratory.get_records()}
    released, left = records["a"], records["old-thing"]
    assert released["happened"] < started <= released["noticed"]
    assert (released["version"], records["new"]["name"], records["new"]["version"]) == ("2.0", "new", "1.0.0")
    # A page can say what it was that left, though there is no document any more.
    assert left["happened"] == left["noticed"]
    assert {key: left[key] for key in ("name", "summary", "version", "kind", "reason")} == {
        "name": "Old.Thing",
        "summary": "Does Old.Thing",
        "version": "1.0.0",
        "kind": "left",
        "reason": "no release left",
    }


async def test_a_second_crawl_a_rebuild_and_the_way_back_record_nothing_new(laboratory: Laboratory) -> None:
    await fill(laboratory, "a", "b")
    laboratory.world.release("a", "1.1")
    # A rebuild compares with what clients see, not with the collection that it fills.
    assert (await rebuild(laboratory)).complete
    recorded = laboratory.get_records()
    assert show(laboratory) == [("a", "Released 1.1.")]
    await laboratory.run_full()
    await rebuild(laboratory)
    async with laboratory.open_search() as search:
        await roll_back(search, laboratory.collection)
    await laboratory.run_incremental()
    assert laboratory.get_records() == recorded


async def test_after_a_first_run_that_is_a_rebuild_changes_are_recorded(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    assert (await rebuild(laboratory)).complete
    laboratory.world.release("a", "1.1")
    await laboratory.run_incremental()
    assert show(laboratory) == [("a", "Released 1.1.")]


async def test_what_is_not_there_cannot_leave(laboratory: Laboratory) -> None:
    await fill(laboratory, "a")
    async with laboratory.open_search() as search:
        recorder = await open_recorder(search, laboratory.collection)
        gone = dict.fromkeys((A, NormalizedName("gone")), LeavingReason.GONE)
        recorded = await recorder.record_removed(gone)
    assert (len(recorded.ids), show(laboratory)) == (1, [("a", "Left: gone from PyPI.")])


async def test_a_rebuild_records_what_leaves_with_it(laboratory: Laboratory) -> None:
    await fill(laboratory, "a", "b")
    laboratory.world.remove_project("b")
    assert (await rebuild(laboratory)).removed == 1
    assert show(laboratory) == [("b", "Left: gone from PyPI.")]


async def test_what_leaves_for_another_profile_and_comes_back_is_told_each_time(
    laboratory: Laboratory,
) -> None:
    await fill(laboratory, "a", "b")
    for _ in range(2):
        await laboratory.run_full(classifiers=[DJANGO], include=["b"], force=True)
        await laboratory.run_full()
    left, added = ("a", "Left: no longer selected."), ("a", "Added with 1.0.0.")
    assert sorted(show(laboratory)) == sorted([left, added, left, added])


async def test_a_task_records_what_a_run_would(laboratory: Laboratory) -> None:
    await fill(laboratory, "a", "b")
    laboratory.world.release("a", "1.1")
    laboratory.world.release("b", "2.0", classifiers=[DJANGO])
    laboratory.world.add_project("new", classifiers=[PLONE])
    for name in ("a", "b", "new"):
        await sync(laboratory, name)
    recorded = laboratory.get_records()
    assert show(laboratory) == [
        ("a", "Released 1.1."),
        ("b", "Left: lost its classifier."),
        ("new", "Added with 1.0.0."),
    ]
    await laboratory.run_incremental()
    assert laboratory.get_records() == recorded


async def test_workers_record_what_a_forge_says_of_a_repository(observatory: Observatory) -> None:
    laboratory = observatory.laboratory
    observatory.add_project("a", "o/a")
    observatory.hub.add("o/a")
    await observatory.fill()

    async def ask() -> int:
        observatory.clock.pass_by(2 * DAY)
        async with observatory.open_resources() as resources:
            due = await find_due([laboratory.collection], resources, DAY)
            summary = await update(GITHUB_HOST, [Slug("o/a")], due.shown_by, resources, DAY)
            return summary.changes

    assert await ask() == 0
    assert laboratory.get_records() == []
    observatory.hub.get("o/a").archived = True
    assert await ask() == 1
    assert show(laboratory) == [("a", "Its repository is archived.")]
    observatory.hub.rename("o/a", "o/b")
    await ask()
    assert show(laboratory)[0][1].startswith("Its repository is archived.")
    assert {record["kind"] for record in laboratory.get_records()} == {"archived", "repository-moved"}


# What is refused


async def test_a_document_that_is_refused_leaves_no_record(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    await fill(laboratory, "a", "b")
    laboratory.world.release("a", "1.1")
    refusal = Status(status=200, body=b'{"success":false,"error":"too odd","code":400}')
    proxy.fail(f"/collections/{laboratory.collection}/documents/import", refusal)
    refused = replace(laboratory, typesense_url=proxy.url)
    with pytest.raises(DocumentRefused):
        await sync(refused, "a")
    assert laboratory.get_records() == []
    summary = await refused.run_incremental()
    assert ([trouble.name for trouble in summary.rejected], summary.changes) == (["a"], 0)
    assert laboratory.get_records() == []
    proxy.mend()
    assert (await refused.run_incremental()).changes == 1
    assert show(laboratory) == [("a", "Released 1.1.")]


async def test_a_fact_is_recorded_before_it_is_written_and_not_at_all_where_it_is_refused(
    lookout: Lookout, proxy: TypesenseProxy
) -> None:
    laboratory = lookout.laboratory
    lookout.add("a", "o/a")
    await lookout.fill()
    await lookout.run()
    lookout.world.set_status("a", "archived")
    lookout.clock.pass_by(MAX_AGE)
    laboratory.typesense_url = proxy.url
    # Written without its record, it would never be told.
    proxy.fail(f"/collections/{name_changes(laboratory.collection)}/documents/import", Status(status=400))
    assert (await lookout.run()).stopped is not None
    assert lookout.get()["a"]["status"] == "active"
    proxy.mend()
    refusal = Status(status=200, body=b'{"success":false,"error":"too odd","code":400}')
    proxy.fail(f"/collections/{laboratory.collection}/documents/import", refusal)
    assert [trouble.name for trouble in (await lookout.run()).rejected] == ["a"]
    assert laboratory.get_records() == []
    proxy.mend()
    await lookout.run()
    assert [record["project"] for record in laboratory.get_records()] == ["a"]


async def test_what_a_later_writer_keeps_has_not_left(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    """Between the look at a document and its removal somebody writes one of a later serial."""
    await fill(laboratory, "a")
    laboratory.world.release("a", "2.0", classifiers=[DJANGO])
    path = f"/collections/{laboratory.collection}/documents/"

    def overtake(record: Record) -> None:
        if (record.method, record.path) == ("DELETE", path):
            laboratory.ask("PATCH", f"{path}a", {"serial": laboratory.world.serial + 1})

    proxy.on_request = overtake
    await sync(replace(laboratory, typesense_url=proxy.url), "a")
    assert laboratory.get_names() == {"a"}
    assert laboratory.get_records() == []


async def test_what_comes_back_before_it_was_removed_is_told_as_added(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    """Typesense goes away between the record that a package left and the removal of its document."""
    await fill(laboratory, "a", "b")
    laboratory.world.remove_project("a")
    proxy.fail(f"/collections/{laboratory.collection}/documents/", RefuseConnection())
    ended = await replace(laboratory, typesense_url=proxy.url).run_incremental()
    assert (ended.stopped is not None, laboratory.get_names(), ended.changes) == (True, {"a", "b"}, 1)
    laboratory.world.add_project("a", classifiers=[PLONE])
    assert (await laboratory.run_incremental()).changes == 1
    assert sorted(show(laboratory)) == [("a", "Added with 1.0.0."), ("a", "Left: gone from PyPI.")]
    await laboratory.run_full()
    assert len(laboratory.get_records()) == 2


async def test_a_record_that_is_there_already_is_not_counted_again(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    await fill(laboratory, "a", "b")
    laboratory.world.remove_project("a")
    proxy.fail(f"/collections/{laboratory.collection}/documents/", RefuseConnection())
    interrupted = replace(laboratory, typesense_url=proxy.url)
    assert (await interrupted.run_incremental()).changes == 1
    proxy.mend()
    assert (await interrupted.run_incremental()).changes == 0
    assert show(laboratory) == [("a", "Left: gone from PyPI.")]


async def test_a_record_that_is_refused_costs_no_document(
    laboratory: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(laboratory, "a")
    laboratory.world.release("a", "1.1")
    refusal = Status(status=200, body=b'{"success":false,"error":"too odd","code":400}')
    proxy.fail(f"/collections/{name_changes(laboratory.collection)}/documents/import", refusal)
    summary = await replace(laboratory, typesense_url=proxy.url).run_incremental()
    assert (summary.written, summary.exit_code, summary.changes) == (1, 0, 0)
    assert "A change of a was not recorded: too odd" in caplog.text


# How long


async def test_records_go_when_they_are_old(laboratory: Laboratory) -> None:
    await fill(laboratory, "a")
    path = f"/collections/{name_changes(laboratory.collection)}/documents"
    for days in (398, 402):
        noticed = int((datetime.now(UTC) - timedelta(days=days)).timestamp())
        record = {"id": f"x{days}", "project": "x", "kind": "left", "sentence": "Left."}
        laboratory.ask("POST", path, {**record, "happened": noticed, "noticed": noticed})
    await laboratory.run_incremental()
    assert [record["id"] for record in laboratory.get_records()] == ["x398"]


async def test_with_no_days_nothing_is_made_and_what_is_there_stays(laboratory: Laboratory) -> None:
    await fill(replace(laboratory, changes_days=0), "a")
    log = name_changes(laboratory.collection)
    async with laboratory.open_search() as search:
        assert log not in await search.collections.list_names()
        with pytest.raises(JobRefused, match="are recorded yet"):
            await list_changes(search, laboratory.collection, since=datetime.now(UTC))
    await laboratory.run_incremental()
    laboratory.world.release("a", "1.1")
    await laboratory.run_incremental()
    laboratory.world.release("a", "1.2")
    await replace(laboratory, changes_days=0).run_incremental()
    assert show(laboratory) == [("a", "Released 1.1.")]


async def test_a_first_run_with_many_failures_is_no_beginning(laboratory: Laboratory) -> None:
    """What fails in the first run is not new in the second."""
    for number in range(60):
        laboratory.world.add_project(f"p{number:02}", classifiers=[PLONE])
    for digit in "0369":
        laboratory.pypi.fail(f"/pypi/p?{digit}/json", Status(status=403))
    assert len((await laboratory.run_full()).failed) == 24
    laboratory.pypi.mend()
    assert (await laboratory.run_full()).complete
    assert laboratory.get_records() == []


@pytest.mark.parametrize("part", [{"limit": 1}, {"name_filter": "a"}], ids=repr)
async def test_a_first_run_over_a_part_is_no_beginning_either(
    laboratory: Laboratory, part: dict[str, object]
) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    assert (await laboratory.run_full(**part)).written == 1
    assert (await laboratory.run_full()).complete
    assert (len(laboratory.get_names()), laboratory.get_records()) == (2, [])


@pytest.mark.parametrize("again", [Laboratory.run_full, rebuild], ids=["by a run", "by a rebuild"])
async def test_what_fills_a_collection_that_is_empty_is_no_change(
    laboratory: Laboratory, again: Callable[[Laboratory], Awaitable[RunSummary]]
) -> None:
    laboratory.world.add_project("another")
    assert (await laboratory.run_full()).complete
    laboratory.world.add_project("a", classifiers=[PLONE])
    assert (await again(laboratory)).complete
    assert (laboratory.get_names(), laboratory.get_records()) == ({"a"}, [])


# Collections that come and go


async def test_changes_are_recorded_under_the_name_that_clients_use(laboratory: Laboratory) -> None:
    await fill(laboratory, "a")
    generation = (await rebuild(laboratory)).generation
    assert generation is not None
    other = f"{laboratory.collection}-other"
    async with laboratory.open_search() as search:
        await add_alias(search, other, generation)
    laboratory.world.release("a", "1.1")
    # Whoever writes may know the collection by another name.
    await sync(replace(laboratory, collection=other), "a")
    assert show(laboratory) == [("a", "Released 1.1.")]
    async with laboratory.open_search() as search:
        for name in (laboratory.collection, other, generation):
            (change,) = await list_changes(search, name, since=datetime(2026, 1, 1, tzinfo=UTC))
            assert (change["kind"], "chain" in change) == ("released", False)
        assert await list_changes(search, other, since=datetime.now(UTC) + DAY) == []
        kinds = [ChangeKind.LEFT, ChangeKind.NO_LONGER_WORKS_WITH]
        assert await list_changes(search, other, since=datetime.now(UTC) - DAY, kinds=kinds) == []


async def test_a_dropped_collection_takes_its_changes_along_and_nobody_elses(laboratory: Laboratory) -> None:
    await fill(laboratory, "a")
    other = replace(laboratory, collection=f"{laboratory.collection}-b", folder=laboratory.folder / "b")
    other.folder.mkdir()
    await fill(other)
    async with laboratory.open_search() as search:
        assert await drop_collection(search, laboratory.collection) == 1
        names = await search.collections.list_names()
    assert name_changes(laboratory.collection) not in names
    assert name_changes(other.collection) in names
    # The next run is a first one.
    await laboratory.run_full()
    assert laboratory.get_records() == []


async def test_changes_are_dropped_before_what_they_speak_of(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    await fill(laboratory, "a")
    async with replace(laboratory, typesense_url=proxy.url).open_search() as search:
        await drop_collection(search, laboratory.collection)
    dropped = [record.path for record in proxy.requests if record.method == "DELETE"]
    names = (name_changes(laboratory.collection), laboratory.collection)
    assert dropped == [f"/collections/{name}" for name in names]


async def test_a_collection_of_changes_is_no_collection_of_packages(laboratory: Laboratory) -> None:
    await fill(laboratory, "a")
    log = name_changes(laboratory.collection)
    async with laboratory.open_search() as search:
        with pytest.raises(UsageError, match="holds changes and no packages"):
            await migrate(MigrateOrder(source=log, target=f"{log}-2"), search, NullProgress())
    with pytest.raises(UsageError, match="holds the changes of another collection"):
        await replace(laboratory, collection=log).run_full()


async def test_somebody_elses_collection_of_that_name_stays_as_it_is(
    laboratory: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    log = name_changes(laboratory.collection)
    schema = {"name": log, "fields": [{"name": "kind", "type": "int32"}, {"name": "x", "type": "string"}]}
    laboratory.ask("POST", "/collections", schema)
    await fill(laboratory, "a")
    assert f"Changes of {laboratory.collection} are not recorded." in caplog.text
    laboratory.world.release("a", "1.1")
    assert (await laboratory.run_incremental()).exit_code == 0
    assert laboratory.get_records() == []


async def test_a_log_from_before_gains_new_fields_in_place(laboratory: Laboratory) -> None:
    schema = build_change_schema()
    fields = schema["fields"]
    assert isinstance(fields, list)
    older = [field for field in fields if field["name"] != "cycle"]
    laboratory.ask(
        "POST", "/collections", {**schema, "fields": older, "name": name_changes(laboratory.collection)}
    )
    await fill(laboratory, "a")
    assert get_collections(laboratory) == {laboratory.collection}
    async with laboratory.open_search() as search:
        has = await search.collections.get_schema(name_changes(laboratory.collection))
    assert "cycle" in {field["name"] for field in has["fields"]}


@pytest.fixture(autouse=True)
def listening(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
