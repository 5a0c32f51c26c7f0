"""The queue with a real Redis and real workers."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import celery
import psutil
import pytest

from pyf.aggregator.cli.queue import pyfqueue
from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from pyf.aggregator.shared.checkpoints import SharedCheckpoints
from pyf.aggregator.shared.failures import Failures
from pyf.aggregator.shared.store import open_store
from tests.commands import Commands, Ended
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Hang, RefuseConnection, Status
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.redis import RedisServer, WorkerProcess, wait_until
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

DJANGO = "Framework :: Django"


@dataclass
class Works:
    """Everything the queue needs: a world, a collection per profile, Redis, and workers to start."""

    laboratory: Laboratory
    redis: RedisServer
    environment: dict[str, str]
    folder: Path
    commands: Commands
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def profile(self) -> str:
        return self.laboratory.collection

    def start_worker(self, *, concurrency: int = 1, **settings: str) -> WorkerProcess:
        name = f"worker{len(self.workers)}"
        worker = WorkerProcess(
            {**self.environment, **settings}, self.folder, name=name, concurrency=concurrency
        )
        self.workers.append(worker)
        worker.wait_until_ready()
        return worker

    def send(self, task: str, *arguments: object) -> None:
        """Queue a task, as beat does."""
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.task_default_queue = QUEUE
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            app.send_task(task, args=arguments)

    def run(self, *command: str) -> Ended:
        """Run ``pyfqueue``."""
        return self.commands.choose(pyfqueue)(*command, **self.environment)

    @property
    def failures(self) -> Failures:
        return Failures(open_store(self.redis.url))

    @property
    def checkpoint(self) -> Serial | None:
        loaded = SharedCheckpoints(open_store(self.redis.url)).load(self.profile)
        return loaded.serial if loaded else None

    def wait(self, holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait until something holds; a failure shows the workers' logs."""
        try:
            wait_until(holds, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.read_logs()}") from error

    def wait_until_equal(self, seconds: float = 60.0) -> None:
        """Wait until the collection equals the world, and the checkpoint says so."""
        self.wait(self._is_equal, "the collection equals PyPI", seconds)

    def _is_equal(self) -> bool:
        return self.checkpoint == self.laboratory.world.serial and self.find_versions() == self.find_wanted()

    def find_versions(self) -> dict[str, str]:
        return {name: document["version"] for name, document in self.laboratory.get_documents().items()}

    def find_wanted(self) -> dict[str, str]:
        world = self.laboratory.world
        with world.lock:
            return {
                name: project.latest.version
                for name, project in world.projects.items()
                if project.latest and PLONE in project.latest.info["classifiers"]
            }

    def read_logs(self) -> str:
        return "\n".join(worker.read_log()[-3000:] for worker in self.workers)


@pytest.fixture
def works(
    laboratory: Laboratory,
    redis_server: RedisServer,
    environment: dict[str, str],
    commands: Commands,
    tmp_path: Path,
) -> Iterator[Works]:
    redis_server.client.flushall()
    profiles = tmp_path / "profiles.yaml"
    profiles.write_text(f'profiles:\n  {laboratory.collection}:\n    name: T\n    classifiers: ["{PLONE}"]\n')
    environment |= {
        "REDIS_HOST": redis_server.url,
        "PYF_PROFILES": str(profiles),
        "PYF_QUEUE_PROFILES": laboratory.collection,
        "GITHUB_COOLOFFTIME": "0",
        "GITHUB_API_URL": "http://127.0.0.1:9",
    }
    opened = Works(laboratory, redis_server, environment, tmp_path, commands)
    yield opened
    for worker in opened.workers:
        worker.stop()


@pytest.fixture
def filled(works: Works) -> Works:
    """Ten projects in the collection."""
    for number in range(10):
        works.laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    asyncio.run(works.laboratory.run_full())
    works.laboratory.pypi.clear_requests()
    return works


def is_done(works: Works, entry: str) -> Callable[[], bool]:
    return lambda: bool(works.redis.client.exists(f"pyf:done:{entry}"))


# Feeds


def test_a_release_in_the_feed_is_searchable_and_every_entry_costs_one_request(filled: Works) -> None:
    world = filled.laboratory.world
    world.release("p3", "2.0")
    world.add_project("brand-new", classifiers=[PLONE])
    world.add_project("unwanted", classifiers=[DJANGO])
    world.release("p4", "2.0", classifiers=[DJANGO])
    filled.start_worker()
    for _ in range(3):
        filled.send("read_rss_new_releases_and_queue")
        filled.send("read_rss_new_projects_and_queue")
    filled.wait(lambda: filled.find_versions() == filled.find_wanted(), "it is")
    filled.wait(is_done(filled, "unwanted:1.0.0"), "what nobody wants is remembered")
    filled.wait(is_done(filled, "unwanted:"), "new projects, too")
    asked = [r.path for r in filled.laboratory.pypi.requests if r.path == "/pypi/unwanted/json"]
    # One look serves the new project and its release, however often the feeds are read.
    assert len(asked) == 1
    feeds = [record for record in filled.laboratory.pypi.requests if record.path.startswith("/rss/")]
    assert len(feeds) == 6
    assert sum("If-None-Match" in record.headers for record in feeds) == 4


def test_a_release_that_the_page_does_not_show_yet_is_asked_for_again(filled: Works) -> None:
    filled.laboratory.world.release("p1", "2.0")
    taken = iter(range(10))

    def hide(record: Record) -> None:
        if record.path == "/pypi/p1/json" and next(taken) == 0:
            filled.laboratory.pypi.fail(record.path, Status(status=404, body=b"{}"), times=1)

    filled.laboratory.pypi.on_request = hide
    filled.start_worker()
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(is_done(filled, "p1:2.0"), "it is there at last")
    assert filled.find_versions()["p1"] == "2.0"
    assert "p1 2.0 was announced and is not to be seen yet" in filled.read_logs()


def test_a_known_project_is_indexed_anew(filled: Works) -> None:
    path = f"/collections/{filled.profile}/documents/p1"
    filled.laboratory.ask("PATCH", path, {"summary": "spoilt"})
    filled.start_worker()
    filled.send("update_project", "P1")
    filled.wait(lambda: "summary" not in filled.laboratory.get_documents()["p1"], "it is")


# Reconciling


def test_a_world_that_changes_while_two_workers_run_ends_equal(filled: Works) -> None:
    world = filled.laboratory.world
    for _ in range(2):
        filled.start_worker(concurrency=2)
    for number in range(10):
        world.release(f"p{number}", "2.0", classifiers=[PLONE if number % 3 else DJANGO])
        world.add_project(f"new{number}", classifiers=[PLONE])
        filled.send("read_rss_new_releases_and_queue")
        if number % 4 == 0:
            filled.send("queue_all_reconciles")
    world.remove_project("p1")
    filled.send("queue_all_reconciles")
    filled.wait(lambda: filled.checkpoint is not None, "it was reconciled")
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    assert filled.failures.load() == []


def test_two_workers_never_reconcile_one_collection_at_once(filled: Works) -> None:
    filled.laboratory.pypi.latency_seconds = 0.3
    for number in range(6):
        filled.laboratory.world.release(f"p{number}", "2.0")
    for _ in range(2):
        filled.start_worker()
    for _ in range(2):
        filled.send("reconcile_profile", filled.profile)
    filled.wait_until_equal()
    filled.wait(
        lambda: "Another worker holds the lease" in filled.read_logs(), "the second one is turned away"
    )
    fetched = [r.path for r in filled.laboratory.pypi.requests if r.path.endswith("/json")]
    assert len(fetched) == len(set(fetched))


def test_a_killed_worker_leaves_its_work_to_another(filled: Works) -> None:
    for number in range(10):
        filled.laboratory.world.release(f"p{number}", "2.0")
    filled.laboratory.pypi.latency_seconds = 0.2
    first = filled.start_worker()
    filled.send("reconcile_profile", filled.profile)
    filled.wait(lambda: filled.laboratory.pypi.counts.project_json > 2, "it is in the middle")
    first.kill()
    filled.laboratory.pypi.latency_seconds = 0.0
    assert filled.checkpoint is None
    # A dead worker's lease runs out by itself; here the minute is made to pass.
    (lease,) = filled.redis.client.keys("pyf:lock:*")
    filled.redis.client.delete(lease)
    filled.start_worker()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()


def test_a_redis_that_restarts_loses_nothing(filled: Works) -> None:
    filled.start_worker()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    filled.redis.stop()
    filled.laboratory.world.release("p1", "2.0")
    filled.redis.start()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    assert "Traceback" not in filled.read_logs().split("ready.", 1)[0]


def test_an_outage_of_pypi_ends_with_the_collection_equal(filled: Works) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.world.remove_project("p2")
    filled.laboratory.pypi.fail("*", Status(status=503, headers={"Retry-After": "0"}))
    filled.start_worker()
    filled.send("reconcile_profile", filled.profile)
    filled.wait(lambda: "reconcile_profile is put back" in filled.read_logs(), "it is put back")
    assert len(filled.find_versions()) == 10
    filled.laboratory.pypi.mend()
    filled.wait_until_equal()


def test_a_typesense_that_is_away_for_a_while_ends_with_the_collection_equal(filled: Works) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.world.remove_project("p2")
    with TypesenseProxy(behind=filled.laboratory.typesense.url) as proxy:
        filled.environment["TYPESENSE_PORT"] = proxy.url.rpartition(":")[2]
        filled.start_worker()
        filled.send("inspect_project", "p3")
        filled.wait(is_done(filled, "p3:"), "the worker has connected")
        proxy.fail("*", RefuseConnection())
        filled.send("reconcile_profile", filled.profile)
        filled.send("inspect_project", "p1", "2.0")
        filled.wait(lambda: "Typesense does not do its part" in filled.read_logs(), "it is missed")
        proxy.mend()
        filled.wait_until_equal()
        filled.wait(is_done(filled, "p1:2.0"), "the other task is done, too")


def test_three_profiles_at_once(filled: Works) -> None:
    world, laboratory = filled.laboratory.world, filled.laboratory
    names = {f"{filled.profile}-{kind.lower()}": f"Framework :: {kind}" for kind in ("Django", "Flask")}
    profiles = Path(filled.environment["PYF_PROFILES"])
    text = "".join(f'  {name}:\n    name: T\n    classifiers: ["{c}"]\n' for name, c in names.items())
    profiles.write_text(profiles.read_text() + text)
    filled.environment["PYF_QUEUE_PROFILES"] = ",".join([filled.profile, *names])
    home = laboratory.collection
    for name, classifier in names.items():
        world.add_project(f"in-{name}", classifiers=[classifier])
        laboratory.collection = name
        asyncio.run(laboratory.run_full(classifiers=[classifier]))
    laboratory.collection = home
    world.release("p1", "2.0", classifiers=[PLONE, *names.values()])
    filled.start_worker(concurrency=2)
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(is_done(filled, "p1:2.0"), "one fetch serves three")
    for name in (home, *names):
        laboratory.collection = name
        assert laboratory.get_documents()["p1"]["version"] == "2.0"
    laboratory.collection = home
    filled.send("queue_all_reconciles")
    store = open_store(filled.redis.url)
    filled.wait(
        lambda: all(SharedCheckpoints(store).load(name) for name in (home, *names)),
        "all three are reconciled",
    )
    store.close()


# GitHub


def test_github_is_asked_in_batches_and_known_to_all(filled: Works) -> None:
    with GitHubServer() as github:
        for number, slug in enumerate(github.hub.add_many(120)):
            urls = {"Source": f"https://github.com/{slug}"}
            filled.laboratory.world.add_project(f"g{number}", classifiers=[PLONE], project_urls=urls)
        asyncio.run(filled.laboratory.run_full())
        filled.environment |= {"GITHUB_API_URL": github.url, "GITHUB_TOKEN": TOKEN}
        for _ in range(2):
            filled.start_worker()
        filled.send("queue_all_github_updates")

        def is_enriched() -> bool:
            stars = [d.get("github_stars") for d in filled.laboratory.get_documents().values()]
            return sum(count is not None for count in stars) == 120

        filled.wait(is_enriched, "all are enriched")
        assert max(github.asked.values()) == 1
        filled.send("queue_all_github_updates")
        filled.wait(lambda: filled.read_logs().count("queue_all_github_updates[") >= 4, "it ran again")
        assert max(github.asked.values()) == 1


# Failures


def test_time_limits_work_and_a_task_that_is_given_up_can_be_seen_and_tried_again(filled: Works) -> None:
    filled.laboratory.pypi.fail("/pypi/p1/json", Hang())
    filled.start_worker(PYF_TASK_SECONDS="2")
    filled.send("inspect_project", "p1")
    filled.send("inspect_project", "p2")
    filled.wait(lambda: filled.failures.load() != [], "it is given up")
    filled.wait(is_done(filled, "p2:"), "the other one was not kept waiting for ever")
    shown = filled.run("failed")
    assert "inspect_project(p1): It was ended because it took longer than 2 s" in shown.answer
    failure = json.loads(filled.run("failed", "--json").answer)[0]
    filled.laboratory.pypi.mend()
    assert filled.run("retry", "nonsense").exit_code == 2
    assert filled.run("retry", failure["id"]).answer == "Tasks queued again: 1\n"
    filled.wait(is_done(filled, "p1:"), "it is done after all")
    assert filled.run("failed").answer == ""


def test_a_task_that_ends_its_worker_again_and_again_is_given_up(filled: Works) -> None:
    pool = filled.start_worker()

    def kill_child(record: Record) -> None:
        if record.path == "/pypi/p1/json":
            for child in psutil.Process(pool.process.pid).children():
                child.kill()

    filled.laboratory.pypi.on_request = kill_child
    filled.send("inspect_project", "p1")
    filled.wait(lambda: filled.failures.load() != [], "it is given up")
    (failure,) = filled.failures.load()
    assert failure.reason == "It ended its worker 3 times, so it is not tried again."
    filled.send("inspect_project", "p2")
    filled.wait(is_done(filled, "p2:"), "others go on")


def test_without_a_broker_a_worker_says_so_and_waits(filled: Works) -> None:
    filled.redis.stop()
    worker = WorkerProcess(filled.environment, filled.folder, name="early")
    filled.workers.append(worker)
    try:
        filled.wait(lambda: "Trying again in" in worker.read_log(), f"it says so:\n{worker.read_log()}")
    finally:
        filled.redis.start()
    worker.wait_until_ready()
    assert "Traceback" not in worker.read_log()


def test_a_wrong_configuration_is_one_sentence(works: Works) -> None:
    command = [sys.executable, "-m", "celery", "-A", "pyf.aggregator.queue", "worker"]
    environment = {**works.environment, "REDIS_HOST": "redis://"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "REDIS_HOST" in done.stderr
    assert "Traceback" not in done.stderr


# pyfqueue


def test_status_tells_how_fresh_each_profile_is(filled: Works) -> None:
    assert filled.run("status", "--max-lag", "60").exit_code == 1
    filled.start_worker()
    filled.send("reconcile_profile", filled.profile)
    filled.wait_until_equal()
    shown = filled.run("status", "--max-lag", "600")
    assert shown.exit_code == 0, shown
    serial = filled.laboratory.world.serial
    assert "workers   worker0@test" in shown.answer
    assert f"{filled.profile} equals PyPI at serial {serial}, " in shown.answer
    assert f"reconcile_profile {filled.profile} last succeeded at 20" in shown.answer
    said = json.loads(filled.run("status", "--json").answer)
    assert (said["workers"], said["failed"], said["profiles"][0]["serial"]) == (["worker0@test"], 0, serial)
    metrics = filled.run("status", "--prometheus").answer.splitlines()
    assert "pyf_workers 1" in metrics
    assert f'pyf_profile_serial{{profile="{filled.profile}"}} {serial}' in metrics


def test_waiting_tasks_can_be_taken_away(filled: Works) -> None:
    filled.send("inspect_project", "p1")
    filled.send("inspect_project", "p2")
    assert "waiting  2" in filled.run("status").answer
    assert filled.run("purge").exit_code == 2
    assert filled.run("purge", "--yes").answer == "Tasks taken out of the queue: 2\n"
    assert "waiting  0" in filled.run("status").answer


def test_a_broker_that_is_away_is_one_sentence(works: Works) -> None:
    works.environment["REDIS_HOST"] = "127.0.0.1:9"
    for command in (["status"], ["failed"], ["retry"], ["purge", "--yes"]):
        done = works.run(*command)
        assert done.exit_code == 1
        (line,) = done.talk.splitlines()
        assert line.startswith("Error: Redis at redis://127.0.0.1:9/0 is unavailable")
