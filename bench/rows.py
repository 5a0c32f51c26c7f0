"""A row of a benchmark's table, and the servers that several benchmarks need."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.crawl.aggregate import aggregate
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.progress import NullProgress, RunSummary
from pyf.aggregator.services.pypi import open_resources


class Row(NamedTuple):
    """What was measured, the figure, and what it is measured against."""

    what: str
    measured: str
    target: str


@contextmanager
def run_static_pypi(projects: int) -> Iterator[str]:
    """Yield the URL of canned answers for so many projects, served by another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.static_pypi", str(projects)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pyf-bench-") as name:
        yield Path(name)


def build_settings(pypi_url: str, folder: Path) -> Settings:
    """Return settings without a cap on requests; nothing of the machine's own configuration is read."""
    return Settings(pypi_url=pypi_url, pypi_max_rps=0, pyf_data_dir=folder, pyf_forges=())


async def run_job(settings: Settings, order: AggregateOrder) -> RunSummary:
    """Run the main job with everything opened as the command does."""
    async with open_resources(settings, NullProgress()) as resources:
        return await aggregate(order, resources)


@asynccontextmanager
async def run_embedded(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Yield URL and key of a Typesense of our own."""
    from_settings = build_settings("http://127.0.0.1:9", folder)
    async with open_resources(from_settings, NullProgress()) as resources:
        yield resources.search.url, (folder / "typesense" / "api-key").read_text().strip()
        await asyncio.sleep(0)


_TELL_PEAK = """
import atexit, sys

def tell():
    with open("/proc/self/status") as lines:
        print(*(line for line in lines if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(tell)
"""


def run_watched(command: str, arguments: list[str], settings: dict[str, str]) -> float:
    """Run a command in a process and return its peak resident memory in MB, as the kernel counts it.

    It is the process that asks: what its parent is told (``ru_maxrss``) includes the parent's own memory at
    the moment of the fork.
    """
    code = f"{_TELL_PEAK}\nfrom pyf.aggregator.cli.{command} import pyf{command} as run; run()"
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", ended.stderr, re.MULTILINE)
    return int(kilobytes) / 1024
