"""Sources that the queue asks profile by profile: a real Redis, real workers, and the log of downloads."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.queue.configuration import KEY_PREFIX
from pyf.aggregator.sources.downloads import QUERIES_AT_ONCE, QUERIES_PER_SECOND
from tests.laboratory import PLONE
from tests.servers.clickhouse import ClickHouseServer, leave_out
from tests.servers.faults import Edited, Status
from tests.workshop import Workshop

NAMES = {f"p{number}" for number in range(10)}


@pytest.fixture
def counted(filled: Workshop, clickhouse: ClickHouseServer) -> Workshop:
    """Ten projects whose downloads can be asked for."""
    filled.environment["DOWNLOADS_URL"] = f"{clickhouse.url}/?user=demo"
    return filled


def find_known(workshop: Workshop) -> set[str]:
    documents = workshop.laboratory.get_documents().items()
    return {name for name, document in documents if document.get("downloads_month")}


def find_successes(workshop: Workshop) -> set[str]:
    return {item.task for item in workshop.heartbeats.load_successes() if item.profile == workshop.profile}


def test_each_profile_with_a_collection_is_asked_for_once(
    counted: Workshop, clickhouse: ClickHouseServer
) -> None:
    counted.write_profiles(**{f"{counted.profile}-other": "Framework :: Flask"})
    del counted.environment["PYF_QUEUE_PROFILES"]
    counted.start_workers()
    counted.send("queue_all_downloads_updates")
    counted.wait(lambda: find_known(counted) == NAMES, "the figures are there")
    counted.wait(lambda: "update_downloads" in find_successes(counted), "it is noted")
    assert f"{counted.profile} has its downloads: 10 asked for, 10 written" in counted.read_logs()
    assert f"update_downloads {counted.profile} last succeeded at " in counted.run("status").answer
    # The week is not over, so nothing is due.
    counted.send("update_downloads", counted.profile)
    counted.wait_for_log(f"{counted.profile} has its downloads: 0 asked for, 0 written, 10 unchanged")
    assert len(clickhouse.requests) == 1
    assert counted.failures.load() == []


def test_a_weekly_update_that_comes_a_little_early_finds_due_what_the_last_one_found(
    counted: Workshop, clickhouse: ClickHouseServer
) -> None:
    ages = {"p0": timedelta(days=6, hours=13), "p1": timedelta(days=6, hours=11)}
    for name in NAMES:
        checked = datetime.now(UTC) - ages.get(name, timedelta(0))
        figures = {"downloads_month": 1, "downloads_checked": int(checked.timestamp())}
        path = f"/collections/{counted.profile}/documents/{name}"
        counted.laboratory.ask("PATCH", path, figures)
    counted.start_workers()
    counted.send("update_downloads", counted.profile)
    counted.wait_for_log(f"{counted.profile} has its downloads: 1 asked for")
    assert clickhouse.asked == [["p0", "pip"]]


def test_a_pause_that_the_log_asks_one_worker_for_is_kept_by_all(
    counted: Workshop, clickhouse: ClickHouseServer
) -> None:
    other = f"{counted.profile}-other"
    counted.write_profiles(**{other: PLONE})
    path = f"/collections/{other}"
    schema = json.loads(counted.laboratory.ask("GET", f"/collections/{counted.profile}"))
    kept = {key: schema[key] for key in ("fields", "token_separators", "symbols_to_index")}
    counted.laboratory.ask("POST", "/collections", {"name": other, **kept})
    document = counted.laboratory.get_documents()["p0"]
    counted.laboratory.ask("POST", f"{path}/documents", document)
    clickhouse.fail("*", Status(status=429, headers={"Retry-After": "900"}))
    counted.start_workers(2)
    for times, profile in enumerate((counted.profile, other), 1):
        counted.send("update_downloads", profile)
        counted.wait_for_log("update_downloads is put back for ", times)
    assert len(clickhouse.requests) == 1
    assert (counted.failures.load(), find_known(counted)) == ([], set())
    waiting = counted.redis.client.hvals(f"{KEY_PREFIX}unacked")
    assert all('"retries": 0' in str(message) for message in waiting)


def test_fifty_queries_an_hour_are_all_that_workers_have_together(
    counted: Workshop, clickhouse: ClickHouseServer
) -> None:
    gap = 1 / QUERIES_PER_SECOND

    def spend(queries: float) -> None:
        """Let other workers have sent so many queries just now, after a rest."""
        seconds, micros = counted.redis.client.time()
        due = (seconds + micros / 1e6 + queries * gap) * 1000
        key = f"pyf:pace:downloads {counted.environment['DOWNLOADS_URL']}"
        counted.redis.client.set(key, int(due), px=int(queries * gap * 1000))

    counted.start_workers()
    spend(QUERIES_AT_ONCE - 0.1)
    counted.send("update_downloads", counted.profile)
    counted.wait_for_log("update_downloads is put back for ")
    assert (clickhouse.requests, counted.failures.load()) == ([], [])
    spend(QUERIES_AT_ONCE - 1.1)
    counted.send("update_downloads", counted.profile)
    counted.wait(lambda: find_known(counted) == NAMES, "the last one is granted")


@pytest.mark.parametrize("weather", ["away", "unproven"])
def test_what_cannot_be_learnt_now_is_put_back_and_learnt_later(
    counted: Workshop, clickhouse: ClickHouseServer, weather: str
) -> None:
    fault = Status(status=403) if weather == "away" else Edited(leave_out("pip"))
    clickhouse.fail("*", fault, times=1)
    counted.start_workers()
    counted.send("update_downloads", counted.profile)
    counted.wait_for_log("update_downloads is put back for ")
    assert find_known(counted) == set()
    counted.wait(lambda: find_known(counted) == NAMES, "the figures are there")
    assert counted.failures.load() == []


def test_a_source_that_is_off_and_a_profile_without_a_collection_are_left_alone(
    counted: Workshop, clickhouse: ClickHouseServer
) -> None:
    fresh = f"{counted.profile}-fresh"
    counted.write_profiles(**{fresh: "Framework :: Flask"})
    counted.start_workers(DOWNLOADS_URL="")
    counted.send("queue_all_downloads_updates")
    counted.wait_for_log(f"{fresh} has no collection yet, so nothing is asked for.")
    counted.wait_for_log(f"Nothing is asked for {counted.profile}: DOWNLOADS_URL is empty.")
    assert (clickhouse.requests, counted.failures.load()) == ([], [])
    assert find_successes(counted) == set()


def test_a_profile_that_nobody_serves_and_another_schema_are_told_at_once(counted: Workshop) -> None:
    counted.laboratory.ask("DELETE", f"/collections/{counted.profile}")
    fields = [{"name": "version", "type": "int32"}]
    counted.laboratory.ask("POST", "/collections", {"name": counted.profile, "fields": fields})
    counted.start_workers()
    counted.send("update_downloads", "nobodys")
    counted.send("update_downloads", counted.profile)
    counted.wait(lambda: counted.failures.count() == 2, "they are given up")
    told = {failure.arguments: failure.reason for failure in counted.failures.load()}
    assert told["nobodys",].startswith("The queue does not serve a profile 'nobodys'")
    assert told[counted.profile,].startswith(f"Collection {counted.profile!r} has another schema")
    assert "Traceback" not in counted.read_logs()
