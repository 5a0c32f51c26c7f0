"""Killed anywhere and run again, a run ends where an undisturbed one does."""

import signal
import time

import pytest

from tests.laboratory import PLONE, Laboratory
from tests.servers.prepared import PYFAGGREGATOR, Command, PreparedProcess, run_prepared
from tests.strikes import Strike, run_until

PROJECTS = 60


def build_command(laboratory: Laboratory, environment: dict[str, str], *flags: str) -> Command:
    since = ("-s", str(laboratory.since_file))
    return Command(
        program=PYFAGGREGATOR,
        words=(*flags, "-ft", PLONE, "-t", laboratory.collection, *since, "-q", "--json"),
        environment=environment,
        folder=laboratory.folder,
    )


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
    strike: Strike,
    discovery: str,
) -> None:
    expected = fill(laboratory)
    command = build_command(laboratory, environment, "-f", "--discovery", discovery)
    code, talk = run_until(strike, laboratory.pypi, command)
    assert (code, b"Traceback" in talk) == (strike.exit_code, False), talk
    assert laboratory.checkpoint is None
    run_prepared(command).check_returncode()
    assert get_versions(laboratory) == expected
    assert laboratory.checkpoint == laboratory.world.serial


def test_an_interrupted_index_pass_asks_again_only_for_what_it_had_not_remembered(
    laboratory: Laboratory, environment: dict[str, str]
) -> None:
    expected = fill(laboratory)
    command = build_command(laboratory, environment, "-f", "--discovery", "index")

    strike = Strike(signal.SIGINT, 50, 130)
    run_until(strike, laboratory.pypi, command)
    run_prepared(command).check_returncode()
    assert get_versions(laboratory) == expected
    # Forty match, and are fetched by a full run in any case; of the twenty others few were still unknown.
    assert laboratory.pypi.counts.project_json <= 40 + 10


@pytest.mark.parametrize("moment", range(4))
def test_an_incremental_run_killed_at_any_moment_is_finished_by_the_next(
    laboratory: Laboratory,
    environment: dict[str, str],
    moment: int,
) -> None:
    fill(laboratory)
    run_prepared(build_command(laboratory, environment, "-f")).check_returncode()
    before = laboratory.checkpoint
    for number in range(0, PROJECTS, 5):
        laboratory.world.release(f"p{number:02}", "2.0", classifiers=[PLONE])
    laboratory.world.remove_project("p01")
    laboratory.world.release("p02", "2.0", classifiers=["Framework :: Django"])
    laboratory.pypi.clear_requests()
    command = build_command(laboratory, environment, "-i")
    process = PreparedProcess(command)
    deadline = time.monotonic() + 20
    while len(laboratory.pypi.requests) < 1 + moment * 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.01 * moment)
    process.kill()
    process.wait()
    assert laboratory.checkpoint in {before, laboratory.world.serial}
    run_prepared(command).check_returncode()
    held = {name: project for name, project in laboratory.world.projects.items() if project.latest}
    assert get_versions(laboratory) == {
        name: project.latest.version
        for name, project in held.items()
        if project.latest and PLONE in project.latest.info["classifiers"]
    }
    assert laboratory.checkpoint == laboratory.world.serial
    assert sorted((record["project"], record["kind"]) for record in laboratory.get_records()) == sorted(
        [("p01", "left"), ("p02", "left")]
        + [(f"p{number:02}", "released" if number % 3 else "added") for number in range(0, PROJECTS, 5)]
    )
