"""The site of a day: Redis, Typesense, workers and beat as processes; the sources are played."""

import json
import os
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import celery

from bench.day.happenings import Day
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import Failure, Failures
from pyf.aggregator.state.redis.store import open_store
from pyf.aggregator.typesense.embedded.binary import find_binary
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.pypi import PyPIServer
from tests.servers.redis import CeleryProcess, RedisServer, start_beat, start_worker, wait_until
from tests.servers.typesense import TypesenseServer
from tests.servers.world import World

PROFILE = "flask"
SETTLED = "worker-0"
"""The worker that nobody kills, so that its memory can be watched for an hour."""
WORKERS = (SETTLED, "worker-1", "worker-2")
type Document = Mapping[str, object]

SCHEDULES = {
    "PYF_FEEDS_CRON": "* * * * *",
    "PYF_RECONCILE_CRON": "*/3 * * * *",
    "PYF_ASSESSMENT_CRON": "* * * * *",
    "PYF_GITHUB_CRON": "*/20 * * * *",
    "PYF_STATUS_CRON": "*/30 * * * *",
    "PYF_DOWNLOADS_CRON": "*/30 * * * *",
}
"""A day's schedules 24 times as fast, as far as cron's minute lets them; weekly ones twice."""


@dataclass
class Site:
    """Everything that runs; processes by what they are."""

    day: Day
    pypi: PyPIServer
    github: GitHubServer
    clickhouse: ClickHouseServer
    redis: RedisServer
    typesense: TypesenseServer
    environment: Mapping[str, str]
    folder: Path
    processes: dict[str, CeleryProcess] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)

    def start(self, name: str) -> None:
        """Start a worker or beat, anew if it has ended."""
        folder = self.folder / f"{name}-{len(self.logs)}"
        folder.mkdir()
        environment = {**self.environment}
        self.processes[name] = (
            start_beat(environment, folder) if name == "beat" else start_worker(environment, folder, name)
        )
        self.logs.append(self.processes[name].log)

    def send(self, task: str, *arguments: str) -> None:
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.task_default_queue = QUEUE
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            app.send_task(task, args=list(arguments))

    def count_waiting(self) -> int:
        return int(self.redis.client.llen(KEY_PREFIX + QUEUE))

    def count_working(self) -> int:
        """Return how many tasks the workers that live say they have, or have put back for later."""
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            inspect = app.control.inspect(timeout=2.0)
            told = [inspect.active() or {}, inspect.reserved() or {}, inspect.scheduled() or {}]
        return sum(len(tasks) for answers in told for tasks in answers.values())

    def list_failures(self) -> list[Failure]:
        store = open_store(self.redis.url)
        try:
            return list(Failures(store).load())
        finally:
            store.close()

    def load_checkpoint(self) -> int | None:
        store = open_store(self.redis.url)
        try:
            loaded = RedisCheckpoints(store).load(PROFILE)
        finally:
            store.close()
        return None if loaded is None else loaded.serial

    def export(self, collection: str = PROFILE, **query: str) -> list[Document]:
        """Return the documents of a collection, read past our own code."""
        address = self.typesense.address
        return export(address.url, address.api_key, collection, **query)

    def find_versions(self) -> dict[str, str]:
        found = self.export(include_fields="id,version")
        return {str(document["id"]): str(document["version"]) for document in found}


def export(url: str, key: str, collection: str, **query: str) -> list[Document]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/collections/{collection}/documents/export?{urllib.parse.urlencode(query)}",
        headers={"X-TYPESENSE-API-KEY": key},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the same
        return [json.loads(line) for line in answer.read().decode().splitlines()]


@contextmanager
def open_site(folder: Path, seed: int, projects: int) -> Iterator[Site]:
    """Start the servers and stand-ins; workers and beat are started by whoever lets the day begin."""
    (folder / "redis").mkdir()
    (folder / "typesense").mkdir()
    with ExitStack() as stack:
        github = stack.enter_context(GitHubServer())
        world = World()
        day = Day(world, github.hub, seed, projects)
        pypi = stack.enter_context(PyPIServer(world=world))
        clickhouse = stack.enter_context(ClickHouseServer(invented=True))
        redis = RedisServer(folder / "redis")
        stack.callback(redis.stop)
        stack.callback(redis.client.close)
        typesense = TypesenseServer(find_binary(folder / "typesense"), folder / "typesense")
        stack.callback(typesense.kill)
        environment = {
            **os.environ,
            **SCHEDULES,
            "REDIS_HOST": redis.url,
            "PYPI_URL": pypi.url,
            "PYPI_MAX_RPS": "0",
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_COOLOFFTIME": "0",
            "DOWNLOADS_URL": f"{clickhouse.url}/?user=demo",
            "END_OF_LIFE_URL": "",
            "PYF_FORGES": "",
            "PYF_DATA_DIR": str(folder / "data"),
            "PYF_QUEUE_PROFILES": PROFILE,
            "TYPESENSE_HOST": "127.0.0.1",
            "TYPESENSE_PORT": typesense.address.url.rpartition(":")[2],
            "TYPESENSE_API_KEY": typesense.address.api_key,
        }
        site = Site(day, pypi, github, clickhouse, redis, typesense, environment, folder)
        try:
            for name in WORKERS:
                site.start(name)
            for name in WORKERS:
                wait_until(site.processes[name].is_ready, f"{name} is ready")
            site.start("beat")
            yield site
        finally:
            for process in site.processes.values():
                process.kill()
