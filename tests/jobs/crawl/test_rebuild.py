"""A fresh collection beside the live one, put in its place without a gap."""

import asyncio
import json
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from pyf.aggregator.documents.import_lines import MAX_BATCH_BYTES
from pyf.aggregator.jobs.collections.generations import name_generation
from pyf.aggregator.jobs.collections.maintain import add_alias, roll_back
from pyf.aggregator.jobs.progress import ItemFailure
from tests.jobs.rebuilding import get_aliases, get_collections, rebuild
from tests.laboratory import PLONE, Laboratory
from tests.observatory import Observatory
from tests.servers.faults import Body, Fault, Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

DJANGO = "Framework :: Django"
JSON = "/pypi/*/json"


@dataclass
class Loop:
    """Searches one after the other, and what came of them."""

    found: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def searching(laboratory: Laboratory, name: str) -> Iterator[Loop]:
    """Search without a pause, in a thread, as long as the block runs."""
    loop, ended = Loop(), threading.Event()

    def run() -> None:
        while not ended.is_set():
            try:
                path = f"/collections/{name}/documents/search"
                loop.found.append(json.loads(laboratory.ask("GET", path, q="form", preset=name))["found"])
            except (urllib.error.URLError, OSError) as error:
                loop.errors.append(repr(error))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield loop
    finally:
        ended.set()
        thread.join()


@pytest_asyncio.fixture
async def filled(laboratory: Laboratory) -> Laboratory:
    """A plain collection of thirty projects."""
    for number in range(30):
        laboratory.world.add_project(f"form-{number:02}", classifiers=[PLONE])
    await laboratory.run_full()
    return laboratory


async def test_the_first_rebuild_makes_an_alias_of_the_collection(
    filled: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    name = filled.collection
    before = filled.get_documents()
    caplog.set_level("INFO")
    summary = await rebuild(filled)
    assert get_aliases(filled) == {name: summary.generation}
    assert get_collections(filled) == {summary.generation}
    assert filled.get_documents() == before
    assert (summary.written, summary.kept, summary.exit_code) == (30, 0, 0)
    assert filled.checkpoint == summary.checkpoint == filled.world.serial
    assert "is a plain collection. It is dropped now" in caplog.text
    assert "for a moment, searches find nothing" in " ".join(caplog.text.split())


async def test_a_rebuild_of_what_was_never_there_is_a_first_run_behind_an_alias(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("form", classifiers=[PLONE])
    summary = await rebuild(laboratory)
    assert get_aliases(laboratory) == {laboratory.collection: summary.generation}
    assert (laboratory.get_names(), summary.kept) == ({"form"}, 0)
    assert (await laboratory.run_incremental()).exit_code == 0


async def test_searches_see_no_error_and_no_gap(filled: Laboratory) -> None:
    await rebuild(filled)
    with searching(filled, filled.collection) as loop:
        filled.world.add_project("form-new", classifiers=[PLONE])
        await rebuild(filled)
        await rebuild(filled)
    assert loop.errors == []
    assert len(loop.found) > 20
    assert set(loop.found) <= {30, 31}
    assert loop.found[-1] == 31


async def test_the_previous_generation_is_kept_and_older_ones_go(filled: Laboratory) -> None:
    name = filled.collection
    generations = [(await rebuild(filled)).generation for _ in range(3)]
    assert get_aliases(filled) == {name: generations[2], f"{name}-previous": generations[1]}
    assert get_collections(filled) == {generations[1], generations[2]}


async def test_a_collection_that_somebody_named_stays_when_it_is_no_longer_the_previous(
    filled: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    by_hand, name = filled.collection, f"{filled.collection}-alias"
    filled.ask("PUT", f"/aliases/{name}", {"collection_name": by_hand})
    behind = replace(filled, collection=name)
    generations = [(await rebuild(behind)).generation for _ in range(2)]
    assert get_aliases(behind) == {name: generations[1], f"{name}-previous": generations[0]}
    assert get_collections(behind) | {by_hand} == {by_hand, *generations}
    told = f"{by_hand} is no longer the previous generation; drop it if nobody needs it."
    assert caplog.messages.count(told) == 1
    assert len(filled.get_names()) == 30


async def test_rolling_back_and_forth(filled: Laboratory) -> None:
    name = filled.collection
    first = await rebuild(filled)
    filled.world.release("form-00", "2.0")
    filled.world.add_project("form-new", classifiers=[PLONE])
    # As many documents as before, so their number tells nothing.
    filled.world.remove_project("form-29")
    second = await rebuild(filled)
    async with filled.open_search() as search:
        moved = await roll_back(search, name)
        assert (moved.collection, moved.previous) == (first.generation, second.generation)
        assert filled.get_documents()["form-00"]["version"] == "1.0.0"
        # The checkpoint speaks of the other generation, so nothing is taken for done.
        summary = await filled.run_incremental()
        assert filled.get_documents()["form-00"]["version"] == "2.0"
        assert ("form-new" in filled.get_names(), "form-29" in filled.get_names()) == (True, False)
        assert summary.written == 2
        assert (await roll_back(search, name)).collection == second.generation


async def test_what_others_added_is_carried_over(observatory: Observatory) -> None:
    laboratory = observatory.laboratory
    observatory.hub.add("o/form", stars=9, topics=("x",))
    observatory.add_project("form", "o/form")
    observatory.add_project("gone")
    await observatory.fill()
    await observatory.enrich()
    path = f"/collections/{laboratory.collection}"
    for name in ("form", "gone"):
        laboratory.ask("PATCH", f"{path}/documents/{name}", {"downloads": {"month": 5}})
    laboratory.ask("PUT", f"{path}/synonyms/forms", {"synonyms": ["form", "sheet"]})
    override = {"rule": {"query": "best", "match": "exact"}, "includes": [{"id": "form", "position": 1}]}
    laboratory.ask("PUT", f"{path}/overrides/best", override)
    laboratory.world.remove_project("gone")
    before = laboratory.get_documents()["form"]
    summary = await rebuild(laboratory)
    assert laboratory.get_documents() == {"form": before}
    assert (before["github_stars"], before["downloads"], summary.removed) == (9, {"month": 5}, 1)
    assert laboratory.search(q="sheet", query_by="name") == ["form"]
    assert laboratory.search(q="best", query_by="name") == ["form"]
    assert (await observatory.enrich()).written == 0


async def test_a_project_that_cannot_be_fetched_keeps_its_document(filled: Laboratory) -> None:
    filled.pypi.fail("/pypi/form-07/json", Status(status=500))
    before = filled.get_documents()["form-07"]
    checkpoint = filled.checkpoint
    filled.world.release("form-08", "2.0")
    summary = await rebuild(filled)
    assert filled.get_documents()["form-07"] == before
    assert [trouble.name for trouble in summary.failed] == ["form-07"]
    assert (summary.written, summary.kept, summary.exit_code, summary.checkpoint) == (29, 1, 1, None)
    assert filled.checkpoint == checkpoint
    filled.pypi.mend()
    summary = await filled.run_incremental()
    assert (summary.exit_code, filled.checkpoint) == (0, filled.world.serial)


async def test_an_outage_leaves_everything_as_it_was(
    filled: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    before = filled.get_documents()
    filled.pypi.fail(JSON, Status(status=503))
    summary = await rebuild(filled)
    assert summary.stopped is not None
    assert (get_aliases(filled), get_collections(filled)) == ({}, {filled.collection})
    assert filled.get_documents() == before
    (told,) = [message for message in caplog.messages if "The rebuild did not end" in message]
    assert told.endswith(f". {filled.collection} is unchanged.")


async def test_a_rebuild_that_would_lose_much_is_refused_without_force(filled: Laboratory) -> None:
    for number in range(25):
        filled.world.release(f"form-{number:02}", "2.0", classifiers=[DJANGO])
    summary = await rebuild(filled)
    assert summary.stopped is not None
    assert "would remove 25 of the 30 documents" in summary.stopped
    assert (get_aliases(filled), len(filled.get_names())) == ({}, 30)
    assert get_collections(filled) == {filled.collection}
    summary = await rebuild(filled, force=True)
    assert (summary.exit_code, summary.removed, len(filled.get_names())) == (0, 25, 5)


@pytest.fixture
def proxy(filled: Laboratory) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=filled.typesense.url) as server:
        yield server


async def test_what_is_kept_is_sent_in_requests_of_eight_megabytes(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    """Three large documents of projects that cannot be fetched do not go over the wire at once."""
    for number in range(3):
        filled.pypi.fail(f"/pypi/form-{number:02}/json", Status(status=500))
        path = f"/collections/{filled.collection}/documents/form-{number:02}"
        filled.ask("PATCH", path, {"notes": str(number) * 3_000_000})
    before = filled.get_documents()
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    sizes = [len(record.body) for record in proxy.requests if record.path.endswith("/documents/import")]
    assert (summary.written, summary.kept) == (27, 3)
    assert 6_000_000 < max(sizes) <= MAX_BATCH_BYTES
    assert [filled.get_documents()[f"form-0{n}"] for n in range(3)] == [
        before[f"form-0{n}"] for n in range(3)
    ]


async def test_what_is_carried_over_is_sent_in_requests_of_eight_megabytes(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    for number in range(3):
        path = f"/collections/{filled.collection}/documents/form-{number:02}"
        filled.ask("PATCH", path, {"notes": str(number) * 3_000_000})
    before = filled.get_documents()
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    imports = [record.body for record in proxy.requests if record.path.endswith("/documents/import")]
    assert (summary.written, summary.kept) == (30, 0)
    assert [body.count(b'"notes"') for body in imports if b'"notes"' in body] == [2, 1]
    assert filled.get_documents() == before


def refuse_alone(proxy: TypesenseProxy, name: str) -> None:
    """Let Typesense say that it refuses what is sent of this document alone."""

    def refuse(record: Record) -> None:
        lines = record.body.splitlines() if record.path.endswith("/documents/import") else ()
        if [json.loads(line)["id"] for line in lines] == [name]:
            refusal = b'{"success":false,"error":"Field `x` must be a string.","code":400}'
            proxy.fail(record.path, Body(body=refusal), times=1)

    proxy.on_request = refuse


async def test_what_cannot_be_kept_is_named_with_its_reason(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    filled.pypi.fail("/pypi/form-07/json", Status(status=500))
    refuse_alone(proxy, "form-07")
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.rejected == [ItemFailure(name="form-07", reason="Field `x` must be a string.")]
    assert (summary.kept, summary.complete) == (0, False)


async def test_what_leaves_before_it_can_be_kept_is_missed(filled: Laboratory) -> None:
    def leave(record: Record) -> None:
        if record.path.endswith("form-07/json"):
            with suppress(urllib.error.HTTPError):  # it is asked for three times
                filled.ask("DELETE", f"/collections/{filled.collection}/documents/form-07")

    filled.pypi.fail("/pypi/form-07/json", Status(status=500))
    filled.pypi.on_request = leave
    summary = await rebuild(filled)
    assert summary.stopped is not None
    assert summary.stopped.endswith("1 documents are missing from it, such as form-07.")


async def test_what_cannot_be_carried_over_is_named_with_its_reason(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    filled.ask("PATCH", f"/collections/{filled.collection}/documents/form-07", {"notes": "mine"})
    refuse_alone(proxy, "form-07")
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.rejected == [ItemFailure(name="form-07", reason="Field `x` must be a string.")]
    assert (summary.stopped, summary.complete, len(filled.get_names())) == (None, False, 30)


@pytest.mark.parametrize(
    "fault",
    [Body(body=b'{"id": "form-00"}'), Status(status=404, body=b'{"message": "Could not find it."}')],
    ids=["without a name", "not there"],
)
async def test_a_document_that_cannot_be_read_back_keeps_the_fresh_one_out(
    filled: Laboratory, proxy: TypesenseProxy, fault: Fault
) -> None:
    proxy.fail("/collections/*/documents/form-*", fault)
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.stopped is not None
    assert summary.stopped.endswith("cannot be read back from it.")
    assert (get_aliases(filled), get_collections(filled)) == ({}, {filled.collection})


async def test_documents_that_vanish_on_the_way_keep_the_fresh_one_out(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    """All but one of the documents are said to be taken and are not."""
    swallowed = b"\n".join([b'{"success":true}'] * 30)
    proxy.fail("*/documents/import", Status(status=200, body=swallowed), times=1)
    proxy.fail("*/documents/import", Status(status=200, body=swallowed), times=1)
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.stopped is not None
    some = ", ".join(f"form-0{number}" for number in range(5))
    assert summary.stopped.endswith(f"30 documents are missing from it, such as {some}.")
    assert (get_aliases(filled), get_collections(filled)) == ({}, {filled.collection})
    assert len(filled.get_names()) == 30


async def test_a_search_that_finds_nothing_keeps_the_fresh_one_out(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.fail("/multi_search", Body(body=b'{"results": [{"hits": []}]}'))
    # Without records of changes: they are searched for, too.
    summary = await rebuild(replace(filled, typesense_url=proxy.url, changes_days=0))
    assert summary.stopped is not None
    assert "a search in it does not find form-" in summary.stopped
    assert get_collections(filled) == {filled.collection}


async def test_a_single_document_is_searched_for_as_well(laboratory: Laboratory) -> None:
    laboratory.world.add_project("form", classifiers=[PLONE])
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        proxy.fail("/multi_search", Body(body=b'{"results": [{"hits": []}]}'))
        summary = await rebuild(replace(laboratory, typesense_url=proxy.url, changes_days=0))
    assert "a search in it does not find form" in str(summary.stopped)


async def test_once_in_place_the_fresh_one_stays_whatever_fails_then(
    filled: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    name = filled.collection
    proxy.fail(f"/aliases/{name}", Status(status=503))
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.stopped is not None
    assert "Typesense" in summary.stopped
    (left,) = get_collections(filled)
    assert f"{left} is complete, so it stays; the next run puts it in place of {name}." in caplog.text
    assert get_aliases(filled) == {f"{name}-moving-to": left}
    # Whoever moves it by hand has the last word.
    async with filled.open_search() as search:
        await add_alias(search, name, left)
    assert get_aliases(filled) == {name: left}
    assert len(filled.get_names()) == 30


async def test_a_fresh_collection_that_cannot_be_dropped_does_not_hide_what_went_wrong(
    filled: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    filled.pypi.fail(JSON, Status(status=503))
    shaky = replace(filled, typesense_url=proxy.url)

    def lose(record: Record) -> None:
        if record.path.endswith("/json"):
            proxy.fail(f"/collections/{filled.collection}-*", Status(status=503))

    filled.pypi.on_request = lose
    summary = await rebuild(shaky)
    assert summary.stopped is not None
    assert "/json is unavailable" in summary.stopped
    assert "could not be dropped" in caplog.text


async def test_a_rebuild_that_cannot_copy_synonyms_and_overrides_leaves_no_collection(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.fail(f"/collections/{filled.collection}/synonyms", Status(status=400, body=b"{}"))
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.stopped is not None
    assert summary.looked_at == 0
    assert (get_aliases(filled), get_collections(filled)) == ({}, {filled.collection})


async def test_a_rebuild_that_is_cancelled_drops_what_it_began(
    filled: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    task = asyncio.create_task(rebuild(filled))
    loop = asyncio.get_running_loop()

    def cancel(record: Record) -> None:
        if record.path.endswith("form-20/json"):
            loop.call_soon_threadsafe(task.cancel)

    filled.pypi.on_request = cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (get_aliases(filled), get_collections(filled)) == ({}, {filled.collection})
    assert "Interrupted after writing 0 documents; run again to continue." in caplog.messages


async def test_what_a_killed_rebuild_left_goes_after_a_day(
    filled: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    name = filled.collection
    now = datetime.now(UTC)
    old, young = (name_generation(name, now - timedelta(hours=hours)) for hours in (25, 1))
    for left in (old, young, f"{name}-20200101"):
        filled.ask("POST", "/collections", {"name": left, "fields": [{"name": "x", "type": "string"}]})
    summary = await rebuild(filled)
    assert get_collections(filled) == {summary.generation, young, f"{name}-20200101"}
    assert f"{old} was left by an unfinished rebuild; it is dropped." in caplog.text


async def test_runs_meanwhile_are_not_taken_for_done(filled: Laboratory) -> None:
    """An incremental run moves the checkpoint while the rebuild still works from an older list."""
    await rebuild(filled)
    ran = threading.Event()

    def run_beside(record: Record) -> None:
        if record.path.endswith("form-29/json") and not ran.is_set():
            ran.set()
            filled.world.release("form-00", "9.0")
            assert asyncio.run(filled.run_incremental()).exit_code == 0

    filled.pypi.on_request = run_beside
    await rebuild(filled)
    filled.pypi.on_request = None
    await filled.run_incremental()
    assert filled.get_documents()["form-00"]["version"] == "9.0"


async def test_two_rebuilds_do_not_share_a_collection(filled: Laboratory) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    filled.ahead = moment - datetime.now(UTC) + timedelta(hours=1)
    name = name_generation(filled.collection, moment + timedelta(hours=1))
    filled.ask("POST", "/collections", {"name": name, "fields": [{"name": "x", "type": "string"}]})
    summary = await filled.run_full(rebuild=True)
    assert summary.stopped is not None
    assert "another rebuild has just begun it" in summary.stopped
    assert get_collections(filled) == {filled.collection, name}
