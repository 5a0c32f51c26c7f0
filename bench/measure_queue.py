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
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.pypi import PyPIServer
from tests.servers.redis import RedisServer, start_beat, start_worker, wait_until
from tests.servers.world import World

PROJECTS = 500
RELEASES = 20
READINGS = 10
PUBLISH_EVERY_SECONDS = 9.5
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
        return [*_measure_rates(site), *_measure_rest(site), *_measure_delay(site)]
    finally:
        redis.client.close()
        redis.stop()


@contextmanager
def _working(site: _Site, count: int) -> Iterator[None]:
    workers = [start_worker(site.environment, site.folder, f"w{time.time_ns()}-{n}") for n in range(count)]
    try:
        for worker in workers:
            wait_until(worker.is_ready, "a worker is ready")
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


def _measure_rest(site: _Site) -> list[Row]:
    feeds = ("read_rss_new_releases_and_queue", "read_rss_new_projects_and_queue")
    with _working(site, 1):
        site.send(*[(feed, []) for feed in feeds])
        wait_until(lambda: len(site.pypi.requests) >= len(feeds), "the feeds are read")
        wait_until(lambda: _is_idle(site), "the feeds' entries are done")
        site.pypi.clear_requests()
        answered = site.pypi.statuses.copy()
        for _ in range(READINGS):
            site.send(*[(feed, []) for feed in feeds])
        wait_until(lambda: len(site.pypi.requests) >= len(feeds) * READINGS, "the feeds are read")
        wait_until(lambda: _is_idle(site), "nothing else is done")
        asked = len(site.pypi.requests)
        assert site.pypi.statuses - answered == {304: asked}
    return [
        Row(
            "requests an hour at rest, feeds read each minute, all answered with 304",
            f"{asked / READINGS * 60:.0f}",
            "at most 120",
        )
    ]


def _is_idle(site: _Site) -> bool:
    waiting = site.redis.client.llen(KEY_PREFIX + QUEUE)
    return not waiting and not site.redis.client.hlen(f"{KEY_PREFIX}unacked")


def _measure_delay(site: _Site) -> list[Row]:
    """Publish releases at even intervals over some minutes, with beat at its default schedule."""
    beat = start_beat(site.environment, site.folder)
    published: dict[str, float] = {}
    delays: dict[str, float] = {}
    try:
        with _working(site, 1):
            for number in range(RELEASES):
                name = f"p{number}"
                site.world.release(name, "9.0")
                published[name] = time.perf_counter()
                _watch(site, published, delays, until=published[name] + PUBLISH_EVERY_SECONDS)
            _watch(site, published, delays, until=time.perf_counter() + 90)
    finally:
        beat.kill()
    assert len(delays) == RELEASES
    return [
        Row(
            "seconds from a release in the feed to searchable, median and worst",
            f"{statistics.median(delays.values()):.1f}, {max(delays.values()):.1f}",
            "up to 60 of them until the feed is read",
        )
    ]


def _watch(site: _Site, published: dict[str, float], delays: dict[str, float], *, until: float) -> None:
    """Note which releases have become searchable, every fifth of a second."""
    while time.perf_counter() < until and (len(published) < RELEASES or len(delays) < RELEASES):
        for name in published.keys() - delays.keys():
            if site.find_version(name) == "9.0":
                delays[name] = time.perf_counter() - published[name]
        time.sleep(0.2)
