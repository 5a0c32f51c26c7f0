"""The source status killed anywhere and run again: only what is missing is asked for."""

import asyncio
import signal
from collections import Counter

import pytest

from tests.lookout import Lookout
from tests.servers.prepared import Command, run_prepared
from tests.strikes import Strike, run_until

PROJECTS = 40
READERS = 4

STRIKES = [
    Strike(signal.SIGKILL, 1, -signal.SIGKILL),
    Strike(signal.SIGKILL, 30, -signal.SIGKILL),
    Strike(signal.SIGKILL, 2 * PROJECTS, -signal.SIGKILL),
]


@pytest.mark.parametrize("strike", STRIKES, ids=str)
def test_a_run_that_is_killed_at_any_request_is_finished_by_the_next(
    lookout: Lookout, environment: dict[str, str], strike: Strike
) -> None:
    lookout.add_many(PROJECTS)
    asyncio.run(lookout.fill())
    pypi, environment["PYPI_MAX_CONNECTIONS"] = lookout.laboratory.pypi, str(READERS)
    command = Command(
        program="tests.lookout:run_as_command",
        words=(lookout.laboratory.collection,),
        environment=environment,
        folder=lookout.laboratory.folder,
    )
    code, talk = run_until(strike, pypi, command, forget=False)
    assert (code, b"Traceback" in talk) == (strike.exit_code, False), talk
    assert lookout.get()["p0000"] == {}
    run_prepared(command).check_returncode()
    assert {name: said["attested_by"] for name, said in lookout.get().items()} == {
        f"p{number:04}": [f"github.com/o/p{number:04}"] for number in range(PROJECTS)
    }
    asked = Counter(record.path for record in pypi.requests)
    assert len(asked) == 2 * PROJECTS
    # What was under way at the moment of the kill: its answer had not come, or its files' had not.
    twice = {path.split("/")[2] for path, times in asked.items() if times > 1}
    assert max(asked.values()) <= 2
    assert len(twice) <= READERS, twice
