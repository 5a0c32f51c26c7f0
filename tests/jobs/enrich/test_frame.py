"""The frame of all enrichments, with a small made-up source of facts on a real Typesense."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import pytest

from pyf.aggregator.documents.import_lines import MAX_BATCH_BYTES
from pyf.aggregator.documents.owned_fields import OwnedFields, SourceInput
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.documents.references import DocumentRef
from pyf.aggregator.documents.schema import Document, Field
from pyf.aggregator.errors.sources import SourceUnavailable
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.enrich.writer import GoOn, Wanted, write_named
from pyf.aggregator.jobs.progress import ItemFailure, NullProgress
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer
from tests.laboratory import Laboratory
from tests.servers.faults import Status
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ORDER = EnrichOrder(target="plone", max_age=WEEK)


# The made-up source: what somebody writes who adds one.

SCORE_FIELDS = OwnedFields(
    source="scores",
    schema=(
        Field(name="score", type="int64", sort=True),
        Field(name="score_checked", type="int64", sort=True),
    ),
    display=("score_note",),
)


class ScoreInput(SourceInput, frozen=True, kw_only=True):
    version: str
    score_checked: int | None = None


@dataclass
class Scores:
    """Knows a score for some projects, by name; two share a request, and some requests fail."""

    known: Mapping[str, Document]
    now: datetime = NOON
    order: EnrichOrder = ORDER
    fails_at: int | None = None
    asked: list[list[str]] = field(default_factory=list)

    reads: type[ScoreInput] = ScoreInput
    fields: OwnedFields = SCORE_FIELDS

    def find_due(self, documents: Mapping[NormalizedName, ScoreInput]) -> list[NormalizedName]:
        due = self.order.is_due
        return sorted(name for name, item in documents.items() if due(item.score_checked, self.now))

    def recall(self) -> Wanted:
        return {}

    async def ask(self, due: Sequence[NormalizedName]) -> AsyncIterator[Wanted]:
        for part in batched(due, 2):
            if len(self.asked) == self.fails_at:
                raise SourceUnavailable("scores.example", "HTTP 503")
            self.asked.append(list(part))
            checked = {"score_checked": int(self.now.timestamp())}
            yield {name: {**self.known[name], **checked} for name in part if name in self.known}


@dataclass
class Ranks(Scores):
    """An assessment: says something of every document from the whole collection, and asks nobody."""

    def find_due(self, documents: Mapping[NormalizedName, ScoreInput]) -> list[NormalizedName]:
        ordered = sorted(documents, key=lambda name: documents[name].version)
        self._ranks: Wanted = {name: {"score": rank} for rank, name in enumerate(ordered)}
        return []

    def recall(self) -> Wanted:
        return self._ranks


@dataclass(kw_only=True)
class Counts:
    seen: int = 0
    written: int = 0
    unchanged: int = 0
    changes: int = 0
    rejected: list[ItemFailure] = field(default_factory=list)
    stopped: str | None = None


# What the tests work with


@dataclass(kw_only=True)
class Desk:
    """One collection, a proxy that shows what is sent to it, and one run at a time."""

    laboratory: Laboratory
    proxy: TypesenseProxy

    def add(self, name: str, version: str = "1.0", **fields: Any) -> None:
        required = {"name": name, "name_sortable": name, "version": version, "version_sortable": version}
        document = {"id": name, "serial": 1, "yanked": False, **required, **fields}
        path = f"/collections/{self.laboratory.collection}/documents"
        self.laboratory.ask("POST", path, document, action="upsert")

    def change(self, name: str, **fields: Any) -> None:
        path = f"/collections/{self.laboratory.collection}/documents"
        self.laboratory.ask("POST", path, {"id": name, **fields}, action="update")

    def get(self, name: str) -> Document:
        """Return what a document says in the source's fields."""
        document = self.laboratory.get_documents()[name]
        return {key: value for key, value in document.items() if key in SCORE_FIELDS.names}

    @asynccontextmanager
    async def open_search(self) -> AsyncIterator[SearchServer]:
        policy = RetryPolicy(attempts=1, first_wait_seconds=0, longest_wait_seconds=0)
        key = self.laboratory.typesense.api_key
        async with open_connection([self.proxy.url], key, timeout_seconds=20, policy=policy) as connection:
            yield SearchServer(connection)

    async def run(self, source: Scores, target: str | None = None, go_on: GoOn | None = None) -> Counts:
        """Run to the end, whatever ends it."""
        counts = Counts()
        self.proxy.clear_requests()
        async with self.open_search() as search:
            counts.stopped = await Enrichment(
                order=replace(source.order, target=target or self.laboratory.collection),
                source=source,
                go_on=go_on,
                search=search,
                progress=NullProgress(),
                counts=counts,
            ).run()
        return counts

    async def write_named(self, wanted: Mapping[DocumentRef, Document]) -> Counts:
        counts = Counts()
        self.proxy.clear_requests()
        async with self.open_search() as search:
            await write_named(wanted, SCORE_FIELDS, search, counts)
        return counts

    def refer(self, name: str) -> DocumentRef:
        return DocumentRef(target=self.laboratory.collection, name=NormalizedName(name))

    def get_sent(self) -> list[list[Document]]:
        """Return the lines of every import, request by request."""
        return [[json.loads(line) for line in body.splitlines()] for body in self.get_bodies()]

    def get_bodies(self) -> list[bytes]:
        return [record.body for record in self.proxy.requests if record.path.endswith("/import")]

    def count_exports(self) -> int:
        return self.count("/export")

    def count(self, path: str) -> int:
        return sum(record.path.endswith(path) for record in self.proxy.requests)


@pytest.fixture
def desk(laboratory: Laboratory) -> Iterator[Desk]:
    """Four documents, ``a`` to ``d``."""
    laboratory.ask("POST", "/collections", {"name": laboratory.collection, **build_schema()})
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        desk = Desk(laboratory=laboratory, proxy=proxy)
        for name in "abcd":
            desk.add(name, github_stars=7)
        yield desk


CHECKED = int(NOON.timestamp())


# A source


async def test_a_source_fills_its_fields_and_no_other(desk: Desk) -> None:
    before = desk.laboratory.get_documents()
    source = Scores({"a": {"score": 1}, "b": {"score": 2, "score_note": "fine"}})
    counts = await desk.run(source)
    after = desk.laboratory.get_documents()
    assert after == {
        **before,
        "a": {**before["a"], "score": 1, "score_checked": CHECKED},
        "b": {**before["b"], "score": 2, "score_note": "fine", "score_checked": CHECKED},
    }
    assert counts == Counts(seen=4, written=2, unchanged=2)
    assert (source.asked, desk.count_exports()) == ([["a", "b"], ["c", "d"]], 1)


@dataclass
class Restless(Scores):
    """Says something else of one project while it asks on."""

    async def ask(self, due: Sequence[NormalizedName]) -> AsyncIterator[Wanted]:
        for score in (1, 1, 2):
            yield {due[0]: {"score": score}}


async def test_a_document_that_is_written_twice_counts_once_and_the_same_is_not_sent_again(
    desk: Desk,
) -> None:
    counts = await desk.run(Restless({}))
    assert desk.get_sent() == [[{"id": "a", "score": 1}], [{"id": "a", "score": 2}]]
    assert counts == Counts(seen=4, written=1, unchanged=3)


async def test_only_what_is_due_is_asked_for_and_only_what_differs_is_sent(desk: Desk) -> None:
    known: dict[str, Document] = {name: {"score": 1} for name in "abcd"}
    await desk.run(Scores(known))
    again = Scores(known, now=NOON + DAY)
    assert await desk.run(again) == Counts(seen=4, unchanged=4)
    assert (again.asked, desk.get_sent()) == ([], [])
    desk.add("e")
    known["e"] = {"score": 5}
    later = Scores(known, now=NOON + DAY)
    assert (await desk.run(later)).written == 1
    assert later.asked == [["e"]]
    known["a"] = {"score_note": "no score any more"}
    checked = int((NOON + WEEK).timestamp())
    assert (await desk.run(Scores(known, now=NOON + WEEK))).written == 4
    assert desk.get_sent()[0] == [
        {"id": "a", "score": None, "score_checked": checked, "score_note": "no score any more"},
        {"id": "b", "score_checked": checked},
    ]
    assert desk.get("a") == {"score_checked": checked, "score_note": "no score any more"}


async def test_what_was_answered_before_a_failure_is_written_and_not_asked_again(desk: Desk) -> None:
    known: dict[str, Document] = {name: {"score": 1} for name in "abcd"}
    counts = await desk.run(Scores(known, fails_at=1))
    assert (counts.written, counts.unchanged) == (2, 2)
    assert "HTTP 503" in str(counts.stopped)
    assert [len(desk.get(name)) for name in "abcd"] == [2, 2, 0, 0]
    second = Scores(known)
    assert await desk.run(second) == Counts(seen=4, written=2, unchanged=2)
    assert second.asked == [["c", "d"]]


async def test_what_typesense_did_not_take_is_due_again(desk: Desk) -> None:
    known: dict[str, Document] = {name: {"score": 1} for name in "abcd"}
    refusal = b"\n".join([b'{"success":true}', b'{"success":false,"error":"no room"}'])
    desk.proxy.fail("*/documents/import", Status(status=200, body=refusal), times=1)
    counts = await desk.run(Scores(known))
    assert (counts.written, counts.rejected) == (3, [ItemFailure(name=NormalizedName("b"), reason="no room")])
    assert counts.unchanged == 0
    second = Scores(known)
    await desk.run(second)
    # The proxy swallowed both lines; the next run sees what is there, not what was said.
    assert second.asked == [["a", "b"]]


async def test_a_value_of_another_type_in_a_field_of_its_own_is_put_right(desk: Desk) -> None:
    desk.add("a", score_note=["not", "a", "text"])
    await desk.run(Scores({"a": {"score_note": "fine"}}))
    assert desk.get("a") == {"score_note": "fine", "score_checked": CHECKED}


async def test_a_source_cannot_write_the_fields_of_others(desk: Desk) -> None:
    before = desk.laboratory.get_documents()
    with pytest.raises(ValueError, match="scores does not own github_stars, version"):
        await desk.run(Scores({"a": {"score": 1}, "b": {"score": 1, "version": "2", "github_stars": 8}}))
    assert desk.laboratory.get_documents() == before


async def test_large_answers_are_sent_in_requests_of_eight_megabytes(desk: Desk) -> None:
    long: dict[str, Document] = {name: {"score_note": name * 4_500_000} for name in "ab"}
    counts = await desk.run(Scores(long))
    sizes = [len(body) for body in desk.get_bodies()]
    assert (counts.written, len(sizes)) == (2, 2)
    assert max(sizes) <= MAX_BATCH_BYTES


async def test_an_assessment_writes_only_what_differs(desk: Desk) -> None:
    assert (await desk.run(Ranks({}))).written == 4
    assert await desk.run(Ranks({})) == Counts(seen=4, unchanged=4)
    desk.add("d", version="0.1", score=3)
    assert (await desk.run(Ranks({}))).written == 4
    assert [desk.get(name)["score"] for name in "dabc"] == [0, 1, 2, 3]
    desk.add("e", version="9.0")
    assert await desk.run(Ranks({})) == Counts(seen=5, written=1, unchanged=4)
    assert desk.get_sent() == [[{"id": "e", "score": 4}]]


NOTED = replace(SCORE_FIELDS, continued=("score_note",))


def lengthen(_: NormalizedName, said: Document) -> Document:
    """A note that goes on, and ends when it has three marks."""
    note = f"{said.get('score_note', '')}."
    return {} if len(note) > 3 else {"score_note": note}


async def test_fields_that_go_on_are_read_and_written_beside_others_alone(desk: Desk) -> None:
    assert (await desk.run(Ranks({}, fields=NOTED), go_on=lengthen)).written == 4
    assert desk.get_sent()[0][0] == {"id": "a", "score": 0, "score_note": "."}
    assert await desk.run(Ranks({}, fields=NOTED), go_on=lengthen) == Counts(seen=4, unchanged=4)
    assert (desk.get_sent(), desk.count("/multi_search")) == ([], 0)
    desk.add("e", version="9.0")
    for sent in (".", "..", "...", None):
        desk.change("e", score=9)
        await desk.run(Ranks({}, fields=NOTED), go_on=lengthen)
        assert desk.get_sent() == [[{"id": "e", "score": 4, "score_note": sent}]]
    assert [desk.get(name) for name in "ae"] == [{"score": 0, "score_note": "."}, {"score": 4}]


async def test_fields_that_go_on_wait_for_what_typesense_did_not_take(desk: Desk) -> None:
    desk.proxy.fail("*/documents/import", Status(status=200, body=b'{"success":true}\n' * 4), times=1)
    await desk.run(Ranks({}, fields=NOTED), go_on=lengthen)
    assert desk.get("a") == {}
    await desk.run(Ranks({}, fields=NOTED), go_on=lengthen)
    assert desk.get("a") == {"score": 0, "score_note": "."}


async def test_only_fields_that_go_on_may_do_so(desk: Desk) -> None:
    with pytest.raises(ValueError, match=r"scores does not own score$"):
        await desk.run(Ranks({}, fields=NOTED), go_on=lambda _, said: {"score": 1})
    with pytest.raises(ValueError, match="scores does not own score_note"):
        await desk.run(Scores({"a": {"score_note": "fine"}}, fields=NOTED))
    assert desk.get("a") == {}


async def test_a_collection_that_is_not_there_is_asked_nothing_for(desk: Desk) -> None:
    source = Scores({})
    with pytest.raises(CollectionNotFound):
        await desk.run(source, target="nowhere")
    assert source.asked == []


# Named documents


async def test_of_named_documents_these_alone_are_read_and_what_differs_is_sent(desk: Desk) -> None:
    desk.add("a", score=1, score_note="old")
    desk.add("b", score=2)
    wanted: Document = {"score": 2}
    counts = await desk.write_named({desk.refer(name): wanted for name in "abc"})
    assert (counts.written, desk.count_exports()) == (2, 0)
    (lines,) = desk.get_sent()
    assert sorted(lines, key=lambda line: str(line["id"])) == [
        {"id": "a", "score": 2, "score_note": None},
        {"id": "c", "score": 2},
    ]
    assert [desk.get(name) for name in "abcd"] == [wanted, wanted, wanted, {}]
    assert (await desk.write_named({desk.refer("a"): {}})).written == 1
    assert desk.get("a") == {}


async def test_more_documents_than_a_request_may_name_are_all_read(desk: Desk) -> None:
    names = [f"project-{number:03}" for number in range(120)]
    for name in names:
        desk.add(name, score=1)
    counts = await desk.write_named({desk.refer(name): {"score": 1} for name in names})
    assert (counts, desk.get_sent()) == (Counts(), [])
    assert (await desk.write_named({desk.refer(name): {"score": 2} for name in names})).written == 120


async def test_documents_with_odd_ids_are_found_too(desk: Desk) -> None:
    desk.add("a`b/c d", score=1)
    counts = await desk.write_named({desk.refer("a`b/c d"): {"score": 2}})
    assert (counts.written, desk.get("a`b/c d")) == (1, {"score": 2})


async def test_documents_and_collections_that_are_gone_are_passed_over(desk: Desk) -> None:
    elsewhere = DocumentRef(target="nowhere", name=NormalizedName("a"))
    counts = await desk.write_named({elsewhere: {"score": 1}, desk.refer("gone"): {"score": 1}})
    assert (counts, desk.get_sent()) == (Counts(), [])
    assert "gone" not in desk.laboratory.get_names()


@pytest.mark.parametrize(
    ("profile", "options"),
    [
        (None, "-t c --rebuild, with the -p or -ft that it was filled with"),
        ("c", "-p c --rebuild to fill it again"),
        ("mine", "-p mine -t c --rebuild to fill it again"),
    ],
)
async def test_the_remedy_for_another_schema_is_a_rebuild_of_that_very_collection(
    profile: str | None, options: str
) -> None:
    order = EnrichOrder(target="c", max_age=WEEK, profile=profile)
    assert order.remedy == f"run pyfaggregator -f {options}"


# Ages


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (None, True),
        (timedelta(0), False),
        (WEEK - timedelta(seconds=1), False),
        (WEEK, True),
        # From a clock that was wrong
        (timedelta(seconds=-1), True),
    ],
)
async def test_what_is_too_old_or_from_the_future_is_due(age: timedelta | None, *, due: bool) -> None:
    checked = None if age is None else int((NOON - age).timestamp())
    assert ORDER.is_due(checked, NOON) is due
    assert replace(ORDER, ignore_age=True).is_due(checked, NOON)
