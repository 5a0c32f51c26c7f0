"""Runs the benchmarks by name, prints a table of each and writes ``bench/results/NAME.json``."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

from bench.measure_assessment import measure_assessment
from bench.measure_changes import measure_changes
from bench.measure_day import measure_day
from bench.measure_downloads import measure_downloads
from bench.measure_enrich import measure_enrich
from bench.measure_gallery import measure_gallery
from bench.measure_github import measure_github
from bench.measure_golden import measure_golden
from bench.measure_import import measure_import
from bench.measure_index import measure_index
from bench.measure_memory import measure_memory
from bench.measure_migrate import measure_migrate
from bench.measure_queue import measure_queue
from bench.measure_rendering import measure_rendering
from bench.measure_requests import measure_requests
from bench.measure_side_by_side import measure_side_by_side
from bench.measure_site import measure_site
from bench.measure_size import measure_size
from bench.measure_start import measure_start
from bench.measure_status import measure_status
from bench.measure_words import measure_words
from bench.rows import Row

RESULTS = Path(__file__).parent / "results"
BENCHMARKS: dict[str, Callable[[], Coroutine[None, None, list[Row]]]] = {
    "requests": measure_requests,
    "index": measure_index,
    "memory": measure_memory,
    "import": measure_import,
    "github": measure_github,
    "status": measure_status,
    "downloads": measure_downloads,
    "enrich": measure_enrich,
    "migrate": measure_migrate,
    "queue": measure_queue,
    "words": measure_words,
    "golden": measure_golden,
    "rendering": measure_rendering,
    "start": measure_start,
    "assessment": measure_assessment,
    "gallery": measure_gallery,
    "site": measure_site,
    "changes": measure_changes,
    "side_by_side": measure_side_by_side,
    "day": measure_day,
    "size": measure_size,
}

LONG = frozenset({"day", "size"})
"""An hour each: they run when they are named."""


def main(names: list[str]) -> None:
    if unknown := set(names) - BENCHMARKS.keys():
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
    RESULTS.mkdir(exist_ok=True)
    for name in names or (name for name in BENCHMARKS if name not in LONG):
        rows = asyncio.run(BENCHMARKS[name]())
        width = max(len(row.what) for row in rows)
        print(f"\n{name}")
        for row in rows:
            print(f"  {row.what:<{width}}  {row.measured:>14}  {row.target}")
        (RESULTS / f"{name}.json").write_text(json.dumps([row._asdict() for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
