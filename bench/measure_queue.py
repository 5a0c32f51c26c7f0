"""The queue: events a second through one worker and two, requests at rest, the delay of a release."""

import asyncio
import json
import os
import statistics
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import celery

from bench.rows import Row, build_settings, run_embedded, run_job, temporary_folder
from pyf.aggregator.jobs.checkpoint import SinceFile
from pyf.aggregator.jobs.plan import AggregateOrder, Mode
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from tests.servers.pypi import PyPIServer
from tests.servers.redis import RedisServer, WorkerProcess, wait_until
from tests.servers.world import World

PROJECTS = 500
RELEASES = 20
READINGS = 10
CLASSIFIER = "Framework :: Flask"


@dataclass
class _Site:
    """Everything that runs."""

    world: World
    pypi: PyPIServer
    redis: RedisServer
    typesense: tuple[str, str]
    environment: dict[str, str]
    folder: Path

    def send(self, *tasks: tuple[str, Sequence[object]]) -> None:
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.task_default_queue = QUEUE
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            for name, arguments in tasks:
                app.send_task(name, args=list(arguments))

    def find_version(self, name: str) -> str:
        url, key = self.typesense
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{url}/collections/flask/documents/{name}", headers={"X-TYPESENSE-API-KEY": key}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the same
            return str(json.loads(answer.read())["version"])


async def measure_queue() -> list[Row]:
    with temporary_folder() as folder:
        async with run_embedded(folder) as typesense:
            world = World()
            for number in range(PROJECTS):
                world.add_project(f"p{number}", classifiers=[CLASSIFIER])
            with PyPIServer(world=world) as pypi:
                settings = build_settings(pypi.url, folder)
                order = AggregateOrder(
                    target="flask",
                    selection=Selection((CLASSIFIER,)),
                    mode=Mode.FULL,
                    checkpoints=SinceFile(folder / "since"),
                )
                assert (await run_job(settings, order)).complete
                return await asyncio.to_thread(_measure, world, pypi, typesense, folder)


def _measure(world: World, pypi: PyPIServer, typesense: tuple[str, str], folder: Path) -> list[Row]:
    redis = RedisServer(folder)
    environment = {
        **os.environ,
        "REDIS_HOST": redis.url,
        "PYPI_URL": pypi.url,
        "PYPI_MAX_RPS": "0",
        "PYF_DATA_DIR": str(folder),
        "PYF_QUEUE_PROFILES": "flask",
        "TYPESENSE_HOST": "127.0.0.1",
        "TYPESENSE_PORT": typesense[0].rpartition(":")[2],
        "TYPESENSE_API_KEY": typesense[1],
    }
    site = _Site(world, pypi, redis, typesense, environment, folder)
    try:
        return [*_measure_rates(site), *_measure_one(site)]
    finally:
        redis.client.close()
        redis.stop()


@contextmanager
def _working(site: _Site, count: int) -> Iterator[None]:
    workers = [WorkerProcess(site.environment, site.folder, name=f"w{count}{n}") for n in range(count)]
    try:
        for worker in workers:
            worker.wait_until_ready()
        yield
    finally:
        for worker in workers:
            worker.stop()


def _measure_rates(site: _Site) -> list[Row]:
    rates = []
    for count in (1, 2):
        version = f"{count + 1}.0"
        for number in range(PROJECTS):
            site.world.release(f"p{number}", version)
        with _working(site, count):
            # One before the clock runs, so that every process has opened what it needs.
            site.send(*[("update_project", [f"p{number}"]) for number in range(4 * count)])
            wait_until(lambda: not site.redis.client.llen(KEY_PREFIX + QUEUE), "the workers are warm")
            started = time.perf_counter()
            site.send(*[("inspect_project", [f"p{number}", version]) for number in range(PROJECTS)])
            names = [f"pyf:done:p{number}:{version}" for number in range(PROJECTS)]
            wait_until(lambda names=names: site.redis.client.exists(*names) == PROJECTS, "all are done", 300)  # type: ignore[misc]
            rates.append(PROJECTS / (time.perf_counter() - started))
    one, two = rates
    return [
        Row("events a second through one worker", f"{one:.0f}", ""),
        Row("events a second through two workers", f"{two:.0f}", f"{two / one:.2f} times one, on two cores"),
    ]


def _measure_one(site: _Site) -> list[Row]:
    feeds = ("read_rss_new_releases_and_queue", "read_rss_new_projects_and_queue")
    with _working(site, 1):
        site.send(*[(feed, []) for feed in feeds])
        time.sleep(2)
        wait_until(lambda: not site.redis.client.llen(KEY_PREFIX + QUEUE), "the feeds' entries are done")
        time.sleep(2)
        site.pypi.clear_requests()
        for _ in range(READINGS):
            site.send(*[(feed, []) for feed in feeds])
        wait_until(lambda: len(site.pypi.requests) >= 2 * READINGS, "the feeds are read")
        time.sleep(1)
        asked = len(site.pypi.requests)
        assert all("If-None-Match" in record.headers for record in site.pypi.requests)
        delays = []
        for number in range(RELEASES):
            site.world.release(f"p{number}", "9.0")
            started = time.perf_counter()
            site.send((feeds[0], []))
            wait_until(lambda name=f"p{number}": site.find_version(name) == "9.0", "it is searchable")  # type: ignore[misc]
            delays.append(time.perf_counter() - started)
    return [
        Row(
            "requests an hour at rest, feeds read each minute, all conditional",
            f"{asked / READINGS * 60:.0f}",
            "at most 120",
        ),
        Row(
            "seconds from reading the feed to searchable, median and worst",
            f"{statistics.median(delays):.2f}, {max(delays):.2f}",
            "on top of up to 60 s until the feed is read",
        ),
    ]
