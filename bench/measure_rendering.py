"""Rendering: by bounded processes, one by one and all at once, against a bare loop in this process."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import distributions

import psutil

from bench.rows import Row
from pyf.aggregator.metadata.model import Project, Serial, normalize
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.rendering.renderer import Renderer, open_renderer

ROUNDS = 5


async def measure_rendering() -> list[Row]:
    projects = [project for project in _build_projects() if project.description]
    serial, parallel, costs, bare_ms = [], [], [], []
    async with open_renderer(1) as one, open_renderer() as several:
        # Processes that are warm, as they are for all but the first README.
        await _render_all(one, projects)
        await _render_all(several, projects)
        for _ in range(ROUNDS):
            bare, bare_cpu = await _measure(lambda: _render_here(projects))
            ours, ours_cpu = await _measure(lambda: _render_each(one, projects))
            all_at_once, _ = await _measure(lambda: _render_all(several, projects))
            serial.append(bare / ours)
            costs.append(ours_cpu / bare_cpu)
            parallel.append(bare / all_at_once)
            bare_ms.append(1000 * bare_cpu / len(projects))
    return [
        Row("rate of one process against a bare loop", f"{statistics.median(serial):.2f}", "at least 0.9"),
        Row("rate of all processes against it", f"{statistics.median(parallel):.2f}", "more than 1"),
        Row(
            "processor time of one process and ours against it",
            f"{statistics.median(costs):.2f}",
            "at most 1.1",
        ),
        Row(f"ms of it for one of {len(projects)} READMEs, bare", f"{statistics.median(bare_ms):.1f}", ""),
        Row("seconds until the first README is there", f"{await _measure_start():.2f}", ""),
    ]


def _build_projects() -> list[Project]:
    return [
        Project(
            name=normalize(distribution.metadata["Name"]),
            display_name=distribution.metadata["Name"],
            serial=Serial(1),
            version=distribution.version,
            description=str(distribution.metadata.json.get("description", "")),
            description_content_type=distribution.metadata.get("Description-Content-Type"),
            project_urls={},
        )
        for distribution in distributions()
    ]


async def _measure(work: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Return the seconds, and those of the processor, here and in the processes that render."""
    started, cpu = time.perf_counter(), _read_cpu_seconds()
    await work()
    return time.perf_counter() - started, _read_cpu_seconds() - cpu


def _read_cpu_seconds() -> float:
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (own, *own.children()))


async def _render_here(projects: list[Project]) -> None:
    for project in projects:
        render(project.description, project.description_content_type)


async def _render_each(renderer: Renderer, projects: list[Project]) -> None:
    for project in projects:
        await renderer.render(project)


async def _render_all(renderer: Renderer, projects: list[Project]) -> None:
    await asyncio.gather(*map(renderer.render, projects))


async def _measure_start() -> float:
    (project,) = (project for project in _build_projects() if project.name == "pytest")
    async with open_renderer(1) as renderer:
        seconds, _ = await _measure(lambda: _render_each(renderer, [project]))
        return seconds
