"""Peak memory of the command with a project list as long as PyPI's."""

import asyncio

from bench.rows import Row, run_embedded, run_static_pypi, run_watched, temporary_folder

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
                await asyncio.to_thread(
                    run_watched,
                    "aggregator",
                    [flag, "-p", "flask", "-s", str(folder / "since"), "-q"],
                    settings,
                )
                for flag in ("-f", "-i")
            ]
    return [
        Row(f"{flag}, {PROJECTS:,} names listed, peak MB", f"{peak:,.0f}", "under 400")
        for flag, peak in zip(("full", "incremental"), peaks, strict=True)
    ]
