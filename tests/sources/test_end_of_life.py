"""Cycles: read once, asked for again by what names their state, and never more believed than they say."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.sources.end_of_life import (
    EndOfLife,
    ProductPage,
    parse_product,
    read_http_date,
)
from pyf.aggregator.sources.http import Answer, HttpClient, open_session
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.laboratory import AT_ONCE
from tests.servers.end_of_life import EndOfLifeServer, build_cycle
from tests.servers.faults import Status


@pytest.fixture
def end_of_life() -> Iterator[EndOfLifeServer]:
    with EndOfLifeServer() as server:
        yield server


@asynccontextmanager
async def asking(server: EndOfLifeServer) -> AsyncIterator[EndOfLife]:
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE)
        yield EndOfLife(client, url=server.url)


def parse(*releases: Any, name: Any = "plone") -> ProductPage:
    body = json.dumps({"result": {"name": name, "releases": list(releases)}}).encode()
    return parse_product(Answer(url="https://eol.example/x", status=200, headers={}, body=body), "plone")


@pytest.mark.asyncio
async def test_a_product_has_cycles_with_their_dates(end_of_life: EndOfLifeServer) -> None:
    async with asking(end_of_life) as source:
        page = await source.fetch_cycles("django")
        missing = await source.fetch_cycles("flask")
    assert isinstance(page, ProductPage)
    assert page.cycles[1:] == (
        Cycle(
            product="django",
            name="5.2",
            released=date(2025, 4, 2),
            ends=date(2028, 4, 30),
            ended=False,
            lts=True,
        ),
        Cycle(
            product="django",
            name="5.1",
            released=date(2024, 8, 7),
            ends=date(2025, 12, 3),
            ended=True,
            lts=False,
        ),
    )
    assert missing is None
    assert [record.path for record in end_of_life.requests] == ["/products/django", "/products/flask"]


@pytest.mark.parametrize("dated", [False, True], ids=["by its ETag", "by its date"])
@pytest.mark.asyncio
async def test_cycles_are_sent_again_only_when_they_changed(
    end_of_life: EndOfLifeServer, dated: bool
) -> None:
    end_of_life.dated = dated
    async with asking(end_of_life) as source:
        page = await source.fetch_cycles("plone")
        assert isinstance(page, ProductPage)
        assert (page.etag is None) is dated
        known = {"etag": page.etag, "last_modified": page.last_modified}
        assert await source.fetch_cycles("plone", **known) == NotModified()
        end_of_life.products["plone"].insert(0, build_cycle("7.0", "2026-11-01", None))
        end_of_life.written = datetime(2026, 11, 1, tzinfo=UTC)
        newer = await source.fetch_cycles("plone", **known)
    assert isinstance(newer, ProductPage)
    assert newer.cycles[0].name == "7.0"
    assert end_of_life.statuses == {200: 2, 304: 1}


@pytest.mark.asyncio
async def test_what_was_not_cached_cannot_be_unmodified(end_of_life: EndOfLifeServer) -> None:
    end_of_life.fail("*", Status(status=304, body=b""))
    async with asking(end_of_life) as source:
        with pytest.raises(MalformedResponse, match="nothing was cached"):
            await source.fetch_cycles("plone", etag="odd", last_modified="yesterday")
    assert not {"If-None-Match", "If-Modified-Since"} & set(end_of_life.requests[0].headers)


@pytest.mark.parametrize("product", ["", "..", "../x", "a/b", "a?b", "Plone", "a b", "ä", "a" * 300])
@pytest.mark.asyncio
async def test_what_is_no_name_of_a_product_is_not_asked_for(
    end_of_life: EndOfLifeServer, product: str
) -> None:
    async with asking(end_of_life) as source:
        assert await source.fetch_cycles(product) is None
    assert end_of_life.requests == []


WHOLE = build_cycle("6.1", "2025-02-07", "2027-12-31")
ODD: tuple[object, ...] = (
    None,
    7,
    True,
    [],
    {},
    "",
    "soon",
    "2025-02-30",
    "20250207",
    "2025-02-07T00:00:00Z",
)


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(("key", "field"), [("releaseDate", "released"), ("eolFrom", "ends")])
def test_a_date_that_is_none_is_unknown(key: str, field: str, value: object) -> None:
    (cycle,) = parse({**WHOLE, key: value}).cycles
    assert getattr(cycle, field) is None
    assert (cycle.name, cycle.ended) == ("6.1", False)


@pytest.mark.parametrize("value", [None, 7, 0, "true", [], "2027-12-31"], ids=repr)
def test_a_flag_that_is_none_is_unknown(value: object) -> None:
    (cycle,) = parse({**WHOLE, "isEol": value, "isLts": value}).cycles
    assert (cycle.ended, cycle.lts) == (None, None)
    assert cycle.ends == date(2027, 12, 31)


@pytest.mark.parametrize("value", [None, 7, "", [], "a" * 300], ids=lambda value: repr(value)[:20])
def test_a_cycle_without_a_name_leaves_the_others_good(value: object) -> None:
    found = parse({**WHOLE, "name": value}, value, WHOLE)
    assert [cycle.name for cycle in found.cycles] == ["6.1"]
    with pytest.raises(MalformedResponse, match="no cycle"):
        parse({**WHOLE, "name": value})


@pytest.mark.parametrize(
    "content",
    [{}, [], {"result": None}, {"result": {"releases": {}}}, {"result": {"releases": []}}],
    ids=repr,
)
def test_what_is_no_product_is_malformed(content: Mapping[str, Any]) -> None:
    answer = Answer(url="https://eol.example/x", status=200, headers={}, body=json.dumps(content).encode())
    with pytest.raises(MalformedResponse):
        parse_product(answer, "plone")


def test_another_product_is_not_taken() -> None:
    with pytest.raises(MalformedResponse, match="speaks of 'django'"):
        parse(WHOLE, name="django")


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Sat, 22 Aug 2026 12:00:00 GMT", "Sat, 22 Aug 2026 12:00:00 GMT"),
        ("Sat, 22 Aug 2026 14:00:00 +0200", "Sat, 22 Aug 2026 12:00:00 GMT"),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Sat, 22 Aug 2026 12:00:00 GMT\r\nX-Evil: 1", "Sat, 22 Aug 2026 12:00:00 GMT"),
        ("Sat, 22 Aug 99999 12:00:00 GMT", None),
        ("x" * 5000, None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_date_is_sent_back_only_as_one(value: str | None, sent: str | None) -> None:
    assert read_http_date(value) == sent
