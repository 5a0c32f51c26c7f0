"""Migration between two collections of a real Typesense."""

import asyncio
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound, SchemaMismatch
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.progress import ItemFailure, MigrateSummary
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Body, CloseConnection, CutBody, Fault, Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio


@pytest.fixture
def proxy(laboratory: Laboratory) -> Iterator[TypesenseProxy]:
    """A proxy before the suite's Typesense, which the migration goes through."""
    with TypesenseProxy(behind=laboratory.typesense.url) as server:
        laboratory.typesense_url = server.url
        yield server


async def fill(laboratory: Laboratory, count: int = 5) -> str:
    for number in range(count):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE], description="text " * 50)
    assert (await laboratory.run_full()).complete
    return f"{laboratory.collection}-target"


async def run(laboratory: Laboratory, target: str, source: str | None = None) -> MigrateSummary:
    async with laboratory.open_search() as search:
        order = MigrateOrder(source=source or laboratory.collection, target=target)
        return await migrate(order, search, laboratory.progress)


def read(laboratory: Laboratory, name: str) -> dict[str, dict[str, Any]]:
    laboratory.collection, kept = name, laboratory.collection
    try:
        return laboratory.get_documents()
    finally:
        laboratory.collection = kept


def write(laboratory: Laboratory, name: str, document: dict[str, Any], action: str = "upsert") -> None:
    laboratory.ask("POST", f"/collections/{name}/documents", document, action=action)


def make_old(laboratory: Laboratory, *fields: tuple[str, str]) -> str:
    """Make a collection as somebody else would have made it."""
    name = f"{laboratory.collection}-old"
    declared = [{"name": field, "type": kind, "optional": True} for field, kind in fields]
    laboratory.ask("POST", "/collections", {"name": name, "fields": declared})
    return name


async def test_every_document_arrives_whole_and_the_source_stays(laboratory: Laboratory) -> None:
    target = await fill(laboratory)
    figures = {"github_stars": 7, "repository_stars": 7, "repository_url": "https://gitlab.com/o/n"}
    write(laboratory, laboratory.collection, {"id": "p0", **figures, "extra": {"a": 1}}, "update")
    missing = {"repository_missing": "no URL", "repository_missing_reason": "no URL"}
    write(laboratory, laboratory.collection, {"id": "p1", **missing}, "update")
    before = laboratory.get_documents()
    summary = await run(laboratory, target)
    assert read(laboratory, target) == before == laboratory.get_documents()
    assert summary == MigrateSummary(
        source=laboratory.collection, target=target, copied=5, moved=5, passes=2, compared=5
    )
    assert target in {preset["name"] for preset in laboratory.get_presets()}


async def test_it_runs_again_harmlessly(laboratory: Laboratory) -> None:
    target = await fill(laboratory)
    await run(laboratory, target)
    write(laboratory, target, {"id": "p1", "github_stars": 1}, "update")
    summary = await run(laboratory, target)
    assert summary.complete
    assert read(laboratory, target) == laboratory.get_documents()


async def test_it_copies_250_at_once(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    laboratory.add_bare(f"p{number:03}" for number in range(260))
    summary = await run(laboratory, f"{laboratory.collection}-target")
    imports = [record.body for record in proxy.requests if record.path.endswith("/documents/import")]
    assert ([len(body.splitlines()) for body in imports], summary.copied) == ([250, 10], 260)


async def test_names_may_be_aliases(laboratory: Laboratory) -> None:
    target = await fill(laboratory)
    laboratory.ask("PUT", f"/aliases/{target}-alias", {"collection_name": laboratory.collection})
    assert (await run(laboratory, target, source=f"{target}-alias")).copied == 5
    for source in (f"{target}-alias", laboratory.collection):
        with pytest.raises(UsageError, match=r"are the same collection\.$"):
            await run(laboratory, f"{target}-alias", source=source)
    with pytest.raises(UsageError, match=r"are the same collection\.$"):
        await run(laboratory, laboratory.collection, source=f"{target}-alias")


async def test_what_is_written_meanwhile_is_caught_up(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    target = await fill(laboratory)
    source = laboratory.collection

    def replace_one() -> None:
        laboratory.ask("DELETE", f"/collections/{source}/documents/p1")
        write(laboratory, source, {**laboratory.get_documents()["p2"], "id": "late"})

    changes: Iterator[Any] = iter(
        [
            lambda: write(laboratory, source, {"id": "p0", "summary": "changed"}, "update"),
            replace_one,
        ]
    )

    def change(record: Record) -> None:
        if record.path.endswith("/documents/import"):
            next(changes, lambda: None)()

    proxy.on_request = change
    summary = await run(laboratory, target)
    documents = laboratory.get_documents()
    assert (documents["p0"]["summary"], "p1" in documents, "late" in documents) == ("changed", False, True)
    assert read(laboratory, target) == documents
    assert summary.complete
    assert summary.passes > 2


async def test_what_leaves_the_source_meanwhile_is_no_failure_any_more(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    source, target = make_old(laboratory, ("upload_timestamp", "string")), f"{laboratory.collection}-target"
    write(laboratory, source, {"id": "lost", "name": "Lost", "upload_timestamp": "some day"})
    leaving = ["refused", "lost"]

    def leave(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/import"):
            laboratory.ask("DELETE", f"/collections/{source}/documents/{leaving.pop()}")

    proxy.on_request = leave
    summary = await run(laboratory, target, source=source)
    assert (summary.failed, summary.copied, summary.exit_code) == ([], 0, 0)
    # What was removed is a reason for one more look, too.
    assert (summary.moved, summary.passes) == (2, 3)
    write(laboratory, source, {"id": "refused", "name": "Refused"})
    refusal = b'{"success":false,"error":"Field `x` must be a string.","code":400}'
    proxy.fail(f"*{target}/documents/import", Body(body=refusal), times=1)
    summary = await run(laboratory, target, source=source)
    assert (summary.rejected, summary.copied, summary.exit_code) == ([], 0, 0)
    assert read(laboratory, target) == {}


async def test_what_leaves_and_comes_back_is_copied_again(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory)
    document = laboratory.get_documents()["p0"]

    def change(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/import"):
            with suppress(urllib.error.HTTPError):  # it is gone already
                laboratory.ask("DELETE", f"/collections/{laboratory.collection}/documents/p0")
        elif record.method == "DELETE" and f"/{target}/documents" in record.path:
            proxy.on_request = None
            write(laboratory, laboratory.collection, document)

    proxy.on_request = change
    summary = await run(laboratory, target)
    assert (summary.missing, summary.complete) == ([], True)
    assert read(laboratory, target) == laboratory.get_documents()
    assert "p0" in laboratory.get_documents()


async def test_a_preset_of_ones_own_stays(laboratory: Laboratory) -> None:
    target = await fill(laboratory, 1)
    laboratory.ask("PUT", f"/presets/{target}", {"value": {"query_by": "name"}})
    assert (await run(laboratory, target)).complete
    assert {"name": target, "value": {"query_by": "name"}} in laboratory.get_presets()


async def test_a_source_that_never_rests_is_told(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    target = await fill(laboratory, 1)
    numbers = iter(range(10_000))

    def change(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/import"):
            write(laboratory, laboratory.collection, {"id": "p0", "summary": f"{next(numbers)}"}, "update")

    proxy.on_request = change
    summary = await run(laboratory, target)
    assert summary.stopped is not None
    assert summary.stopped.endswith(
        "changes faster than it can be copied; stop what writes to it and run again."
    )
    assert summary.exit_code == 1


async def test_fields_of_another_type_are_converted(laboratory: Laboratory) -> None:
    source = make_old(laboratory, ("name", "string"), ("keywords", "string"), ("upload_timestamp", "string"))
    write(laboratory, source, {"id": "a", "name": "A.B", "version": "1.0", "keywords": "x"})
    write(laboratory, source, {"id": "b", "name": "B", "upload_timestamp": "2026-11-23T07:00:00Z"})
    write(laboratory, source, {"id": "c", "name": "C", "upload_timestamp": "some day"})
    target = f"{laboratory.collection}-target"
    summary = await run(laboratory, target, source=source)
    documents = read(laboratory, target)
    assert documents["a"]["keywords"] == ["x"]
    assert documents["a"]["name_sortable"] == "a-b"
    assert documents["b"]["upload_timestamp"] == 1795417200
    assert "upload_timestamp" not in documents["c"]
    assert summary.failed == [ItemFailure(name="c", reason="cannot be converted: upload_timestamp")]
    assert (summary.copied, summary.converted, summary.differing, summary.exit_code) == (3, 3, [], 1)


async def test_ids_of_any_form_are_copied_and_compared(laboratory: Laboratory) -> None:
    source = make_old(laboratory, ("name", "string"))
    ids = ["with space", "sla/sh", "per%cent", "qu`ote", "com,ma", 'dou"ble', "ünï", "a && b:=c"]
    for each in ids:
        write(laboratory, source, {"id": each, "name": each})
    target = f"{laboratory.collection}-target"
    summary = await run(laboratory, target, source=source)
    assert set(read(laboratory, target)) == set(ids)
    assert (summary.compared, summary.differing, summary.exit_code) == (len(ids), [], 0)


async def test_refused_documents_are_listed_by_id_and_the_target_is_kept(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 2)
    answer = b'{"success":true}\n{"success":false,"error":"Field `x` must be a string.","code":400}'
    proxy.fail(f"*{target}/documents/import", Body(body=answer), times=1)
    summary = await run(laboratory, target)
    # Typesense tells the documents in whatever order it likes.
    (refused,) = summary.rejected
    assert (refused.name in {"p0", "p1"}, refused.reason) == (True, "Field `x` must be a string.")
    assert (summary.copied, summary.exit_code, len(read(laboratory, target))) == (1, 1, 2)


async def test_a_document_that_can_be_converted_once_it_changed_is_no_failure_any_more(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    source, target = make_old(laboratory, ("upload_timestamp", "string")), f"{laboratory.collection}-target"
    write(laboratory, source, {"id": "a", "name": "A", "upload_timestamp": "some day"})

    def mend(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/import"):
            write(laboratory, source, {"id": "a", "upload_timestamp": "2026-11-23T07:00:00Z"}, "update")

    proxy.on_request = mend
    summary = await run(laboratory, target, source=source)
    assert (summary.failed, summary.complete) == ([], True)
    assert read(laboratory, target)["a"]["upload_timestamp"] == 1795417200


async def test_what_goes_wrong_is_listed_by_name(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    source, target = make_old(laboratory, ("upload_timestamp", "string")), f"{laboratory.collection}-target"
    for name in "cab":
        write(laboratory, source, {"id": name, "name": name, "upload_timestamp": "some day"})
    refusal = b'{"success":false,"error":"Field `x` must be a string.","code":400}'
    proxy.fail(f"*{target}/documents/import", Body(body=b"\n".join([refusal] * 3)), times=1)
    summary = await run(laboratory, target, source=source)
    assert [item.name for item in summary.rejected] == [item.name for item in summary.failed] == [*"abc"]


async def test_a_refused_document_that_changes_and_is_taken_then_is_no_failure_any_more(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 1)
    summaries = iter(["changed"])

    def change(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/import"):
            for text in summaries:
                write(laboratory, laboratory.collection, {"id": "p0", "summary": text}, "update")

    proxy.on_request = change
    refusal = b'{"success":false,"error":"Field `x` must be a string.","code":400}'
    proxy.fail(f"*{target}/documents/import", Body(body=refusal), times=1)
    summary = await run(laboratory, target)
    assert (summary.rejected, summary.copied, summary.exit_code) == ([], 1, 0)
    assert read(laboratory, target) == laboratory.get_documents()


async def test_what_did_not_arrive_is_named(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    target = await fill(laboratory, 2)
    swallowed = Status(status=200, body=b'{"success":true}\n{"success":true}')
    proxy.fail(f"*{target}/documents/import", swallowed)
    summary = await run(laboratory, target)
    assert (summary.missing, summary.exit_code) == (["p0", "p1"], 1)


async def test_what_did_not_arrive_does_not_differ_as_well(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 24)
    lost = sorted(f"p{number}" for number in range(12))

    def lose(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/export"):
            laboratory.ask("DELETE", f"/collections/{target}/documents", filter_by=f"id:[{','.join(lost)}]")

    proxy.on_request = lose
    summary = await run(laboratory, target)
    assert (summary.missing, summary.differing, summary.compared) == (lost, [], 12)


async def test_what_changes_while_it_is_compared_is_copied_again(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 2)

    def change(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/export"):
            write(laboratory, laboratory.collection, {"id": "p1", "summary": "late"}, "update")

    proxy.on_request = change
    summary = await run(laboratory, target)
    assert (summary.differing, summary.complete) == ([], True)
    assert read(laboratory, target) == laboratory.get_documents()


async def test_what_arrived_otherwise_is_named(laboratory: Laboratory, proxy: TypesenseProxy) -> None:
    target = await fill(laboratory, 2)

    def spoil(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/export"):
            write(laboratory, target, {"id": "p1", "summary": "spoilt"}, "update")

    proxy.on_request = spoil
    summary = await run(laboratory, target)
    assert (summary.differing, summary.compared, summary.exit_code) == (["p1"], 2, 1)


async def test_what_leaves_while_it_is_compared_does_not_differ(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 2)

    def leave(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/export"):
            laboratory.ask("DELETE", f"/collections/{laboratory.collection}/documents/p1")

    proxy.on_request = leave
    summary = await run(laboratory, target)
    assert (summary.differing, summary.missing, summary.compared) == ([], [], 2)
    assert summary.complete


async def test_an_export_that_breaks_off_with_an_error_stops_with_what_it_said(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory, 2)
    broken = f'{{"id": "p0", "name": "P"}}\n{"no memory " * 30}'.encode()
    proxy.fail(f"*{laboratory.collection}/documents/export", Body(body=broken))
    summary = await run(laboratory, target)
    assert summary.stopped is not None
    assert summary.stopped.count("no memory ") == 20
    assert "an export broke off with b'no memory" in summary.stopped
    assert not summary.complete


async def test_a_migration_that_is_cancelled_says_how_far_it_came(
    laboratory: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    target = await fill(laboratory, 2)
    task = asyncio.create_task(run(laboratory, target))
    loop = asyncio.get_running_loop()

    def cancel(record: Record) -> None:
        if record.path.endswith(f"{target}/documents/export"):
            loop.call_soon_threadsafe(task.cancel)

    proxy.on_request = cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "Interrupted after copying 2 documents; run again to continue." in caplog.messages


@pytest.mark.parametrize("fault", [CutBody(), CloseConnection(), Status(status=503)], ids=repr)
@pytest.mark.parametrize("path", ["*/documents/export", "*/documents/import"])
async def test_a_broken_connection_loses_nothing(
    laboratory: Laboratory, proxy: TypesenseProxy, fault: Fault, path: str
) -> None:
    target = await fill(laboratory)
    proxy.fail(path, fault, times=1)
    summary = await run(laboratory, target)
    assert (summary.copied, summary.exit_code) == (5, 0)
    assert read(laboratory, target) == laboratory.get_documents()


async def test_an_outage_in_the_middle_stops_with_an_account(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    target = await fill(laboratory)
    proxy.fail("*/documents/import", Status(status=503))
    summary = await run(laboratory, target)
    assert summary.stopped is not None
    assert "Typesense" in summary.stopped
    assert (summary.copied, summary.exit_code) == (0, 1)


async def test_a_target_that_does_not_fit_is_refused(laboratory: Laboratory) -> None:
    await fill(laboratory, 1)
    old = make_old(laboratory, ("name", "int64"))
    with pytest.raises(SchemaMismatch):
        await run(laboratory, old)


async def test_a_source_that_is_not_there_is_refused(laboratory: Laboratory) -> None:
    with pytest.raises(CollectionNotFound):
        await run(laboratory, f"{laboratory.collection}-target")


async def test_the_schema_of_a_new_target_is_todays(laboratory: Laboratory) -> None:
    target = await fill(laboratory, 1)
    await run(laboratory, target)
    async with laboratory.open_search() as search:
        schema = await search.collections.get_schema(target)
    assert {field["name"] for field in schema["fields"]} == {
        field["name"]
        for field in build_schema()["fields"]  # type: ignore[attr-defined]
    }
