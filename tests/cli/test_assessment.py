"""The assessment that follows a run: made good by the next one where a run was ended in between."""

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from pyf.aggregator.state.unassessed import open_unassessed
from tests.laboratory import Laboratory
from tests.observatory import Observatory
from tests.servers.end_of_life import EndOfLifeServer
from tests.servers.faults import Status
from tests.servers.github import TOKEN
from tests.servers.prepared import PYFAGGREGATOR, PYFENRICH, PYFGITHUB, Command, run_prepared
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy
from tests.strikes import Strike, run_until

AT_THE_ASSESSMENT = Strike(signal.SIGKILL, 1, -signal.SIGKILL)
"""The cycles are the first thing that an assessment asks for, and the last that anybody asks for."""


@pytest.fixture
def end_of_life() -> Iterator[EndOfLifeServer]:
    with EndOfLifeServer() as server:
        yield server


@pytest.fixture
def settings(
    environment: dict[str, str], end_of_life: EndOfLifeServer, observatory: Observatory
) -> dict[str, str]:
    observatory.add_project("a", "o/a")
    observatory.hub.add("o/a", stars=5)
    return environment | {
        "END_OF_LIFE_URL": end_of_life.url,
        "GITHUB_API_URL": observatory.github.url,
        "GITHUB_TOKEN": TOKEN,
    }


def find_assessed(laboratory: Laboratory) -> set[str]:
    return {name for name, document in laboratory.get_documents().items() if "assessed_by" in document}


def is_owed(laboratory: Laboratory) -> bool:
    """Tell whether the next run would assess the collection whatever it finds."""
    (path,) = (laboratory.folder / "data").glob("catalogue-*.sqlite")
    with closing(open_unassessed(path)) as unassessed:
        return unassessed.is_noted(laboratory.collection)


def build_command(program: str, laboratory: Laboratory, settings: dict[str, str], *words: str) -> Command:
    since = ("-s", str(laboratory.since_file)) if program == PYFAGGREGATOR else ()
    return Command(
        program=program,
        words=(*words, "-p", "plone", "-t", laboratory.collection, *since, "--json"),
        environment=settings,
        folder=laboratory.folder,
    )


def test_a_run_killed_before_its_assessment_is_finished_by_the_next(
    laboratory: Laboratory, settings: dict[str, str], end_of_life: EndOfLifeServer
) -> None:
    full = build_command(PYFAGGREGATOR, laboratory, settings, "-f")
    run_until(AT_THE_ASSESSMENT, end_of_life, full)
    assert (laboratory.get_names(), find_assessed(laboratory)) == ({"a"}, set())
    incremental = build_command(PYFAGGREGATOR, laboratory, settings, "-i")
    said = json.loads(run_prepared(incremental).stdout)
    assert (said["written"], said["assessed"], find_assessed(laboratory)) == (0, 1, {"a"})
    assert not is_owed(laboratory)


@pytest.mark.parametrize(("program", "words"), [(PYFGITHUB, ()), (PYFENRICH, ("--only", "forges"))])
def test_an_enrichment_killed_before_its_assessment_is_finished_by_the_next(
    laboratory: Laboratory,
    settings: dict[str, str],
    end_of_life: EndOfLifeServer,
    program: str,
    words: tuple[str, ...],
) -> None:
    asyncio.run(laboratory.run_full())
    command = build_command(program, laboratory, settings, *words)
    run_until(AT_THE_ASSESSMENT, end_of_life, command)
    assert laboratory.get_documents()["a"]["github_stars"] == 5
    assert find_assessed(laboratory) == set()
    assert is_owed(laboratory)
    run_prepared(command).check_returncode()
    assert (find_assessed(laboratory), is_owed(laboratory)) == ({"a"}, False)


def test_an_assessment_that_fails_is_made_good_by_the_next_run(
    laboratory: Laboratory, settings: dict[str, str], end_of_life: EndOfLifeServer
) -> None:
    def refuse(_: Record) -> None:
        proxy.fail("*/documents/import", Status(status=400, body=b'{"message": "no"}'))

    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        settings |= {"TYPESENSE_PORT": proxy.url.rpartition(":")[2]}
        end_of_life.on_request = refuse
        ended = run_prepared(build_command(PYFAGGREGATOR, laboratory, settings, "-f"))
        assert (ended.returncode, find_assessed(laboratory), is_owed(laboratory)) == (0, set(), True)
        assert f"Warning: {laboratory.collection} was not assessed as a whole: " in ended.stderr
        proxy.mend()
        run_prepared(build_command(PYFAGGREGATOR, laboratory, settings, "-i")).check_returncode()
    assert (find_assessed(laboratory), is_owed(laboratory)) == ({"a"}, False)
