"""Queries and time for the downloads of a thousand projects: cold, a day later and a week later."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rows import Row, build_settings, run_job, temporary_folder
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.enrich.downloads import MAX_AGE, enrich_downloads
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.services.downloads import open_download_resources
from pyf.aggregator.services.search import open_search
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

PROJECTS = 1_000
LATENCY_SECONDS = 0.05

CLASSIFIER = "Framework :: Flask"


async def measure_downloads() -> list[Row]:
    with (
        temporary_folder() as folder,
        ClickHouseServer(invented=True, latency_seconds=LATENCY_SECONDS) as clickhouse,
    ):
        settings = await _fill(folder, clickhouse)
        started = time.perf_counter()
        cold = await _enrich(settings, clickhouse, timedelta(0))
        seconds = time.perf_counter() - started
        assert cold.written == PROJECTS
        later = await _enrich(settings, clickhouse, timedelta(days=1))
        due = await _enrich(settings, clickhouse, timedelta(days=8))
        assert due.asked == PROJECTS
    return [
        Row(f"queries for {PROJECTS:,} projects, cold", _count(cold), f"at most {1 + PROJECTS // 499}"),
        Row("queries a day later", _count(later), "0"),
        Row("queries when a week has passed", _count(due), f"at most {1 + PROJECTS // 499}"),
        Row("seconds of the whole cold run, documents written", f"{seconds:.1f}", ""),
    ]


async def _fill(folder: Path, clickhouse: ClickHouseServer) -> Settings:
    world = World()
    for number in range(PROJECTS):
        world.add_project(f"p{number}", classifiers=[CLASSIFIER])
    with PyPIServer(world=world) as pypi:
        settings = build_settings(pypi.url, folder)
        selection = Selection((CLASSIFIER,))
        order = AggregateOrder(
            target="bench", selection=selection, mode=Mode.FULL, checkpoints=SinceFile(folder / "since")
        )
        assert (await run_job(settings, order)).complete
    return replace(settings, downloads_url=f"{clickhouse.url}/?user=demo")


async def _enrich(settings: Settings, clickhouse: ClickHouseServer, ahead: timedelta) -> SourceSummary:
    clickhouse.clear_requests()
    order = EnrichOrder(target="bench", max_age=MAX_AGE)
    async with (
        open_search(settings) as search,
        open_download_resources(settings, NullProgress(), search) as opened,
    ):
        resources = replace(opened, now=lambda: datetime.now(UTC) + ahead)
        summary = await enrich_downloads(order, resources)
    assert summary.exit_code == 0, summary
    assert sum(summary.requests.values()) == len(clickhouse.requests)
    return summary


def _count(summary: SourceSummary) -> str:
    return str(sum(summary.requests.values()))
