"""``pyfgithub`` killed anywhere and run again: nothing is asked twice, and nothing is missing."""

import asyncio
import re
import signal

import pytest

from tests.observatory import Observatory
from tests.servers.github import TOKEN
from tests.servers.prepared import PYFGITHUB, Command, run_prepared
from tests.strikes import Strike, run_until

REPOSITORIES = 40
STRIKES = [
    (Strike(signal.SIGKILL, 1, -signal.SIGKILL), TOKEN),
    (Strike(signal.SIGKILL, 5, -signal.SIGKILL), TOKEN),
    (Strike(signal.SIGINT, 6, 130), TOKEN),
    (Strike(signal.SIGTERM, 7, 143), TOKEN),
    (Strike(signal.SIGKILL, 9, -signal.SIGKILL), ""),
]


@pytest.fixture
def filled(observatory: Observatory) -> Observatory:
    """A collection of forty projects, each with a repository, of which GitHub manages ten at once."""
    for number, slug in enumerate(observatory.hub.add_many(REPOSITORIES)):
        observatory.add_project(f"p{number:04}", slug)
    asyncio.run(observatory.fill())
    observatory.github.largest = 10
    return observatory


@pytest.mark.parametrize(("strike", "token"), STRIKES, ids=str)
def test_a_run_that_ends_at_any_request_is_finished_by_the_next(
    filled: Observatory,
    environment: dict[str, str],
    strike: Strike,
    token: str,
) -> None:
    environment |= {"GITHUB_API_URL": filled.github.url, "GITHUB_TOKEN": token, "GITHUB_COOLOFFTIME": "0"}
    command = Command(
        program=PYFGITHUB,
        words=("-t", filled.laboratory.collection),
        environment=environment,
        folder=filled.laboratory.folder,
    )
    code, talk = run_until(strike, filled.github, command)
    assert (code, b"Traceback" in talk) == (strike.exit_code, False), talk
    told = re.search(rb"Interrupted after asking for [1-3]0 repositories; run again to continue\.", talk)
    assert bool(told) == (strike.signal != signal.SIGKILL), talk
    run_prepared(command).check_returncode()
    assert filled.get_stars() == {f"p{number:04}": number for number in range(REPOSITORIES)}
    # Only what was under way at the moment of the kill had to be asked for again: nobody heard the answer.
    twice = [slug for slug, times in filled.github.asked.items() if times > 1]
    assert len(twice) <= (filled.github.largest if token else 1), twice
