"""Migration of a large collection: the command's memory, and its time against a bare copy."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import msgspec

from bench.rows import Row, run_embedded, run_watched, temporary_folder
from pyf.aggregator.documents.import_lines import MAX_BATCH_DOCUMENTS, FullBatch, ImportLine
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer

DOCUMENTS = 100_000
TEXT_WORDS = 800
VOCABULARY = 20_000


async def measure_migrate() -> list[Row]:
    with temporary_folder() as folder:
        async with (
            run_embedded(folder) as (url, key),
            open_connection([url], key, timeout_seconds=300) as opened,
        ):
            server = SearchServer(opened)
            size = await _fill(server)
            bare_seconds = await _copy_bare(server, url, key)
            await server.collections.drop("bare")
            settings = {
                "PYF_DATA_DIR": str(folder),
                "TYPESENSE_HOST": "127.0.0.1",
                "TYPESENSE_PORT": url.rpartition(":")[2],
                "TYPESENSE_API_KEY": key,
            }
            arguments = ["--migrate", "-s", "source", "-t", "target", "-q"]
            started = time.perf_counter()
            peak = await asyncio.to_thread(run_watched, "updater", arguments, settings)
            seconds = time.perf_counter() - started
            assert await server.collections.count("target") == DOCUMENTS
    return [
        Row(
            f"migrating {DOCUMENTS:,} documents of {size / 1000:.1f} KB, peak MB", f"{peak:,.0f}", "under 300"
        ),
        Row(
            "seconds, checked and compared",
            f"{seconds:,.0f}",
            f"{bare_seconds:,.0f} for one bare copy, unchecked: {bare_seconds / seconds:.2f} of its rate",
        ),
    ]


async def _fill(server: SearchServer) -> float:
    """Fill the source with made-up documents; return their mean size in bytes."""
    await server.collections.ensure("source", build_schema())
    chance = random.Random(1)  # noqa: S311 - made-up text
    words = [f"w{chance.randrange(10**6)}" for _ in range(VOCABULARY)]
    size = 0
    for start in range(0, DOCUMENTS, MAX_BATCH_DOCUMENTS):
        lines = []
        for number in range(start, min(start + MAX_BATCH_DOCUMENTS, DOCUMENTS)):
            text = " ".join(chance.choices(words, k=TEXT_WORDS))
            body = msgspec.json.encode(
                {
                    "id": f"p{number}",
                    "name": f"p{number}",
                    "name_sortable": f"p{number}",
                    "version": "1.0",
                    "version_sortable": "1",
                    "serial": number,
                    "yanked": False,
                    "summary": text[:80],
                    "description_html": text,
                }
            )
            size += len(body)
            lines.append(ImportLine(name=NormalizedName(f"p{number}"), body=body))
        assert await server.contents.copy_lines("source", FullBatch(tuple(lines))) == []
    return size / DOCUMENTS


async def _copy_bare(server: SearchServer, url: str, key: str) -> float:
    """Return the seconds that export and import take when nobody looks at what passes."""
    await server.collections.ensure("bare", build_schema())
    started = time.perf_counter()
    headers = {"X-TYPESENSE-API-KEY": key}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300) as client:
        async for batch in _stream_batches(client):
            answer = await client.post(
                "/collections/bare/documents/import", params={"action": "upsert"}, content="\n".join(batch)
            )
            assert answer.is_success
    seconds = time.perf_counter() - started
    assert await server.collections.count("bare") == DOCUMENTS
    return seconds


async def _stream_batches(client: httpx.AsyncClient) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async with client.stream("GET", "/collections/source/documents/export") as response:
        async for line in response.aiter_lines():
            batch.append(line)
            if len(batch) == MAX_BATCH_DOCUMENTS:
                yield batch
                batch = []
    if batch:
        yield batch
