"""Downloads: an answer is taken whole or not at all, and no name breaks out of its query."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyf.aggregator.errors.sources import UnprovenAnswer
from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.sources.downloads import (
    CONTROL,
    MAX_NAMES,
    DownloadLog,
    Downloads,
    batch_names,
    build_form,
    quote,
)
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.laboratory import AT_ONCE
from tests.servers.clickhouse import (
    ClickHouseServer,
    Edit,
    leave_out,
    parse_array,
    read_form,
    set_cell,
    set_key,
)
from tests.servers.faults import Body, Edited, Status

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
YESTERDAY = date(2026, 11, 22)
NAMES = [NormalizedName("plone-api"), NormalizedName("plone-restapi"), NormalizedName("unheard-of")]


@pytest.fixture
def clickhouse() -> Iterator[ClickHouseServer]:
    counts = {"pip": 400_000_000, "plone-api": 12_345, "plone-restapi": 7}
    with ClickHouseServer(counts=counts, ends=YESTERDAY) as server:
        yield server


@asynccontextmanager
async def asking(clickhouse: ClickHouseServer) -> AsyncIterator[DownloadLog]:
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE)
        yield DownloadLog(client, url=f"{clickhouse.url}/?user=demo", now=lambda: NOW)


async def ask(clickhouse: ClickHouseServer, names: list[NormalizedName] = NAMES) -> Downloads:
    async with asking(clickhouse) as log:
        return await log.fetch_downloads(names)


@pytest.mark.asyncio
async def test_a_name_without_a_row_in_a_whole_answer_was_not_downloaded(
    clickhouse: ClickHouseServer,
) -> None:
    counts = dict(zip(NAMES, (12_345, 7, 0), strict=True))
    assert await ask(clickhouse) == Downloads(counts=counts, as_of=YESTERDAY)
    (record,) = clickhouse.requests
    query = read_form(record)["query"]
    assert "date > today() - 31" in query
    assert "installer NOT IN ('bandersnatch', 'z3c.pypimirror', 'Artifactory', 'devpi')" in query
    assert clickhouse.asked == [[*NAMES, CONTROL]]


@pytest.mark.asyncio
async def test_the_control_is_told_to_who_asks_for_it_and_asked_for_once(
    clickhouse: ClickHouseServer,
) -> None:
    assert (await ask(clickhouse, [CONTROL])).counts == {"pip": 400_000_000}
    assert clickhouse.asked == [["pip"]]


@pytest.mark.asyncio
async def test_a_thousand_names_take_three_queries(clickhouse: ClickHouseServer) -> None:
    clickhouse.invented = True
    names = [f"p{number}" for number in range(1000)]
    counts: dict[NormalizedName, int] = {}
    async with asking(clickhouse) as log:
        for batch in batch_names(names):
            counts |= (await log.fetch_downloads(batch)).counts
        assert log.queries == 3
    assert sorted(counts) == sorted(names)
    assert 0 not in counts.values()
    assert max(map(len, clickhouse.asked)) == 500


def cut(rows: int) -> Edit:
    """Return an answer that says it is whole and has lost its end."""

    def edit(answer: dict[str, Any]) -> None:
        answer["data"] = answer["data"][:rows]

    return edit


def claim_rows(answer: dict[str, Any]) -> None:
    answer["data"] *= 500
    answer["rows"] = len(answer["data"])


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (cut(2), "2 of 3 rows"),
        (set_key("data", []), "0 of 3 rows"),
        (set_key("rows", 2), "3 of 2 rows"),
        (claim_rows, "cut after 1500 rows"),
        (set_key("rows_before_limit_at_least", 4), "cut after 3 rows"),
        (set_key("exception", "Code: 159. DB::Exception: Timeout exceeded"), "failed on the way: Code: 159"),
        (set_key("exception", None), "failed on the way"),
        (set_key("statistics", {"elapsed": 60.1}), "cut after 60 s"),
        (set_key("statistics", {"elapsed": -1}), "cut after -1 s"),
        (set_key("statistics", {}), "elapsed"),
        (leave_out("pip"), "no downloads of pip"),
        (set_cell("pip", 1, "0"), "no downloads of pip"),
        (set_cell("pip", 2, "2026-11-19"), "ends on 2026-11-19"),
        (set_cell("plone-api", 2, "2026-11-25"), "goes on to 2026-11-25"),
        (set_cell("plone-api", 0, "requests"), "'requests', unasked"),
        (set_cell("plone-api", 0, "plone-restapi"), "'plone-restapi', twice"),
        (set_key("meta", []), "columns"),
        (
            set_key("meta", [{"name": name} for name in ("project", "latest", "downloads")]),
            "columns are not project, downloads, latest",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.asyncio
async def test_an_answer_that_may_not_be_whole_or_recent_gives_nothing(
    clickhouse: ClickHouseServer, edit: Edit, reason: str
) -> None:
    clickhouse.fail("*", Edited(edit))
    with pytest.raises(UnprovenAnswer, match=reason) as refused:
        await ask(clickhouse)
    assert "not provably whole and recent" in str(refused.value)
    # Asking again at once would spend the hour's queries on the same answer.
    assert len(clickhouse.requests) == 1
    clickhouse.mend()
    assert (await ask(clickhouse)).counts[NAMES[0]] == 12_345


@pytest.mark.parametrize(
    "value",
    [-1, "-1", 1.5, "1.5", "1e3", None, True, [], {}, "", "x", "²", 2**53, str(2**53), "9" * 5000],
    ids=lambda value: repr(value)[:20],
)
@pytest.mark.asyncio
async def test_a_count_that_is_none_spoils_the_answer(clickhouse: ClickHouseServer, value: object) -> None:
    clickhouse.fail("*", Edited(set_cell("plone-restapi", 1, value)))
    with pytest.raises(UnprovenAnswer, match="a row is not"):
        await ask(clickhouse)


@pytest.mark.parametrize(
    "value",
    [None, 7, "", "yesterday", "2026-13-01", "2026-11-22T00:00:00", "20261122", "2026-W47-7"],
    ids=repr,
)
@pytest.mark.asyncio
async def test_a_day_that_is_none_spoils_the_answer(clickhouse: ClickHouseServer, value: object) -> None:
    clickhouse.fail("*", Edited(set_cell("plone-restapi", 2, value)))
    with pytest.raises(UnprovenAnswer, match="a row is not"):
        await ask(clickhouse)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Body(body=b'{"meta": [], "data": [\nCode: 241. DB::Exception: Memory limit'), "not provably"),
        (Body(body=b""), "not provably"),
        (Body(body=b"[]"), "not provably"),
        (Body(body=b"[" * 50_000), "not provably"),
        (Status(status=404), "HTTP 404"),
        (Status(status=304, body=b""), "HTTP 304"),
    ],
    ids=["exception", "empty", "list", "deep", "404", "304"],
)
@pytest.mark.asyncio
async def test_what_is_no_answer_gives_nothing(
    clickhouse: ClickHouseServer, fault: Body | Status, reason: str
) -> None:
    clickhouse.fail("*", fault)
    with pytest.raises(UnprovenAnswer, match=reason):
        await ask(clickhouse)


@pytest.mark.asyncio
async def test_the_copy_may_be_three_days_behind(clickhouse: ClickHouseServer) -> None:
    clickhouse.ends = NOW.date() - timedelta(days=3)
    assert (await ask(clickhouse)).as_of == date(2026, 11, 20)


NASTY = ["a') OR 1=1 --", "a\\", "'", "\\'", "a,b", "a]", "ä", "a\0b", "", "A", "a_b", "-a", "a\n", "p" * 256]


@pytest.mark.parametrize("name", NASTY, ids=lambda value: repr(value)[:20])
@pytest.mark.asyncio
async def test_what_is_no_normalized_name_is_not_sent(clickhouse: ClickHouseServer, name: str) -> None:
    assert batch_names([name]) == []
    assert batch_names([name, "plone-api", "plone-api"]) == [("plone-api",)]
    with pytest.raises(ValueError, match="no names for one query"):
        await ask(clickhouse, [NormalizedName(name)])
    assert clickhouse.requests == []


def test_a_query_is_built_for_some_names_and_not_for_too_many() -> None:
    names = [NormalizedName(f"p{number}") for number in range(MAX_NAMES + 1)]
    assert len(parse_array(build_form(names[:MAX_NAMES])["param_names"])) == 500
    for wrong in ([], names):
        with pytest.raises(ValueError, match="no names for one query"):
            build_form(wrong)
    assert [len(batch) for batch in batch_names(names)] == [499, 1]


@settings(max_examples=60)
@given(texts=st.lists(st.text(), min_size=1, max_size=4))
@example(texts=["a') OR 1=1 --", "\\"])
def test_no_text_breaks_out_of_its_quotes(texts: list[str]) -> None:
    assert parse_array(f"[{','.join(map(quote, texts))}]") == texts


@settings(max_examples=60)
@given(
    text=st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", fullmatch=True).filter(
        lambda t: len(t) < 99
    )
)
def test_every_project_has_a_name_that_is_sent(text: str) -> None:
    assert batch_names([normalize(text)]) == [(normalize(text),)]
