"""The gallery beside Typesense: pages as a multiple of their bare searches, and pages a second."""

import asyncio
import gzip
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import batched
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
import msgspec

from bench.measure_assessment import LARGE, README
from bench.rows import Row, run_embedded, run_watched, temporary_folder
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.documents.import_lines import MAX_BATCH_DOCUMENTS, FullBatch, ImportLine
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.query import parse_query
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.nodes import KEY_HEADER
from pyf.aggregator.typesense.reader import Answer, Reader, open_reader
from pyf.aggregator.typesense.server import SearchServer
from tests.assessment.made import make_many

PORT = 18_099
URL = f"http://127.0.0.1:{PORT}"
ROUNDS = 300
CLIENTS = (1, 8, 32)
SECONDS = 4.0
WORDS = ("package", "forms", "calendar", "workflow", "p12", "mail")
QUERIES = tuple(f"q={word}&works=6.2" for word in WORDS) + tuple(f"q={word}" for word in WORDS)


async def measure_gallery() -> list[Row]:
    with temporary_folder() as folder:
        async with _serve_filled(folder) as (server_url, key):
            return await _measure(server_url, key)


@asynccontextmanager
async def _serve_filled(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Run a Typesense with ten thousand assessed documents, and a gallery of them."""
    async with run_embedded(folder) as (url, key):
        settings = {
            "PYF_DATA_DIR": str(folder),
            "TYPESENSE_NODES": url,
            "TYPESENSE_API_KEY": key,
            "PYPI_URL": "http://127.0.0.1:9",
            "END_OF_LIFE_URL": "",
        }
        async with open_connection([url], key, timeout_seconds=300) as opened:
            await fill_collection(SearchServer(opened))
        await asyncio.to_thread(
            run_watched, "enrich", ["-p", "plone", "--only", "assessment", "-q"], settings
        )
        code = "from pyf.aggregator.cli.gallery import pyfgallery; pyfgallery()"
        gallery = subprocess.Popen(  # noqa: ASYNC220 - it starts at once
            [sys.executable, "-c", code, "-p", "plone", "--port", str(PORT), "-q"], env=settings
        )
        try:
            yield url, key
        finally:
            gallery.terminate()
            gallery.wait()


async def fill_collection(server: SearchServer) -> None:
    documents = make_many(LARGE)
    schema = build_schema()
    await server.collections.ensure("plone", schema)
    await server.ensure_preset("plone", build_preset(schema), replace=True)
    for batch in batched(documents, MAX_BATCH_DOCUMENTS):
        lines = [ImportLine(name=item.id, body=_encode(item)) for item in batch]
        assert await server.contents.copy_lines("plone", FullBatch(tuple(lines))) == []


def _encode(document: AssessmentInput) -> bytes:
    said = {key: value for key, value in msgspec.to_builtins(document).items() if value is not None}
    required = {"name_sortable": document.id, "version_sortable": document.version, "serial": 1}
    html = "".join(f"<h2>Part {part}</h2>\n<p>{README[:600]}</p>\n" for part in range(8))
    texts = {"description": README, "description_html": html, "words": "+ #", "name_alt": [document.id]}
    return msgspec.json.encode({**said, **required, **texts})


class _Recorder(Reader):
    """Notes what the gallery asks, so that the same can be asked without it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.bodies: list[bytes] = []

    async def search(self, searches: Sequence[Mapping[str, object]]) -> list[Answer]:
        self.bodies.append(msgspec.json.encode({"searches": searches}))
        return await self._reader.search(searches)


async def _measure(server_url: str, key: str) -> list[Row]:
    profile = load_profiles(None)["plone"]
    headers = {KEY_HEADER: key, "Content-Type": "application/json"}
    async with (
        open_reader([server_url], key) as reader,
        aiohttp.ClientSession(headers=headers) as bare,
        aiohttp.ClientSession(auto_decompress=False) as visitor,
    ):
        await wait_for_gallery(visitor, URL)
        recorder = _Recorder(reader)
        collection = Collection(profile, recorder)
        await collection.get_cycles()
        recorder.bodies.clear()
        searches: dict[str, bytes] = {}
        for query in QUERIES:
            await collection.search(parse_query(parse_qsl(query), collection.facets))
            searches[f"/plone/?{query}"] = recorder.bodies.pop()
        names = [row.id for row in (await collection.list_packages("", sort_by="rank:desc", limit=20)).rows]
        recorder.bodies.clear()
        packages: dict[str, bytes] = {}
        for name in names:
            await collection.find_package(NormalizedName(name))
            packages[f"/plone/packages/{name}/"] = recorder.bodies.pop()
        compare = partial(_compare, server_url=server_url, bare=bare, visitor=visitor)
        rows = [
            await compare("a search page", searches, target="at most 2.5"),
            await compare("a package page", packages, target="at most 3"),
        ]
        for what, paths in (("search", list(searches)), ("package", list(packages))):
            for clients in CLIENTS:
                rate = await _count_rate(visitor, paths, clients)
                rows.append(Row(f"{what} pages a second, {clients} clients", f"{rate:.0f}", ""))
        rows += await _measure_sizes(visitor, next(iter(searches)), next(iter(packages)))
    return rows


async def wait_for_gallery(visitor: aiohttp.ClientSession, url: str) -> None:
    """Wait until the gallery at ``url`` has what it needs."""
    while True:
        try:
            async with visitor.get(f"{url}/readyz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)


async def _compare(  # noqa: PLR0913 - named where it is called
    what: str,
    pages: Mapping[str, bytes],
    *,
    server_url: str,
    bare: aiohttp.ClientSession,
    visitor: aiohttp.ClientSession,
    target: str,
) -> Row:
    """Take both in turn, so that whatever else the machine does meets both."""
    theirs, ours = [], []
    turns = itertools.islice(itertools.cycle(pages.items()), ROUNDS)
    for path, body in turns:
        began = time.perf_counter()
        async with bare.post(f"{server_url}/multi_search", data=body) as answer:
            assert "error" not in (await answer.text())[:200]
        between = time.perf_counter()
        async with visitor.get(URL + path) as page:
            await page.read()
            assert page.status == 200, path
        theirs.append(between - began)
        ours.append(time.perf_counter() - between)
    alone, whole = statistics.median(theirs), statistics.median(ours)
    said = f"{whole / alone:.2f}"
    return Row(f"{what}, as a multiple of its bare search ({alone * 1000:.1f} ms)", said, target)


async def _count_rate(visitor: aiohttp.ClientSession, paths: Sequence[str], clients: int) -> float:
    ending = time.perf_counter() + SECONDS
    count = 0

    async def visit(begin: int) -> None:
        nonlocal count
        for path in itertools.cycle([*paths[begin % len(paths) :], *paths[: begin % len(paths)]]):
            if time.perf_counter() > ending:
                return
            async with visitor.get(URL + path) as page:
                await page.read()
                assert page.status == 200
            count += 1

    await asyncio.gather(*(visit(number) for number in range(clients)))
    return count / SECONDS


async def _measure_sizes(visitor: aiohttp.ClientSession, search: str, package: str) -> list[Row]:
    rows = []
    for what, path in (("a search page", search), ("a package page", package)):
        content = await _fetch(visitor, path)
        rows.append(Row(f"KB of {what}, compressed", f"{len(content) / 1000:.1f}", "under 60"))
    page = gzip.decompress(await _fetch(visitor, search)).decode()
    for name, target in (("gallery.css", "under 16"), ("gallery.js", "under 4")):
        path = next(part for part in page.split('"') if part.endswith(name))
        rows.append(
            Row(f"KB of {name}, compressed", f"{len(await _fetch(visitor, path)) / 1000:.1f}", target)
        )
    return rows


async def _fetch(visitor: aiohttp.ClientSession, path: str) -> bytes:
    async with visitor.get(URL + path, headers={"Accept-Encoding": "gzip"}) as answer:
        return await answer.read()
