"""Several sources for one collection: each may fail alone, and what concerns all is said once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError, UsageError
from pyf.aggregator.errors.sources import SourceUnavailable
from pyf.aggregator.errors.typesense import CollectionNotFound, SchemaMismatch
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.in_turn import AskSource, enrich_in_turn
from pyf.aggregator.jobs.progress import EnrichAccount, EnrichSummary, SourceSummary
from tests.laboratory import Laboratory

pytestmark = pytest.mark.asyncio

asked: list[str] = []


def answer(name: str, error: AggregatorError | None = None, written: int = 0) -> AskSource:
    """Return a source that notes that it was asked, and then says something or fails."""

    async def ask() -> SourceSummary:
        asked.append(name)
        if error is not None:
            raise error
        return SourceSummary(source=name, collection="x", written=written)

    return ask


async def run(laboratory: Laboratory, **sources: AskSource) -> EnrichAccount:
    asked.clear()
    order = EnrichOrder(target=laboratory.collection, max_age=timedelta(1))
    async with laboratory.open_search() as search:
        return await enrich_in_turn(order, sources, search)


@pytest.fixture
def ready(laboratory: Laboratory) -> Laboratory:
    laboratory.ask("POST", "/collections", {"name": laboratory.collection, **build_schema()})
    return laboratory


async def test_a_source_that_cannot_even_be_opened_is_a_part_that_stopped(ready: Laboratory) -> None:
    error = SourceUnavailable("pages.example", "HTTP 503")
    account = await run(ready, pages=answer("pages", error), likes=answer("likes", written=2))
    assert asked == ["pages", "likes"]
    assert account.sources["pages"].stopped == str(error)
    assert account.sources["likes"] == SourceSummary(source="likes", collection="x", written=2)
    assert (account.exit_code, account.complete, account.begun) == (1, False, True)


@pytest.mark.parametrize(
    "error",
    [ConfigurationError("no such folder"), UsageError("no such profile"), CollectionNotFound("x", [])],
    ids=repr,
)
async def test_what_the_user_has_to_mend_ends_the_run(ready: Laboratory, error: AggregatorError) -> None:
    with pytest.raises(type(error)):
        await run(ready, pages=answer("pages", error), likes=answer("likes"))
    assert asked == ["pages"]


def drop(laboratory: Laboratory) -> None:
    laboratory.ask("DELETE", f"/collections/{laboratory.collection}")


def change(laboratory: Laboratory) -> None:
    drop(laboratory)
    fields = [{"name": "version", "type": "int32"}]
    laboratory.ask("POST", "/collections", {"name": laboratory.collection, "fields": fields})


@pytest.mark.parametrize(
    ("arrange", "error"), [(drop, CollectionNotFound), (change, SchemaMismatch)], ids=["gone", "other"]
)
async def test_a_collection_that_no_source_can_use_is_told_before_any_is_asked(
    ready: Laboratory, arrange: Callable[[Laboratory], None], error: type[AggregatorError]
) -> None:
    arrange(ready)
    with pytest.raises(error):
        await run(ready, pages=answer("pages"), likes=answer("likes"))
    assert asked == []


@pytest.mark.parametrize(
    ("parts", "exit_code", "complete"),
    [
        ([], 0, True),
        ([SourceSummary(source="a", collection="x", off="not set")], 0, True),
        ([SourceSummary(source="a", collection="x", left=3)], 0, False),
        ([EnrichSummary(collection="x", left=3), SourceSummary(source="a", collection="x")], 0, False),
        ([EnrichSummary(collection="x"), SourceSummary(source="a", collection="x", stopped="no")], 1, False),
    ],
)
async def test_an_account_is_as_good_as_its_worst_part(
    parts: list[EnrichSummary | SourceSummary], exit_code: int, *, complete: bool
) -> None:
    account = EnrichAccount(collection="x", sources={str(n): part for n, part in enumerate(parts)})
    assert (account.exit_code, account.complete) == (exit_code, complete)
