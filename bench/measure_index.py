"""The index pass: the whole job against a bare loop of the same HTTP client over the same URLs."""

import asyncio
import resource
import statistics
import time
from collections.abc import Iterator

import aiohttp

from bench.rows import Row, build_settings, run_static_pypi, temporary_folder
from bench.static_pypi import build_names
from pyf.aggregator.jobs.crawl.aggregate import aggregate
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.progress import NullProgress
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.services.pypi import open_resources
from pyf.aggregator.sources.http import open_session
from pyf.aggregator.state.checkpoints import SinceFile

PROJECTS = 20_000
ROUNDS = 3


async def measure_index() -> list[Row]:
    ratios, rates, cpu_rates = [], [], []
    with run_static_pypi(PROJECTS) as url:
        for _ in range(ROUNDS):
            bare = await _measure_bare_loop(url)
            ours, cpu = await _measure_job(url)
            ratios.append(bare / ours)
            rates.append(PROJECTS / ours)
            cpu_rates.append(PROJECTS / cpu)
    return [
        Row("rate against the bare loop", f"{statistics.median(ratios):.2f}", "at least 0.6"),
        Row("projects a second", f"{statistics.median(rates):,.0f}", "at least 2,000"),
        Row("projects a second of CPU", f"{statistics.median(cpu_rates):,.0f}", "at least 2,000"),
    ]


async def _measure_bare_loop(url: str) -> float:
    async with open_session(user_agent="bench", connections=10) as session:
        names = iter(build_names(PROJECTS))
        started = time.perf_counter()
        await asyncio.gather(*(_fetch(session, url, names) for _ in range(10)))
        return time.perf_counter() - started


async def _fetch(session: aiohttp.ClientSession, url: str, names: Iterator[str]) -> None:
    for name in names:
        async with session.get(f"{url}/pypi/{name}/json") as response:
            await response.read()


async def _measure_job(url: str) -> tuple[float, float]:
    """Return the seconds, and the CPU seconds of this process, of a first index pass."""
    with temporary_folder() as folder:
        order = AggregateOrder(
            target="flask",
            selection=Selection(("Framework :: Flask",)),
            mode=Mode.FULL,
            checkpoints=SinceFile(folder / "since"),
            discovery=DiscoveryMethod.INDEX,
        )
        async with open_resources(build_settings(url, folder), NullProgress()) as resources:
            cpu, started = _read_cpu_seconds(), time.perf_counter()
            summary = await aggregate(order, resources)
            seconds, cpu_seconds = time.perf_counter() - started, _read_cpu_seconds() - cpu
        assert summary.complete, summary
        assert summary.looked_at == PROJECTS, summary
    return seconds, cpu_seconds


def _read_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
