"""What workers share in a real Redis."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.errors import BrokerUnavailable, LeaseHeld, RateLimited
from pyf.aggregator.jobs.checkpoint import Checkpoint
from pyf.aggregator.metadata.model import Serial, Slug
from pyf.aggregator.shared.checkpoints import SharedCheckpoints
from pyf.aggregator.shared.github import SharedPurse, SharedRepositories
from pyf.aggregator.shared.leases import hold_lease
from pyf.aggregator.shared.ledger import Failure, Ledger
from pyf.aggregator.shared.pace import SharedPace
from pyf.aggregator.shared.store import Store, hide_password, open_store
from pyf.aggregator.sources.github.outcomes import Budget, Unavailable
from pyf.aggregator.sources.repositories import update_knowledge
from tests.servers.redis import RedisServer
from tests.test_repositories import DAY, NOON, A, B, C, find

pytestmark = pytest.mark.asyncio


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    redis_server.client.flushall()
    opened = open_store(redis_server.url)
    yield opened
    opened.close()


async def test_one_pace_holds_for_all(store: Store) -> None:
    paces = [SharedPace(store, "x", 0.01, patience_seconds=0) for _ in range(2)]
    await paces[0].wait()
    with pytest.raises(RateLimited) as limit:
        await paces[1].wait()
    left = (limit.value.until - datetime.now(UTC)).total_seconds()
    assert 90 < left <= 100
    await SharedPace(store, "y", 0.01, patience_seconds=0).wait()


async def test_a_turn_that_is_near_is_waited_for(store: Store) -> None:
    pace = SharedPace(store, "x", 20, patience_seconds=5)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(pace.wait() for _ in range(5)))
    # A bound from below: a slow machine only makes it longer.
    assert loop.time() - started > 0.18


async def test_without_a_cap_nobody_waits_and_nothing_is_asked() -> None:
    await SharedPace(open_store("redis://127.0.0.1:9/0"), "x", 0, patience_seconds=0).wait()


async def test_the_budget_is_that_of_whoever_asked_last(store: Store) -> None:
    one, other = (SharedPurse(store, "https://api.example") for _ in range(2))
    assert one.look() is None
    budget = Budget(remaining=7, resets_at=NOON, cost=4)
    one.keep(budget)
    assert other.look() == budget
    assert SharedPurse(store, "http://127.0.0.1:1").look() is None
    other.keep(None)
    assert one.look() is None


async def test_what_is_known_of_repositories_comes_back_whole(store: Store) -> None:
    repositories = SharedRepositories(store, "https://api.example")
    assert repositories.load([]) == {}
    learnt = {A: find("o/A"), B: update_knowledge(B, None, Unavailable.MISSING, NOON)}
    repositories.save(learnt)
    assert repositories.load([A, B, C]) == learnt
    assert SharedRepositories(store, "http://127.0.0.1:1").load([A]) == {}


async def test_a_renamed_repository_has_one_row(store: Store) -> None:
    repositories = SharedRepositories(store, "https://api.example")
    repositories.save({A: find("o/a")})
    last = find("o/c", time=NOON + DAY)
    repositories.save({Slug("o/b"): last})
    assert repositories.load([A, B, C]) == {A: last, B: last, C: last}
    assert store.client.hlen("pyf:repositories:https://api.example") == 1


async def test_a_checkpoint_only_moves_forward(store: Store) -> None:
    checkpoints = SharedCheckpoints(store)
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


async def test_an_entry_is_claimed_once_until_it_is_done_or_lost(store: Store) -> None:
    ledger = Ledger(store)
    assert ledger.claim("a:1")
    assert not ledger.claim("a:1")
    # Its task was lost, and a quarter of an hour has passed.
    store.client.delete("pyf:pending:a:1")
    assert ledger.claim("a:1")
    ledger.note_done("a:1")
    assert not ledger.claim("a:1")
    assert ledger.claim("a:2")


async def test_failures_are_kept_the_latest_first(store: Store) -> None:
    ledger = Ledger(store)
    failures = [
        Failure(id=str(n), task="t", arguments=("a", None), reason="r", time=NOON + timedelta(hours=n))
        for n in range(3)
    ]
    for failure in failures:
        ledger.note_failure(failure)
    loaded = ledger.load_failures()
    assert [failure.id for failure in loaded] == ["2", "1", "0"]
    ledger.remove_failures(loaded[1:])
    assert [failure.id for failure in ledger.load_failures()] == ["2"]


async def test_deliveries_are_counted_until_forgotten(store: Store) -> None:
    ledger = Ledger(store)
    assert [ledger.count_delivery("x") for _ in range(3)] == [1, 2, 3]
    ledger.forget_deliveries("x")
    assert ledger.count_delivery("x") == 1


async def test_a_redis_that_is_away_is_one_sentence_without_its_password() -> None:
    ledger = Ledger(open_store("redis://:secret@127.0.0.1:9/0"))
    with pytest.raises(
        BrokerUnavailable, match=r"Redis at redis://127\.0\.0\.1:9/0 is unavailable"
    ) as refusal:
        ledger.load_failures()
    assert "secret" not in str(refusal.value)
    assert hide_password("rediss://user:pa@ss@host:1/0") == "rediss://host:1/0"
