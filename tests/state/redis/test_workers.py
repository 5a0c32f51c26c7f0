"""What workers share in a real Redis."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.errors.jobs import BrokerUnavailable, LeaseHeld
from pyf.aggregator.errors.sources import RateLimited, RateLimiterBusy
from pyf.aggregator.metadata.model import NormalizedName, Repository, Serial, Slug
from pyf.aggregator.metadata.repositories.choice import Evidence
from pyf.aggregator.sources.downloads import QUERIES_AT_ONCE, QUERIES_PER_SECOND
from pyf.aggregator.sources.forges.outcomes import Unavailable
from pyf.aggregator.sources.forges.rate_budget import Budget, Pause
from pyf.aggregator.state.catalogue import KnownProject, open_catalogue
from pyf.aggregator.state.checkpoints import Checkpoint
from pyf.aggregator.state.redis.catalogue import RedisCatalogue
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import MAX_FAILURES, Failure, Failures
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.leases import hold_lease
from pyf.aggregator.state.redis.rate_budget import RedisRateBudget
from pyf.aggregator.state.redis.rate_limit import RedisRateLimiter
from pyf.aggregator.state.redis.repositories import RedisRepositories, RepositoryDocuments
from pyf.aggregator.state.redis.store import Store, hide_password, open_store
from pyf.aggregator.state.repositories import update_knowledge
from tests.servers.redis import RedisServer
from tests.state.test_repositories import DAY, NOON, A, B, C, find

pytestmark = pytest.mark.asyncio


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    redis_server.client.flushall()
    opened = open_store(redis_server.url)
    yield opened
    opened.close()


async def test_one_pace_holds_for_all(store: Store) -> None:
    paces = [RedisRateLimiter(store, "x", 0.01, patience_seconds=0) for _ in range(2)]
    await paces[0].wait()
    with pytest.raises(RateLimited) as limit:
        await paces[1].wait()
    left = (limit.value.until - datetime.now(UTC)).total_seconds()
    assert 90 < left <= 100
    await RedisRateLimiter(store, "y", 0.01, patience_seconds=0).wait()


async def test_a_turn_that_is_near_is_waited_for(store: Store) -> None:
    pace = RedisRateLimiter(store, "x", 20, patience_seconds=5)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(pace.wait() for _ in range(5)))
    # A bound from below: a slow machine only makes it longer.
    assert loop.time() - started > 0.18


async def test_after_a_rest_some_pass_at_once_and_the_others_keep_the_pace(store: Store) -> None:
    """As for the download log: 40 at once, then one every six minutes, 50 in an hour."""

    def make() -> RedisRateLimiter:
        return RedisRateLimiter(store, "log", QUERIES_PER_SECOND, at_once=QUERIES_AT_ONCE, patience_seconds=1)

    for pace in (make(), make()):
        for _ in range(QUERIES_AT_ONCE // 2):
            await pace.wait()
    for _ in range(2):
        with pytest.raises(RateLimiterBusy) as busy:
            await make().wait()
        assert 300 < (busy.value.until - datetime.now(UTC)).total_seconds() <= 360
    assert 3600 * QUERIES_PER_SECOND + QUERIES_AT_ONCE <= 50


async def test_the_budget_is_that_of_whoever_asked_last(store: Store) -> None:
    one, other = (RedisRateBudget(store, "https://api.example") for _ in range(2))
    assert one.look() is None
    budget = Budget(remaining=7, resets_at=NOON, cost=4)
    one.keep(budget)
    assert other.look() == budget
    assert RedisRateBudget(store, "http://127.0.0.1:1").look() is None
    other.keep(None)
    assert one.look() is None


async def test_what_is_known_of_repositories_comes_back_whole(store: Store) -> None:
    repositories = RedisRepositories(store, "https://api.example")
    assert repositories.load([]) == {}
    learnt = {A: find("o/A"), B: update_knowledge(B, None, Unavailable.MISSING, NOON)}
    repositories.save(learnt)
    assert repositories.load([A, B, C]) == learnt
    assert RedisRepositories(store, "http://127.0.0.1:1").load([A]) == {}


async def test_a_renamed_repository_has_one_row(store: Store) -> None:
    repositories = RedisRepositories(store, "https://api.example")
    repositories.save({A: find("o/a")})
    last = find("o/c", time=NOON + DAY)
    repositories.save({Slug("o/b"): last})
    assert repositories.load([A, B, C]) == {A: last, B: last, C: last}
    assert store.client.hlen("pyf:repositories:https://api.example") == 1


async def test_a_checkpoint_only_moves_forward(store: Store) -> None:
    checkpoints = RedisCheckpoints(store)
    checkpoints.check()
    later, earlier = (
        Checkpoint(serial=Serial(serial), timestamp=NOON, selection="s", documents=3, collection="c")
        for serial in (9, 7)
    )
    checkpoints.save("plone", later)
    checkpoints.save("plone", earlier)
    assert (checkpoints.load("plone"), checkpoints.load("django")) == (later, None)
    checkpoints.save("plone", earlier, backwards=True)
    assert checkpoints.load("plone") == earlier


async def test_a_lease_has_one_holder_and_is_given_back(store: Store) -> None:
    async with hold_lease(store, "x"):
        with pytest.raises(LeaseHeld, match="Another worker holds the lease of x"):
            async with hold_lease(store, "x"):
                pass
    async with hold_lease(store, "x"):
        pass


async def test_a_lease_is_renewed_while_it_is_held(store: Store) -> None:
    async with hold_lease(store, "x", seconds=0.3):
        await asyncio.sleep(0.6)
        with pytest.raises(LeaseHeld):
            async with hold_lease(store, "x"):
                pass


async def test_the_lease_of_a_dead_holder_runs_out(store: Store) -> None:
    assert store.lock("x", 0.1).acquire(blocking=False)
    await asyncio.sleep(0.2)
    async with hold_lease(store, "x"):
        pass


async def test_who_loses_the_lease_to_somebody_gives_up(store: Store) -> None:
    async def hold() -> None:
        async with hold_lease(store, "x", seconds=0.3):
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.05)
    store.client.delete("pyf:lock:x")
    assert store.lock("x", 60).acquire(blocking=False)
    with pytest.raises(LeaseHeld):
        await task


async def test_an_entry_is_claimed_once_until_it_is_done_or_released(store: Store) -> None:
    entries = FeedEntries(store)
    assert entries.claim([]) == []
    assert entries.claim(["a:1", "b:1"]) == ["a:1", "b:1"]
    assert entries.claim(["a:1", "c:1"]) == ["c:1"]
    entries.release([])
    entries.release(["a:1"])
    assert entries.claim(["a:1"]) == ["a:1"]
    entries.note_done(["a:1", "a:"])
    assert (entries.is_done("a:1"), entries.is_done("a:"), entries.is_done("b:1")) == (True, True, False)
    entries.release_all()
    assert entries.claim(["a:1", "a:", "b:1"]) == ["b:1"]


async def test_a_feed_is_remembered_by_its_etag_if_it_has_one(store: Store) -> None:
    entries = FeedEntries(store)
    assert entries.load_etag("updates") is None
    entries.save_etag("updates", '"x"')
    assert (entries.load_etag("updates"), entries.load_etag("packages")) == ('"x"', None)
    entries.save_etag("updates", None)
    assert entries.load_etag("updates") is None


def build_failure(number: int, **changed: Any) -> Failure:
    values = {"id": str(number), "task": "t", "arguments": (number, None), "reason": "r"}
    return Failure(**{**values, "time": NOON + timedelta(hours=number), **changed})


async def test_failures_are_kept_the_latest_first_until_removed(store: Store) -> None:
    failures = Failures(store)
    for number in range(3):
        failures.note(build_failure(number))
    assert failures.load() == [build_failure(2), build_failure(1), build_failure(0)]
    assert failures.count() == 3
    failures.remove([])
    failures.remove([build_failure(1), build_failure(0)])
    assert failures.load() == [build_failure(2)]


async def test_what_fails_again_is_one_failure_and_goes_when_it_succeeds(store: Store) -> None:
    failures = Failures(store)
    failures.note(build_failure(1))
    failures.note(build_failure(1, id="later", reason="another"))
    assert failures.load() == [build_failure(1, id="later", reason="another", times=2)]
    failures.forget("t", (2, None), "x")
    assert failures.count() == 1
    failures.forget("t", (1, None), "x")
    assert failures.load() == []


async def test_the_oldest_of_too_many_failures_are_forgotten(store: Store) -> None:
    failures = Failures(store)
    for number in range(MAX_FAILURES + 2):
        failures.note(build_failure(number))
    kept = [int(failure.id) for failure in failures.load()]
    assert kept == list(range(MAX_FAILURES + 1, 1, -1))


async def test_deliveries_are_counted_until_forgotten(store: Store) -> None:
    failures = Failures(store)
    assert [failures.count_delivery("x") for _ in range(3)] == [1, 2, 3]
    failures.forget_deliveries("x")
    assert failures.count_delivery("x") == 1
    failures.forget("t", (), "x")
    assert failures.count_delivery("x") == 1


async def test_signs_of_life(store: Store) -> None:
    heartbeats = Heartbeats(store, "https://pypi.example")
    assert (heartbeats.load_serial(), heartbeats.load_beat()) == (None, None)
    assert (heartbeats.load_served(), heartbeats.load_successes()) == ([], [])
    before = datetime.now(UTC).replace(microsecond=0)
    for serial in (7, 9, 8):
        heartbeats.note_serial(Serial(serial))
    heartbeats.note_beat()
    heartbeats.note_served(["plone", "django"])
    heartbeats.note_success("reconcile_profile", "plone")
    heartbeats.note_success("inspect_project")
    seen, beat, successes = heartbeats.load_serial(), heartbeats.load_beat(), heartbeats.load_successes()
    assert seen
    assert seen.serial == 9
    assert before <= seen.time <= datetime.now(UTC)
    assert beat
    assert before <= beat <= datetime.now(UTC)
    assert heartbeats.load_served() == ["plone", "django"]
    assert [(item.task, item.profile) for item in successes] == [
        ("inspect_project", None),
        ("reconcile_profile", "plone"),
    ]
    assert Heartbeats(store, "http://127.0.0.1:1").load_serial() is None


async def test_what_one_machine_learns_the_others_know(store: Store, tmp_path: Path) -> None:
    opened = ExitStack()

    def open_one(machine: str, origin: str = "https://pypi.example") -> RedisCatalogue:
        catalogue = RedisCatalogue(open_catalogue(tmp_path / machine), store, origin)
        opened.callback(catalogue.close)
        return catalogue

    here, there, elsewhere = open_one("here"), open_one("there"), open_one("there-too", "http://127.0.0.1:1")
    known = [
        KnownProject(name=NormalizedName(f"p{n}"), serial=Serial(n), classifiers=("x",)) for n in range(3)
    ]
    here.save_projects(known)
    names = [project.name for project in known]
    for catalogue in (here, there, open_one("late")):
        assert sorted(catalogue.load_projects(names), key=lambda project: project.name) == known
        # The serial 0 stands for what gave no answer worth keeping.
        assert catalogue.load_unanswered() == ["p0"]
    assert list(elsewhere.load_projects(names)) == []
    here.save_releases({names[0]: {"1.0": ("b",)}, names[1]: {"1.0": ()}})
    there.save_releases({names[0]: {"1.0": ("a",), "2.0": ("c",)}})
    assert here.load_releases(names)[names[0]] == {"1.0": ("a", "b"), "2.0": ("c",)}
    assert open_one("late-too").load_releases(names) == {names[0]: {"1.0": ("a", "b"), "2.0": ("c",)}}
    opened.close()


async def test_who_shows_a_repository_is_what_the_last_look_found(store: Store) -> None:
    documents = RepositoryDocuments(store, "https://api.example")
    in_plone, in_django, other = (
        Showing(document=DocumentRef(target=target, name=NormalizedName(name)), evidence=evidence)
        for target, name, evidence in (
            ("plone", "a", Evidence.OWNER),
            ("django", "a", Evidence.README),
            ("plone", "b", Evidence.ATTESTED),
        )
    )
    # The same path on another forge is another repository.
    a, b, c = Repository("github.com", A), Repository("gitlab.com", "x/y/b"), Repository("gitlab.com", A)
    documents.save({a: [in_plone, in_django], b: [other]})
    assert documents.load([a, b, c]) == {a: [in_plone, in_django], b: [other], c: []}
    assert documents.load([]) == {}
    documents.save({b: [other]})
    assert documents.load([a, b]) == {a: [], b: [other]}
    documents.save({})
    assert documents.load([b]) == {b: []}


async def test_a_limit_that_one_meets_closes_the_pace_for_all(store: Store) -> None:
    one, patient = RedisRateLimiter(store, "x", 0), RedisRateLimiter(store, "x", 0, patience_seconds=3600)
    await one.wait()
    one.close(RateLimited("x", datetime.now(UTC) + timedelta(minutes=5)))
    one.close(RateLimited("x", datetime.now(UTC) + timedelta(minutes=1)))
    one.close(RateLimited("x", datetime.now(UTC) - timedelta(minutes=1)))
    # Patience is for one's turn, not for limits.
    for pace in (one, patient):
        with pytest.raises(RateLimited) as limit:
            await pace.wait()
        assert 290 < (limit.value.until - datetime.now(UTC)).total_seconds() <= 301
    await RedisRateLimiter(store, "y", 0).wait()


async def test_a_turn_that_is_far_off_closes_nothing(store: Store) -> None:
    one, patient = RedisRateLimiter(store, "x", 0.1), RedisRateLimiter(store, "x", 0.1, patience_seconds=3600)
    await one.wait()
    with pytest.raises(RateLimiterBusy, match="Our turn with x comes at"):
        await one.wait()
    assert not store.client.exists("pyf:closed:x")
    waiting = asyncio.create_task(patient.wait())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    waiting.cancel()


async def test_a_pause_that_github_asks_for_is_everybodys(store: Store) -> None:
    one, other = (RedisRateBudget(store, "https://api.example") for _ in range(2))
    pause = Pause(until=NOON, count=2)
    one.keep_pause(pause)
    assert other.find_pause() == pause
    other.keep_pause(None)
    assert one.find_pause() is None


async def test_a_redis_that_is_away_is_one_sentence_without_its_password() -> None:
    failures = Failures(open_store("redis://:secret@127.0.0.1:9/0"))
    with pytest.raises(
        BrokerUnavailable, match=r"Redis at redis://127\.0\.0\.1:9/0 is unavailable"
    ) as refusal:
        failures.load()
    assert "secret" not in str(refusal.value)
    assert hide_password("rediss://user:pa@ss@host:1/0") == "rediss://host:1/0"
