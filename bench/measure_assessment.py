"""Assessment of whole collections: the rules alone, and the command beside a running Typesense."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path

import msgspec

from bench.rows import Row, run_embedded, run_watched, temporary_folder
from pyf.aggregator.assessment.assess import assess_collection, build_assessment_fields
from pyf.aggregator.assessment.history import WEEK_SECONDS, find_week
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.documents.import_lines import MAX_BATCH_DOCUMENTS, FullBatch, ImportLine
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.server import SearchServer
from tests.assessment.made import PLONE, make_many

SMALL, LARGE = 1_000, 10_000
WEEKS = 104
"""A history of two years."""
README = "A package that somebody wrote, in words that say what it is good for. " * 60
"""Four kilobytes, as half of all READMEs have."""


async def measure_assessment() -> list[Row]:
    small, large = _measure(SMALL), _measure(LARGE)
    with temporary_folder() as folder:
        (first, _), (week, peak), (second, _) = await _run_command(folder)
    return [
        Row(f"seconds of processor time for {SMALL:,} documents", f"{small:.2f}", ""),
        Row(f"seconds of processor time for {LARGE:,} documents", f"{large:.2f}", ""),
        Row(
            "the same, as a multiple of the smaller",
            f"{large / small:.1f}",
            f"at most {LARGE / SMALL * 1.2:.0f}",
        ),
        Row(f"seconds of the command for {LARGE:,} documents, all written", f"{first:.1f}", "at most 15"),
        Row("the same with a history of two years, as first in a week", f"{week:.1f}", "at most 30"),
        Row("seconds of a second pass, which writes nothing", f"{second:.1f}", ""),
        Row("MB at the peak of the command's own process", f"{peak:.0f}", "at most 400"),
    ]


def _measure(count: int) -> float:
    """Return the time of a pass over new documents, as in a fresh process."""
    documents = make_many(count)
    begin = time.process_time()
    build_assessment_fields(assess_collection(documents, PLONE))
    return time.process_time() - begin


async def _run_command(folder: Path) -> list[tuple[float, float]]:
    """Return seconds and peak of three runs: one that begins histories, and two that find long ones."""
    async with (
        run_embedded(folder) as (url, key),
        open_connection([url], key, timeout_seconds=300) as opened,
    ):
        server, documents = SearchServer(opened), make_many(LARGE)
        settings = {
            "PYF_DATA_DIR": str(folder),
            "TYPESENSE_NODES": url,
            "TYPESENSE_API_KEY": key,
            "PYPI_URL": "http://127.0.0.1:9",
            "END_OF_LIFE_URL": "",
        }
        await _fill(server, documents, weeks=0)
        first = await asyncio.to_thread(_run_once, settings)
        await _fill(server, documents, weeks=WEEKS)
        return [first, *[await asyncio.to_thread(_run_once, settings) for _ in range(2)]]


def _run_once(settings: dict[str, str]) -> tuple[float, float]:
    started = time.perf_counter()
    peak = run_watched("enrich", ["-p", "plone", "--only", "assessment", "-q"], settings)
    return time.perf_counter() - started, peak


async def _fill(server: SearchServer, documents: Sequence[AssessmentInput], *, weeks: int) -> None:
    """Write all documents anew: as nobody has assessed them, but for the weeks of their history."""
    await server.collections.ensure("plone", build_schema())
    for batch in batched(documents, MAX_BATCH_DOCUMENTS):
        lines = [ImportLine(name=item.id, body=_encode(item, weeks)) for item in batch]
        assert await server.contents.copy_lines("plone", FullBatch(tuple(lines))) == []


def _encode(document: AssessmentInput, weeks: int) -> bytes:
    begin = find_week(datetime.now(UTC).date()) - weeks * WEEK_SECONDS
    said = {key: value for key, value in msgspec.to_builtins(document).items() if value is not None}
    required = {"name_sortable": document.id, "version_sortable": document.version, "serial": 1}
    history = [
        {"week": begin + week * WEEK_SECONDS, "stars": 40 + week, "downloads": 1_000 + week, "dependents": 3}
        | {"quality": 70, "use": 41}
        for week in range(weeks)
    ]
    return msgspec.json.encode({**said, **required, "description": README, "history": history})
