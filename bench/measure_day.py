"""A day in an hour: is everything there in the end, each change told once, and no process any larger?"""

import asyncio
import os
import statistics
import threading
import time
from pathlib import Path

from bench.day.site import PROFILE, SETTLED, Site, open_site
from bench.day.strikes import Strikes
from bench.day.truth import Verdict, judge
from bench.day.watching import EVERY_SECONDS, Watch, find_longest, list_tracebacks
from bench.rows import Row, temporary_folder
from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.queue.declarations import list_declarations
from tests.servers.redis import wait_until

MINUTES = float(os.environ.get("BENCH_DAY_MINUTES", "60"))
SEED = int(os.environ.get("BENCH_SEED", "1"))
PROJECTS = int(os.environ.get("BENCH_DAY_PROJECTS", "10000"))
FOLDER = os.environ.get("BENCH_DAY_FOLDER")
"""An empty folder in which everything is kept, logs above all; without it one that goes in the end."""
SETTLING_SECONDS = 900
SOURCES = ("queue_all_github_updates", "queue_all_status_updates", "queue_all_downloads_updates")


async def measure_day() -> list[Row]:
    with temporary_folder() as made:
        folder = Path(FOLDER) if FOLDER else made
        with open_site(folder, SEED, PROJECTS) as site:
            await asyncio.to_thread(_begin, site)
            watch, strikes = await asyncio.to_thread(_live, site)
            settled = await asyncio.to_thread(_settle, site)
            verdict = await judge(site, folder / "anew")
            failures = [f"{failure.task}: {failure.reason}" for failure in site.list_failures()]
    print(*(f"  {what}: {count}" for what, count in site.day.journal.happened.items()), sep="\n")
    print(*(f"  {what}: {count}" for what, count in sorted(strikes.counts.items())), sep="\n")
    print(*(f"  given up: {failure}" for failure in failures), sep="\n")
    return [*_tell_truth(verdict, settled), *_tell_memory(watch), *_tell_tasks(watch, len(failures))]


def _begin(site: Site) -> None:
    """Wait until the collection is filled and all sources were asked: a day begins with a full catalogue."""
    wanted = site.day.find_wanted()
    wait_until(lambda: _finds(site, wanted), "the collection is filled", 600)
    wait_until(lambda: _has_changes(site), "changes are recorded", 600)
    _ask_sources(site)
    wait_until(lambda: _is_idle(site), "the sources are asked", 600)


def _live(site: Site) -> tuple[Watch, Strikes]:
    seconds = MINUTES * 60
    strikes = Strikes(site, SEED)
    watch = Watch(site, time.time())
    living = threading.Thread(target=site.day.live, args=(seconds,))
    striking = threading.Thread(target=strikes.fall)
    living.start()
    striking.start()
    try:
        while living.is_alive():
            watch.look()
            living.join(EVERY_SECONDS)
    finally:
        site.day.end()
        strikes.end()
        striking.join()
    return watch, strikes


def _settle(site: Site) -> float:
    """Wait until the world, at rest now, is told; return the seconds that took, the sources' not included."""
    began = time.monotonic()
    wanted, serial = site.day.find_wanted(), site.day.world.serial
    wait_until(
        lambda: site.load_checkpoint() == serial and _finds(site, wanted), "all is told", SETTLING_SECONDS
    )
    seconds = time.monotonic() - began
    # A feed may be read in between, whose entries are known: they change nothing.
    wait_until(lambda: _is_idle(site), "nothing waits", SETTLING_SECONDS)
    _ask_sources(site)
    wait_until(lambda: _is_idle(site), "the sources are asked", SETTLING_SECONDS)
    site.send("update_assessment", PROFILE)
    wait_until(lambda: _is_idle(site), "it is assessed", SETTLING_SECONDS)
    return seconds


def _ask_sources(site: Site) -> None:
    for task in SOURCES:
        site.send(task)


def _finds(site: Site, wanted: dict[str, str]) -> bool:
    try:
        return site.find_versions() == wanted
    except OSError:
        return False


def _has_changes(site: Site) -> bool:
    try:
        site.export(name_changes(PROFILE))
    except OSError:
        return False
    return True


def _is_idle(site: Site) -> bool:
    """Tell whether nothing waits and no living worker has anything, for a second.

    What a killed worker had stays handed out until it is handed out again, hours later.
    """
    for _ in range(5):
        if site.count_waiting() or site.count_working():
            return False
        time.sleep(0.2)
    return True


# The table


def _tell_truth(verdict: Verdict, settled: float) -> list[Row]:
    wrong = f"{verdict.missing} missing, {verdict.surplus} too many, {verdict.different} different"
    records = f"{verdict.lost} lost, {verdict.doubled} doubled, {verdict.invented} invented"
    return [
        Row(f"of {verdict.documents:,} documents in the end", wrong, "0 of each"),
        Row(f"of {verdict.records:,} records of changes", records, "0 of each"),
        Row("documents that a source has not spoken of", f"{verdict.unenriched}", "0"),
        Row("seconds until equal, when all is quiet", f"{settled:.0f}", "under 300"),
    ]


def _tell_memory(watch: Watch) -> list[Row]:
    compared = watch.compare_memory(MINUTES / 6)
    return [
        Row(
            f"MB of {name}, first and last {MINUTES / 6:.0f} minutes",
            f"{first:.0f}, {last:.0f}",
            "flat" if name == SETTLED else "",
        )
        for name, (first, last) in compared.items()
    ]


def _tell_tasks(watch: Watch, given_up: int) -> list[Row]:
    limits = {task.name: task.expires_seconds for task in list_declarations()}
    logs = watch.site.logs
    longest = find_longest(logs)
    delays = sorted(watch.delays.values())
    ninety_nine = delays[int(len(delays) * 0.99)] if delays else 0.0
    return [
        *(
            Row(f"seconds that {task} waited, at most", f"{age:.0f}", f"under {limits.get(task) or 3600}")
            for task, age in sorted(watch.oldest.items())
        ),
        *(
            Row(f"seconds that {task} took, at most", f"{seconds:.0f}", "under 300, 7,200 for a profile")
            for task, seconds in sorted(longest.items())
        ),
        Row("tasks handed out at once, those of killed workers included", f"{watch.most_handed_out}", ""),
        Row("tasks given up", f"{given_up}", "0"),
        Row("tracebacks of ours in the logs", f"{len(list_tracebacks(logs))}", "0"),
        Row(
            f"seconds until searchable, median and 99th of {len(delays)} releases",
            f"{statistics.median(delays):.0f}, {ninety_nine:.0f}" if delays else "none",
            "",
        ),
    ]
