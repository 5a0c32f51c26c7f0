"""The queue in bad weather: killed workers, servers that go away, limits, time, and what is given up."""

import json
import os
import signal
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import trustme
from kombu.connection import Connection

from pyf.aggregator.queue.configuration import KEY_PREFIX
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.commands import NOBODY
from tests.laboratory import PLONE
from tests.queue.kills import kill_in_mid_reconcile, release_all
from tests.rendering.bombs import BOMB
from tests.servers.faults import Hang, RefuseConnection, Status
from tests.servers.github import GitHubServer
from tests.servers.redis import RedisServer
from tests.servers.redis_proxy import RedisProxy
from tests.servers.stand_in import Record
from tests.servers.typesense import TypesenseServer
from tests.servers.typesense_proxy import TypesenseProxy
from tests.workshop import Workshop

DJANGO = "Framework :: Django"


def let_time_pass(workshop: Workshop) -> None:
    """Make what was handed out so old that Redis' transport hands it out again."""
    handed_out = workshop.redis.client.zrange(f"{KEY_PREFIX}unacked_index", 0, -1)
    assert handed_out
    workshop.redis.client.zadd(f"{KEY_PREFIX}unacked_index", {str(tag): 0 for tag in handed_out})


# Killed


def test_after_a_killed_worker_the_next_reconciling_makes_equal(filled: Workshop) -> None:
    filled.start_workers()
    kill_in_mid_reconcile(filled, filled.processes[0].kill)
    end_leases(filled)
    filled.start_workers()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()


def test_what_a_killed_worker_had_is_handed_out_again(filled: Workshop) -> None:
    filled.start_workers()
    kill_in_mid_reconcile(filled, filled.processes[0].kill)
    filled.send("inspect_project", "p1", "2.0")
    end_leases(filled)
    let_time_pass(filled)
    filled.start_workers()
    filled.wait_until_equal()
    filled.wait(filled.is_done("p1:2.0"), "what waited is done, too")


def test_a_killed_pool_process_leaves_its_task_to_the_next_at_once(filled: Workshop) -> None:
    filled.start_workers()
    kill_in_mid_reconcile(filled, lambda: kill_children(filled))
    filled.wait_until_equal()
    assert filled.failures.load() == []


def kill_children(workshop: Workshop) -> None:
    for child in psutil.Process(workshop.processes[0].process.pid).children():
        child.kill()
    end_leases(workshop)


def end_leases(workshop: Workshop) -> None:
    """A dead holder's leases run out by themselves; here their time is made to pass."""
    for lease in workshop.redis.client.keys("pyf:lock:*"):
        workshop.redis.client.delete(lease)


def test_a_worker_that_is_told_to_end_finishes_what_it_has(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.pypi.latency_seconds = 0.5
    filled.start_workers()
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(lambda: filled.count_asked("p1") == 1, "it is in the middle")
    assert filled.processes[0].stop() == 0
    assert filled.is_done("p1:2.0")()
    assert filled.find_versions()["p1"] == "2.0"
    assert filled.redis.client.keys("pyf:lock:*") == []


# Servers that go away


def test_a_redis_that_restarts_loses_nothing(filled: Workshop) -> None:
    filled.start_workers(2)
    release_all(filled)
    filled.laboratory.pypi.latency_seconds = 0.1
    for number in range(10):
        filled.send("inspect_project", f"p{number}", "2.0")
    filled.wait(lambda: filled.laboratory.pypi.counts.project_json > 2, "they are in the middle")
    filled.redis.stop()
    filled.laboratory.world.release("p1", "3.0")
    time.sleep(1)
    filled.redis.start()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    filled.send("inspect_project", "p1", "3.0")
    filled.wait(filled.is_done("p1:3.0"), "both work on")
    assert filled.failures.load() == []


@pytest.mark.parametrize("settle", ["basic_ack", "basic_reject"])
def test_what_cannot_be_told_to_a_redis_that_is_gone_ends_no_worker(
    redis_server: RedisServer, settle: str
) -> None:
    # As Celery's worker does when the connection is lost; it knows what to do about these errors, no other.
    connection = Connection(  # type: ignore[no-untyped-call]
        redis_server.url, transport="pyf.aggregator.queue.transport:Transport"
    )
    with connection:
        channel = connection.default_channel
        connection.collect()  # type: ignore[no-untyped-call]
        with pytest.raises(connection.connection_errors):
            getattr(channel, settle)("tag", **({"requeue": True} if settle == "basic_reject" else {}))


REFUSALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # With "noeviction", as the manual asks for, a full Redis refuses every write.
    "full": (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    "closed to what is queued": (
        ("ACL", "SETUSER", "default", "-lpush"),
        ("ACL", "SETUSER", "default", "+lpush"),
    ),
}


@pytest.mark.parametrize(("spoil", "mend"), REFUSALS.values(), ids=REFUSALS)
def test_what_redis_does_not_take_back_is_not_lost(
    filled: Workshop, spoil: tuple[str, ...], mend: tuple[str, ...]
) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.pypi.fail("/pypi/p1/json", Status(status=503))
    client = filled.redis.client
    worker = filled.start_worker()
    try:
        filled.send("inspect_project", "p1", "2.0")
        filled.wait(lambda: filled.count_asked("p1") == 1, "it is in the middle")
        client.execute_command(*spoil)  # type: ignore[no-untyped-call]
        # Celery itself gives up where Redis refuses it; whoever looks after the worker starts it anew.
        filled.wait(lambda: worker.process.poll() is not None, "the worker ends")
    finally:
        client.execute_command(*mend)  # type: ignore[no-untyped-call]
    filled.laboratory.pypi.mend()
    end_leases(filled)
    if client.exists(f"{KEY_PREFIX}unacked"):
        let_time_pass(filled)
    filled.start_workers()
    filled.wait(filled.is_done("p1:2.0"), "it is done after all")
    assert filled.find_versions()["p1"] == "2.0"


def test_a_beat_that_loses_redis_says_so_in_a_sentence_and_goes_on(workshop: Workshop) -> None:
    with RedisProxy(workshop.redis.url, cut_at=b"LPUSH") as proxy:
        beat = workshop.start_beat(REDIS_HOST=proxy.url)
        for task in ("read_rss_new_projects_and_queue", "queue_all_reconciles"):
            workshop.wait_for_log(f"Couldn't apply scheduled task {task}")
    assert proxy.is_cut.is_set()
    assert "Traceback" not in beat.read_log()
    assert beat.process.poll() is None


def test_an_outage_of_pypi_ends_with_the_collection_equal(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.world.remove_project("p2")
    filled.laboratory.pypi.fail("*", Status(status=503))
    filled.start_workers(concurrency=2)
    filled.send("reconcile_profile", filled.profile)
    filled.send("inspect_project", "p1", "2.0")
    for feed in ("releases", "projects"):
        filled.send(f"read_rss_new_{feed}_and_queue")
    for task in ("reconcile_profile", "inspect_project", "read_rss_new_releases_and_queue"):
        filled.wait_for_log(f"{task} is put back")
    assert len(filled.find_versions()) == 10
    filled.laboratory.pypi.mend()
    filled.wait_until_equal()
    filled.wait(filled.is_done("p1:2.0"), "the release is done")
    assert filled.failures.load() == []


def test_a_typesense_that_refuses_for_a_while_ends_with_the_collection_equal(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.world.remove_project("p2")
    with TypesenseProxy(behind=filled.laboratory.typesense.url) as proxy:
        filled.environment["TYPESENSE_PORT"] = proxy.url.rpartition(":")[2]
        filled.start_workers()
        filled.send("inspect_project", "p3", "1.0.0")
        filled.wait(filled.is_done("p3:1.0.0"), "the worker has connected")
        proxy.fail("*", RefuseConnection())
        filled.send("reconcile_profile", filled.profile)
        filled.send("inspect_project", "p1", "2.0")
        filled.wait_for_log("reconcile_profile is put back")
        filled.wait_for_log("inspect_project is put back")
        proxy.mend()
        filled.wait_until_equal()
        filled.wait(filled.is_done("p1:2.0"), "the other task is done, too")
    assert filled.failures.load() == []


@pytest.fixture
def own_typesense(workshop: Workshop, typesense_binary: Path) -> Iterator[TypesenseServer]:
    """A Typesense of the test's own, in which the ten projects are."""
    server = TypesenseServer(typesense_binary, workshop.folder)
    workshop.laboratory = replace(workshop.laboratory, typesense=server.address)
    port = server.address.url.rpartition(":")[2]
    workshop.environment |= {"TYPESENSE_PORT": port, "TYPESENSE_API_KEY": server.address.api_key}
    workshop.fill()
    yield server
    server.kill()


def test_a_typesense_killed_in_mid_reconcile_ends_with_the_collection_equal(
    workshop: Workshop, own_typesense: TypesenseServer
) -> None:
    workshop.start_workers()
    kill_in_mid_reconcile(workshop, own_typesense.kill)
    workshop.wait_for_log("reconcile_profile is put back")
    own_typesense.start()
    workshop.wait_until_equal()
    assert workshop.failures.load() == []


def test_workers_with_nothing_configured_start_a_killed_typesense_anew(workshop: Workshop) -> None:
    for name in ("HOST", "PORT", "API_KEY"):
        del workshop.environment[f"TYPESENSE_{name}"]
    workshop.laboratory.world.add_project("p1", classifiers=[PLONE])
    workshop.start_workers()
    workshop.send("queue_all_reconciles")
    workshop.wait(lambda: workshop.checkpoint is not None, "it is filled")
    pid = find_embedded(workshop).pid
    os.kill(pid, signal.SIGKILL)
    workshop.laboratory.world.release("p1", "2.0")
    workshop.send("queue_all_reconciles")
    workshop.wait(lambda: workshop.checkpoint == workshop.laboratory.world.serial, "it goes on")
    workshop.laboratory = replace(workshop.laboratory, typesense=find_embedded(workshop))
    assert workshop.find_versions() == {"p1": "2.0"}
    assert workshop.laboratory.typesense.pid != pid
    assert workshop.processes[0].stop() == 0
    workshop.wait(lambda: not lives(workshop.laboratory.typesense.pid), "the last one out stops it")


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has reaped yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def find_embedded(workshop: Workshop) -> EmbeddedServer:
    folder = Path(workshop.environment["PYF_DATA_DIR"]) / "typesense"
    record = json.loads((folder / "server.json").read_text())
    key = (folder / "api-key").read_text().strip()
    return EmbeddedServer(url=f"http://127.0.0.1:{record['port']}", api_key=key, pid=record["pid"])


def test_without_a_broker_a_worker_says_so_and_waits(filled: Workshop) -> None:
    filled.redis.stop()
    try:
        worker = filled.start_worker()
        filled.wait_for_log("Trying again in")
    finally:
        filled.redis.start()
    filled.wait(worker.is_ready, "it is ready at last")
    assert "Traceback" not in worker.read_log()


# Limits


def test_the_cap_on_requests_to_pypi_holds_for_all_workers_together(filled: Workshop) -> None:
    times: list[float] = []
    filled.laboratory.pypi.on_request = lambda _: times.append(time.monotonic())
    filled.start_workers(2, concurrency=2, PYPI_MAX_RPS="10")
    for number in range(10):
        filled.send("inspect_project", f"p{number}", "1.0.0")
    # A whole profile takes its turns among the others, though its readers are many.
    release_all(filled)
    filled.send("reconcile_profile", filled.profile)
    filled.wait_until_equal()
    filled.wait(lambda: filled.is_idle, "all is done")
    assert len(times) > 10
    # A bound from below: a slow machine only makes it longer.
    assert times[-1] - times[0] > (len(times) - 1) / 10 * 0.95


def test_a_limit_that_pypi_names_is_obeyed_by_all_and_nobody_sleeps(filled: Workshop) -> None:
    limit = Status(status=429, headers={"Retry-After": "600"})
    filled.laboratory.pypi.fail("/pypi/p1/json", limit)
    filled.start_workers(2)
    filled.send("inspect_project", "p1", "1.0.0")
    filled.wait_for_log("inspect_project is put back for 600 s")
    filled.laboratory.pypi.mend()
    filled.laboratory.pypi.clear_requests()
    for number in range(2, 6):
        filled.send("inspect_project", f"p{number}", "1.0.0")
    filled.send("reconcile_profile", filled.profile)
    filled.wait_for_log("inspect_project is put back", 5)
    filled.wait_for_log("reconcile_profile is put back")
    # What does not ask PyPI goes on.
    filled.send("queue_all_github_updates")
    filled.wait_for_log("queue_all_github_updates[", 2)
    assert filled.laboratory.pypi.requests == []
    assert filled.failures.load() == []
    # What succeeded is given back a moment after it says so.
    filled.wait(lambda: len(find_headers(filled)) == 6, "only what is put back is left")
    headers = find_headers(filled)
    left = [(datetime.fromisoformat(header["eta"]) - datetime.now(UTC)).total_seconds() for header in headers]
    assert all(500 < seconds <= 601 for seconds in left)
    # A limit is nobody's fault, so it does not count.
    assert [header["retries"] for header in headers] == [0] * 6


def find_headers(workshop: Workshop) -> list[dict[str, Any]]:
    """Return the headers of each task that a worker has."""
    taken = workshop.redis.client.hvals(f"{KEY_PREFIX}unacked")
    return [json.loads(text)[0]["headers"] for text in taken]


def test_a_limit_on_browsing_does_not_make_a_worker_fetch_all_of_pypi(workshop: Workshop) -> None:
    for number in range(30):
        workshop.laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    workshop.laboratory.pypi.fail("/pypi", Status(status=429, headers={"Retry-After": "600"}))
    workshop.start_workers()
    workshop.send("reconcile_profile", workshop.profile)
    workshop.wait_for_log("reconcile_profile is put back for 600 s")
    assert workshop.laboratory.pypi.counts.project_json == 0


@pytest.fixture
def shown_on_github(filled: Workshop) -> Iterator[GitHubServer]:
    """A hundred and twenty projects with a repository each."""
    with GitHubServer() as github:
        filled.show_on_github(github, 120)
        yield github


def test_the_budget_of_github_is_that_of_all_workers(filled: Workshop, shown_on_github: GitHubServer) -> None:
    reset = datetime.now(UTC) + timedelta(minutes=30)
    shown_on_github.graph.remaining, shown_on_github.graph.resets_at = 0, reset.timestamp()
    filled.start_workers(2)
    filled.send("queue_all_github_updates")
    filled.wait_for_log("update_github is put back for 1", 2)
    # The first query learns that nothing is left; the next one is not even sent.
    assert len(shown_on_github.requests) == 1
    assert filled.failures.load() == []


def test_a_pause_that_github_asks_one_worker_for_is_kept_by_all(
    filled: Workshop, shown_on_github: GitHubServer
) -> None:
    body = b'{"message": "You have exceeded a secondary rate limit."}'
    shown_on_github.fail("/graphql", Status(status=403, body=body, headers={"Retry-After": "900"}))
    filled.start_workers(2)
    filled.send("queue_all_github_updates")
    filled.wait_for_log("update_github is put back for ", 2)
    assert len(shown_on_github.requests) == 1


def test_a_token_that_github_refuses_is_told_at_once(filled: Workshop, shown_on_github: GitHubServer) -> None:
    filled.start_workers(GITHUB_TOKEN="wrong-token-of-somebody")
    filled.send("queue_all_github_updates")
    filled.wait(lambda: filled.failures.count() == 2, "both batches are given up")
    assert all("refuses the token" in failure.reason for failure in filled.failures.load())
    assert "wrong-token" not in filled.read_logs()


# Time


def test_each_task_has_the_time_and_the_manners_it_was_declared_with(filled: Workshop) -> None:
    filled.start_workers(PYF_TASK_SECONDS="1", PYF_RUN_SECONDS="50")
    items = ["time_limit", "max_retries", "acks_late", "reject_on_worker_lost", "ignore_result"]
    registered = dict(text[:-1].split(" [") for text in filled.inspect_worker("registered", items=items))
    project, run = "time_limit=11 max_retries=10", "time_limit=60 max_retries=10"
    manners = "acks_late=True reject_on_worker_lost=True ignore_result=True"
    assert registered == {
        "inspect_project": f"{project} {manners}",
        "update_project": f"{project} {manners}",
        "read_rss_new_projects_and_queue": f"{project} {manners}",
        "read_rss_new_releases_and_queue": f"{project} {manners}",
        "queue_all_reconciles": f"{project} {manners}",
        "reconcile_profile": f"time_limit=60 max_retries=6 {manners}",
        "queue_all_github_updates": f"{run} {manners}",
        "update_github": f"{run} {manners}",
        "queue_all_status_updates": f"{project} {manners}",
        "update_status": f"{run} {manners}",
        "queue_all_downloads_updates": f"{project} {manners}",
        "update_downloads": f"{run} {manners}",
        "queue_all_assessment_updates": f"{project} {manners}",
        "update_assessment": f"{run} {manners}",
        "update_repositories": f"{run} {manners}",
    }
    conf = filled.inspect_worker("conf")
    assert conf["broker_transport_options"]["visibility_timeout"] == 60 + 3600 + 600
    assert (conf["worker_prefetch_multiplier"], conf["worker_pool"]) == (1, "prefork")
    # And so they are ended: a run goes on beyond the time of a task for one project.
    release_all(filled)
    filled.laboratory.pypi.fail("/pypi/p1/json", Hang(), times=1)
    filled.laboratory.pypi.latency_seconds = 0.6
    filled.send("inspect_project", "p1", "1.0.0")
    filled.wait(lambda: filled.failures.count() == 1, "it is given up")
    filled.send("reconcile_profile", filled.profile)
    filled.wait_until_equal()
    (failure,) = filled.failures.load()
    assert failure.reason.startswith("It was ended because it took longer than 1 s")
    assert failure.task == "inspect_project"


def test_a_task_that_takes_too_long_is_ended_seen_and_tried_again(filled: Workshop) -> None:
    filled.laboratory.pypi.fail("/pypi/p1/json", Hang())
    filled.start_workers(PYF_TASK_SECONDS="2")
    filled.send("inspect_project", "p1", "1.0.0")
    filled.send("inspect_project", "p2", "1.0.0")
    filled.wait(lambda: filled.failures.count() == 1, "it is given up")
    filled.wait(filled.is_done("p2:1.0.0"), "the other one was not kept waiting for ever")
    (line,) = filled.run("failed").answer.splitlines()
    assert "inspect_project(p1, 1.0.0): It was ended because it took longer than 2 s" in line
    assert filled.redis.client.keys("pyf:lock:*") == []
    assert "Traceback" not in filled.read_logs()
    filled.laboratory.pypi.mend()
    (failure,) = json.loads(filled.run("failed", "--json").answer)
    assert filled.run("retry", "nonsense").exit_code == 2
    retried = filled.run("retry", failure["id"])
    assert (retried.exit_code, retried.talk, retried.answer) == (0, "", "Tasks queued again: 1\n")
    filled.wait(filled.is_done("p1:1.0.0"), "it is done after all")
    assert filled.run("failed").answer == ""


def test_a_task_that_cannot_end_itself_is_ended_by_force(filled: Workshop) -> None:
    filled.start_workers(PYF_TASK_SECONDS="1")
    (child,) = psutil.Process(filled.processes[0].process.pid).children()
    stopped: list[int] = []

    def stop(record: Record) -> None:
        if record.path == "/pypi/p1/json" and not stopped:
            os.kill(child.pid, signal.SIGSTOP)
            stopped.append(child.pid)

    filled.laboratory.pypi.on_request = stop
    filled.send("inspect_project", "p1", "1.0.0")
    filled.wait(lambda: filled.failures.count() == 1, "it is given up")
    (failure,) = filled.failures.load()
    assert (failure.task, failure.arguments) == ("inspect_project", ("p1", "1.0.0"))
    assert failure.reason.startswith("It was ended because it took longer than 1 s")
    filled.send("inspect_project", "p2", "1.0.0")
    filled.wait(filled.is_done("p2:1.0.0"), "others go on")


def test_a_task_over_a_bomb_ends_in_time_and_the_worker_goes_on(filled: Workshop) -> None:
    filled.laboratory.world.add_project(
        "bomb", classifiers=[PLONE], description=BOMB, description_content_type="text/x-rst"
    )
    filled.start_workers(PYF_TASK_SECONDS="2")
    filled.send("inspect_project", "bomb", "1.0.0")
    filled.send("inspect_project", "p2", "1.0.0")
    filled.wait(lambda: filled.failures.count() == 1, "it is given up")
    (failure,) = filled.failures.load()
    assert (failure.arguments[0], "longer than 2 s" in failure.reason) == ("bomb", True)
    filled.wait(filled.is_done("p2:1.0.0"), "the other one was not kept waiting for ever")
    assert not [
        child
        for child in psutil.Process(filled.processes[0].process.pid).children(recursive=True)
        if "pyf.aggregator.rendering.process" in child.cmdline()
    ]


# Given up


def test_a_task_that_ends_its_worker_again_and_again_is_given_up(filled: Workshop) -> None:
    def kill(record: Record) -> None:
        if record.path == "/pypi/p1/json":
            kill_children(filled)

    filled.laboratory.pypi.on_request = kill
    filled.start_workers()
    filled.send("inspect_project", "p1", "1.0.0")
    filled.wait(lambda: filled.failures.load() != [], "it is given up")
    (failure,) = filled.failures.load()
    assert failure.reason == "It ended its worker 3 times, so it is not tried again."
    filled.send("inspect_project", "p2", "1.0.0")
    filled.wait(filled.is_done("p2:1.0.0"), "others go on")


def test_waiting_for_somebody_else_is_no_way_to_end_a_worker(filled: Workshop) -> None:
    task, client = "a-task-that-was-killed-twice", filled.redis.client
    client.set(f"pyf:deliveries:{task}", "2")
    client.set("pyf:lock:inspect p1", "a dead holder", ex=60)
    filled.start_workers()
    filled.send("inspect_project", "p1", "1.0.0", task_id=task)
    filled.wait_for_log("Another worker holds the lease of inspect p1.")
    filled.wait(lambda: client.get(f"pyf:deliveries:{task}") == "2", "neither counted nor forgotten")
    end_leases(filled)
    filled.wait(filled.is_done("p1:1.0.0"), "it is done")
    filled.wait(lambda: client.get(f"pyf:deliveries:{task}") is None, "and held against it no more")


def test_what_nobody_can_do_is_given_up_in_a_sentence(filled: Workshop) -> None:
    filled.start_workers(PYF_FORGES=f"gitlab:gitlab.com={NOBODY}")
    filled.send("task_of_tomorrow", "x")
    filled.send("inspect_project")
    filled.send("reconcile_profile", "nobodys")
    filled.send("update_project", "a/b")
    filled.send("update_github", ["volto"])
    filled.send("update_repositories", "evil.example", ["o/n"])
    filled.send("update_repositories", "gitlab.com", ["one", 7])
    wrong_versions: tuple[object, ...] = (7, ["1.0"], {"a": 1}, "1.0 2.0", "x" * 1000)
    for version in wrong_versions:
        filled.send("inspect_project", "p1", version)
    for task in ("inspect_project", "update_project"):
        filled.send(task, "nobodys-project")
    # A feed may name a project that has no page yet.
    filled.send("inspect_project", "nobodys-project", "")
    filled.wait(lambda: filled.failures.count() == 14, "they are given up")
    filled.wait(filled.is_done("nobodys-project:"), "that is no failure")
    failures = filled.failures.load()
    told = {(failure.task, *map(repr, failure.arguments)): failure.reason for failure in failures}
    for version in wrong_versions:
        shown = repr(version) if version != "x" * 1000 else f"'{'x' * 99}…"
        assert told.pop(("inspect_project", "'p1'", repr(version))) == (
            f"inspect_project cannot be called like this: {shown} is not a version."
        )
    for task in ("inspect_project", "update_project"):
        assert told.pop((task, "'nobodys-project'")).startswith("PyPI has no page of 'nobodys-project': ")
    assert "Traceback" not in filled.read_logs()
    assert told.pop(("update_repositories", "'evil.example'", "['o/n']")) == (
        "update_repositories cannot be called like this: 'evil.example' is none of the forges that this"
        " worker asks: github.com, gitlab.com."
    )
    assert told.pop(("update_repositories", "'gitlab.com'", "['one', 7]")) == (
        "update_repositories cannot be called like this: 'one' and 1 more are not repositories, such as"
        " 'group/project'."
    )
    assert {task: reason for (task, *_), reason in told.items()} == {
        "task_of_tomorrow": "This worker knows no such task; is it older than what queued it?",
        "inspect_project": "inspect_project cannot be called like this: missing a required argument: 'name'.",
        "update_project": "update_project cannot be called like this: 'a/b' is not a project's name.",
        "update_github": (
            "update_github cannot be called like this: 'volto' is not a repository, such as 'plone/volto'."
        ),
        "reconcile_profile": (f"The queue does not serve a profile 'nobodys'; it serves {filled.profile}."),
    }


def test_a_suspicious_removal_is_left_to_a_person_and_to_no_retry(workshop: Workshop) -> None:
    workshop.fill(40)
    for number in range(30):
        workshop.laboratory.world.remove_project(f"p{number}")
    workshop.start_workers()
    workshop.send("reconcile_profile", workshop.profile)
    workshop.wait(lambda: workshop.failures.count() == 1, "it is given up")
    (failure,) = workshop.failures.load()
    assert "--force" in failure.reason
    assert len(workshop.find_versions()) == 40
    assert "Traceback" not in workshop.read_logs()


def test_what_fails_is_one_failure_and_goes_when_it_succeeds(filled: Workshop) -> None:
    filled.laboratory.pypi.fail("/pypi/p1/json", Hang())
    filled.start_workers(PYF_TASK_SECONDS="1")
    for times in (1, 2):
        filled.send("update_project", "p1")
        filled.wait(lambda times=times: [f.times for f in filled.failures.load()] == [times], "it failed")  # type: ignore[misc]
    assert filled.run("failed").answer.rstrip().endswith("(2 times)")
    filled.laboratory.pypi.mend()
    filled.send("update_project", "p1")
    filled.wait(lambda: filled.failures.count() == 0, "it succeeded")


# Configuration


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"REDIS_HOST": "amqp://x"},
            "REDIS_HOST is 'amqp://x' (expected: a host, host:port, or a redis:// or rediss:// URL).",
        ),
        (
            {"PYF_RECONCILE_CRON": "61 * * * *"},
            "PYF_RECONCILE_CRON: '61 * * * *' is not a schedule in cron form",
        ),
        ({"PYF_QUEUE_PROFILES": "nobodys"}, "The queue cannot serve what PYF_QUEUE_PROFILES or -p names."),
        ({"PYF_PROFILES": "away.yaml"}, "away.yaml"),
    ],
)
@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_wrong_configuration_is_one_sentence(
    workshop: Workshop, part: str, settings: dict[str, str], sentence: str
) -> None:
    done = workshop.run_celery(part, **settings)
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert sentence in line
    assert done.returncode == 2


def test_redis_is_reached_over_tls_and_its_certificate_is_checked(filled: Workshop, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with RedisProxy(filled.redis.url, tls=tls) as proxy:
        url = proxy.url
        filled.environment["REDIS_HOST"] = f"{url}?ssl_ca_certs={tmp_path / 'ca.pem'}"
        filled.start_workers(PYF_RESULT_SECONDS="60")
        done = filled.run_celery("call", "inspect_project", '--args=["p1", "1.0.0"]')
        assert done.returncode == 0
        filled.wait_for_log("Task inspect_project[", 2)
        status = json.loads(filled.run_apart("status", "--json").stdout)
        assert (status["workers"], status["failed"]) == (["worker0@test"], 0)
        # Without the authority the certificate is nobody's.
        filled.environment["REDIS_HOST"] = url
        refused = filled.run_apart("status")
        (line,) = refused.stderr.splitlines()
        assert (refused.returncode, "certificate verify failed" in line) == (1, True)
        worker = filled.start_worker()
        filled.wait(lambda: "certificate verify failed" in worker.read_log(), "it says so")


PASSWORD = "p@ss/w:rd%41#?&+="


def test_a_password_is_taken_and_shown_nowhere(filled: Workshop, tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    try:
        server.client.config_set("requirepass", PASSWORD)
        quoted = quote(PASSWORD, safe="")
        filled.environment |= {"REDIS_HOST": f"127.0.0.1:{server.port}", "REDIS_PASSWORD": PASSWORD}
        worker = filled.start_worker()
        filled.wait(worker.is_ready, "it is ready")
        status = json.loads(filled.run_apart("status", "--json").stdout)
        assert status["workers"] == ["worker0@test"]
        shown = [filled.run_celery("inspect", "conf").stdout]
        # Also in the URL itself, which has the last word.
        filled.environment["REDIS_HOST"] = f"redis://:{quoted}@127.0.0.1:{server.port}/0"
        filled.environment["REDIS_PASSWORD"] = "another"
        assert filled.run_apart("status").returncode == 0
        for url in (f"127.0.0.1:{server.port}", f"redis://127.0.0.1:{server.port}/0?password=wr0ng"):
            refused = filled.run_apart("status", REDIS_HOST=url, REDIS_PASSWORD="wr0ng")
            (line,) = refused.stderr.splitlines()
            assert line.startswith(f"Error: Redis at redis://127.0.0.1:{server.port}/0 is unavailable (")
            shown += [refused.stderr, refused.stdout]
        everything = "".join([worker.read_log(), *shown])
        assert [secret for secret in (PASSWORD, quoted, "wr0ng") if secret in everything] == []
    finally:
        server.client.close()
        server.stop()
