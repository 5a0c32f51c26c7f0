"""A whole collection is read: nothing missed, whatever its serials, and little touched but what is there."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import pytest

from pyf.aggregator.gallery.asking import Asking
from pyf.aggregator.gallery.sweep import AT_ONCE, sweep
from pyf.aggregator.gallery.whole import Whole
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.reader import Answer, Reader, open_reader
from tests.clients import Client, filled_with_documents

_random = random.Random(18)  # noqa: S311 - made-up serials

SERIALS = {
    "none": [],
    "one": [7],
    "as many as a page has": range(AT_ONCE),
    "even": range(1, 2_000),
    "as PyPI's: few that are old, most of them young": [
        int(40e6 * _random.random() ** 0.2) for _ in range(2_000)
    ],
    "all the same": [0] * 600,
    "the same in between": [*range(300), *[1_000] * 600, *range(5_000, 5_300)],
    "the same at the end": [*range(300), *[9_000_000] * 600],
    "far apart": [1, 2, 2**40, 2**40 + 1, 2**53],
}


NAME = "swept"


def make_document(number: int, serial: int) -> dict[str, object]:
    name = f"p{number:04}"
    required = {"name_sortable": name, "version": "1", "version_sortable": "1", "yanked": False}
    return {"id": name, "name": name, "serial": serial, **required}


class Counting(Reader):
    """Counts the documents that searches go through; something may happen before one of the searches."""

    def __init__(self, reader: Reader, before: Mapping[int, Callable[[], object]]) -> None:
        self._reader = reader
        self._before = before
        self.searches = self.touched = 0

    async def search(self, searches: Sequence[Mapping[str, object]]) -> list[Answer]:
        if happens := self._before.get(self.searches):
            happens()
        self.searches += 1
        answers = await self._reader.search(searches)
        self.touched += sum(answer.found for answer in answers)
        return answers


async def read(
    typesense: EmbeddedServer, before: Mapping[int, Callable[[], object]] | None = None
) -> tuple[list[str], Counting]:
    """Return the ids as they come, and what was asked."""
    async with open_reader([typesense.url], typesense.api_key, patience_seconds=20) as opened:
        reader = Counting(opened, before or {})
        asking = Asking(reader, clock=time.monotonic)
        search = {"collection": NAME, "preset": NAME, "q": "*"}
        ids = [
            msgspec.json.decode(hit.document)["id"]
            async for hits in sweep(asking, search, "id")
            for hit in hits
        ]
        return ids, reader


@pytest.mark.asyncio
@pytest.mark.parametrize("serials", SERIALS.values(), ids=SERIALS)
async def test_every_document_is_met_once(typesense: EmbeddedServer, serials: Iterable[int]) -> None:
    documents = [make_document(number, serial) for number, serial in enumerate(serials)]
    with filled_with_documents(Client(typesense.url, typesense.api_key), NAME, documents):
        ids, reader = await read(typesense)
    assert sorted(ids) == [document["id"] for document in documents]
    # Pages of the whole would go through 18,000 of 2,000 documents.
    ties = max((list(serials).count(serial) for serial in {*serials}), default=0)
    assert reader.touched <= 2 * len(documents) + 4 * len(documents) + (ties // AT_ONCE + 1) * ties
    assert reader.searches <= 3 + len(documents) // 50


@pytest.mark.asyncio
async def test_what_is_written_meanwhile_is_not_missed(typesense: EmbeddedServer) -> None:
    client = Client(typesense.url, typesense.api_key)
    documents = [make_document(number, number) for number in range(1_000)]

    def release() -> None:
        """Write one that was met and one that was not, as a release does, and take another away."""
        for number in (3, 900):
            client.ask("PATCH", f"/collections/{NAME}/documents/p{number:04}", {"serial": 5_000 + number})
        client.ask("DELETE", f"/collections/{NAME}/documents/p0005")

    with filled_with_documents(client, NAME, documents):
        ids, _ = await read(typesense, {3: release})
    assert set(ids) == {document["id"] for document in documents}
    assert {name for name in ids if ids.count(name) > 1} == {"p0003"}


@pytest.mark.asyncio
async def test_a_collection_without_serials_is_read_by_pages(typesense: EmbeddedServer) -> None:
    documents = [make_document(number, 0) for number in range(600)]
    for document in documents:
        del document["serial"]
    client = Client(typesense.url, typesense.api_key)
    with filled_with_documents(client, NAME, documents, without=["serial"]):
        ids, _ = await read(typesense)
    assert sorted(ids) == [document["id"] for document in documents]


@pytest.mark.asyncio
async def test_packages_come_by_name_and_once_whatever_comes_and_goes(typesense: EmbeddedServer) -> None:
    """A site of files is refused where a page is written twice, and an export must not have one twice."""
    client = Client(typesense.url, typesense.api_key)
    # The oldest serials have the last names.
    documents = [make_document(number, 1_000 - number) for number in range(600)]

    def change() -> None:
        (new,) = [make_document(0, 2_000) | {"id": "a-new-one", "name": "a-new-one"}]
        client.ask("POST", f"/collections/{NAME}/documents", new)
        client.ask("DELETE", f"/collections/{NAME}/documents/p0599")

    with filled_with_documents(client, NAME, documents):
        async with open_reader([typesense.url], typesense.api_key, patience_seconds=20) as opened:
            asking = Asking(Counting(opened, {6: change}), clock=time.monotonic)
            whole = Whole(NAME, asking, clock=time.monotonic)
            parts = [[package.id for package in part] async for part in whole.iterate_packages(100)]
    assert [len(part) for part in parts] == [100, 100, 100, 100, 100, 99]
    assert [name for part in parts for name in part] == [document["id"] for document in documents[:-1]]


@pytest.mark.asyncio
async def test_nobody_but_the_first_waits_for_the_whole_collection(typesense: EmbeddedServer) -> None:
    client = Client(typesense.url, typesense.api_key)
    now = 0.0
    with filled_with_documents(client, NAME, [make_document(1, 1), make_document(2, 2)]):
        async with open_reader([typesense.url], typesense.api_key, patience_seconds=20) as opened:
            reader = Counting(opened, {})
            whole = Whole(NAME, Asking(reader, clock=time.monotonic), clock=lambda: now)
            assert [document.id for document in await whole.list_all()] == ["p0001", "p0002"]
            client.ask("DELETE", f"/collections/{NAME}/documents/p0001")
            now = 1_000.0
            asked = reader.searches
            assert len(await whole.list_all()) == 2
            # It was told before anything was asked.
            assert reader.searches == asked
            async with asyncio.timeout(20):
                while len(await whole.list_all()) == 2:  # noqa: ASYNC110 - each look is what is tested
                    await asyncio.sleep(0.01)
            assert [document.id for document in await whole.list_all()] == ["p0002"]
