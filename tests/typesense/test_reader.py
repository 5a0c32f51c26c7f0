"""The reader for visitors: many searches in one request, and each way in which there is no answer."""

import time
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import pytest_asyncio

from pyf.aggregator.errors.typesense import (
    CollectionNotFound,
    RequestRefused,
    SearchUnauthorized,
    SearchUnavailable,
)
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.reader import FacetCount, Reader, open_reader, take_time
from tests.clients import Client, filled_collection, make_project
from tests.servers.faults import Body, CloseConnection, CutBody, Hang, RefuseConnection, Status
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

PATIENCE_SECONDS = 0.5


@pytest.fixture
def shelf(typesense: EmbeddedServer, collection: str) -> Iterator[Client]:
    projects = [make_project("tidy.forms", summary="Forms"), make_project("other", summary="Something")]
    with filled_collection(typesense, collection, projects) as client:
        yield client


@pytest.fixture
def proxy(typesense: EmbeddedServer) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=typesense.url) as served:
        yield served


@pytest_asyncio.fixture
async def reader(typesense: EmbeddedServer, proxy: TypesenseProxy) -> AsyncIterator[Reader]:
    async with open_reader([proxy.url], typesense.api_key, patience_seconds=PATIENCE_SECONDS) as opened:
        yield opened


def search(collection: str, **parameters: object) -> dict[str, object]:
    return {"collection": collection, "q": "*", "query_by": "name,summary", **parameters}


async def test_searches_are_answered_in_order(
    shelf: Client, reader: Reader, proxy: TypesenseProxy, collection: str
) -> None:
    found, counted = await reader.search(
        [
            search(collection, q="forms", include_fields="id,name,summary"),
            search(collection, facet_by="name_sortable", per_page=0),
        ]
    )
    assert found.found == 1
    assert [msgspec.json.decode(hit.document) for hit in found.hits] == [
        {"id": "tidy-forms", "name": "tidy.forms", "summary": "Forms"}
    ]
    assert found.hits[0].marked == {"name": "tidy.<mark>forms</mark>", "summary": "<mark>Forms</mark>"}
    assert (counted.found, counted.hits) == (2, [])
    assert sorted(counted.facet_counts["name_sortable"], key=lambda count: count.value) == [
        FacetCount("other", 1),
        FacetCount("tidy-forms", 1),
    ]
    assert [record.path for record in proxy.requests] == ["/multi_search"]


async def test_a_collection_that_is_not_there(shelf: Client, reader: Reader, collection: str) -> None:
    with pytest.raises(CollectionNotFound) as missing:
        await reader.search([search(collection), search("nowhere")])
    assert missing.value.name == "nowhere"


@pytest.mark.parametrize(
    "parameters",
    [
        {"facet_by": "nothing"},
        {"filter_by": "nothing:=1"},
        {"sort_by": "nothing:desc"},
        {"query_by": "nothing"},
        {"filter_by": "(("},
        {"per_page": 100_000},
    ],
    ids=str,
)
async def test_a_search_that_cannot_be_carried_out(
    shelf: Client, reader: Reader, collection: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(RequestRefused):
        await reader.search([search(collection) | parameters])


FAULTS = {
    "refused": (RefuseConnection(), SearchUnavailable),
    "closed": (CloseConnection(), SearchUnavailable),
    "cut": (CutBody(), SearchUnavailable),
    "silent": (Hang(), SearchUnavailable),
    "503": (Status(status=503), SearchUnavailable),
    "500": (Status(status=500), SearchUnavailable),
    "302": (Status(status=302, headers={"Location": "http://127.0.0.1:9/"}), SearchUnavailable),
    "not JSON": (Body(body=b"<html>"), SearchUnavailable),
    "other JSON": (Body(body=b'{"results": 5}'), SearchUnavailable),
    "too few": (Body(body=b'{"results": []}'), SearchUnavailable),
    "loading": (Body(body=b'{"results": [{"code": 503, "error": "Not Ready"}]}'), SearchUnavailable),
    "forbidden": (Body(body=b'{"results": [{"code": 401, "error": "Forbidden"}]}'), SearchUnauthorized),
    "401": (Status(status=401), SearchUnauthorized),
}


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("what", FAULTS)
async def test_no_answer(reader: Reader, proxy: TypesenseProxy, collection: str, what: str) -> None:
    fault, error = FAULTS[what]
    proxy.fail("*", fault)  # type: ignore[arg-type]
    with pytest.raises(error):
        await reader.search([search(collection)])
    proxy.mend()
    assert (await reader.search([search(collection)]))[0].found == 2


async def test_a_wrong_key_is_not_told(typesense: EmbeddedServer, shelf: Client, collection: str) -> None:
    async with open_reader([typesense.url], "wrong-key-of-mine") as opened:
        with pytest.raises(SearchUnauthorized) as refused:
            await opened.search([search(collection)])
    assert "wrong-key" not in str(refused.value)


async def test_the_next_node_is_asked_and_then_asked_first(
    typesense: EmbeddedServer, shelf: Client, proxy: TypesenseProxy, collection: str
) -> None:
    proxy.fail("*", Status(status=503), times=1)
    async with open_reader([proxy.url, typesense.url], typesense.api_key) as opened:
        for _ in range(3):
            assert (await opened.search([search(collection)]))[0].found == 2
    assert len(proxy.requests) == 1


async def test_searches_of_a_page_share_their_patience(
    reader: Reader, shelf: Client, proxy: TypesenseProxy, collection: str
) -> None:
    proxy.fail("*", Hang())
    with reader.share_patience():
        began = time.monotonic()
        for _ in range(4):
            with pytest.raises(SearchUnavailable):
                await reader.search([search(collection)])
        assert PATIENCE_SECONDS <= time.monotonic() - began < 2 * PATIENCE_SECONDS
        proxy.mend()
        take_time()
        assert (await reader.search([search(collection)]))[0].found == 2
    assert (await reader.search([search(collection)]))[0].found == 2
