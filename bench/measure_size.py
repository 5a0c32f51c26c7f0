"""At the size of the largest profile there is, and at a third of it: what grows faster than it should?"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.measure_gallery import wait_for_gallery
from bench.measure_site import build_site
from bench.rows import Row, run_embedded, run_watched, temporary_folder
from bench.size.searching import search_steadily
from bench.size.world import CHANGED
from tests.servers.github import TOKEN

SIZES = os.environ.get("BENCH_SIZES", "300000:5000,900000:15000")
"""Names and matching projects of each round."""
GALLERY_PORT = 18_097
PAGES = ("/plone/?q=collective", "/plone/packages/collective-p00042/", "/plone/ready/6.2/")
PAGE_ROUNDS = 200
REST_SECONDS = 15


@dataclass
class _Round:
    """One size: its servers, and the rows so far, printed as they come."""

    matching: int
    url: str
    key: str
    settings: dict[str, str]
    sources: "subprocess.Popen[str]"
    folder: Path
    rows: list[Row] = field(default_factory=list)

    def tell(self, what: str, measured: str, target: str = "") -> None:
        row = Row(f"{self.matching:,}: {what}", measured, target)
        self.rows.append(row)
        print(f"  {row.what}: {row.measured}", flush=True)

    def tell_sources(self, word: str) -> Any:  # noqa: ANN401 - JSON
        assert self.sources.stdin is not None
        assert self.sources.stdout is not None
        print(word, file=self.sources.stdin, flush=True)
        return json.loads(self.sources.stdout.readline())

    async def run(self, what: str, command: str, *arguments: str) -> None:
        """Run a command, and tell its seconds, its peak memory, and what the sources were asked."""
        began = time.perf_counter()
        peak = await asyncio.to_thread(run_watched, command, [*arguments, "-q"], self.settings)
        seconds = time.perf_counter() - began
        asked = ", ".join(f"{count:,} {kind}" for kind, count in self.tell_sources("count").items()) or "none"
        self.tell(what, f"{seconds:.1f} s, {peak:.0f} MB, requests: {asked}")


async def measure_size() -> list[Row]:
    rows: list[Row] = []
    for size in SIZES.split(","):
        names, matching = map(int, size.split(":"))
        with temporary_folder() as folder:
            async with _open(folder, names, matching) as opened:
                await _measure(opened)
                rows += opened.rows
    return rows


@asynccontextmanager
async def _open(folder: Path, names: int, matching: int) -> AsyncIterator[_Round]:
    words = [sys.executable, "-m", "bench.size.sources", str(names), str(matching)]
    sources = await asyncio.to_thread(
        subprocess.Popen, words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sources.stdout is not None
    try:
        urls = json.loads(await asyncio.to_thread(sources.stdout.readline))
        async with run_embedded(folder) as (url, key):
            settings = {
                "TYPESENSE_NODES": url,
                "TYPESENSE_API_KEY": key,
                "PYPI_URL": urls["pypi"],
                "PYPI_MAX_RPS": "0",
                "GITHUB_API_URL": urls["github"],
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_COOLOFFTIME": "0",
                "DOWNLOADS_URL": f"{urls['clickhouse']}/?user=demo",
                "END_OF_LIFE_URL": "",
                "PYF_FORGES": "",
                "PYF_DATA_DIR": str(folder),
                "PYF_GALLERY_URL": "https://example.org/catalogue",
            }
            yield _Round(matching, url, key, settings, sources, folder)
    finally:
        sources.kill()
        sources.wait()


async def _measure(opened: _Round) -> None:
    since = str(opened.folder / "since")
    crawl = ("-p", "plone", "-s", since)
    await opened.run("full run by browse", "aggregator", "-f", *crawl)
    await _tell_typesense(opened, "after the full run")
    await opened.run("incremental, nothing changed", "aggregator", "-i", *crawl)
    opened.tell_sources("change")
    await opened.run(f"incremental, {CHANGED} changes", "aggregator", "-i", *crawl)
    await opened.run("pyfenrich, all sources, cold", "enrich", "-p", "plone")
    await opened.run("pyfenrich, all sources, again", "enrich", "-p", "plone")
    await opened.run("assessment, nothing to write", "enrich", "-p", "plone", "--only", "assessment")
    await _rebuild(opened, crawl)
    await _tell_typesense(opened, "in the end")
    await _measure_gallery(opened)
    seconds, peak = await asyncio.to_thread(build_site, opened.folder / "site", opened.settings)
    sizes = [path.stat().st_size for path in (opened.folder / "site").rglob("*") if path.is_file()]
    opened.tell("site", f"{seconds:.0f} s, {peak:.0f} MB, {len(sizes):,} files of {sum(sizes) / 1e6:.0f} MB")


async def _rebuild(opened: _Round, crawl: tuple[str, ...]) -> None:
    async with search_steadily(opened.url, opened.key) as before:
        await asyncio.sleep(REST_SECONDS)
    opened.tell("ms of a search at rest: median, 99th, worst", before.describe())
    # The first switch turns a collection into an alias, which Typesense does not do in one step.
    for which in ("first rebuild", "second rebuild"):
        async with search_steadily(opened.url, opened.key) as during:
            await opened.run(f"{which}, searched meanwhile", "aggregator", "-f", "--rebuild", *crawl)
        opened.tell(f"ms of a search during the {which}: median, 99th, worst", during.describe())
        said = ", ".join(sorted({*during.errors})) or "no errors"
        count = len(during.milliseconds)
        opened.tell(f"searches during the {which}", f"{count:,}, {len(during.errors)} not answered: {said}")


async def _tell_typesense(opened: _Round, when: str) -> None:
    async with (
        aiohttp.ClientSession(headers={"X-TYPESENSE-API-KEY": opened.key}) as session,
        session.get(f"{opened.url}/metrics.json") as answer,
    ):
        metrics = await answer.json()
    allocated, resident = (
        int(metrics[f"typesense_memory_{kind}_bytes"]) for kind in ("allocated", "resident")
    )
    each = allocated / opened.matching / 1000
    opened.tell(f"Typesense {when}", f"{resident / 1e6:.0f} MB resident, {each:.1f} KB allocated a document")


async def _measure_gallery(opened: _Round) -> None:
    code = "from pyf.aggregator.cli.gallery import pyfgallery; pyfgallery()"
    gallery = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", code, "-p", "plone", "--port", str(GALLERY_PORT), "-q"],
        env={**os.environ, **opened.settings, "PYF_GALLERY_URL": ""},
    )
    base = f"http://127.0.0.1:{GALLERY_PORT}"
    try:
        async with aiohttp.ClientSession() as session:
            await wait_for_gallery(session, base)
            for path in PAGES:
                waited = [await _fetch(session, base + path) for _ in range(PAGE_ROUNDS)]
                first, ordered = waited[0], sorted(waited[1:])
                said = (
                    f"{first:.0f}, {ordered[len(ordered) // 2]:.1f}, {ordered[int(len(ordered) * 0.99)]:.1f}"
                )
                opened.tell(f"ms of {path}: first, median, 99th", said)
        status = await asyncio.to_thread(Path(f"/proc/{gallery.pid}/status").read_text)
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        opened.tell("gallery", f"{peak / 1024:.0f} MB")
    finally:
        gallery.terminate()
        gallery.wait()


async def _fetch(session: aiohttp.ClientSession, url: str) -> float:
    began = time.perf_counter()
    async with session.get(url) as page:
        await page.read()
        assert page.status == 200, url
    return (time.perf_counter() - began) * 1000
