"""Every way to a catalogue on the same PyPI: what it asks, how long it takes, and what it holds in the end.

All run as processes on loopback, against one stand-in without latency; ``ways.py`` lists them.
"""

import asyncio
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Row, run_embedded, temporary_folder
from bench.side_by_side.ways import (
    WAYS,
    Catalogue,
    Place,
    Unavailable,
    Way,
    build_environment,
    ensure_kept_on_loopback,
    find_python,
)
from bench.side_by_side.world import CHANGES, build_world, change_world, find_truth
from tests.servers.pypi import PyPIServer

PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Outcome:
    """What a run asked and left; without a catalogue, why there is none."""

    requests: int
    megabytes: float
    seconds: float
    catalogue: Catalogue | None
    failure: str = ""


async def measure_side_by_side() -> list[Row]:
    with temporary_folder() as folder, PyPIServer(world=build_world()) as server:
        async with run_embedded(folder) as (typesense, key):
            return await asyncio.to_thread(_measure, server, folder, typesense, key)


def _measure(server: PyPIServer, folder: Path, typesense: str, key: str) -> list[Row]:
    places: dict[str, Place] = {}
    rows = []
    for number, way in enumerate(WAYS):
        own = folder / str(number)
        own.mkdir()
        try:
            python = find_python(way, own)
        except (Unavailable, subprocess.TimeoutExpired) as error:
            rows.append(Row(way.title, "not run", f"could not be installed: {error}"))
            continue
        place = Place(url=server.url, folder=own, python=python, typesense=typesense, key=key)
        ensure_kept_on_loopback(place)
        places[way.title] = place
    for again in (False, True):
        if again:
            serial = server.world.serial
            change_world(server.world)
            assert server.world.serial == serial + CHANGES
        truth = find_truth(server.world)
        for way in WAYS:
            if way.title in places:
                outcome = _run(way, places[way.title], server, again=again)
                rows.append(_tell(way, outcome, truth, again=again))
    return rows


def _run(way: Way, place: Place, server: PyPIServer, *, again: bool) -> Outcome:
    server.clear_requests()
    command = way.command(place, again)
    environment = build_environment(place, way.environment(place))
    began = time.perf_counter()
    try:
        with place.said.open("w") as said:
            ended = subprocess.run(
                command,
                env=environment,
                cwd=place.folder,
                stdout=said,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=PATIENCE_SECONDS,
            )
        failure = "" if ended.returncode == 0 else (ended.stderr.strip() or "no word of why").splitlines()[-1]
    except subprocess.TimeoutExpired:
        failure = f"not done after {PATIENCE_SECONDS} s"
    seconds = time.perf_counter() - began
    requests, megabytes = len(server.requests), server.sent_bytes / 1e6
    assert requests or failure, "a program asked somebody else, or nothing"
    catalogue = None if failure else way.read(place)
    return Outcome(requests, megabytes, seconds, catalogue, failure)


def _tell(way: Way, outcome: Outcome, truth: Catalogue, *, again: bool) -> Row:
    what = f"{way.title}, {f'after {CHANGES} changes' if again else 'first run'}"
    measured = f"{outcome.requests:,} requests, {outcome.megabytes:.2f} MB, {outcome.seconds:.1f} s"
    if outcome.catalogue is None:
        return Row(what, measured, f"failed: {outcome.failure}")
    held = outcome.catalogue
    right = held.items() & truth.items()
    outdated = {name for name in held.keys() & truth.keys() if held[name] != truth[name]}
    return Row(
        what,
        measured,
        f"{len(right)} right of {len(truth)}, {len(truth.keys() - held.keys())} missing, "
        f"{len(held.keys() - truth.keys())} wrong, {len(outdated)} outdated",
    )
