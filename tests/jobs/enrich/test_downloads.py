"""Downloads of a collection's projects: asked once a week, taken whole or not at all, and never lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from pyf.aggregator.documents.enrichments import DOWNLOAD_FIELDS
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.enrich.downloads import MAX_AGE, enrich_downloads
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.jobs.resources import DownloadResources
from pyf.aggregator.sources.downloads import MAX_NAMES, QUERIES_AT_ONCE, DownloadLog
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter, RateLimiter
from pyf.aggregator.state.redis.rate_limit import RedisRateLimiter
from pyf.aggregator.state.redis.store import open_store
from tests.commands import NOBODY
from tests.laboratory import AT_ONCE, PLONE, Laboratory, find_read_timeout
from tests.observatory import DAY, Clock
from tests.servers.clickhouse import ClickHouseServer, Edit, leave_out, set_cell, set_key
from tests.servers.faults import Body, CutBody, Edited, Fault, Hang, Huge, Status
from tests.servers.redis import RedisServer
from tests.steps import NotedProgress

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 24)
WEEK = timedelta(days=7)


@dataclass(kw_only=True)
class Turnstile:
    """A collection whose projects are downloaded, and runs; ``pace`` is that of the queries."""

    laboratory: Laboratory
    clickhouse: ClickHouseServer
    clock: Clock = field(default_factory=lambda: Clock(now=NOON))
    pace: RateLimiter = field(default_factory=lambda: LocalRateLimiter(0))
    url: str | None = ""

    def __post_init__(self) -> None:
        self.url = f"{self.clickhouse.url}/?user=demo"

    async def run(
        self, *, target: str | None = None, ignore_age: bool = False, times: int = 1
    ) -> SourceSummary:
        """Ask for what is due so many times, as one process does; return the last account."""
        self.clickhouse.clear_requests()
        order = EnrichOrder(
            target=target or self.laboratory.collection, max_age=MAX_AGE, ignore_age=ignore_age
        )
        async with (
            self.laboratory.open_search() as search,
            open_session(
                user_agent="tests", connections=1, read_timeout_seconds=find_read_timeout(self.clickhouse)
            ) as session,
        ):
            client = HttpClient(
                session, pace=self.pace, policy=AT_ONCE, now=self.clock.tell, sleep=self.clock.sleep
            )
            log = None if self.url is None else DownloadLog(client, url=self.url, now=self.clock.tell)
            resources = DownloadResources(
                log=log, search=search, progress=self.laboratory.progress, now=self.clock.tell
            )
            for _ in range(times):
                summary = await enrich_downloads(order, resources)
        return summary

    def pass_by(self, time: timedelta) -> None:
        """Let time pass, for the log, too."""
        self.clock.pass_by(time)
        self.clickhouse.ends += timedelta(days=time.days)

    def get_figures(self) -> dict[str, Document]:
        """Return what each document says of downloads."""
        return {
            name: {key: value for key, value in document.items() if key in DOWNLOAD_FIELDS.names}
            for name, document in self.laboratory.get_documents().items()
        }

    def get_known(self) -> set[str]:
        """Return the projects whose downloads are known."""
        return {name for name, said in self.get_figures().items() if said}

    def get_asked(self) -> list[list[str]]:
        """Return the names of each query of the last run, without the control."""
        return [[name for name in names if name != "pip"] for names in self.clickhouse.asked]


@pytest.fixture
def turnstile(laboratory: Laboratory, clickhouse: ClickHouseServer) -> Turnstile:
    """A log that ended yesterday; the collection is yet to be made."""
    clickhouse.ends = YESTERDAY
    return Turnstile(laboratory=laboratory, clickhouse=clickhouse)


def say(count: int, now: datetime = NOON, ended: date = YESTERDAY) -> Document:
    return {
        "downloads_month": count,
        "downloads_as_of": int(datetime(ended.year, ended.month, ended.day, tzinfo=UTC).timestamp()),
        "downloads_checked": int(now.timestamp()),
    }


# What is learnt


async def test_every_document_says_how_often_until_when_and_since_when_it_is_known(
    turnstile: Turnstile,
) -> None:
    turnstile.clickhouse.invented = False
    turnstile.clickhouse.counts |= {"a": 12_345, "b": 7}
    turnstile.laboratory.add_bare("abc")
    before = turnstile.laboratory.get_documents()
    summary = await turnstile.run()
    said = {"a": say(12_345), "b": say(7), "c": say(0)}
    assert turnstile.laboratory.get_documents() == {name: {**before[name], **said[name]} for name in "abc"}
    assert summary == SourceSummary(
        source="downloads",
        collection=turnstile.laboratory.collection,
        seen=3,
        due=3,
        asked=3,
        written=3,
        requests={"downloads": 1},
    )
    assert turnstile.laboratory.search(q="*", sort_by="downloads_month:desc") == ["a", "b", "c"]


async def test_nothing_is_asked_again_within_a_week_and_only_what_is_due_then(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(998))
    await turnstile.run()
    assert [len(names) for names in turnstile.get_asked()] == [499, 499]
    turnstile.pass_by(DAY)
    assert (await turnstile.run()).requests == {}
    turnstile.laboratory.add_bare(["new"])
    assert ((await turnstile.run()).written, turnstile.get_asked()) == (1, [["new"]])
    turnstile.pass_by(WEEK - DAY - timedelta(seconds=1))
    assert (await turnstile.run()).requests == {}
    turnstile.pass_by(timedelta(seconds=1))
    summary = await turnstile.run()
    assert (summary.due, summary.asked, summary.requests) == (998, 998, {"downloads": 2})
    assert "new" not in {name for names in turnstile.get_asked() for name in names}
    # All of a sudden, by hand
    assert (await turnstile.run(ignore_age=True)).asked == 999


async def test_a_query_holds_499_names_and_a_thousand_take_three(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(1000))
    assert (await turnstile.run()).requests == {"downloads": 3}
    assert {len(names) for names in turnstile.get_asked()} == {499, 2}


async def test_each_run_counts_its_own_queries(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare("abc")
    assert (await turnstile.run(ignore_age=True, times=2)).requests == {"downloads": 1}


async def test_whoever_watches_is_told_how_many_there_are_and_how_far_it_is(turnstile: Turnstile) -> None:
    turnstile.laboratory.progress = noted = NotedProgress()
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(600))
    await turnstile.run()
    assert noted.steps == {"reading the collection": (None, 0), "asking for downloads": (600, 600)}


@pytest.mark.parametrize(("queries", "told"), [(QUERIES_AT_ONCE, 0), (QUERIES_AT_ONCE + 10, 1)])
async def test_a_wait_of_an_hour_is_told_before_it_begins(
    turnstile: Turnstile, caplog: pytest.LogCaptureFixture, queries: int, told: int
) -> None:
    caplog.set_level("INFO", logger="pyf.aggregator.jobs.enrich.downloads")
    turnstile.laboratory.add_bare(f"p{number:05}" for number in range(queries * MAX_NAMES))
    assert (await turnstile.run()).requests == {"downloads": queries}
    sentence = "After 40 queries the log of downloads is asked every 360 s; these 50 take up to 60 minutes."
    assert [record.getMessage() for record in caplog.records] == [sentence] * told


@pytest.mark.parametrize("name", ["a') OR 1=1 --", "a\\", "b', 'c", "A_b"])
async def test_an_id_that_names_no_project_is_never_sent(turnstile: Turnstile, name: str) -> None:
    turnstile.laboratory.add_bare(["a", name])
    summary = await turnstile.run()
    assert (summary.seen, summary.due, turnstile.get_asked()) == (2, 1, [["a"]])
    assert turnstile.get_known() == {"a"}


async def test_the_control_itself_may_be_in_a_collection(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare(["pip"])
    await turnstile.run()
    assert turnstile.get_figures() == {"pip": say(400_000_000)}


async def test_those_that_were_never_asked_for_come_before_those_that_are_old(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare("ab")
    await turnstile.run()
    turnstile.pass_by(WEEK)
    turnstile.laboratory.add_bare("c")
    await turnstile.run()
    assert turnstile.get_asked() == [["c", "a", "b"]]


async def test_without_an_address_the_source_is_off(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare("a")
    turnstile.url = None
    summary = await turnstile.run()
    assert (summary.off, summary.exit_code, summary.complete) == ("DOWNLOADS_URL is empty", 0, True)
    assert turnstile.get_known() == set()


async def test_a_collection_that_is_not_there_costs_no_query(turnstile: Turnstile) -> None:
    with pytest.raises(CollectionNotFound):
        await turnstile.run(target="nowhere")
    assert turnstile.clickhouse.requests == []


# Bad weather


def away(turnstile: Turnstile) -> None:
    turnstile.url = f"{NOBODY}/?user=demo"


def meet(fault: Fault) -> Callable[[Turnstile], None]:
    return lambda turnstile: turnstile.clickhouse.fail("*", fault)


def end_early(turnstile: Turnstile) -> None:
    turnstile.clickhouse.ends = turnstile.clock.now.date() - timedelta(days=4)


HTML = b"<!DOCTYPE html><html><body>Sign in to this network</body></html>"
HALF = b'{"meta": [], "data": [\nCode: 241. DB::Exception: Memory limit (total) exceeded'
WEATHER: dict[str, tuple[Callable[[Turnstile], None], str, int]] = {
    "away": (away, "nothing answers there: connection refused", 0),
    "silent": (meet(Hang()), "is unavailable", 3),
    "too many": (meet(Status(status=429)), "HTTP 429", 3),
    "broken": (meet(Status(status=503)), "HTTP 503", 3),
    "forbidden": (meet(Status(status=403)), "HTTP 403", 1),
    "gone": (meet(Status(status=404)), "HTTP 404", 1),
    "a page": (meet(Body(body=HTML, content_type="text/html")), "not provably whole", 1),
    "nothing": (meet(Body(body=b"")), "not provably whole", 1),
    "cut off": (meet(CutBody()), "the answer was cut off", 3),
    "an exception in the middle": (meet(Body(body=HALF)), "not provably whole", 1),
    "too large": (meet(Huge(size=12_000_000, announced=True)), "sent too much", 1),
    "no control": (meet(Edited(leave_out("pip"))), "no downloads of pip", 1),
    "stale": (end_early, "ends on 2026-11-28", 1),
    "from the future": (meet(Edited(set_cell("pip", 2, "2027-01-01"))), "goes on to 2027-01-01", 1),
    "other columns": (meet(Edited(set_key("meta", [{"name": "x"}]))), "columns are not", 1),
}


@pytest.mark.parametrize(("arrange", "sentence", "queries"), WEATHER.values(), ids=WEATHER)
async def test_what_concerns_all_queries_stops_at_the_first_and_writes_nothing(
    turnstile: Turnstile, arrange: Callable[[Turnstile], None], sentence: str, queries: int
) -> None:
    turnstile.laboratory.add_bare("a")
    await turnstile.run()
    turnstile.pass_by(WEEK)
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(600))
    before = turnstile.laboratory.get_documents()
    url, ends = turnstile.url, turnstile.clickhouse.ends
    arrange(turnstile)
    summary = await turnstile.run()
    assert sentence in str(summary.stopped)
    assert "\n" not in str(summary.stopped)
    assert (summary.exit_code, summary.asked, summary.written, summary.failed) == (1, 0, 0, [])
    assert len(turnstile.clickhouse.requests) == queries
    assert turnstile.laboratory.get_documents() == before
    turnstile.clickhouse.mend()
    turnstile.url, turnstile.clickhouse.ends = url, ends
    assert (await turnstile.run()).written == 601


async def test_another_host_that_a_redirect_leads_to_is_not_asked(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare("a")
    with ClickHouseServer(invented=True) as elsewhere:
        moved = Status(status=307, headers={"Location": f"{elsewhere.url}/?user=demo"})
        turnstile.clickhouse.fail("*", moved)
        summary = await turnstile.run()
        assert elsewhere.requests == []
    assert f"it redirects to {elsewhere.url}, which is not followed" in str(summary.stopped)
    assert turnstile.get_known() == set()


async def test_a_long_pause_that_the_log_asks_for_leaves_the_rest_and_is_no_failure(
    turnstile: Turnstile,
) -> None:
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(600))
    turnstile.clickhouse.fail("*", Status(status=429, headers={"Retry-After": "900"}))
    summary = await turnstile.run()
    assert (summary.left, summary.resume_at) == (600, NOON + timedelta(seconds=900))
    assert (summary.exit_code, summary.complete, summary.stopped) == (0, False, None)
    assert (turnstile.get_known(), turnstile.clock.slept) == (set(), [])


async def test_a_short_pause_is_waited_for(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare("a")
    turnstile.clickhouse.fail("*", Status(status=429, headers={"Retry-After": "4"}), times=1)
    summary = await turnstile.run()
    assert (summary.asked, turnstile.clock.slept) == (1, [4])


def cut_one(answer: dict[str, list[object]]) -> None:
    """Lose a row of the batch that begins with p499, and say nothing of it."""
    if any(row[0] == "p499" for row in answer["data"] if isinstance(row, list)):
        del answer["data"][-1]


BROKEN_BATCH: dict[str, tuple[Edit, str]] = {
    "cut": (cut_one, "has 499 of 500 rows"),
    "a count that is none": (set_cell("p499", 1, "many"), "a row is not a project, a count and a day"),
    "a day that is none": (set_cell("p499", 2, None), "a row is not a project, a count and a day"),
    "a name that is none": (set_cell("p499", 0, 7), "a row is not a project, a count and a day"),
    "another project": (set_cell("p499", 0, "requests"), "it speaks of 'requests', unasked"),
}


@pytest.mark.parametrize(("edit", "sentence"), BROKEN_BATCH.values(), ids=BROKEN_BATCH)
async def test_a_batch_that_is_not_whole_is_left_and_the_others_are_written(
    turnstile: Turnstile, edit: Edit, sentence: str
) -> None:
    turnstile.laboratory.add_bare(f"p{number:03}" for number in range(1000))
    turnstile.clickhouse.fail("*", Edited(edit))
    summary = await turnstile.run()
    assert [failure.name for failure in summary.failed] == [f"p{n:03}" for n in range(499, 998)]
    (reason,) = {failure.reason for failure in summary.failed}
    assert sentence in reason
    assert (summary.asked, summary.written, summary.exit_code, summary.stopped) == (501, 501, 1, None)
    assert turnstile.get_known() == {f"p{n:03}" for n in range(1000) if not 499 <= n <= 997}
    turnstile.clickhouse.mend()
    assert (await turnstile.run()).written == 499
    assert [names[0] for names in turnstile.get_asked()] == ["p499"]


async def test_three_batches_in_a_row_that_are_not_whole_are_an_outage(turnstile: Turnstile) -> None:
    turnstile.laboratory.add_bare(f"p{number:04}" for number in range(1600))
    turnstile.clickhouse.fail("*", Edited(set_key("rows_before_limit_at_least", 999)))
    summary = await turnstile.run()
    assert (len(turnstile.clickhouse.requests), summary.written) == (3, 0)
    assert (summary.due, len(summary.failed), summary.left) == (1600, 3 * MAX_NAMES, 1600 - 3 * MAX_NAMES)
    assert str(summary.stopped).startswith("3 questions in a row got no usable answer")
    assert turnstile.get_known() == set()


@pytest.mark.parametrize(("broken", "outage"), [((0, 1, 3, 4), False), ((1, 2, 3), True)], ids=repr)
async def test_batches_that_are_not_whole_are_no_outage_while_others_are(
    turnstile: Turnstile, broken: tuple[int, ...], outage: bool
) -> None:
    turnstile.laboratory.add_bare(f"p{number:04}" for number in range(5 * MAX_NAMES))

    def spoil(answer: dict[str, list[object]]) -> None:
        for batch in broken:
            set_cell(f"p{batch * MAX_NAMES:04}", 1, "many")(answer)

    turnstile.clickhouse.fail("*", Edited(spoil))
    summary = await turnstile.run()
    assert (summary.stopped is not None) is outage
    assert (summary.asked, len(summary.failed)) == (MAX_NAMES, len(broken) * MAX_NAMES)


async def test_what_a_shared_pace_does_not_grant_is_left_and_nobody_sleeps(
    turnstile: Turnstile, redis_server: RedisServer
) -> None:
    redis_server.client.flushall()
    store = open_store(redis_server.url)
    turnstile.laboratory.add_bare(f"p{number:04}" for number in range(1200))
    begun = datetime.now(UTC)
    # Two of the three queries at once, the next turn is two minutes off.
    turnstile.pace = RedisRateLimiter(store, "downloads", 30 / 3600, at_once=2)
    turnstile.clock.now = begun
    turnstile.clickhouse.ends = begun.date()
    summary = await turnstile.run()
    other = RedisRateLimiter(store, "downloads", 30 / 3600, at_once=2)
    turnstile.pace = other
    again = await turnstile.run()
    store.close()
    assert (summary.written, summary.left, summary.stopped) == (998, 202, None)
    assert summary.resume_at is not None
    assert timedelta(seconds=60) < summary.resume_at - begun <= timedelta(seconds=180)
    # Another worker finds the same.
    assert (again.left, again.asked, turnstile.clickhouse.requests) == (202, 0, [])


# Nothing that was learnt is lost


async def test_a_run_over_pypi_a_rebuild_and_a_migration_keep_the_figures(
    laboratory: Laboratory, clickhouse: ClickHouseServer
) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    assert (await laboratory.run_full()).complete
    clickhouse.ends = YESTERDAY
    turnstile = Turnstile(laboratory=laboratory, clickhouse=clickhouse)
    await turnstile.run()
    before = turnstile.get_figures()
    assert before == {"a": say(98), "b": say(99)}
    laboratory.world.release("a", "2.0")
    assert (await laboratory.run_full()).complete
    assert turnstile.get_figures() == before
    assert (await laboratory.run_full(rebuild=True)).complete
    assert turnstile.get_figures() == before
    async with laboratory.open_search() as search:
        target = f"{laboratory.collection}-copy"
        order = MigrateOrder(source=laboratory.collection, target=target)
        assert (await migrate(order, search, NullProgress())).complete
    laboratory.collection = target
    assert turnstile.get_figures() == before
    assert (await turnstile.run()).requests == {}
