"""What a run believes of serials: those of the list, of pages, and of its own checkpoint."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.crawl.trust import find_least_serial, find_since, is_ahead_of_pypi
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.state.catalogue import KnownProject
from pyf.aggregator.state.checkpoints import (
    Checkpoint,
    SinceFile,
    digest_selection,
    load_checkpoint,
    save_checkpoint,
)
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.store import open_store
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Body
from tests.servers.faults import Serial as SerialFault
from tests.servers.redis import RedisServer

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MODES = pytest.mark.parametrize("mode", Mode)
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def filled(laboratory: Laboratory) -> Laboratory:
    """A collection that equals PyPI."""
    for number in range(5):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    assert (await laboratory.run_full()).exit_code == 0
    laboratory.pypi.clear_requests()
    return laboratory


def set_checkpoint(laboratory: Laboratory, serial: int, *, age: timedelta) -> None:
    """Say that the collection came as far as no PyPI has ever been, with the selection that it has."""
    known = load_checkpoint(laboratory.since_file, laboratory.collection)
    assert known is not None
    checkpoint = replace(known, serial=Serial(serial), timestamp=datetime.now(UTC) - age)
    save_checkpoint(laboratory.since_file, laboratory.collection, checkpoint, backwards=True)


@MODES
@pytest.mark.parametrize("serial", [10**30, 2**63, 10**12])
async def test_a_serial_that_no_row_bears_out_is_not_believed(
    filled: Laboratory, mode: Mode, serial: int
) -> None:
    filled.world.release("p1", "2.0")
    filled.pypi.fail("/simple/", SerialFault(serial=serial), times=1)
    summary = await filled.run(mode)
    assert summary.exit_code == 0
    assert filled.checkpoint == summary.target_serial == filled.world.serial
    filled.world.release("p2", "2.0")
    assert (await filled.run(mode)).exit_code == 0
    assert filled.checkpoint == filled.world.serial


@MODES
@pytest.mark.parametrize(
    ("ahead", "age"),
    [
        (10**6, timedelta(minutes=1)),
        (2**53 - 2000, timedelta(minutes=1)),
        (1, timedelta(days=3)),
        (0, timedelta(days=-3)),
    ],
    ids=["far ahead", "at the end of numbers", "a little, for days", "from the future"],
)
async def test_a_checkpoint_ahead_of_pypi_does_not_count_and_is_set_right(
    filled: Laboratory, mode: Mode, ahead: int, age: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    filled.world.release("p1", "2.0")
    filled.world.add_project("new", classifiers=[PLONE])
    set_checkpoint(filled, filled.world.serial + ahead, age=age)
    with caplog.at_level(logging.WARNING):
        summary = await filled.run(mode)
    assert (summary.exit_code, summary.stopped) == (0, None)
    (told,) = caplog.messages
    assert told.startswith(
        f"The checkpoint of {filled.collection} (serial {filled.world.serial + ahead} of 20"
    )
    assert told.endswith(
        f" UTC) is ahead of PyPI, which is at serial {filled.world.serial} now, so it does not count."
        " Every project is looked at again, and a complete run sets it right."
    )
    assert filled.checkpoint == filled.world.serial
    assert filled.get_documents()["p1"]["version"] == "2.0"
    # No document says of a project that was never met that it moved.
    assert "new" in filled.get_names()


@MODES
async def test_by_force_a_checkpoint_goes_back_to_where_pypi_is(filled: Laboratory, mode: Mode) -> None:
    set_checkpoint(filled, filled.world.serial + 50, age=timedelta(minutes=5))
    assert (await filled.run(mode, force=True)).exit_code == 0
    assert filled.checkpoint == filled.world.serial


@MODES
async def test_a_list_that_a_cache_kept_for_minutes_is_asked_for_again_and_moves_nothing(
    filled: Laboratory, mode: Mode
) -> None:
    set_checkpoint(filled, filled.world.serial + 50, age=timedelta(minutes=5))
    summary = await filled.run(mode)
    assert summary.stopped is not None
    assert "older than the expected" in summary.stopped
    assert filled.pypi.counts.project_list == 3
    assert filled.checkpoint == filled.world.serial + 50


@pytest.mark.parametrize(
    ("age", "least"),
    [
        (timedelta(0), 7),
        (timedelta(days=2), 7),
        (timedelta(days=2, seconds=1), None),
        (timedelta(hours=-23), 7),
        (timedelta(hours=-25), None),
        (timedelta(days=-365_000), None),
    ],
)
async def test_a_cache_explains_a_list_below_the_checkpoint_for_two_days(
    age: timedelta, least: int | None
) -> None:
    checkpoint = Checkpoint(serial=Serial(7), timestamp=NOW - age)
    assert find_least_serial(checkpoint, NOW) == least
    assert find_least_serial(None, NOW) is None


def make_order(*, force: bool = False) -> AggregateOrder:
    return AggregateOrder(
        target="plone",
        selection=Selection((PLONE,)),
        mode=Mode.INCREMENTAL,
        checkpoints=SinceFile(Path("since")),
        force=force,
    )


@pytest.mark.parametrize(
    ("serial", "age", "ahead"),
    [
        (100, timedelta(0), False),
        (101, timedelta(0), True),
        (None, timedelta(0), False),
        (7, timedelta(days=-1), False),
        (7, timedelta(days=-1, seconds=-1), True),
        (7, timedelta(days=3000), False),
    ],
)
async def test_which_checkpoint_lies_ahead_of_a_list_at_100(
    serial: int | None, age: timedelta, *, ahead: bool
) -> None:
    checkpoint = Checkpoint(serial=None if serial is None else Serial(serial), timestamp=NOW - age)
    listed = ProjectList(serial=Serial(100), serials={})
    assert is_ahead_of_pypi(make_order(), checkpoint, listed, NOW) is ahead
    assert not is_ahead_of_pypi(make_order(force=True), checkpoint, listed, NOW)
    assert not is_ahead_of_pypi(make_order(), None, listed, NOW)


@pytest.mark.parametrize(
    ("change", "since", "told"),
    [
        ({}, 7, ""),
        ({"collection": "plone-2"}, None, "Another collection stands behind the name now"),
        ({"collection": None}, 7, ""),
        ({"documents": 4}, None, "The collection lost documents since the last run"),
        ({"documents": 2}, 7, ""),
        ({"selection": "other"}, None, "The classifiers changed since the last run"),
        ({"serial": None}, None, ""),
    ],
    ids=repr,
)
async def test_what_a_collection_of_three_documents_is_known_to_equal(
    caplog: pytest.LogCaptureFixture, change: dict[str, Any], since: int | None, told: str
) -> None:
    caplog.set_level("INFO")
    order = make_order()
    checkpoint = Checkpoint(
        serial=Serial(7),
        timestamp=NOW,
        selection=digest_selection(order.selection),
        documents=3,
        collection="plone-1",
    )
    assert find_since(order, replace(checkpoint, **change), "plone-1", 3) == since
    assert caplog.messages == ([f"{told}; every project is looked at again."] if told else [])
    assert find_since(order, None, "plone-1", 3) is None


@MODES
async def test_a_row_that_cannot_be_read_removes_nothing_and_moves_no_checkpoint(
    filled: Laboratory, mode: Mode
) -> None:
    before = filled.checkpoint
    filled.world.release("p1", "2.0")
    filled.world.remove_project("p4")
    listed = json.loads(filled.world.build_list())
    listed["projects"][0]["_last-serial"] = "odd"
    filled.pypi.fail("/simple/", Body(body=json.dumps(listed).encode()), times=1)
    summary = await filled.run(mode)
    assert (summary.exit_code, summary.stopped, summary.removed) == (1, None, 0)
    assert "1 of its rows cannot be read" in summary.failed[0].reason
    assert filled.get_names() == {f"p{n}" for n in range(5)}
    assert filled.get_documents()["p1"]["version"] == "2.0"
    assert filled.checkpoint == before
    assert (await filled.run(mode)).exit_code == 0
    assert filled.get_names() == {f"p{n}" for n in range(4)}


@MODES
async def test_a_page_whose_serial_is_far_beyond_pypi_fails_alone(filled: Laboratory, mode: Mode) -> None:
    filled.world.release("p1", "2.0")
    filled.world.release("p2", "2.0")
    filled.pypi.fail("/pypi/p1/json", SerialFault(serial=10**12))
    summary = await filled.run(mode)
    assert [trouble.name for trouble in summary.failed] == ["p1"]
    assert "far beyond PyPI's" in summary.failed[0].reason
    assert filled.get_documents()["p2"]["version"] == "2.0"
    filled.pypi.mend()
    assert (await filled.run(mode)).exit_code == 0
    assert filled.get_documents()["p1"]["version"] == "2.0"


async def test_a_document_of_a_serial_that_pypi_never_reached_is_fetched_anew(filled: Laboratory) -> None:
    filled.ask("PATCH", f"/collections/{filled.collection}/documents/p1", {"serial": 10**15})
    filled.world.release("p1", "2.0")
    assert (await filled.run_incremental()).exit_code == 0
    document = filled.get_documents()["p1"]
    assert (document["version"], document["serial"]) == ("2.0", filled.world.serial)


async def test_what_the_catalogue_knows_at_a_serial_that_never_was_is_asked_again(filled: Laboratory) -> None:
    filled.world.add_project("late", classifiers=[])
    async with filled.open_resources() as resources:
        poisoned = KnownProject(name=NormalizedName("late"), serial=Serial(10**15), classifiers=())
        resources.catalogue.save_projects([poisoned])
    filled.world.release("late", "2.0", classifiers=[PLONE])
    assert (await filled.run_index(Mode.INCREMENTAL)).exit_code == 0
    assert "late" in filled.get_names()


# The queue


async def test_what_the_list_proves_replaces_a_serial_that_pypi_never_reached(
    redis_server: RedisServer,
) -> None:
    redis_server.client.flushall()
    store = open_store(redis_server.url)
    try:
        heartbeats = Heartbeats(store, "http://127.0.0.1:1")
        for serial, proven, known in (
            (10**12, False, 10**12),
            (1000, False, 10**12),
            (1000, True, 1000),
            (2000, False, 2000),
            (1500, True, 2000),
        ):
            heartbeats.note_serial(Serial(serial), proven=proven)
            seen = heartbeats.load_serial()
            assert seen is not None
            assert seen.serial == known
    finally:
        store.close()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"x"', "7", '{"serial": "x"}', "[" * 50_000, '{"serial": 1, "timestamp": "never"}', "\\"],
    ids=lambda text: text[:20],
)
async def test_a_checkpoint_in_redis_that_cannot_be_read_counts_as_none_and_is_replaced(
    redis_server: RedisServer, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.client.flushall()
    redis_server.client.hset("pyf:checkpoints", "plone", text)
    store = open_store(redis_server.url)
    try:
        checkpoints = RedisCheckpoints(store)
        assert checkpoints.load("plone") is None
        assert "cannot be read" in caplog.text
        checkpoint = Checkpoint(serial=Serial(7), timestamp=NOW)
        checkpoints.save("plone", checkpoint)
        assert checkpoints.load("plone") == checkpoint
    finally:
        store.close()
