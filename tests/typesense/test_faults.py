"""Typesense in bad weather: a proxy loses, cuts and refuses what passes between us and a real server."""

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import trustme

from pyf.aggregator.documents.import_lines import FullBatch, ImportLine
from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.nodes import describe_failure
from pyf.aggregator.typesense.server import SearchServer
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Body, CloseConnection, CutBody, Fault, RefuseConnection, Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

IMPORT = "*/documents/import"
LAGGING = Status(status=503, body=b'{"message": "Not Ready or Lagging"}')


@pytest.fixture
def proxy(laboratory: Laboratory) -> Iterator[TypesenseProxy]:
    """A proxy before the suite's server."""
    with TypesenseProxy(behind=laboratory.typesense.url) as server:
        yield server


@pytest.fixture
def shaky(laboratory: Laboratory, proxy: TypesenseProxy) -> Laboratory:
    """The laboratory with the proxy in between, and a world of three projects."""
    for name in ("a", "b", "c"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    return replace(laboratory, typesense_url=proxy.url)


def count_imported(proxy: TypesenseProxy) -> list[int]:
    """Return how many documents each import carried."""
    return [
        len(record.body.splitlines())
        for record in proxy.requests
        if record.path.endswith("/documents/import")
    ]


@pytest.mark.parametrize("fault", [CloseConnection(), CutBody()], ids=["lost", "cut"])
async def test_documents_whose_acknowledgement_was_lost_are_looked_up_and_not_sent_again(
    shaky: Laboratory, proxy: TypesenseProxy, fault: Fault
) -> None:
    proxy.fail(IMPORT, fault, times=1)
    summary = await shaky.run_full()
    assert count_imported(proxy) == [3]
    assert (summary.written, summary.exit_code, shaky.get_names()) == (3, 0, {"a", "b", "c"})


@pytest.mark.parametrize("fault", [RefuseConnection(), LAGGING], ids=["refused", "lagging"])
async def test_documents_that_did_not_arrive_are_sent_again(
    shaky: Laboratory, proxy: TypesenseProxy, fault: Fault
) -> None:
    proxy.fail(IMPORT, fault, times=1)
    summary = await shaky.run_full()
    assert count_imported(proxy) == [3, 3]
    assert (summary.written, summary.exit_code, shaky.get_names()) == (3, 0, {"a", "b", "c"})


async def test_of_a_batch_that_arrived_in_part_only_the_rest_is_sent_again(
    shaky: Laboratory, proxy: TypesenseProxy
) -> None:
    """The first answer is lost, and before we look one of the documents vanishes."""
    # Nobody looks before that, as those do who record changes.
    shaky = replace(shaky, changes_days=0)
    await shaky.run_full()
    proxy.clear_requests()
    for name in ("a", "b", "c"):
        shaky.world.release(name, "2.0")
    proxy.fail(IMPORT, CloseConnection(), times=1)
    path = f"/collections/{shaky.collection}/documents/b"

    def lose_one(record: Record) -> None:
        if record.path == "/multi_search":
            shaky.ask("DELETE", path)

    proxy.on_request = lose_one
    summary = await shaky.run_incremental()
    sent = [
        {json.loads(line)["id"] for line in record.body.splitlines()}
        for record in proxy.requests
        if record.path.endswith("/documents/import")
    ]
    assert sent == [{"a", "b", "c"}, {"b"}]
    # It was sent as a replacement of what is there no more, so the server refuses its nulls: told, not lost.
    assert [trouble.name for trouble in summary.rejected] == ["b"]
    assert (summary.written, summary.exit_code) == (2, 1)
    proxy.on_request = None
    assert (await shaky.run_incremental()).exit_code == 0
    assert shaky.get_names() == {"a", "b", "c"}


async def test_an_answer_with_lines_missing_proves_nothing(shaky: Laboratory, proxy: TypesenseProxy) -> None:
    proxy.fail(IMPORT, Body(body=b'{"success": true}'), times=1)
    summary = await shaky.run_full()
    assert count_imported(proxy) == [3]
    assert (summary.written, summary.exit_code, shaky.get_names()) == (3, 0, {"a", "b", "c"})


async def test_a_server_out_of_memory_is_not_asked_again(shaky: Laboratory, proxy: TypesenseProxy) -> None:
    message = b'{"message": "Rejecting write: running out of resource type: OUT_OF_MEMORY"}'
    proxy.fail(IMPORT, Status(status=422, body=message))
    summary = await shaky.run_full()
    assert summary.stopped is not None
    assert "OUT_OF_MEMORY" in summary.stopped
    assert "give it memory or disk" in summary.stopped
    assert (count_imported(proxy), summary.written, shaky.checkpoint) == ([3], 0, None)


async def test_a_server_that_goes_away_for_good_ends_the_run_and_the_next_one_finishes(
    shaky: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.fail(IMPORT, RefuseConnection())
    summary = await shaky.run_full()
    assert caplog.text.count("Typesense cannot answer now (the connection broke") == 2
    assert summary.stopped is not None
    assert "is unavailable" in summary.stopped
    assert (summary.written, summary.exit_code, shaky.checkpoint) == (0, 1, None)
    proxy.mend()
    assert (await shaky.run_full()).exit_code == 0
    assert shaky.get_names() == {"a", "b", "c"}


async def test_a_collection_dropped_in_the_middle_ends_the_run(
    shaky: Laboratory, proxy: TypesenseProxy
) -> None:
    def drop(record: Record) -> None:
        if record.path.endswith("/documents/import"):
            shaky.ask("DELETE", f"/collections/{shaky.collection}")

    proxy.on_request = drop
    summary = await shaky.run_full()
    assert summary.stopped is not None
    assert (summary.written, summary.exit_code, shaky.checkpoint) == (0, 1, None)
    assert shaky.collection not in json.dumps(shaky.ask("GET", "/collections"))


async def test_nothing_is_compared_or_removed_before_the_server_has_applied_its_writes(
    shaky: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    await shaky.run_full()
    shaky.world.remove_project("a")
    proxy.clear_requests()
    busy = Body(body=b'{"committed_index": 9, "queued_writes": 7, "state": "LEADER"}')
    loading = Body(body=b'{"committed_index": 0, "queued_writes": 0, "state": "NOT_READY"}')
    proxy.fail("/status", busy, times=2)
    proxy.fail("/status", loading, times=1)
    summary = await shaky.run_incremental()
    paths = [record.path for record in proxy.requests]
    before_export = paths[: next(n for n, path in enumerate(paths) if path.endswith("/export"))]
    # Twice busy, once loading, then settled; and once more before what is held is read.
    assert before_export.count("/status") == 5
    deletion = next(n for n, record in enumerate(proxy.requests) if record.method == "DELETE")
    assert paths[deletion - 1] == "/status"
    assert (summary.removed, summary.exit_code) == (1, 0)


async def test_a_server_without_the_undocumented_status_is_asked_for_its_health(
    shaky: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.fail("/status", Status(status=404, body=b'{"message": "Not Found"}'))
    assert (await shaky.run_full()).exit_code == 0
    assert any(record.path == "/health" for record in proxy.requests)


@pytest.mark.parametrize(
    "fault",
    [CutBody(), Body(body=b'{"id":"a","serial":1}\n{"error":"cannot read"}')],
    ids=["cut", "error line"],
)
async def test_an_export_that_breaks_off_is_never_taken_for_the_whole(
    shaky: Laboratory, proxy: TypesenseProxy, fault: Fault
) -> None:
    await shaky.run_full()
    before = shaky.get_documents()
    proxy.fail("*/documents/export", fault)
    summary = await shaky.run_full()
    assert summary.stopped is not None
    assert (summary.written, summary.removed, shaky.get_documents()) == (0, 0, before)
    proxy.mend()
    proxy.fail("*/documents/export", fault, times=1)
    assert (await shaky.run_full()).exit_code == 0


async def test_a_short_export_is_noticed(shaky: Laboratory, proxy: TypesenseProxy) -> None:
    await shaky.run_full()
    proxy.fail("*/documents/export", Body(body=b'{"id":"a","serial":1001,"classifiers":[]}'))
    summary = await shaky.run_incremental()
    assert summary.stopped is not None
    assert "an export ended after 1 of 3 documents" in summary.stopped


async def test_a_write_that_takes_long_is_waited_for_and_sent_once(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.latency_seconds = 0.3
    policy = RetryPolicy(attempts=1, first_wait_seconds=0, longest_wait_seconds=0)
    async with open_connection(
        [proxy.url], laboratory.typesense.api_key, timeout_seconds=5, policy=policy
    ) as connection:
        server = SearchServer(connection)
        fields = [{"name": "n", "type": "string", "facet": False, "sort": False, "optional": False}]
        await server.collections.ensure(laboratory.collection, {"fields": fields, "token_separators": []})
        body = b'{"id": "x", "n": "x"}'
        line = ImportLine(name="x", content_hash="x", body=body)  # type: ignore[arg-type]
        assert await server.contents.import_lines(laboratory.collection, FullBatch((line,))) == []
    assert count_imported(proxy) == [1]


async def test_the_first_node_that_leads_is_asked_and_dead_ones_are_passed_over(
    shaky: Laboratory, proxy: TypesenseProxy
) -> None:
    nodes = ["http://127.0.0.1:9", proxy.url, shaky.typesense.url]
    proxy.fail("/debug", Body(body=b'{"state": 4, "version": "0.24.1"}'))
    async with open_connection(nodes, shaky.typesense.api_key, timeout_seconds=5) as connection:
        assert connection.url == shaky.typesense.url
        assert await SearchServer(connection).collections.list_names() is not None


async def test_waiting_is_talked_about_and_ends(
    laboratory: Laboratory, proxy: TypesenseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    """Two minutes pass in no time: the pauses are handed in."""
    caplog.set_level(logging.INFO)
    proxy.fail("/status", Body(body=b'{"queued_writes": 3, "state": "LEADER"}'))
    pauses: list[float] = []

    async def pass_time(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    policy = RetryPolicy(attempts=1)
    async with open_connection(
        [proxy.url], laboratory.typesense.api_key, timeout_seconds=5, policy=policy, sleep=pass_time
    ) as connection:
        with pytest.raises(SearchUnavailable, match="it is still applying 3 writes"):
            await SearchServer(connection, patience_seconds=120).wait_until_applied()
    assert 120 <= sum(pauses) < 130
    assert 8 <= caplog.text.count("Typesense is applying 3 writes; waiting for") <= 12


# Something else in Typesense's place


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Status(status=200), "HTTP 200, text/html"),
        (Status(status=404), "HTTP 404, text/html"),
        (Status(status=403), "HTTP 403, text/html"),
        (Body(body=b"[]"), "HTTP 200, application/json"),
        (Body(body=b'{"name": "another"}'), "HTTP 200, application/json"),
        (
            Status(status=301, headers={"Location": "https://search.example.org/"}),
            "HTTP 301 to https://search.example.org/",
        ),
    ],
    ids=["a page", "no such page", "a forbidden page", "a list", "another API", "a redirect"],
)
async def test_another_web_server_in_typesense_s_place_is_told_at_once_in_one_sentence(
    proxy: TypesenseProxy, fault: Fault, told: str
) -> None:
    proxy.fail("*", fault)
    with pytest.raises(SearchUnavailable) as failure:
        async with open_connection([proxy.url], "k", timeout_seconds=5):
            pass
    assert str(failure.value) == (
        f"What answers at {proxy.url} is not Typesense (to GET /debug: {told}); set TYPESENSE_HOST,"
        " TYPESENSE_PORT and TYPESENSE_PROTOCOL to where Typesense is."
    )


async def test_a_typesense_whose_debug_page_is_kept_from_us_is_known_by_its_health(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.fail("/debug", Status(status=404))
    async with open_connection([proxy.url], laboratory.typesense.api_key, timeout_seconds=5) as connection:
        assert await SearchServer(connection).collections.list_names() is not None


async def test_among_several_nodes_another_web_server_is_passed_over(
    laboratory: Laboratory, proxy: TypesenseProxy
) -> None:
    proxy.fail("*", Status(status=200))
    nodes = [proxy.url, laboratory.typesense.url]
    async with open_connection(nodes, laboratory.typesense.api_key, timeout_seconds=5) as connection:
        assert connection.url == laboratory.typesense.url


@pytest.mark.parametrize("status", [200, 404])
async def test_a_page_in_the_place_of_an_answer_is_an_outage_and_never_an_absent_document(
    laboratory: Laboratory, proxy: TypesenseProxy, status: int
) -> None:
    policy = RetryPolicy(attempts=2, first_wait_seconds=0, longest_wait_seconds=0)
    key = laboratory.typesense.api_key
    async with open_connection([proxy.url], key, timeout_seconds=5, policy=policy) as connection:
        proxy.fail("/collections/*", Status(status=status))
        with pytest.raises(SearchUnavailable, match="a page that is not Typesense's"):
            await SearchServer(connection).contents.find(laboratory.collection, NormalizedName("a"))
        assert [record.path for record in proxy.requests].count(
            f"/collections/{laboratory.collection}/documents/a"
        ) == 2


async def test_https_asked_of_a_plain_port_names_the_protocol(proxy: TypesenseProxy) -> None:
    url = proxy.url.replace("http:", "https:")
    with pytest.raises(SearchUnavailable) as failure:
        async with open_connection([url], "k", timeout_seconds=5):
            pass
    assert str(failure.value).startswith(
        f"Typesense at {url} is unavailable (it does not speak TLS there, which TYPESENSE_PROTOCOL=https asks"
        " for);"
    )


async def test_a_certificate_that_is_not_trusted_is_told() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls
    ) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(SearchUnavailable, match=r"its certificate is not trusted: unable to get"):
            async with open_connection([url], "k", timeout_seconds=5):
                pass


async def test_a_host_without_an_address_is_told() -> None:
    """Made by hand: asking a real resolver takes as long as it likes."""
    failure = httpx.ConnectError("Name or service not known")
    failure.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert describe_failure(failure) == "its name cannot be resolved"
