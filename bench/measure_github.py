"""Requests and time for a thousand repositories on GitHub, against asking for them one by one."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from bench.rows import Row, build_settings, run_job, temporary_folder
from pyf.aggregator.config.setting_values import SecretStr
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.enrich.forges.collection import enrich_from_github
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary, NullProgress
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.services.github import open_enrich_resources
from pyf.aggregator.services.search import open_search
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.github import TOKEN, GitHubServer, Grant
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

REPOSITORIES = 1_000
LATENCY_SECONDS = 0.05
MANAGED = 60
"""Of how many repositories at once the slower GitHub of the last row is capable."""

CLASSIFIER = "Framework :: Flask"


async def measure_github() -> list[Row]:
    with temporary_folder() as folder, GitHubServer(latency_seconds=LATENCY_SECONDS) as github:
        github.rest = Grant(1_000_000, 1_000_000)
        slugs = github.hub.add_many(REPOSITORIES)
        world = World()
        for number, slug in enumerate(slugs):
            urls = {"Source": f"https://github.com/{slug}"}
            project = world.add_project(f"p{number}", classifiers=[CLASSIFIER], project_urls=urls)
            project.roles = [{"role": "Owner", "user": slug.partition("/")[0]}]
        settings = await _fill(world, folder, github)
        rows = await _measure_runs(settings, github)
        return [*rows, await _measure_slow(folder, github)]


def _configure(pypi_url: str, folder: Path, github: GitHubServer) -> Settings:
    """Return settings for the stand-ins; each PyPI has a catalogue of its own."""
    return replace(
        build_settings(pypi_url, folder),
        github_api_url=github.url,
        github_token=SecretStr(TOKEN),
        github_coolofftime=0.0,
    )


async def _fill(world: World, folder: Path, github: GitHubServer) -> Settings:
    with PyPIServer(world=world) as pypi:
        settings = _configure(pypi.url, folder, github)
        selection = Selection((CLASSIFIER,))
        order = AggregateOrder(
            target="bench", selection=selection, mode=Mode.FULL, checkpoints=SinceFile(folder / "since")
        )
        assert (await run_job(settings, order)).complete
    return settings


async def _measure_runs(settings: Settings, github: GitHubServer) -> list[Row]:
    started = time.perf_counter()
    cold = await _enrich(settings, github)
    cold_seconds = time.perf_counter() - started
    assert cold.asked == cold.written == REPOSITORIES
    warm = await _enrich(settings, github)
    assert warm.from_cache == REPOSITORIES
    alone_seconds = await _ask_one_by_one(github)
    return [
        Row(f"requests for {REPOSITORIES:,} repositories, cold", str(cold.requests), "at most 21"),
        Row("requests again from a warm cache", str(warm.requests), "0"),
        Row("points", str(cold.points), f"{REPOSITORIES * 4 // 100} by GitHub's formula"),
        Row(
            "seconds of the whole cold run, documents written",
            f"{cold_seconds:.1f}",
            f"{alone_seconds:.1f} for one-by-one REST, {alone_seconds / cold_seconds:.0f} times as long",
        ),
    ]


async def _measure_slow(folder: Path, github: GitHubServer) -> Row:
    """Measure against a GitHub that gives up on large queries; with a cache of its own."""
    github.largest = MANAGED
    settings = _configure("http://127.0.0.1:9", folder, github)
    summary = await _enrich(settings, github)
    assert summary.asked == REPOSITORIES
    best = -(-REPOSITORIES // MANAGED)
    return Row(f"requests where GitHub manages {MANAGED} at once", str(summary.requests), f"{best} at best")


async def _enrich(settings: Settings, github: GitHubServer) -> EnrichSummary:
    github.clear_requests()
    async with (
        open_search(settings) as search,
        open_enrich_resources(settings, NullProgress(), search) as resources,
    ):
        summary = await enrich_from_github(EnrichOrder(target="bench", max_age=timedelta(days=1)), resources)
    assert summary.exit_code == 0, summary
    assert summary.requests == len(github.requests)
    return summary


async def _ask_one_by_one(github: GitHubServer) -> float:
    """Return the seconds that a bare loop of the same HTTP library takes over REST, serial as the run."""
    started = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        for number in range(REPOSITORIES):
            async with session.get(f"{github.url}/repos/owner/r{number:04}") as response:
                assert json.loads(await response.read())["stargazers_count"] == number
    return time.perf_counter() - started
