"""A site of ten thousand packages as files: time, memory of all processes, and what a second build does."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from bench.measure_assessment import LARGE
from bench.measure_gallery import fill_collection
from bench.rows import Row, run_embedded, run_watched, temporary_folder
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer

CODE = "from pyf.aggregator.cli.gallery import pyfgallery; pyfgallery()"


async def measure_site() -> list[Row]:
    with temporary_folder() as folder:
        async with run_embedded(folder) as (url, key):
            settings = {
                "PYF_DATA_DIR": str(folder),
                "TYPESENSE_NODES": url,
                "TYPESENSE_API_KEY": key,
                "PYPI_URL": "http://127.0.0.1:9",
                "END_OF_LIFE_URL": "",
                "PYF_GALLERY_URL": "https://example.org/catalogue",
            }
            async with open_connection([url], key, timeout_seconds=300) as opened:
                await fill_collection(SearchServer(opened))
            await asyncio.to_thread(
                run_watched, "enrich", ["-p", "plone", "--only", "assessment", "-q"], settings
            )
            first, peak = await asyncio.to_thread(build_site, folder / "site", settings)
            second, _ = await asyncio.to_thread(build_site, folder / "site", settings)
        sizes = {path: path.stat().st_size for path in (folder / "site").rglob("*") if path.is_file()}
    search = [size for path, size in sizes.items() if "pagefind" in path.parts]
    return [
        Row(f"seconds for {LARGE:,} packages", f"{first:.0f}", "under 300"),
        Row("MB at the peak, with Pagefind's process", f"{peak:.0f}", "under 600"),
        Row("seconds of a second build, nothing changed", f"{second:.0f}", ""),
        Row("files", f"{len(sizes):,}", ""),
        Row("MB of files", f"{sum(sizes.values()) / 1e6:.0f}", ""),
        Row("files of the search", f"{len(search):,}", ""),
        Row("MB of the search", f"{sum(search) / 1e6:.0f}", ""),
    ]


def build_site(site: Path, settings: dict[str, str]) -> tuple[float, float]:
    """Build once; return seconds, and the highest sum of the memory of all processes in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "build", str(site), "-p", "plone", "-q"], env={**os.environ, **settings}
    )
    peak = 0.0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.2):
            peak = max(peak, _sum_memory(process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    exit_code = process.wait()
    ended.set()
    watching.join()
    assert exit_code == 0
    return time.perf_counter() - began, peak


def _sum_memory(pid: int) -> float:
    try:
        parent = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (parent, *parent.children(recursive=True))) / 1_048_576
    except psutil.NoSuchProcess:
        return 0.0
