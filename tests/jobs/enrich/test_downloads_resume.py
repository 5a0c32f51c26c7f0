"""``pyfenrich`` killed in the middle of its queries and run again: only what is missing is asked."""

import signal

import pytest

from tests.laboratory import Laboratory
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.prepared import PYFENRICH, Command, run_prepared
from tests.strikes import Strike, run_until

PROJECTS = 1_200
STRIKES = [
    Strike(signal.SIGKILL, 1, -signal.SIGKILL),
    Strike(signal.SIGKILL, 2, -signal.SIGKILL),
    Strike(signal.SIGINT, 3, 130),
    Strike(signal.SIGTERM, 2, 143),
]


@pytest.mark.parametrize("strike", STRIKES, ids=str)
def test_a_run_that_ends_at_any_query_is_finished_by_the_next(
    laboratory: Laboratory, clickhouse: ClickHouseServer, environment: dict[str, str], strike: Strike
) -> None:
    laboratory.add_bare(f"p{number:04}" for number in range(PROJECTS))
    environment["DOWNLOADS_URL"] = f"{clickhouse.url}/?user=demo"
    command = Command(
        program=PYFENRICH,
        words=("-t", laboratory.collection, "--only", "downloads"),
        environment=environment,
        folder=laboratory.folder,
    )
    code, talk = run_until(strike, clickhouse, command)
    assert (code, b"Traceback" in talk) == (strike.exit_code, False), talk
    documents = laboratory.get_documents()
    missing = {name for name, document in documents.items() if "downloads_month" not in document}
    # Every answer is written before the next query.
    assert len(missing) == PROJECTS - 499 * (strike.request_number - 1)
    run_prepared(command).check_returncode()
    assert {name for names in clickhouse.asked for name in names} == {*missing, "pip"}
    figures = [document["downloads_month"] for document in laboratory.get_documents().values()]
    assert (len(figures), min(figures) > 0) == (PROJECTS, True)
