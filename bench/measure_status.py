"""Requests and time for the project pages of a thousand projects: cold, a day later and a week later."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rows import Row, build_settings, run_job, temporary_folder
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.status import MAX_AGE, enrich_status
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.services.search import open_search
from pyf.aggregator.services.status import open_status_resources
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

PROJECTS = 1_000
LATENCY_SECONDS = 0.02

CLASSIFIER = "Framework :: Flask"


async def measure_status() -> list[Row]:
    with temporary_folder() as folder, PyPIServer(world=_build_world(PROJECTS)) as pypi:
        settings = await _fill(folder, pypi)
        pypi.latency_seconds = LATENCY_SECONDS
        started = time.perf_counter()
        cold = await _enrich(settings, pypi, timedelta(0))
        seconds = time.perf_counter() - started
        later = await _enrich(settings, pypi, timedelta(days=1))
        pypi.statuses.clear()
        due = await _enrich(settings, pypi, timedelta(days=8))
        assert pypi.statuses == {304: PROJECTS}
    return [
        Row(f"pages asked for {PROJECTS:,} projects, cold", _count(cold, "project page"), f"{PROJECTS:,}"),
        Row("files asked about, a half of them attested", _count(cold, "provenance"), f"{PROJECTS // 2:,}"),
        Row("requests a day later", str(sum(later.requests.values())), "0"),
        Row("pages when a week has passed, all answered 304", _count(due, "project page"), f"{PROJECTS:,}"),
        Row("files asked about then", _count(due, "provenance"), "0"),
        Row("seconds of the whole cold run, documents written", f"{seconds:.1f}", ""),
    ]


def _build_world(projects: int) -> World:
    world = World()
    for number in range(projects):
        world.add_project(f"p{number}", classifiers=[CLASSIFIER])
        if number % 2:
            world.attest(f"p{number}", "1.0.0", {"kind": "GitHub", "repository": f"o/p{number}"})
    return world


async def _fill(folder: Path, pypi: PyPIServer) -> Settings:
    settings = build_settings(pypi.url, folder)
    order = AggregateOrder(
        target="bench",
        selection=Selection((CLASSIFIER,)),
        mode=Mode.FULL,
        checkpoints=SinceFile(folder / "since"),
    )
    assert (await run_job(settings, order)).complete
    return settings


async def _enrich(settings: Settings, pypi: PyPIServer, ahead: timedelta) -> SourceSummary:
    pypi.clear_requests()
    summary = await _ask(settings, ahead)
    assert sum(summary.requests.values()) == len(pypi.requests)
    return summary


async def _ask(settings: Settings, ahead: timedelta) -> SourceSummary:
    async with (
        open_search(settings) as search,
        open_status_resources(settings, NullProgress(), search) as opened,
    ):
        resources = replace(opened, now=lambda: datetime.now(UTC) + ahead)
        summary = await enrich_status(EnrichOrder(target="bench", max_age=MAX_AGE), resources)
    assert summary.complete, summary
    return summary


def _count(summary: SourceSummary, kind: str) -> str:
    return f"{summary.requests.get(kind, 0):,}"
