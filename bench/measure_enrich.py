"""Peak memory of ``pyfenrich`` with every source due for ten thousand documents."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bench.rows import Row, build_settings, run_embedded, run_job, run_watched, temporary_folder
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.github import TOKEN, GitHubServer, Grant
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

PROJECTS = 10_000
FEW = 3
CLASSIFIER = "Framework :: Flask"


async def measure_enrich() -> list[Row]:
    many, few = [await _measure(count) for count in (PROJECTS, FEW)]
    return [
        Row(f"MB at the peak, every source due for {PROJECTS:,} documents", f"{many:.0f}", "under 300"),
        Row(f"the same for {FEW}", f"{few:.0f}", ""),
    ]


async def _measure(projects: int) -> float:
    with (
        temporary_folder() as folder,
        GitHubServer() as github,
        ClickHouseServer(invented=True) as clickhouse,
        PyPIServer(world=_build_world(projects, github)) as pypi,
    ):
        github.rest = Grant(1_000_000, 1_000_000)
        await _fill(folder, pypi.url)
        # The server is opened here, so that only the command itself is measured.
        async with run_embedded(folder) as (typesense, key):
            settings = {
                "TYPESENSE_NODES": typesense,
                "TYPESENSE_API_KEY": key,
                "PYPI_URL": pypi.url,
                "PYPI_MAX_RPS": "0",
                "GITHUB_API_URL": github.url,
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_COOLOFFTIME": "0",
                "PYF_FORGES": "",
                "DOWNLOADS_URL": f"{clickhouse.url}/?user=demo",
                "END_OF_LIFE_URL": "",
                "PYF_DATA_DIR": str(folder),
            }
            return await asyncio.to_thread(run_watched, "enrich", ["-t", "bench", "-q"], settings)


def _build_world(projects: int, github: GitHubServer) -> World:
    world = World()
    for number, slug in enumerate(github.hub.add_many(projects)):
        name = f"p{number}"
        project = world.add_project(
            name, classifiers=[CLASSIFIER], project_urls={"Source": f"https://github.com/{slug}"}
        )
        project.roles = [{"role": "Owner", "user": slug.partition("/")[0]}]
        if number % 2:
            world.attest(name, "1.0.0", {"kind": "GitHub", "repository": slug})
    return world


async def _fill(folder: Path, pypi_url: str) -> None:
    order = AggregateOrder(
        target="bench",
        selection=Selection((CLASSIFIER,)),
        mode=Mode.FULL,
        checkpoints=SinceFile(folder / "since"),
    )
    settings = replace(build_settings(pypi_url, folder), end_of_life_url="")
    assert (await run_job(settings, order)).complete
