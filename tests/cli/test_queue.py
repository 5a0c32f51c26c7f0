"""``pyfqueue`` as a person meets it, and what its report says."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pyf.aggregator.cli.output.metrics import write_metrics
from pyf.aggregator.cli.output.queue_report import (
    Freshness,
    QueueReport,
    build_json,
    describe,
    describe_failure,
    find_alarms,
    find_freshness,
)
from pyf.aggregator.cli.queue import pyfqueue, queue_command
from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.queue.control import QueueState
from pyf.aggregator.state.checkpoints import Checkpoint
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import Failure
from pyf.aggregator.state.redis.heartbeats import SeenSerial, Success
from tests.commands import Commands
from tests.servers.redis_proxy import RedisProxy
from tests.workshop import Workshop

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
REPORT = QueueReport(
    now=NOON,
    state=QueueState(workers=("celery@a", "celery@b"), waiting=12, taken=3),
    beat_seen=NOON - timedelta(seconds=5),
    failed=1,
    pypi=SeenSerial(serial=Serial(1010), time=NOON - timedelta(seconds=20)),
    profiles=(
        Freshness(profile="django", serial=None, behind_seconds=None),
        Freshness(profile="plone", serial=Serial(1000), behind_seconds=40),
    ),
    successes=(
        Success(task="inspect_project", profile=None, time=NOON - timedelta(seconds=20)),
        Success(task="reconcile_profile", profile="plone", time=NOON - timedelta(seconds=40)),
    ),
)
IDLE = QueueReport(
    now=NOON,
    state=QueueState(workers=(), waiting=0, taken=0),
    beat_seen=None,
    failed=0,
    pypi=None,
    profiles=(),
    successes=(),
)


def test_the_report_is_read_by_a_person() -> None:
    assert list(describe(REPORT)) == [
        "workers  2  celery@a, celery@b",
        "beat     was seen 5 s ago",
        "waiting  12",
        "taken    3",
        "failed   1",
        "PyPI     was seen at serial 1010 20 s ago",
        "django was never reconciled",
        "plone equals PyPI at serial 1000, 40 s behind",
        "inspect_project last succeeded at 2026-11-25 11:59:40 UTC",
        "reconcile_profile plone last succeeded at 2026-11-25 11:59:20 UTC",
    ]
    assert list(describe(IDLE)) == [
        "workers  0  none answers",
        "beat     was never seen, so nothing is queued by schedule",
        "waiting  0",
        "taken    0",
        "failed   0",
    ]


def read_metrics(report: QueueReport) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return what Prometheus' own parser reads: for each family its values by their labels."""
    text = "\n".join(write_metrics(report)) + "\n"
    return {
        family.name: {tuple(sorted(sample.labels.items())): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_the_report_is_read_by_prometheus() -> None:
    noon = NOON.timestamp()
    assert read_metrics(REPORT) == {
        "pyf_workers": {(): 2},
        "pyf_tasks_waiting": {(): 12},
        "pyf_tasks_taken": {(): 3},
        "pyf_tasks_failed": {(): 1},
        "pyf_beat_seen_timestamp_seconds": {(): noon - 5},
        "pyf_pypi_serial": {(): 1010},
        "pyf_profile_serial": {(("profile", "plone"),): 1000},
        "pyf_profile_behind_seconds": {
            (("profile", "django"),): math.inf,
            (("profile", "plone"),): 40,
        },
        "pyf_last_success_timestamp_seconds": {
            (("profile", ""), ("task", "inspect_project")): noon - 20,
            (("profile", "plone"), ("task", "reconcile_profile")): noon - 40,
        },
    }
    # A family without a value is left out whole.
    assert read_metrics(IDLE).keys() == {
        "pyf_workers",
        "pyf_tasks_waiting",
        "pyf_tasks_taken",
        "pyf_tasks_failed",
    }


def test_a_label_may_hold_any_character() -> None:
    odd = Freshness(profile='a"b\\c\nd', serial=Serial(7), behind_seconds=1)
    read = read_metrics(replace(IDLE, profiles=(odd,)))
    assert read["pyf_profile_serial"] == {(("profile", odd.profile),): 7}


def test_the_report_is_one_json_value() -> None:
    assert build_json(REPORT) == {
        "workers": ("celery@a", "celery@b"),
        "waiting": 12,
        "taken": 3,
        "beat_seen": NOON - timedelta(seconds=5),
        "failed": 1,
        "pypi": {"serial": 1010, "time": NOON - timedelta(seconds=20)},
        "profiles": [
            {"profile": "django", "serial": None, "behind_seconds": None},
            {"profile": "plone", "serial": 1000, "behind_seconds": 40},
        ],
        "successes": [
            {"task": "inspect_project", "profile": None, "time": NOON - timedelta(seconds=20)},
            {"task": "reconcile_profile", "profile": "plone", "time": NOON - timedelta(seconds=40)},
        ],
    }


@pytest.mark.parametrize(
    ("max_lag", "max_beat_age", "alarms"),
    [
        (None, None, []),
        (40, 5, ["django was never reconciled; at most 40 s are allowed."]),
        (
            39,
            4,
            [
                "django was never reconciled; at most 39 s are allowed.",
                "plone equals PyPI at serial 1000, 40 s behind; at most 39 s are allowed.",
                "Beat was not seen for more than 4 s; check that it runs.",
            ],
        ),
    ],
)
def test_what_is_too_old_is_an_alarm(
    max_lag: int | None, max_beat_age: int | None, alarms: list[str]
) -> None:
    assert list(find_alarms(REPORT, max_lag=max_lag, max_beat_age=max_beat_age)) == alarms


def test_what_never_was_is_an_alarm() -> None:
    assert len(list(find_alarms(IDLE, max_lag=1, max_beat_age=1))) == 2


def test_a_profile_is_as_fresh_as_the_list_it_was_compared_with() -> None:
    checkpoint = Checkpoint(serial=Serial(7), timestamp=NOON - timedelta(minutes=1))
    assert find_freshness("x", checkpoint, NOON) == Freshness(
        profile="x", serial=Serial(7), behind_seconds=60
    )
    # Clocks differ.
    ahead = Checkpoint(serial=Serial(7), timestamp=NOON + timedelta(minutes=1))
    assert find_freshness("x", ahead, NOON).behind_seconds == 0
    assert find_freshness("x", None, NOON) == Freshness(profile="x", serial=None, behind_seconds=None)


def test_a_failure_is_told_with_its_reason() -> None:
    failure = Failure(id="a-b", task="t", arguments=("x", None), reason="It broke.", time=NOON)
    assert describe_failure(failure) == "a-b  2026-11-25 12:00:00  t(x, None): It broke."


def test_status_tells_how_fresh_each_profile_is_and_alarms(filled: Workshop) -> None:
    unknown = filled.run("status", "--max-lag", "60")
    assert (unknown.exit_code, "none answers" in unknown.answer) == (1, True)
    assert unknown.talk == f"Error: {filled.profile} was never reconciled; at most 60 s are allowed.\n"
    filled.start_workers()
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    filled.wait(lambda: filled.is_idle, "all is done")
    serial = filled.checkpoint
    fresh = filled.run("status", "--max-lag", "3600")
    assert (fresh.exit_code, fresh.talk) == (0, "")
    assert f"{filled.profile} equals PyPI at serial {serial}, " in fresh.answer
    assert "workers  1  worker0@test" in fresh.answer
    assert f"reconcile_profile {filled.profile} last succeeded at " in fresh.answer
    status = json.loads(filled.run("status", "--json").answer)
    assert (status["workers"], status["failed"], status["pypi"]["serial"]) == (["worker0@test"], 0, serial)
    assert status["profiles"][0]["serial"] == serial
    metrics = filled.run("status", "--prometheus").answer
    assert f'pyf_profile_serial{{profile="{filled.profile}"}} {float(serial or 0)}' in metrics
    late = Checkpoint(serial=Serial(serial or 0), timestamp=datetime.now(UTC) - timedelta(hours=2))
    RedisCheckpoints(filled.store).save(filled.profile, late, backwards=True)
    alarm = filled.run("status", "--max-lag", "3600")
    assert (alarm.exit_code, "at most 3600 s are allowed" in alarm.talk) == (1, True)


def test_without_any_profile_there_is_an_alarm(workshop: Workshop) -> None:
    workshop.environment["PYF_QUEUE_PROFILES"] = ""
    done = workshop.run("status", "--max-lag", "60")
    assert (done.exit_code, done.talk) == (
        1,
        "Error: No profile was ever reconciled; check that beat and a worker run.\n",
    )


def test_waiting_tasks_can_be_taken_away_and_their_entries_come_again(filled: Workshop) -> None:
    filled.send("inspect_project", "p1")
    filled.send("inspect_project", "p2")
    filled.redis.client.set("pyf:pending:p1:1.0.0", "1")
    assert "waiting  2" in filled.run("status").answer
    refused = filled.run("purge")
    assert (refused.exit_code, "add --yes" in refused.talk) == (2, True)
    assert filled.run("purge", "--yes").answer == "Tasks taken out of the queue: 2\n"
    assert "waiting  0" in filled.run("status").answer
    assert filled.redis.client.keys("pyf:pending:*") == []
    assert json.loads(filled.run("purge", "--yes", "--json").answer) == {"purged": 0}


def test_failures_are_queued_again_all_or_by_their_ids(filled: Workshop) -> None:
    for number in range(3):
        filled.failures.note(
            Failure(id=f"id{number}", task="update_project", arguments=(f"p{number}",), reason="r", time=NOON)
        )
    assert len(filled.run("failed").answer.splitlines()) == 3
    assert json.loads(filled.run("retry", "id1", "--json").answer) == {"queued": ["id1"]}
    assert {failure.id for failure in filled.failures.load()} == {"id0", "id2"}
    assert filled.run("retry").answer == "Tasks queued again: 2\n"
    assert filled.failures.count() == 0
    assert "waiting  3" in filled.run("status").answer


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"]], ids=str)
def test_alone_it_prints_its_help(commands: Commands, words: list[str]) -> None:
    ended = commands.choose(pyfqueue)(*words)
    assert (ended.exit_code, ended.talk) == (0, "")
    assert ended.answer.startswith("Usage: pyfqueue [OPTIONS]")
    assert "pyfqueue retry  " in ended.answer


@pytest.mark.parametrize("command", queue_command.commands)
def test_each_command_has_its_help(commands: Commands, command: str) -> None:
    ended = commands.choose(pyfqueue)(command, "-h")
    assert (ended.exit_code, ended.talk) == (0, "")
    assert ended.answer.startswith(f"Usage: pyfqueue {command} ")


def test_quiet_prints_nothing_but_alarms(filled: Workshop) -> None:
    filled.failures.note(Failure(id="a", task="update_project", arguments=("p1",), reason="r", time=NOON))
    for words in (["status"], ["retry"], ["purge", "--yes"]):
        assert filled.run(*words, "-q") == (0, "", ""), words
    ended = filled.run("status", "-q", "--max-lag", "60")
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk == f"Error: {filled.profile} was never reconciled; at most 60 s are allowed.\n"
    # What is asked for as such is printed.
    assert json.loads(filled.run("status", "-q", "--json").answer)["failed"] == 0
    assert "pyf_workers 0.0" in filled.run("status", "-q", "--prometheus").answer


@pytest.mark.parametrize("words", [["status"], ["failed"], ["retry"], ["purge", "--yes"]])
def test_a_broker_that_is_away_is_one_sentence(workshop: Workshop, words: list[str]) -> None:
    workshop.environment["REDIS_HOST"] = "127.0.0.1:9"
    done = workshop.run(*words)
    (line,) = done.talk.splitlines()
    assert done.exit_code == 1
    assert line.startswith("Error: Redis at redis://127.0.0.1:9/0 is unavailable")


@pytest.mark.parametrize(
    ("words", "cut_at"),
    [
        (["status"], b"pidbox"),
        (["status"], b"HGETALL"),
        (["failed"], b"HGETALL"),
        (["retry"], b"LPUSH"),
        (["purge", "--yes"], b"LLEN"),
    ],
)
def test_a_broker_that_dies_on_the_way_is_one_sentence(
    filled: Workshop, words: list[str], cut_at: bytes
) -> None:
    filled.failures.note(Failure(id="x", task="update_project", arguments=("p1",), reason="r", time=NOON))
    with RedisProxy(filled.redis.url, cut_at=cut_at) as proxy:
        filled.environment["REDIS_HOST"] = proxy.url
        done = filled.run_apart(*words)
        assert proxy.is_cut.is_set()
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith(f"Error: Redis at {proxy.url} is unavailable (")


def test_a_broker_that_was_started_anew_is_asked_anew(filled: Workshop) -> None:
    assert filled.run("status").exit_code == 0
    filled.redis.stop()
    filled.redis.start()
    done = filled.run("status")
    assert (done.exit_code, done.talk) == (0, "")


@pytest.mark.parametrize(
    "words", [["status", "--json", "--prometheus"], ["status", "--max-lag", "0"], ["nonsense"]]
)
def test_a_mistake_ends_with_two_and_a_sentence(workshop: Workshop, words: list[str]) -> None:
    done = workshop.run(*words)
    assert done.exit_code == 2
    assert done.talk.startswith("Error: ")
