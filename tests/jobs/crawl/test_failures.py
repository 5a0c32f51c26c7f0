"""The failure matrix: each fault of PyPI, in a full and in an incremental run.

The world: ``same`` is unchanged, ``moved`` has a new release, ``new`` is new, ``gone`` was removed. Faults
meet the project ``moved``, of which the collection holds version 1.0.0.
"""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.jobs.crawl.crawl import RECENT_SERIALS, REMEMBER_AT_ONCE
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import (
    Body,
    CloseConnection,
    CutBody,
    Fault,
    Hang,
    Huge,
    Serial,
    Status,
    XmlRpcFault,
    limit_browse,
)
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

JSON = "/pypi/moved/json"
NOT_FOUND = Status(status=404, body=b'{"message": "Not Found"}')
MODES = pytest.mark.parametrize("mode", list(Mode))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault and how the run ends; ``reason`` is part of what the summary says of the failed project."""

    fault: Fault
    path: str = JSON
    times: int | None = None
    reason: str | None = None
    also: tuple[tuple[str, Fault], ...] = field(default=())


HARMLESS = {
    "an outage that passes": Case(fault=Status(status=503), times=2),
    "too many requests, come back now": Case(fault=Status(status=429, headers={"Retry-After": "0"}), times=1),
    "a cut body": Case(fault=CutBody(), times=1),
    "a closed connection": Case(fault=CloseConnection(), times=1),
    "silence": Case(fault=Hang(), times=1),
    "broken JSON": Case(fault=Body(), times=1),
    "an answer from before the change": Case(fault=Serial(serial=1001), times=2),
    "a missing serial header": Case(fault=Serial(serial=None)),
    "a page that is missing everywhere": Case(fault=NOT_FOUND, also=(("/simple/moved/", NOT_FOUND),)),
}

FAILING = {
    "an outage that stays": Case(fault=Status(status=503), reason="unavailable (HTTP 503)"),
    "a server error": Case(fault=Status(status=500), reason="unavailable (HTTP 500)"),
    "a refusal": Case(fault=Status(status=403), reason="unavailable (HTTP 403)"),
    "a body that is always cut": Case(fault=CutBody(), reason="the answer was cut off"),
    "a connection that is always closed": Case(fault=CloseConnection(), reason="the answer was cut off"),
    "silence that stays": Case(fault=Hang(), reason="no answer in time"),
    "JSON that is always broken": Case(fault=Body(), reason="cannot be read"),
    "JSON that is no project": Case(fault=Body(body=b'{"info": []}'), reason="cannot be read"),
    "another project's JSON": Case(
        fault=Body(
            body=b'{"info": {"name": "other", "version": "1", "classifiers": ["Framework :: Plone"]}}'
        ),
        reason="it describes 'other'",
    ),
    "a cache that lags": Case(fault=Serial(serial=1001), reason="older than the expected"),
    "a page that is missing though there are releases": Case(
        fault=NOT_FOUND,
        reason="PyPI lists releases but returns no metadata; a cache is behind, and the next run asks again.",
    ),
    "a body too large, announced": Case(fault=Huge(size=100_000_000, announced=True), reason="too much"),
    "a body too large, unannounced": Case(fault=Huge(size=100_000_000, announced=False), reason="too much"),
}


@pytest_asyncio.fixture
async def changed(laboratory: Laboratory) -> Laboratory:
    """A laboratory whose collection equals the world as it was before it changed."""
    for name in ("gone", "moved", "same"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.release("moved", "2.0")
    laboratory.world.add_project("new", classifiers=[PLONE])
    laboratory.world.remove_project("gone")
    laboratory.pypi.clear_requests()
    return laboratory


def plan_fault(laboratory: Laboratory, case: Case) -> None:
    laboratory.pypi.fail(case.path, case.fault, case.times)
    for path, fault in case.also:
        laboratory.pypi.fail(path, fault)


def get_versions(laboratory: Laboratory) -> dict[str, str]:
    return {name: document["version"] for name, document in laboratory.get_documents().items()}


@MODES
@pytest.mark.parametrize("case", HARMLESS.values(), ids=HARMLESS)
async def test_what_passes_or_means_nothing_leaves_a_complete_run(
    changed: Laboratory, case: Case, mode: Mode
) -> None:
    plan_fault(changed, case)
    summary = await changed.run(mode)
    missing = case.fault == NOT_FOUND
    if isinstance(case.fault, Serial) and case.fault.serial is None:
        # Without the header the body tells the serial.
        assert changed.pypi.counts.project_json == (3 if mode is Mode.FULL else 2)
    assert get_versions(changed) == {"same": "1.0.0", "moved": "1.0.0" if missing else "2.0", "new": "1.0.0"}
    assert (summary.failed, summary.rejected, summary.stopped, summary.exit_code) == ([], [], None, 0)
    assert (summary.absent, summary.removed) == (int(missing), 1)
    assert summary.checkpoint == changed.checkpoint == changed.world.serial


@MODES
@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
async def test_one_project_failing_is_named_and_keeps_its_document_and_the_next_run_mends_it(
    changed: Laboratory, case: Case, mode: Mode
) -> None:
    before = changed.checkpoint
    plan_fault(changed, case)
    summary = await changed.run(mode)
    assert [trouble.name for trouble in summary.failed] == ["moved"]
    assert case.reason is not None
    assert case.reason in summary.failed[0].reason
    assert (summary.exit_code, summary.checkpoint) == (1, None)
    assert changed.checkpoint == before
    assert get_versions(changed) == {"same": "1.0.0", "moved": "1.0.0", "new": "1.0.0"}
    changed.pypi.mend()
    assert (await changed.run_incremental()).exit_code == 0
    assert get_versions(changed) == {"same": "1.0.0", "moved": "2.0", "new": "1.0.0"}
    assert changed.checkpoint == changed.world.serial


async def test_what_is_not_wanted_is_remembered_before_a_long_run_ends(laboratory: Laboratory) -> None:
    for number in range(REMEMBER_AT_ONCE + 10):
        laboratory.world.add_project(f"p{number:03}")
    last, remembered = f"/pypi/p{REMEMBER_AT_ONCE + 9}/json", []

    def look(record: Record) -> None:
        if record.path == last:
            with closing(sqlite3.connect(laboratory.folder / "catalogue.sqlite")) as catalogue:
                remembered.extend(catalogue.execute("SELECT count(*) FROM projects").fetchone())

    laboratory.pypi.on_request = look
    assert (await laboratory.run_index()).complete
    assert remembered == [REMEMBER_AT_ONCE]


async def test_a_body_too_large_is_not_asked_for_again(changed: Laboratory) -> None:
    changed.pypi.fail(JSON, Huge(size=100_000_000, announced=True))
    await changed.run_incremental()
    assert [record.path for record in changed.pypi.requests].count(JSON) == 1


async def test_without_a_renderer_the_run_stops_and_blames_no_project(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE], description="text")
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    summary = await laboratory.run_full()
    assert "READMEs cannot be rendered" in str(summary.stopped)
    assert (summary.failed, summary.written, laboratory.checkpoint) == ([], 0, None)


async def test_included_projects_without_a_release_are_named_and_an_old_one_costs_no_second_question(
    laboratory: Laboratory,
) -> None:
    for name in ("old", "late"):
        laboratory.world.add_project(name)
        laboratory.world.remove_releases(name)
        laboratory.world.serial += RECENT_SERIALS if name == "old" else 0
    summary = await laboratory.run_full(include=["old", "late"])
    assert {item.name for item in summary.not_on_pypi} == {"old", "late"}
    assert (laboratory.pypi.counts.versions, summary.exit_code) == (1, 0)


async def test_what_is_included_and_not_on_pypi_is_listed_by_name(laboratory: Laboratory) -> None:
    laboratory.world.add_project("there", classifiers=[PLONE])
    summary = await laboratory.run_full(include=["there", *"hgfedcba"])
    assert [item.name for item in summary.not_on_pypi] == [*"abcdefgh"]
    (reason,) = {item.reason for item in summary.not_on_pypi}
    assert reason == "it is included by name, but PyPI does not list it"
    assert (laboratory.get_names(), summary.exit_code) == ({"there"}, 0)


@MODES
async def test_a_document_does_not_go_for_a_missing_page_however_old_it_is(
    laboratory: Laboratory, mode: Mode
) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.release("a", "2.0")
    laboratory.world.serial += RECENT_SERIALS + 1
    laboratory.pypi.fail("/pypi/a/json", NOT_FOUND)
    summary = await laboratory.run(mode)
    assert ([item.name for item in summary.failed], summary.removed) == (["a"], 0)
    assert laboratory.get_names() == {"a", "b"}


async def test_an_old_project_without_a_release_is_asked_for_once_for_ever(laboratory: Laboratory) -> None:
    laboratory.world.add_project("old")
    laboratory.world.remove_releases("old")
    laboratory.world.serial += RECENT_SERIALS + 1
    assert (await laboratory.run_index()).requests["project"] == 1
    assert (await laboratory.run_index()).requests.get("project", 0) == 0


LIST_FAULTS = {
    "an outage": (Status(status=503), "unavailable (HTTP 503)"),
    "nothing but HTML": (Body(body=b"<html></html>", content_type="text/html"), "instead of application/vnd"),
    "a missing page": (NOT_FOUND, "HTTP 404"),
    "an empty list": (
        Body(body=b'{"meta": {"_last-serial": 9999}, "projects": []}'),
        "it lists no project",
    ),
    "a list without serials": (
        Body(body=b'{"meta": {}, "projects": [{"name": "same"}]}'),
        "this mirror's index has none",
    ),
    "a cut list": (CutBody(), "cut off"),
    "a list older than the checkpoint": (Serial(serial=1001), "older than the expected"),
}


@MODES
@pytest.mark.parametrize(("fault", "reason"), LIST_FAULTS.values(), ids=LIST_FAULTS)
async def test_without_a_usable_project_list_nothing_moves(
    changed: Laboratory, fault: Fault, reason: str, mode: Mode
) -> None:
    before, documents = changed.checkpoint, changed.get_documents()
    changed.pypi.fail("/simple/", fault)
    summary = await changed.run(mode)
    assert summary.stopped is not None
    assert reason in summary.stopped
    assert (summary.exit_code, summary.written, summary.removed) == (1, 0, 0)
    assert (changed.checkpoint, changed.get_documents()) == (before, documents)


async def test_pypi_away_on_the_first_run_creates_nothing(laboratory: Laboratory) -> None:
    laboratory.pypi.fail("*", Status(status=503))
    summary = await laboratory.run_full()
    assert summary.stopped is not None
    assert laboratory.checkpoint is None
    names = laboratory.ask("GET", "/collections")
    assert f'"{laboratory.collection}"' not in names


@MODES
async def test_a_typesense_that_goes_in_the_middle_ends_the_run_and_the_next_one_mends_it(
    changed: Laboratory, mode: Mode
) -> None:
    before = changed.checkpoint
    with TypesenseProxy(behind=changed.typesense.url) as proxy:
        changed.typesense_url = proxy.url
        proxy.fail("*/documents/import", Status(status=503))
        summary = await changed.run(mode)
    assert summary.stopped is not None
    assert summary.stopped.startswith(f"Typesense at {proxy.url} is unavailable (")
    assert (summary.complete, summary.written, summary.failed) == (False, 0, [])
    assert (changed.checkpoint, get_versions(changed)["moved"]) == (before, "1.0.0")
    changed.typesense_url = ""
    assert (await changed.run(mode)).complete
    assert get_versions(changed) == {"moved": "2.0", "new": "1.0.0", "same": "1.0.0"}


@MODES
async def test_a_catalogue_that_breaks_in_the_middle_ends_the_run_and_blames_no_project(
    changed: Laboratory, mode: Mode
) -> None:
    def spoil(record: Record) -> None:
        if record.path == JSON:
            with closing(sqlite3.connect(changed.folder / "catalogue.sqlite")) as catalogue:
                catalogue.execute("DROP TABLE IF EXISTS releases")

    before = changed.checkpoint
    changed.pypi.on_request = spoil
    with pytest.raises(DataFolderUnusable, match="no such table: releases"):
        await changed.run(mode)
    assert changed.checkpoint == before
    assert get_versions(changed)["moved"] == "1.0.0"


@MODES
@pytest.mark.parametrize(
    "fault", [Status(status=503), Body(body=b"<html>Log in first</html>")], ids=["503", "HTML"]
)
async def test_an_outage_in_the_middle_removes_nothing_and_stops_early(
    laboratory: Laboratory, mode: Mode, fault: Fault
) -> None:
    for number in range(100):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    await laboratory.run_full()
    before = laboratory.checkpoint
    for number in range(100):
        laboratory.world.release(f"p{number}", "2.0")
    laboratory.world.remove_project("p99")
    laboratory.pypi.fail("/pypi/*", fault)
    laboratory.pypi.clear_requests()
    summary = await laboratory.run(mode, discovery=DiscoveryMethod.INDEX)
    assert summary.stopped is not None
    assert "questions in a row got no usable answer, so the run stopped" in summary.stopped
    assert 20 <= len(summary.failed) < 30
    assert laboratory.pypi.counts.project_json < 100
    assert len(laboratory.get_documents()) == 100
    assert laboratory.checkpoint == before
    laboratory.pypi.mend()
    assert (await laboratory.run_incremental()).exit_code == 0
    assert set(get_versions(laboratory).values()) == {"2.0"}
    assert len(laboratory.get_documents()) == 99


@pytest.mark.parametrize(("good", "failing", "asked"), [(0, 19, 30), (0, 20, 20), (1, 19, 30), (1, 20, 21)])
async def test_twenty_failures_in_a_row_are_an_outage(
    laboratory: Laboratory, good: int, failing: int, asked: int
) -> None:
    for number in range(30):
        laboratory.world.add_project(f"p{number:02}", classifiers=[PLONE])
        if good <= number < good + failing:
            laboratory.pypi.fail(f"/pypi/p{number:02}/json", Status(status=403))
    laboratory.readers = 1
    summary = await laboratory.run_index()
    assert len(summary.failed) == failing
    assert laboratory.pypi.counts.project_json == asked
    assert (summary.stopped is None) is (asked == 30)


@MODES
async def test_a_limit_that_does_not_pass_ends_the_run_with_its_time(changed: Laboratory, mode: Mode) -> None:
    changed.pypi.fail("/pypi/*", Status(status=429, headers={"Retry-After": "3600"}))
    summary = await changed.run(mode, discovery=DiscoveryMethod.INDEX)
    assert summary.stopped is not None
    assert "limits our requests until" in summary.stopped
    assert (summary.exit_code, summary.checkpoint) == (1, None)
    assert "gone" in changed.get_names()


async def test_it_ends_a_run_over_a_few_projects_as_well(changed: Laboratory) -> None:
    changed.pypi.fail("/pypi/*", Status(status=429, headers={"Retry-After": "3600"}))
    async with asyncio.timeout(60):
        summary = await changed.run_index(limit=1)
    assert "limits our requests until" in str(summary.stopped)


async def test_a_date_in_retry_after_is_understood_also_when_it_is_past(changed: Laboratory) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    changed.pypi.fail(JSON, Status(status=503, headers={"Retry-After": past}), times=1)
    assert (await changed.run_incremental()).exit_code == 0


BROWSE_FAULTS = {
    "the method is gone": XmlRpcFault(),
    "a limit that does not pass": limit_browse(7200),
    "an outage": Status(status=503),
    "a refusal": Status(status=403),
    "a missing page": Status(status=404),
    "no XML": Body(body=b"<html>", content_type="text/html"),
    "another answer": Body(
        body=b"<?xml version='1.0'?><methodResponse><params><param>"
        b"<value><int>1</int></value></param></params></methodResponse>"
    ),
    "silence": Hang(),
}


@pytest.mark.parametrize("fault", BROWSE_FAULTS.values(), ids=BROWSE_FAULTS)
async def test_without_browsing_auto_goes_on_with_the_index(
    laboratory: Laboratory, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.world.add_project("b", classifiers=["Framework :: Django"])
    laboratory.pypi.fail("/pypi", fault)
    summary = await laboratory.run_full()
    assert summary.discovery == DiscoveryMethod.INDEX
    assert (summary.exit_code, laboratory.get_names()) == (0, {"a"})
    assert "2 projects are fetched one by one instead" in caplog.text


@pytest.mark.parametrize("fault", BROWSE_FAULTS.values(), ids=BROWSE_FAULTS)
async def test_without_browsing_a_run_told_to_browse_stops(laboratory: Laboratory, fault: Fault) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi", fault)
    summary = await laboratory.run_full(discovery=DiscoveryMethod.BROWSE)
    assert summary.stopped is not None
    assert (summary.exit_code, laboratory.checkpoint) == (1, None)


async def test_a_run_without_patience_waits_for_no_limit_on_browsing_but_does_without_it_in_an_outage(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi", limit_browse(7200))
    summary = await laboratory.run_full(patient=False)
    assert "limits our requests until" in str(summary.stopped)
    assert laboratory.pypi.counts.project_json == 0
    laboratory.pypi.mend()
    laboratory.pypi.fail("/pypi", Status(status=503))
    summary = await laboratory.run_full(patient=False)
    assert (summary.discovery, summary.exit_code) == (DiscoveryMethod.INDEX, 0)


async def test_a_short_limit_on_browsing_is_waited_for(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi", limit_browse(0), times=2)
    summary = await laboratory.run_full()
    assert (summary.discovery, summary.exit_code) == (DiscoveryMethod.BROWSE, 0)
