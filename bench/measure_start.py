"""What a person waits for before a command says anything, as a multiple of ``python -c "import click"``."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rows import Row, run_embedded, temporary_folder

ROUNDS = 15
MISTAKES = {
    "pyfaggregator": ["-p", "plone"],
    "pyfcheck": ["x", "x.whl"],
    "pyfenrich": ["-p", "plone", "--only", "x"],
    "pyfgallery": ["--port", "x"],
    "pyfgithub": ["-t", "a/b"],
    "pyfqueue": ["status", "--json", "--prometheus"],
    "pyfsearch": ["x", "-t", "a/b"],
    "pyfupdater": ["-ls", "--migrate"],
}
CLICK = "click"


async def measure_start() -> list[Row]:
    with temporary_folder() as folder:
        async with run_embedded(folder) as (url, key):
            environment = {
                **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
                # As installed: compiled once, which the first round does.
                "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
                "PYF_DATA_DIR": str(folder),
                "TYPESENSE_HOST": "127.0.0.1",
                "TYPESENSE_PORT": url.rpartition(":")[2],
                "TYPESENSE_API_KEY": key,
            }
            seconds = await asyncio.to_thread(_measure, environment)
    bare = seconds.pop(CLICK)
    rows = [Row('python -c "import click", ms', f"{bare * 1000:.0f}", "")]
    for what, taken in seconds.items():
        target = "at most 6" if what.endswith("-lsn") else "at most 2"
        rows.append(Row(f"{what}, times that", f"{taken / bare:.2f}", target))
    return rows


def _measure(environment: Mapping[str, str]) -> dict[str, float]:
    """Return the median of each command's seconds; all of them take turns, so noise meets all alike."""
    runs = {CLICK: ([sys.executable, "-c", "import click"], 0)}
    for name, mistake in MISTAKES.items():
        command = str(Path(sys.executable).with_name(name))
        runs[f"{name} --help"] = ([command, "--help"], 0)
        runs[f"{name} --version"] = ([command, "--version"], 0)
        runs[f"{name}, a mistake"] = ([command, *mistake], 2)
    runs["pyfupdater -lsn"] = ([str(Path(sys.executable).with_name("pyfupdater")), "-lsn"], 0)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(ROUNDS + 1):
        for name, (arguments, exit_code) in runs.items():
            taken = _run(arguments, exit_code, environment)
            if number:
                seconds[name].append(taken)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _run(arguments: Sequence[str], exit_code: int, environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    ended = subprocess.run(arguments, env=environment, capture_output=True, check=False)
    seconds = time.perf_counter() - started
    assert ended.returncode == exit_code, ended
    return seconds
