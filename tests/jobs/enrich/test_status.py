"""Status and provenance: learnt with as few requests as possible, and never lost again."""

import asyncio
import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.status import ABSENT_FRESH, BATCH_PROJECTS, MAX_AGE, enrich_status
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from tests.laboratory import PLONE
from tests.lookout import Lookout, publish_from
from tests.servers.faults import Edited, Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)
WHEEL, SDIST = ".whl", ".tar.gz"


# What is learnt, and for how many requests


async def test_each_run_counts_its_own_requests(lookout: Lookout) -> None:
    lookout.add_many(3)
    await lookout.fill()
    order = EnrichOrder(target=lookout.laboratory.collection, max_age=MAX_AGE, ignore_age=True)
    async with lookout.open_resources() as resources:
        first, second = [await enrich_status(order, resources) for _ in range(2)]
    assert (first.requests, second.requests) == ({"project page": 3, "provenance": 3}, {"project page": 3})


async def test_a_document_gains_what_the_page_says_and_keeps_the_rest(lookout: Lookout) -> None:
    lookout.add("plone.api", "plone/plone.api")
    lookout.add("old.thing")
    lookout.world.set_status("old.thing", "archived")
    await lookout.fill()
    before = lookout.laboratory.get_documents()
    summary = await lookout.run()
    assert lookout.laboratory.get_documents() == {
        "plone-api": {
            **before["plone-api"],
            "status": "active",
            "attested_by": ["github.com/plone/plone.api"],
            "provenance_checked": lookout.checked,
        },
        "old-thing": {**before["old-thing"], "status": "archived", "provenance_checked": lookout.checked},
    }
    assert summary == SourceSummary(
        source="status",
        collection=lookout.laboratory.collection,
        seen=2,
        due=2,
        asked=2,
        written=2,
        requests={"project page": 2, "provenance": 1},
    )
    assert (summary.complete, summary.exit_code) == (True, 0)


async def test_a_page_is_asked_for_once_a_week_and_then_by_its_etag(lookout: Lookout) -> None:
    lookout.add_many(5)
    await lookout.fill()
    assert (await lookout.run()).written == 5
    assert lookout.count_sent() == {"pages": 5, "provenances": 5}
    lookout.clock.pass_by(MAX_AGE - timedelta(seconds=2))
    assert (await lookout.run()).unchanged == 5
    assert lookout.count_sent() == {"pages": 0, "provenances": 0}
    lookout.clock.pass_by(timedelta(seconds=2))
    lookout.laboratory.pypi.statuses.clear()
    summary = await lookout.run()
    assert (summary.asked, summary.written, summary.complete) == (5, 5, True)
    assert lookout.laboratory.pypi.statuses == {304: 5}
    assert lookout.count_sent() == {"pages": 5, "provenances": 0}
    # What is confirmed is known for another week.
    assert {said["provenance_checked"] for said in lookout.get().values()} == {lookout.checked}
    assert lookout.get()["p0001"]["attested_by"] == ["github.com/o/p0001"]
    lookout.clock.pass_by(DAY)
    assert (await lookout.run()).due == 0


async def test_all_ignores_ages_and_still_names_what_is_known(lookout: Lookout) -> None:
    lookout.add_many(3)
    await lookout.fill()
    await lookout.run()
    lookout.laboratory.pypi.statuses.clear()
    lookout.clock.pass_by(DAY)
    assert (await lookout.run(renew=True)).written == 3
    assert lookout.laboratory.pypi.statuses == {304: 3}


async def test_archiving_moves_no_serial_and_is_found_a_week_later(lookout: Lookout) -> None:
    lookout.add_many(2)
    await lookout.fill()
    await lookout.run()
    serial = lookout.world.serial
    lookout.world.set_status("p0000", "archived")
    lookout.clock.pass_by(MAX_AGE)
    await lookout.run()
    assert [lookout.get()[name]["status"] for name in ("p0000", "p0001")] == ["archived", "active"]
    assert lookout.world.serial == serial
    # The file is the same, so who published it is known.
    assert lookout.get()["p0000"]["attested_by"] == ["github.com/o/p0000"]
    assert lookout.count_sent()["provenances"] == 2


async def test_the_longest_unchecked_is_asked_for_first(lookout: Lookout) -> None:
    lookout.laboratory.readers = 1
    for name in "abc":
        lookout.add(name)
        await lookout.fill()
        await lookout.run()
        lookout.clock.pass_by(DAY)
    lookout.add("d")
    await lookout.fill()
    lookout.clock.pass_by(MAX_AGE)
    await lookout.run()
    asked = [record.path for record in lookout.laboratory.pypi.requests]
    assert asked == ["/simple/d/", "/simple/a/", "/simple/b/", "/simple/c/"]


async def test_the_answers_are_written_together(lookout: Lookout) -> None:
    for number in range(BATCH_PROJECTS + 1):
        lookout.world.add_project(f"p{number:04}", classifiers=[PLONE])
    await lookout.fill()
    with TypesenseProxy(behind=lookout.laboratory.typesense.url) as proxy:
        lookout.laboratory.typesense_url = proxy.url
        assert (await lookout.run()).written == BATCH_PROJECTS + 1
        assert sum(record.path.endswith("/import") for record in proxy.requests) == 2


async def test_a_document_whose_id_is_no_name_is_asked_for_nowhere(lookout: Lookout) -> None:
    lookout.add("a")
    await lookout.fill()
    required = dict.fromkeys(("name", "name_sortable", "version", "version_sortable"), "1")
    for odd in ("../../x", "a/b", "A.B", "a b", "a?b#c"):
        document = {"id": odd, "serial": 1, "yanked": False, **required}
        lookout.laboratory.ask("POST", f"/collections/{lookout.laboratory.collection}/documents", document)
    summary = await lookout.run(renew=True)
    assert (summary.seen, summary.due, summary.written, summary.complete) == (6, 1, 1, True)
    assert [record.path for record in lookout.laboratory.pypi.requests] == ["/simple/a/"]


# Who published


async def test_all_publishers_of_the_newest_wheel_and_sdist_count(lookout: Lookout) -> None:
    lookout.add("a", files=2)
    lookout.add("b", files=4)
    lookout.add("c")
    world = lookout.world
    world.attest("a", "1.0.0", publish_from("X/Wheel"), publish_from("x/other"), kinds=WHEEL)
    world.attest("a", "1.0.0", publish_from("x/wheel"), publish_from("g/h/Sdist", "GitLab"), kinds=SDIST)
    world.attest("b", "1.0.0", {"kind": "Google", "email": "a@b.example", "claims": None})
    world.release("c", "2.0.0")
    world.attest("c", "1.0.0", publish_from("x/old"))
    await lookout.fill()
    await lookout.run()
    assert {name: said.get("attested_by") for name, said in lookout.get().items()} == {
        "a": ["github.com/x/other", "github.com/x/wheel", "gitlab.com/g/h/sdist"],
        "b": None,
        "c": None,
    }


async def test_a_file_is_asked_about_once_for_ever(lookout: Lookout) -> None:
    lookout.add("a", "x/a", files=2)
    await lookout.fill()
    await lookout.run()
    assert lookout.count_sent() == {"pages": 1, "provenances": 2}
    lookout.world.release("a", "2.0.0")
    lookout.world.attest("a", "2.0.0", publish_from("y/a"))
    lookout.clock.pass_by(MAX_AGE)
    await lookout.run()
    assert lookout.get()["a"]["attested_by"] == ["github.com/y/a"]
    assert lookout.count_sent() == {"pages": 1, "provenances": 1}
    # The release is taken back: what was known of the one before still holds.
    lookout.world.yank("a", "2.0.0")
    lookout.clock.pass_by(MAX_AGE)
    await lookout.run()
    assert lookout.get()["a"]["attested_by"] == ["github.com/x/a"]
    assert lookout.count_sent() == {"pages": 1, "provenances": 0}


@pytest.mark.parametrize("status", [404, 403])
async def test_a_file_that_the_integrity_api_refuses_is_attested_by_nobody(
    lookout: Lookout, status: int
) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    lookout.laboratory.pypi.fail("/integrity/*", Status(status=status))
    for renew in (False, True):
        summary = await lookout.run(renew=renew)
        assert (summary.complete, summary.asked) == (True, 1)
        assert lookout.get()["a"] == {"status": "active", "provenance_checked": lookout.checked}
    lookout.world.set_status("a", "archived")
    await lookout.run(renew=True)
    assert lookout.count_sent() == {"pages": 3, "provenances": 1}


async def test_a_release_that_nobody_attests_takes_the_field_away(lookout: Lookout) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    await lookout.run()
    lookout.world.release("a", "2.0.0")
    lookout.clock.pass_by(MAX_AGE)
    await lookout.run()
    assert lookout.get()["a"] == {"status": "active", "provenance_checked": lookout.checked}


@pytest.mark.parametrize("word", ["abandoned", 7, None, ["archived"], ""], ids=repr)
async def test_a_status_that_nobody_knows_is_left_out(lookout: Lookout, word: object) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    await lookout.run()
    odd = Edited(lambda page: page.update({"project-status": {"status": word}}))
    lookout.laboratory.pypi.fail("/simple/*", odd)
    lookout.clock.pass_by(MAX_AGE)
    lookout.world.touch("a")  # another page, so another ETag
    assert (await lookout.run()).complete
    assert lookout.get()["a"] == {
        "attested_by": ["github.com/x/a"],
        "provenance_checked": lookout.checked,
    }


# Projects that left


async def test_a_project_without_a_page_keeps_what_its_document_says_and_is_not_asked_again(
    lookout: Lookout,
) -> None:
    lookout.add_many(2)
    await lookout.fill()
    await lookout.run()
    before = lookout.get()["p0000"]
    lookout.world.remove_project("p0000")
    lookout.clock.pass_by(MAX_AGE)
    lookout.count_sent()
    summary = await lookout.run()
    assert (summary.asked, summary.absent, summary.written, summary.exit_code) == (2, 1, 1, 0)
    lookout.clock.pass_by(ABSENT_FRESH - timedelta(seconds=1))
    summary = await lookout.run()
    assert (summary.asked, summary.absent, summary.written, summary.exit_code) == (1, 1, 1, 0)
    assert lookout.count_sent()["pages"] == 3
    assert lookout.get()["p0000"] == before
    # PyPI might have been wrong: now and then one more question.
    lookout.clock.pass_by(timedelta(seconds=1))
    assert (await lookout.run()).asked == 1
    assert [record.path for record in lookout.laboratory.pypi.requests] == ["/simple/p0000/"]


async def test_the_last_of_several_that_has_no_page_is_not_asked_for_again_either(lookout: Lookout) -> None:
    lookout.laboratory.readers = 1
    lookout.add_many(3)
    await lookout.fill()
    lookout.world.remove_project("p0002")
    assert (await lookout.run()).absent == 1
    assert (await lookout.run()).requests == {}


async def test_a_project_that_came_back_is_asked_for_as_soon_as_its_document_says_so(
    lookout: Lookout,
) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/a/", Status(status=404), times=1)
    assert (await lookout.run()).absent == 1
    assert lookout.get()["a"] == {}
    assert (await lookout.run()).asked == 0
    lookout.world.touch("a")
    await lookout.fill()
    assert (await lookout.run()).asked == 1
    assert lookout.get()["a"]["status"] == "active"


async def test_an_absence_that_was_noted_by_a_clock_that_was_wrong_is_asked_for_again(
    lookout: Lookout,
) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/a/", Status(status=404), times=1)
    lookout.clock.pass_by(DAY)
    assert (await lookout.run()).absent == 1
    lookout.clock.pass_by(-DAY)
    assert (await lookout.run()).written == 1
    assert lookout.get()["a"]["status"] == "active"


async def test_whoever_wants_all_asks_even_for_what_had_no_page(lookout: Lookout) -> None:
    lookout.add("a", "x/a")
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/a/", Status(status=404), times=1)
    await lookout.run()
    assert (await lookout.run(renew=True)).written == 1


# What is known is kept


async def test_another_profile_has_the_same_answers_without_a_request(lookout: Lookout) -> None:
    lookout.add_many(3)
    await lookout.fill()
    await lookout.run()
    known, first = lookout.get(), lookout.laboratory.collection
    lookout.laboratory.collection = f"{first}-other"
    await lookout.fill()
    lookout.clock.pass_by(DAY)
    summary = await lookout.run()
    assert (summary.due, summary.written, summary.requests) == (0, 3, {})
    assert lookout.get() == known
    # Its weeks are those of the answers, not of the documents.
    lookout.clock.pass_by(MAX_AGE - DAY)
    assert (await lookout.run()).due == 3


async def test_what_typesense_did_not_take_is_written_by_the_next_run_without_a_request(
    lookout: Lookout,
) -> None:
    lookout.add_many(3)
    await lookout.fill()
    with TypesenseProxy(behind=lookout.laboratory.typesense.url) as proxy:
        lookout.laboratory.typesense_url = proxy.url
        proxy.fail("*/documents/import", Status(status=400, body=b'{"message": "no"}'))
        summary = await lookout.run()
        assert (summary.asked, summary.written, summary.exit_code) == (3, 0, 1)
        assert summary.stopped
        proxy.mend()
        assert lookout.count_sent()["pages"] == 3
        lookout.clock.pass_by(DAY)
        assert (await lookout.run()).written == 3
    assert lookout.count_sent() == {"pages": 0, "provenances": 0}
    asked_at = lookout.clock.now - DAY
    assert {said["provenance_checked"] for said in lookout.get().values()} == {int(asked_at.timestamp())}


async def test_a_later_answer_of_somebody_else_is_not_taken_back(lookout: Lookout) -> None:
    """Another machine has asked since, with a catalogue of its own."""
    lookout.add("a", "x/a")
    await lookout.fill()
    await lookout.run()
    lookout.clock.pass_by(DAY)
    later: Mapping[str, Any] = {"status": "archived", "provenance_checked": lookout.checked}
    path = f"/collections/{lookout.laboratory.collection}/documents"
    lookout.laboratory.ask("POST", path, {"id": "a", **later}, action="update")
    assert (await lookout.run()).unchanged == 1
    assert lookout.get()["a"] == {**later, "attested_by": ["github.com/x/a"]}


async def test_an_interrupted_run_says_so_and_the_next_one_asks_for_what_is_missing(
    lookout: Lookout, caplog: pytest.LogCaptureFixture
) -> None:
    lookout.add_many(30)
    await lookout.fill()
    task, loop, numbers = asyncio.create_task(lookout.run()), asyncio.get_running_loop(), itertools.count(1)

    def interrupt(_: Record) -> None:
        if next(numbers) == 20:
            loop.call_soon_threadsafe(task.cancel)

    lookout.laboratory.pypi.on_request = interrupt
    with pytest.raises(asyncio.CancelledError):
        await task
    (said,) = (record.getMessage() for record in caplog.records if "Interrupted" in record.getMessage())
    asked = int(said.removeprefix("Interrupted after asking for ").partition(" ")[0])
    assert 5 <= asked <= 10
    assert said.endswith("projects; run again to continue.")
    summary = await lookout.run()
    assert (summary.due, summary.written, summary.complete) == (30 - asked, 30, True)


async def test_a_crawl_a_rebuild_and_a_migration_keep_the_fields(lookout: Lookout) -> None:
    lookout.add_many(3)
    await lookout.fill()
    await lookout.run()
    known, laboratory = lookout.get(), lookout.laboratory
    assert all(len(said) == 3 for said in known.values())
    lookout.world.release("p0000", "2.0.0", classifiers=[PLONE])
    assert (await laboratory.run_full()).written == 3
    assert lookout.get() == known
    lookout.world.release("p0001", "2.0.0", classifiers=[PLONE])
    assert (await laboratory.run_incremental()).written == 1
    assert lookout.get() == known
    assert (await laboratory.run_full(rebuild=True)).generation
    assert lookout.get() == known
    target = f"{laboratory.collection}-copy"
    async with laboratory.open_search() as search:
        order = MigrateOrder(source=laboratory.collection, target=target)
        assert (await migrate(order, search, NullProgress())).complete
    assert lookout.get(target) == known
