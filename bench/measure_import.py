"""Import: our batches, with every line accounted for, against bare requests with the same lines."""

import statistics
import time
from importlib.metadata import distributions
from itertools import batched

import httpx

from bench.rows import Row, run_embedded, temporary_folder
from pyf.aggregator.documents.import_lines import Batch, ImportLine
from pyf.aggregator.documents.project import build_document, build_schema, encode_document, hash_content
from pyf.aggregator.metadata.model import NormalizedName, Project, Serial, normalize
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer

DOCUMENTS = 6_000
ROUNDS = 5


async def measure_import() -> list[Row]:
    lines = build_lines(DOCUMENTS)
    ratios, rates = [], []
    with temporary_folder() as folder:
        async with (
            run_embedded(folder) as (url, key),
            open_connection([url], key, timeout_seconds=300) as opened,
        ):
            for number in range(ROUNDS):
                server = SearchServer(opened)
                await server.collections.ensure(f"bare{number}", build_schema())
                await server.collections.ensure(f"ours{number}", build_schema())
                bare = await _import_bare(url, key, f"bare{number}", lines)
                ours = await _import_ours(server, f"ours{number}", lines)
                ratios.append(bare / ours)
                rates.append(DOCUMENTS / ours)
    size = statistics.mean(len(line.body) for line in lines)
    return [
        Row("rate against bare documents/import", f"{statistics.median(ratios):.2f}", "at least 0.9"),
        Row(f"documents a second ({size / 1000:.1f} KB each)", f"{statistics.median(rates):,.0f}", ""),
    ]


def build_lines(count: int) -> list[ImportLine]:
    """Return so many documents of installed distributions, each many times under another name."""
    documents = []
    for distribution in distributions():
        metadata = distribution.metadata
        name = normalize(metadata["Name"])
        project = Project(
            name=name,
            display_name=metadata["Name"],
            serial=Serial(1),
            version=distribution.version,
            summary=metadata["Summary"],
            description=str(metadata.json.get("description", "")),
            description_content_type=metadata["Description-Content-Type"],
            classifiers=tuple(metadata.get_all("Classifier") or ()),
            project_urls={},
        )
        description = render(project.description, project.description_content_type)
        documents.append(build_document(project, {}, description, selected=("Framework",)))
    return [_build_line(documents[number % len(documents)], number) for number in range(count)]


def _build_line(document: dict[str, object], number: int) -> ImportLine:
    named = {**document, "id": f"{document['id']}-{number}"}
    digest = hash_content(named)
    body = encode_document(named, content_hash=digest, replaces=False)
    return ImportLine(name=NormalizedName(str(named["id"])), content_hash=digest, body=body)


async def _import_ours(server: SearchServer, collection: str, lines: list[ImportLine]) -> float:
    started = time.perf_counter()
    batch = Batch()
    for line in lines:
        if not batch.has_room_for(line):
            assert await server.contents.import_lines(collection, batch.drain()) == []
        batch.add(line)
    assert await server.contents.import_lines(collection, batch.drain()) == []
    return time.perf_counter() - started


async def _import_bare(url: str, key: str, collection: str, lines: list[ImportLine]) -> float:
    async with httpx.AsyncClient(headers={"X-TYPESENSE-API-KEY": key}, timeout=300) as http:
        started = time.perf_counter()
        for batch in batched(lines, 250):
            body = b"\n".join(line.body for line in batch)
            await http.post(f"{url}/collections/{collection}/documents/import?action=emplace", content=body)
        return time.perf_counter() - started
