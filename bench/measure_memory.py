"""Peak memory of the command with a project list as long as PyPI's."""

import asyncio
import os
import sys

from bench.rows import Row, run_embedded, run_static_pypi, temporary_folder

PROJECTS = 900_000


async def measure_memory() -> list[Row]:
    with temporary_folder() as folder, run_static_pypi(PROJECTS) as url:
        # The server is opened here, so that only the command itself is among its process' children.
        async with run_embedded(folder) as (typesense, key):
            port = typesense.rpartition(":")[2]
            settings = {
                "PYPI_URL": url,
                "PYPI_MAX_RPS": "0",
                "PYF_DATA_DIR": str(folder),
                "TYPESENSE_HOST": "127.0.0.1",
                "TYPESENSE_PORT": port,
                "TYPESENSE_API_KEY": key,
            }
            peaks = [
                await asyncio.to_thread(_run, flag, settings, str(folder / "since")) for flag in ("-f", "-i")
            ]
    return [
        Row(f"{flag}, {PROJECTS:,} names listed, peak MB", f"{peak:,.0f}", "under 400")
        for flag, peak in zip(("full", "incremental"), peaks, strict=True)
    ]


def _run(flag: str, settings: dict[str, str], since: str) -> float:
    """Run the command and return its peak resident memory in MB, by the kernel's account."""
    code = "from pyf.aggregator.cli import pyfaggregator; pyfaggregator()"
    arguments = [sys.executable, "-c", code, flag, "-p", "flask", "-s", since, "-q"]
    process = os.posix_spawn(sys.executable, arguments, {**os.environ, **settings})
    _, status, usage = os.wait4(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return usage.ru_maxrss / 1024
