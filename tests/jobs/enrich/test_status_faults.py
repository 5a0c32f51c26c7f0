"""Bad weather at PyPI: what fails is named and written nowhere, what was answered stays."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.jobs.crawl.crawl import OUTAGE_PROJECTS
from pyf.aggregator.jobs.enrich.status import BATCH_PROJECTS
from pyf.aggregator.metadata.model import normalize
from tests.commands import NOBODY
from tests.laboratory import PLONE
from tests.lookout import Lookout
from tests.servers.faults import Body, CloseConnection, CutBody, Edited, Fault, Hang, SlowAnswer, Status
from tests.servers.stand_in import Record

pytestmark = pytest.mark.asyncio

ELSEWHERE = {"Location": "http://127.0.0.1:9/simple/p0002/"}

WEATHER: dict[str, Fault] = {
    "slow": Hang(),
    "closed": CloseConnection(),
    "truncated": CutBody(),
    "503": Status(status=503),
    "429": Status(status=429),
    "400": Status(status=400),
    "HTML with 200": Status(status=200),
    "broken JSON": Body(),
    "no object": Body(body=b"[]"),
    "null": Body(body=b"null"),
    "redirected elsewhere": Status(status=302, headers=ELSEWHERE),
    "redirected to nothing": Status(status=302),
    "not modified": Status(status=304, body=b""),
}


@pytest.mark.parametrize("fault", WEATHER.values(), ids=WEATHER)
@pytest.mark.parametrize("path", ["/simple/p0002/", "/integrity/p0002/*"], ids=["page", "provenance"])
async def test_one_question_that_fails_leaves_the_others_good_and_is_asked_again(
    lookout: Lookout, path: str, fault: Fault
) -> None:
    lookout.add_many(4)
    await lookout.fill()
    lookout.laboratory.pypi.fail(path, fault)
    summary = await lookout.run()
    assert [failure.name for failure in summary.failed] == ["p0002"]
    assert (summary.asked, summary.written, summary.left, summary.stopped) == (3, 3, 0, None)
    assert summary.exit_code == 1
    assert [name for name, said in lookout.get().items() if not said] == ["p0002"]
    lookout.laboratory.pypi.mend()
    lookout.count_sent()
    assert (await lookout.run()).written == 1
    assert lookout.count_sent() == {"pages": 1, "provenances": 1}
    assert lookout.get()["p0002"]["attested_by"] == ["github.com/o/p0002"]


@pytest.mark.parametrize(("failing", "left"), [(OUTAGE_PROJECTS - 1, 0), (OUTAGE_PROJECTS, 10)])
async def test_an_answer_ends_what_are_many_in_a_row(lookout: Lookout, failing: int, left: int) -> None:
    lookout.laboratory.readers = 1
    lookout.add_many(OUTAGE_PROJECTS + 10)
    await lookout.fill()
    for number in range(1, failing + 1):
        lookout.laboratory.pypi.fail(f"/simple/p{number:04}/", Status(status=503))
    summary = await lookout.run()
    assert (summary.stopped is None, summary.asked) == (left == 0, 1 if left else 11)
    # The one that makes it an outage is asked for again, as those that nobody asked for.
    assert (len(summary.failed), summary.left) == (OUTAGE_PROJECTS - 1, left)


@pytest.mark.parametrize("fault", [Status(status=503), Status(status=200)], ids=["503", "HTML with 200"])
@pytest.mark.parametrize("paths", ["/simple/p*/", "/integrity/*"], ids=["pages", "provenances"])
async def test_many_in_a_row_are_an_outage_and_take_nothing_away(
    lookout: Lookout, paths: str, fault: Fault
) -> None:
    lookout.add_many(OUTAGE_PROJECTS + 15)
    # These have nobody to be asked for, and so always an answer.
    for name in "abcdefgh":
        lookout.add(name)
    await lookout.fill()
    await lookout.run()
    lookout.clock.pass_by(timedelta(days=7))
    for number in range(OUTAGE_PROJECTS + 15):
        lookout.world.release(f"p{number:04}", "2.0.0")
        lookout.world.attest(f"p{number:04}", "2.0.0", {"kind": "GitHub", "repository": "o/new"})
    before = lookout.get()
    lookout.laboratory.pypi.fail(paths, fault)
    lookout.count_sent()
    summary = await lookout.run()
    assert f"{OUTAGE_PROJECTS} questions in a row got no usable answer" in str(summary.stopped)
    assert len(summary.failed) < OUTAGE_PROJECTS + lookout.laboratory.readers
    assert summary.left == summary.due - summary.asked - len(summary.failed) > 0
    after = lookout.get()
    assert {name for name in before if after[name] != before[name]} == {*"abcdefgh"}
    lookout.laboratory.pypi.mend()
    summary = await lookout.run()
    assert (summary.complete, summary.stopped) == (True, None)
    assert {said["attested_by"][0] for said in lookout.get().values() if "attested_by" in said} == {
        "github.com/o/new"
    }


async def test_many_pages_in_a_row_that_are_not_there_are_an_outage_that_nobody_remembers(
    lookout: Lookout,
) -> None:
    lookout.add_many(OUTAGE_PROJECTS + 5)
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/*", Status(status=404))
    summary = await lookout.run()
    assert "got no usable answer, so the run stopped. The last: PyPI has no page of p00" in str(
        summary.stopped
    )
    assert (summary.asked, summary.absent, summary.left) == (0, 0, OUTAGE_PROJECTS + 5)
    lookout.laboratory.pypi.mend()
    lookout.laboratory.pypi.fail("/simple/p000?/", Status(status=404))
    summary = await lookout.run()
    assert (summary.asked, summary.absent, summary.written) == (OUTAGE_PROJECTS + 5, 10, OUTAGE_PROJECTS - 5)
    assert (summary.complete, summary.left) == (True, 0)
    assert (await lookout.run()).requests == {}


async def test_pages_that_were_there_and_are_not_any_more_are_one_as_well(lookout: Lookout) -> None:
    lookout.add_many(OUTAGE_PROJECTS + 5)
    await lookout.fill()
    await lookout.run()
    lookout.clock.pass_by(timedelta(days=7))
    lookout.laboratory.pypi.fail("/simple/*", Status(status=404))
    summary = await lookout.run()
    assert "got no usable answer" in str(summary.stopped)
    assert (summary.asked, summary.absent, summary.left) == (0, 0, OUTAGE_PROJECTS + 5)
    lookout.laboratory.pypi.mend()
    assert (await lookout.run()).asked == OUTAGE_PROJECTS + 5


async def test_pages_in_a_row_that_are_not_there_are_an_outage_wherever_a_batch_ends(
    lookout: Lookout,
) -> None:
    lookout.laboratory.readers = 1
    first = BATCH_PROJECTS - OUTAGE_PROJECTS // 2
    for number in range(first + OUTAGE_PROJECTS):
        lookout.world.add_project(f"p{number:04}", classifiers=[PLONE])
    await lookout.fill()
    for number in range(first, first + OUTAGE_PROJECTS):
        lookout.laboratory.pypi.fail(f"/simple/p{number:04}/", Status(status=404))
    summary = await lookout.run()
    assert "got no usable answer" in str(summary.stopped)
    assert (summary.asked, summary.absent, summary.left) == (first, 0, OUTAGE_PROJECTS)


@pytest.mark.parametrize("status", [404, 503])
async def test_pages_that_are_not_to_be_had_among_others_are_no_outage(lookout: Lookout, status: int) -> None:
    lookout.laboratory.readers = 1
    lookout.add_many(2 * OUTAGE_PROJECTS)
    await lookout.fill()
    for number in range(0, 2 * OUTAGE_PROJECTS, 2):
        lookout.laboratory.pypi.fail(f"/simple/p{number:04}/", Status(status=status))
    summary = await lookout.run()
    assert (summary.stopped, summary.written) == (None, OUTAGE_PROJECTS)
    assert summary.absent + len(summary.failed) == OUTAGE_PROJECTS


async def test_pages_that_were_known_not_to_be_there_are_no_outage(lookout: Lookout) -> None:
    lookout.add_many(OUTAGE_PROJECTS + 1)
    await lookout.fill()
    for absent in (10, 20):
        lookout.laboratory.pypi.fail(f"/simple/p00{absent // 10 - 1}?/", Status(status=404))
        summary = await lookout.run(renew=True)
        assert (summary.stopped, summary.asked, summary.absent) == (None, OUTAGE_PROJECTS + 1, absent)


async def test_after_an_outage_nothing_is_asked_any_more(lookout: Lookout) -> None:
    lookout.laboratory.readers = 1
    lookout.add_many(OUTAGE_PROJECTS + 5)
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/*", Status(status=503))
    summary = await lookout.run()
    assert len({record.path for record in lookout.laboratory.pypi.requests}) == OUTAGE_PROJECTS
    assert (len(summary.failed), summary.left) == (OUTAGE_PROJECTS - 1, 6)


async def test_a_catalogue_that_breaks_meanwhile_ends_the_run_with_its_reason(lookout: Lookout) -> None:
    lookout.add_many(12)
    await lookout.fill()

    def spoil(record: Record) -> None:
        if record.path == "/simple/p0003/":
            with closing(sqlite3.connect(lookout.laboratory.folder / "catalogue.sqlite")) as catalogue:
                catalogue.execute("DROP TABLE project_pages")

    lookout.laboratory.pypi.on_request = spoil
    with pytest.raises(DataFolderUnusable, match="no such table"):
        await lookout.run()


async def test_a_pypi_that_is_away_is_told_in_one_sentence(lookout: Lookout) -> None:
    lookout.add_many(10)
    await lookout.fill()
    lookout.laboratory.pypi.url = NOBODY
    summary = await lookout.run()
    assert (summary.failed, summary.written, summary.left) == ([], 0, 10)
    assert "check the address and the network" in str(summary.stopped)
    assert (summary.exit_code, summary.begun) == (1, False)


async def test_a_short_pause_is_kept_and_a_long_one_ends_the_source_until_then(lookout: Lookout) -> None:
    lookout.laboratory.readers = 2
    lookout.add_many(12)
    await lookout.fill()
    pypi = lookout.laboratory.pypi
    pypi.fail("/simple/p0001/", Status(status=429, headers={"Retry-After": "3"}), times=1)
    pypi.fail("/simple/p0007/", Status(status=429, headers={"Retry-After": "600"}), times=1)
    summary = await lookout.run()
    assert lookout.clock.slept == [3]
    assert (summary.failed, summary.stopped, summary.exit_code, summary.complete) == ([], None, 0, False)
    assert summary.asked + summary.left == summary.due == 12
    assert summary.asked >= 6
    assert summary.resume_at is not None
    assert summary.resume_at > lookout.clock.now + timedelta(seconds=590)
    assert sum(bool(said) for said in lookout.get().values()) == summary.written == summary.asked
    lookout.count_sent()
    assert (await lookout.run()).written == summary.left
    assert lookout.count_sent()["pages"] == summary.left


ODD: list[object] = [None, 7, True, "x", [], {}, [None], ["x"], [[]], {"x": 1}, 10**30]


@pytest.mark.parametrize("value", ODD, ids=repr)
async def test_a_page_with_any_value_in_any_field_is_read_or_named(lookout: Lookout, value: object) -> None:
    keys = ["meta", "name", "versions", "files", "project-status"]
    details = ["filename", "upload-time", "yanked", "provenance", "url", "hashes"]
    for key in (*keys, *details):
        lookout.add(key, "o/x")
    await lookout.fill()
    for key in keys:
        lookout.laboratory.pypi.fail(f"/simple/{key}/", Edited(_Put(key, value)))
    for key in details:
        lookout.laboratory.pypi.fail(f"/simple/{key}/", Edited(_PutInto("files", key, value)))
    await _check_each(lookout, len(keys) + len(details))


@pytest.mark.parametrize("value", ODD, ids=repr)
async def test_a_provenance_with_any_value_in_any_field_is_read_or_named(
    lookout: Lookout, value: object
) -> None:
    keys = ["version", "attestation_bundles"]
    details = ["publisher", "attestations"]
    for key in (*keys, *details):
        lookout.add(key, "o/x")
    await lookout.fill()
    for key in keys:
        lookout.laboratory.pypi.fail(f"/integrity/{normalize(key)}/*", Edited(_Put(key, value)))
    for key in details:
        put = _PutInto("attestation_bundles", key, value)
        lookout.laboratory.pypi.fail(f"/integrity/{key}/*", Edited(put))
    await _check_each(lookout, len(keys) + len(details))


async def _check_each(lookout: Lookout, count: int) -> None:
    """Each project is either named with its reason and says nothing, or has been read."""
    summary = await lookout.run()
    said = lookout.get()
    failed = {failure.name for failure in summary.failed}
    assert (summary.stopped, summary.asked) == (None, count - len(failed))
    assert {name for name, fields in said.items() if not fields} == failed
    for name in said.keys() - failed:
        assert said[name]["provenance_checked"] == lookout.checked
        assert said[name].get("attested_by") in (None, ["github.com/o/x"])


@dataclass(frozen=True)
class _Put:
    """Puts a value into the answer."""

    key: str
    value: object

    def __call__(self, content: dict[str, object]) -> None:
        content[self.key] = self.value


@dataclass(frozen=True)
class _PutInto:
    """Puts a value into the first item of a list in the answer."""

    items: str
    key: str
    value: object

    def __call__(self, content: dict[str, list[dict[str, object]]]) -> None:
        content[self.items][0][self.key] = self.value


async def test_an_answer_that_comes_byte_by_byte_ends_in_time(lookout: Lookout) -> None:
    lookout.add_many(6)
    await lookout.fill()
    taken: list[Record] = []
    lookout.laboratory.pypi.on_request = taken.append
    lookout.laboratory.pypi.fail("/simple/p0003/", SlowAnswer(seconds=0.0, size=50))
    summary = await lookout.run()
    assert [failure.name for failure in summary.failed] == ["p0003"]
    assert len([record for record in taken if record.path == "/simple/p0003/"]) == 3
