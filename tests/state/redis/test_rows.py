"""What is in Redis is foreign input, too: what cannot be read is told and passed over, the rest counts."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.errors.jobs import LeaseHeld
from pyf.aggregator.metadata.model import NormalizedName, Repository, Serial
from pyf.aggregator.metadata.repositories.choice import Evidence
from pyf.aggregator.state.catalogue import KnownProject, open_catalogue
from pyf.aggregator.state.redis.catalogue import RedisCatalogue
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import MAX_FAILURES, Failure, Failures
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.leases import hold_lease
from pyf.aggregator.state.redis.rate_budget import RedisRateBudget
from pyf.aggregator.state.redis.rate_limit import RedisRateLimiter
from pyf.aggregator.state.redis.repositories import RedisRepositories, RepositoryDocuments
from pyf.aggregator.state.redis.store import Store, open_store
from tests.servers.redis import RedisServer
from tests.state.test_repositories import A, B, find
from tests.workshop import Workshop

ORIGIN = "https://api.example"
NOW = datetime.now(UTC).replace(microsecond=0)
GARBAGE: dict[str, str | bytes] = {
    "nothing": "",
    "no JSON": "{",
    "no UTF-8": b"\xff\xfe\x00",
    "another JSON": "[1, 2]",
    "JSON without what it takes": "{}",
    "deeper than anybody reads": "[" * 100_000,
    "a number of five thousand digits": "9" * 5000,
}
each_garbage = pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    redis_server.client.flushall()
    opened = open_store(redis_server.url)
    yield opened
    opened.close()


def build_failure(name: str, hours: int = 0) -> Failure:
    time = NOW + timedelta(hours=hours)
    return Failure(id=name, task="t", arguments=(name,), reason="r", time=time)


@each_garbage
def test_one_bad_failure_leaves_the_others(
    store: Store, garbage: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    failures, good = Failures(store), build_failure("good")
    failures.note(good)
    store.client.hset("pyf:failed", "bad", garbage)
    assert failures.load() == [good]
    assert "The failure bad in Redis cannot be read and is skipped: " in caplog.text
    # What fails again takes the place of what cannot be read.
    store.client.hset("pyf:failed", '["t","good"]', garbage)
    failures.note(good)
    assert failures.load() == [good]


def test_what_nobody_can_read_makes_room_first(store: Store) -> None:
    failures = Failures(store)
    store.client.hset("pyf:failed", mapping={f"bad{number}": "{" for number in range(MAX_FAILURES)})
    for number in range(3):
        failures.note(build_failure(f"good{number}", number))
    assert [failure.id for failure in failures.load()] == ["good2", "good1", "good0"]
    assert failures.count() == MAX_FAILURES


@each_garbage
def test_a_bad_checkpoint_proves_nothing_and_is_replaced(
    store: Store, garbage: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints = RedisCheckpoints(store)
    store.client.hset("pyf:checkpoints", "plone", '{"serial": 9, "timestamp": "2026-11-25T00:00:00Z"}')
    good = checkpoints.load("plone")
    assert good is not None
    store.client.hset("pyf:checkpoints", "plone", garbage)
    assert checkpoints.load("plone") is None
    assert "The checkpoint of plone in Redis cannot be read and is skipped: " in caplog.text
    checkpoints.save("plone", good)
    assert checkpoints.load("plone") == good


def test_the_time_of_a_checkpoint_without_a_zone_is_utc(store: Store) -> None:
    store.client.hset("pyf:checkpoints", "plone", '{"serial": 9, "timestamp": "2026-11-25T00:00:00"}')
    loaded = RedisCheckpoints(store).load("plone")
    assert loaded is not None
    assert loaded.timestamp == datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize("garbage", [*GARBAGE.values(), "2026-11-25T00:00:00", "yesterday"])
def test_bad_signs_of_life_are_none_and_the_next_ones_count(store: Store, garbage: str | bytes) -> None:
    heartbeats = Heartbeats(store, ORIGIN)
    key = f"pyf:serial:{ORIGIN}"
    for name in ("pyf:beat", "pyf:profiles"):
        store.client.set(name, garbage)
    store.client.hset("pyf:successes", "inspect_project", garbage)
    for field in ("serial", "time"):
        store.client.hset(key, mapping={"serial": "9", "time": NOW.isoformat(), field: garbage})
        assert heartbeats.load_serial() is None
    assert (heartbeats.load_beat(), heartbeats.load_successes()) == (None, [])
    assert heartbeats.load_served() == []
    store.client.hset(key, "serial", garbage)
    heartbeats.note_serial(Serial(7))
    heartbeats.note_beat()
    heartbeats.note_success("inspect_project")
    seen = heartbeats.load_serial()
    assert seen is not None
    assert (seen.serial, heartbeats.load_beat() is not None, len(heartbeats.load_successes())) == (7, True, 1)


@pytest.mark.parametrize("etag", ["", 'x"\r\nHost: elsewhere', '"ü"', b"\xff", "a b"])
def test_a_bad_etag_is_none(store: Store, etag: str | bytes) -> None:
    store.client.hset("pyf:feeds", "updates", etag)
    assert FeedEntries(store).load_etag("updates") is None


LIMITS = [
    *GARBAGE.values(),
    '{"remaining": 0, "resets_at": "9999-12-31T00:00:00Z", "until": "9999-12-31T00:00:00Z", "count": 1}',
    '{"remaining": 0, "resets_at": "2026-11-25T00:00:00", "until": "2026-11-25T00:00:00", "count": 1}',
]


@pytest.mark.parametrize("garbage", LIMITS)
def test_a_bad_limit_of_github_is_none(store: Store, garbage: str | bytes) -> None:
    for key in ("budget", "pause"):
        store.client.set(f"pyf:{key}:{ORIGIN}", garbage)
    budget = RedisRateBudget(store, ORIGIN)
    assert (budget.look(), budget.find_pause()) == (None, None)


@each_garbage
def test_a_bad_repository_is_asked_for_again(store: Store, garbage: str | bytes) -> None:
    repositories, good = RedisRepositories(store, ORIGIN), find("o/b")
    repositories.save({B: good})
    store.client.hset(f"pyf:repositories:{ORIGIN}", A, garbage)
    assert repositories.load([A, B]) == {B: good}
    store.client.hset(f"pyf:repository-names:{ORIGIN}", B, garbage or "x")
    assert repositories.load([B]) == {}
    repositories.save({B: good})
    assert repositories.load([B]) == {B: good}


def test_a_repository_without_a_zone_is_asked_for_again(store: Store) -> None:
    repositories = RedisRepositories(store, ORIGIN)
    repositories.save({A: find("o/a")})
    key = f"pyf:repositories:{ORIGIN}"
    row = json.loads(str(store.client.hget(key, A)))
    store.client.hset(key, A, json.dumps({**row, "checked_at": row["checked_at"].removesuffix("Z")}))
    assert repositories.load([A]) == {}


@each_garbage
def test_an_unreadable_list_of_documents_is_no_list(store: Store, garbage: str | bytes) -> None:
    documents = RepositoryDocuments(store, ORIGIN)
    of_b = Showing(document=DocumentRef(target="plone", name=NormalizedName("b")), evidence=Evidence.README)
    a, b = Repository("gitlab.com", "band/tools/a"), Repository("github.com", B)
    documents.save({b: [of_b]})
    store.client.hset(f"pyf:shown-by:{ORIGIN}", str(a), garbage if garbage != "[1, 2]" else "[[]]")
    assert documents.load([a, b]) == {a: [], b: [of_b]}


def test_what_names_no_document_is_passed_over(store: Store) -> None:
    documents = RepositoryDocuments(store, ORIGIN)
    repository = Repository("github.com", A)
    row = '["owner plone", "owner plone/", "owner /a", "", "plone/a", "hearsay plone/a", "owner plone/a"]'
    store.client.hset(f"pyf:shown-by:{ORIGIN}", str(repository), row)
    reference = DocumentRef(target="plone", name=NormalizedName("a"))
    assert documents.load([repository]) == {
        repository: [Showing(document=reference, evidence=Evidence.OWNER)]
    }


@pytest.fixture
def catalogue(store: Store, tmp_path: Path) -> Iterator[RedisCatalogue]:
    opened = RedisCatalogue(open_catalogue(tmp_path / "catalogue"), store, ORIGIN)
    yield opened
    opened.close()


PROJECTS = [
    *GARBAGE.values(),
    '{"name": "../../etc", "serial": 1, "classifiers": []}',
    '{"name": "Not.Normal", "serial": 1, "classifiers": []}',
    '{"name": "bad", "serial": -1, "classifiers": []}',
    '{"name": "bad", "serial": 9223372036854775808, "classifiers": []}',
]


@pytest.mark.parametrize("garbage", PROJECTS)
def test_a_bad_word_of_another_machine_hides_no_other(
    store: Store, catalogue: RedisCatalogue, garbage: str | bytes
) -> None:
    stream, name = f"pyf:projects:{ORIGIN}", NormalizedName("good")
    good = KnownProject(name=name, serial=Serial(7), classifiers=("x",))
    store.client.xadd(stream, {"project": garbage})
    store.client.xadd(stream, {"another": "field"})
    store.client.xadd(stream, {"project": '{"name": "good", "serial": 7, "classifiers": ["x"]}'})
    names = [name, NormalizedName("bad"), NormalizedName("../../etc")]
    assert list(catalogue.load_projects(names)) == [good]
    releases = f"pyf:releases:{ORIGIN}"
    store.client.hset(releases, name, garbage if garbage != "{}" else "[]")
    assert catalogue.load_releases([name]) == {}
    catalogue.save_releases({name: {"1.0": ("x",)}})
    assert catalogue.load_releases([name]) == {name: {"1.0": ("x",)}}


@pytest.mark.parametrize("garbage", [*GARBAGE.values(), "nan", "inf", "-inf", "1e300", "0x7fffffffffffffff"])
@pytest.mark.parametrize("kind", ["pace", "closed"])
def test_a_bad_pace_holds_nobody_up(store: Store, kind: str, garbage: str | bytes) -> None:
    store.client.set(f"pyf:{kind}:x", garbage)
    asyncio.run(RedisRateLimiter(store, "x", 1000, patience_seconds=0).wait())


def test_a_lease_that_would_last_for_ever_is_given_an_end(store: Store) -> None:
    async def take() -> None:
        async with hold_lease(store, "x", seconds=0.05):
            pass

    store.client.set("pyf:lock:x", "somebody")
    with pytest.raises(LeaseHeld):
        asyncio.run(take())
    assert 0 < int(store.client.pttl("pyf:lock:x")) <= 50


def test_pyfqueue_tells_what_it_cannot_read_and_shows_the_rest(filled: Workshop) -> None:
    filled.failures.note(build_failure("good"))
    client = filled.redis.client
    client.hset("pyf:failed", "bad", "{")
    client.hset("pyf:checkpoints", filled.profile, "{}")
    client.set("pyf:beat", "yesterday")
    shown = filled.run("failed")
    assert (shown.exit_code, len(shown.answer.splitlines())) == (0, 1)
    assert shown.answer.startswith("good  ")
    assert shown.talk.startswith("Warning: The failure bad in Redis cannot be read and is skipped: ")
    status = filled.run("status")
    assert status.exit_code == 0
    assert f"{filled.profile} was never reconciled" in status.answer
    assert [line.partition(" in Redis")[0] for line in status.talk.splitlines()] == [
        "Warning: When beat was seen",
        f"Warning: The checkpoint of {filled.profile}",
    ]
    assert filled.run("retry").answer == "Tasks queued again: 1\n"
