"""Killed anywhere and run again, a run ends where an undisturbed one does."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.laboratory import PLONE, Laboratory
from tests.strikes import Strike, run_until

PROJECTS = 60
COMMAND = Path(sys.executable).with_name("pyfaggregator")


def build_arguments(laboratory: Laboratory, *flags: str) -> list[str]:
    since = ["-s", str(laboratory.since_file)]
    return [str(COMMAND), *flags, "-ft", PLONE, "-t", laboratory.collection, *since, "-q", "--json"]


def fill(laboratory: Laboratory) -> dict[str, str]:
    """Fill the world; return what the collection should hold."""
    for number in range(PROJECTS):
        carried = [PLONE] if number % 3 else ["Framework :: Django"]
        laboratory.world.add_project(f"p{number:02}", classifiers=carried)
    return {f"p{number:02}": "1.0.0" for number in range(PROJECTS) if number % 3}


def get_versions(laboratory: Laboratory) -> dict[str, str]:
    return {name: document["version"] for name, document in laboratory.get_documents().items()}


KILLS = [Strike(signal.SIGKILL, number, -signal.SIGKILL) for number in (1, 25, 45)]
STRIKES = [*KILLS, Strike(signal.SIGINT, 30, 130), Strike(signal.SIGTERM, 30, 143)]


@pytest.mark.parametrize("discovery", ["browse", "index"])
@pytest.mark.parametrize("strike", STRIKES, ids=str)
def test_a_run_that_ends_at_any_request_is_finished_by_the_next(
    laboratory: Laboratory,
    environment: dict[str, str],
    running: list[subprocess.Popen[bytes]],
    strike: Strike,
    discovery: str,
) -> None:
    expected = fill(laboratory)
    arguments = build_arguments(laboratory, "-f", "--discovery", discovery)
    talk = run_until(strike, laboratory.pypi, arguments, environment, running)
    assert (running[0].returncode, b"Traceback" in talk) == (strike.exit_code, False), talk
    assert laboratory.checkpoint is None
    subprocess.run(arguments, env=environment, check=True, stdout=subprocess.PIPE)
    assert get_versions(laboratory) == expected
    assert laboratory.checkpoint == laboratory.world.serial


def test_an_interrupted_index_pass_asks_again_only_for_what_it_had_not_remembered(
    laboratory: Laboratory, environment: dict[str, str], running: list[subprocess.Popen[bytes]]
) -> None:
    expected = fill(laboratory)
    arguments = build_arguments(laboratory, "-f", "--discovery", "index")

    run_until(Strike(signal.SIGINT, 50, 130), laboratory.pypi, arguments, environment, running)
    subprocess.run(arguments, env=environment, check=True, stdout=subprocess.PIPE)
    assert get_versions(laboratory) == expected
    # Forty match, and are fetched by a full run in any case; of the twenty others few were still unknown.
    assert laboratory.pypi.counts.project_json <= 40 + 10


@pytest.mark.parametrize("moment", range(4))
def test_an_incremental_run_killed_at_any_moment_is_finished_by_the_next(
    laboratory: Laboratory,
    environment: dict[str, str],
    running: list[subprocess.Popen[bytes]],
    moment: int,
) -> None:
    fill(laboratory)
    subprocess.run(build_arguments(laboratory, "-f"), env=environment, check=True, stdout=subprocess.PIPE)
    before = laboratory.checkpoint
    for number in range(0, PROJECTS, 5):
        laboratory.world.release(f"p{number:02}", "2.0", classifiers=[PLONE])
    laboratory.world.remove_project("p01")
    laboratory.world.release("p02", "2.0", classifiers=["Framework :: Django"])
    laboratory.pypi.clear_requests()
    arguments = build_arguments(laboratory, "-i")
    running.append(
        subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    )
    deadline = time.monotonic() + 20
    while len(laboratory.pypi.requests) < 1 + moment * 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.01 * moment)
    running[0].kill()
    running[0].communicate()
    assert laboratory.checkpoint in {before, laboratory.world.serial}
    subprocess.run(arguments, env=environment, check=True, stdout=subprocess.PIPE)
    held = {name: project for name, project in laboratory.world.projects.items() if project.latest}
    assert get_versions(laboratory) == {
        name: project.latest.version
        for name, project in held.items()
        if project.latest and PLONE in project.latest.info["classifiers"]
    }
    assert laboratory.checkpoint == laboratory.world.serial
