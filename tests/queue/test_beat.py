"""Beat with a real Redis: what it queues, when, and what it says where Redis is away."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.queue.beat import Beat
from pyf.aggregator.queue.configuration import (
    GRACE_SECONDS,
    KEY_PREFIX,
    QUEUE,
    app,
    build_configuration,
    build_schedule,
)
from pyf.aggregator.queue.declarations import Declaration, declare, list_declarations
from tests.commands import Commands
from tests.workshop import Workshop


def list_waiting(workshop: Workshop) -> list[str]:
    messages = workshop.redis.client.lrange(KEY_PREFIX + QUEUE, 0, -1)
    return sorted(str(message).partition('"task": "')[2].partition('"')[0] for message in messages)


def test_the_schedule_is_that_of_the_settings(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name: entry["schedule"] for name, entry in build_schedule(load_settings()).items()} == {
        "read_rss_new_releases_and_queue": crontab(),
        "read_rss_new_projects_and_queue": crontab(),
        "queue_all_reconciles": crontab(minute="17"),
        "queue_all_github_updates": crontab(minute="23", hour="3"),
        "queue_all_status_updates": crontab(minute="53", hour="2", day_of_week="mon"),
        "queue_all_downloads_updates": crontab(minute="41", hour="4", day_of_week="wed"),
        "queue_all_assessment_updates": crontab(minute="*/10"),
    }
    monkeypatch.setenv("PYF_FEEDS_CRON", "")
    monkeypatch.setenv("PYF_STATUS_CRON", "")
    monkeypatch.setenv("PYF_DOWNLOADS_CRON", "")
    monkeypatch.setenv("PYF_ASSESSMENT_CRON", "")
    monkeypatch.setenv("PYF_GITHUB_CRON", "5 */2 * * mon-fri")
    assert {name: entry["schedule"] for name, entry in build_schedule(load_settings()).items()} == {
        "queue_all_reconciles": crontab(minute="17"),
        "queue_all_github_updates": crontab(minute="5", hour="*/2", day_of_week="mon-fri"),
    }


def test_a_task_is_handed_out_again_only_after_the_longest_may_take(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task, run, longest in ((300, 7200, 7200), (9000, 600, 9000)):
        monkeypatch.setenv("PYF_TASK_SECONDS", str(task))
        monkeypatch.setenv("PYF_RUN_SECONDS", str(run))
        configuration = build_configuration(load_settings())
        # Put back for an hour, and then as long as it takes.
        assert configuration["broker_transport_options"]["visibility_timeout"] > longest + 10 + 3600
        # Time limits do nothing in a pool of threads.
        assert (configuration["worker_pool"], configuration["task_acks_late"]) == ("prefork", True)


def test_beat_makes_good_at_once_for_the_time_without_it_and_is_seen(workshop: Workshop) -> None:
    workshop.start_beat()
    workshop.wait(lambda: len(list_waiting(workshop)) >= 3, "it queues")
    assert set(list_waiting(workshop)) == {
        "queue_all_reconciles",
        "read_rss_new_projects_and_queue",
        "read_rss_new_releases_and_queue",
    }
    assert workshop.heartbeats.load_beat() is not None
    assert "beat     was seen " in workshop.run("status").answer


def test_what_is_switched_off_is_not_queued(workshop: Workshop) -> None:
    workshop.start_beat(PYF_FEEDS_CRON="", PYF_GITHUB_CRON="")
    workshop.wait(lambda: list_waiting(workshop) == ["queue_all_reconciles"], "it queues")


def test_without_a_broker_beat_says_so_and_waits(workshop: Workshop) -> None:
    workshop.redis.stop()
    try:
        beat = workshop.start_beat()
        workshop.wait_for_log("Trying again in")
    finally:
        workshop.redis.start()
    workshop.wait(lambda: len(list_waiting(workshop)) >= 3, "it queues")
    assert "Traceback" not in beat.read_log()


def test_what_waited_for_too_long_is_not_done_any_more(filled: Workshop) -> None:
    filled.send("read_rss_new_releases_and_queue", expires=0.001)
    filled.send("read_rss_new_projects_and_queue")
    filled.start_workers()
    filled.wait_for_log("Discarding revoked task: read_rss_new_releases_and_queue")
    # Between the two there is a moment in which nothing is under way, so the work itself is waited for.
    filled.wait(lambda: bool(list_feeds(filled)), "the other feed is read")
    filled.wait(lambda: filled.is_idle, "all is done")
    assert list_feeds(filled) == {"/rss/packages.xml"}


def list_feeds(filled: Workshop) -> set[str]:
    return {record.path for record in filled.laboratory.pypi.requests if "/rss/" in record.path}


def test_what_tasks_declare_is_what_celery_does() -> None:
    assert set(build_schedule(load_settings())) == {task.name for task in list_declarations() if task.cron}
    for declared in list_declarations():
        task = app.tasks[declared.name]
        seconds = 7200 if declared.long else 300
        assert (task.time_limit, task.max_retries) == (seconds + GRACE_SECONDS, declared.retries)
        assert task.expires == declared.expires_seconds
    assert {task.name: task.expires_seconds for task in list_declarations() if task.expires_seconds} == {
        "read_rss_new_projects_and_queue": 600,
        "read_rss_new_releases_and_queue": 600,
        "queue_all_reconciles": 3600,
        "reconcile_profile": 3600,
        "queue_all_github_updates": 72000,
        "update_github": 72000,
        "queue_all_status_updates": 518400,
        "update_status": 518400,
        "queue_all_downloads_updates": 518400,
        "update_downloads": 518400,
        "queue_all_assessment_updates": 3600,
        "update_assessment": 3600,
        "update_repositories": 72000,
    }


def test_beat_queues_nothing_but_our_own_tasks(workshop: Workshop) -> None:
    beat = Beat(app, schedule_filename=str(workshop.folder / "schedule"))
    assert set(beat.schedule) == {task.name for task in list_declarations() if task.cron}
    beat.close()


def test_what_beat_queues_ends_with_its_time(workshop: Workshop) -> None:
    workshop.start_beat(PYF_FEEDS_CRON="")
    workshop.wait(lambda: list_waiting(workshop) == ["queue_all_reconciles"], "it queues")
    (message,) = workshop.redis.client.lrange(KEY_PREFIX + QUEUE, 0, -1)
    ends = datetime.fromisoformat(json.loads(message)["headers"]["expires"])
    assert timedelta(minutes=50) < ends - datetime.now(UTC) < timedelta(minutes=61)


def test_no_task_is_declared_twice() -> None:
    with pytest.raises(ValueError, match="update_github is declared twice"):
        declare(Declaration(name="update_github"))
