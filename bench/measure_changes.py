"""Recording changes: what it costs a full run to look for them, against the import of the same documents."""

import time

import msgspec

from bench.measure_import import build_lines
from bench.rows import Row, run_embedded, temporary_folder
from pyf.aggregator.documents.import_lines import FullBatch, ImportLine, split_lines
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.jobs.changes import open_recorder
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer

DOCUMENTS = 10_000
RELEASES = 30
DAY = 86_400


async def measure_changes() -> list[Row]:
    before = list(split_lines(_release(line, RELEASES) for line in build_lines(DOCUMENTS)))
    after = [FullBatch(tuple(_release(line, RELEASES + 1) for line in batch)) for batch in before]
    with temporary_folder() as folder:
        async with (
            run_embedded(folder) as (url, key),
            open_connection([url], key, timeout_seconds=300) as opened,
        ):
            server = SearchServer(opened, changes_days=400)
            await server.collections.ensure("packages", build_schema())
            await _import(server, before)
            await server.changes.begin("packages")
            unchanged = await _record(server, before)
            changed = await _record(server, after)
            again = await _record(server, after)
            imported = await _import(server, after)
            assert await server.collections.count("packages-changes") == DOCUMENTS
    target = f"{imported:.1f} for their import"
    return [
        Row(f"seconds to compare {DOCUMENTS:,} documents with {RELEASES} releases each", unchanged, target),
        Row("the same, and to record a release of each", changed, ""),
        Row("the same again, with every record there", again, ""),
    ]


def _release(line: ImportLine, count: int) -> ImportLine:
    """Return the line of a document that has so many releases."""
    document = msgspec.json.decode(line.body)
    releases = [
        {"version": f"1.{number}", "upload_timestamp": number * DAY, "yanked": False, "prerelease": False}
        for number in reversed(range(count))
    ]
    body = msgspec.json.encode({**document, "version": f"1.{count - 1}", "releases": releases})
    return ImportLine(name=line.name, body=body, content_hash=line.content_hash)


async def _record(server: SearchServer, batches: list[FullBatch]) -> str:
    """Record what a run that wrote these documents would; return the seconds that it took."""
    recorder = await open_recorder(server, "packages")
    started = time.perf_counter()
    for batch in batches:
        await recorder.record_written(batch)
    return f"{time.perf_counter() - started:.1f}"


async def _import(server: SearchServer, batches: list[FullBatch]) -> float:
    started = time.perf_counter()
    for batch in batches:
        assert await server.contents.import_lines("packages", batch) == []
    return time.perf_counter() - started
