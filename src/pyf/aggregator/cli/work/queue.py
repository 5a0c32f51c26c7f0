"""What the commands of ``pyfqueue`` do, but for ``up``."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pyf.aggregator.cli.output.queue_report import (
    QueueReport,
    build_json,
    describe,
    describe_failure,
    find_alarms,
    find_freshness,
)
from pyf.aggregator.cli.output.terminal import configure_logging, print_error, print_json, print_lines
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.queue.control import load_state, purge, queue_again
from pyf.aggregator.services.redis import find_redis_url
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import Failures
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.store import Store, open_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is an alarm: a profile, or beat's last sign of life, older than so many seconds."""

    max_lag: int | None
    max_beat_age: int | None


def tell_status(watch: Watch, *, as_json: bool, prometheus: bool, quiet: bool) -> int:
    """Tell who works, what waits and how fresh each profile is; return 1 if something is too old."""
    configure_logging(verbose=False, quiet=quiet)
    with _opened() as (settings, store):
        report = _load_report(settings, store)
    if as_json:
        print_json(build_json(report))
    elif prometheus:
        from pyf.aggregator.cli.output.metrics import write_metrics

        print_lines(write_metrics(report))
    elif not quiet:
        print_lines(describe(report))
    alarms = list(find_alarms(report, max_lag=watch.max_lag, max_beat_age=watch.max_beat_age))
    for alarm in alarms:
        print_error(alarm)
    return 1 if alarms else 0


def list_failed(*, as_json: bool) -> int:
    """List the tasks that were given up."""
    configure_logging(verbose=False, quiet=False)
    with _opened() as (_, store):
        failures = Failures(store).load()
    if as_json:
        print_json([asdict(item) for item in failures])
    else:
        print_lines(map(describe_failure, failures))
    return 0


def retry_failed(ids: Sequence[str], *, as_json: bool, quiet: bool) -> int:
    """Queue tasks that were given up again: those with the ids, else all."""
    configure_logging(verbose=False, quiet=quiet)
    with _opened() as (_, store):
        given_up = Failures(store)
        failures = given_up.load()
        if unknown := set(ids) - {item.id for item in failures}:
            names = ", ".join(sorted(unknown))
            raise UsageError(f"There is no failed task {names}; pyfqueue failed lists them.")
        chosen = [item for item in failures if not ids or item.id in ids]
        tasks = [item for item in chosen if item.repeatable]
        queue_again(tasks)
        given_up.remove(chosen)
    if as_json:
        print_json({"queued": [item.id for item in tasks]})
    elif not quiet:
        print_lines([f"Tasks queued again: {len(tasks)}"])
    if len(tasks) < len(chosen):
        logger.warning("Forgot messages that were not tasks: %d.", len(chosen) - len(tasks))
    return 0


def purge_waiting(*, as_json: bool, quiet: bool) -> int:
    """Take every waiting task out of the queue."""
    configure_logging(verbose=False, quiet=quiet)
    with _opened() as (_, store):
        entries = FeedEntries(store)
        # First of all a word from Redis: Celery would try to reach it for ever.
        entries.release_all()
        count = purge()
        entries.release_all()
    if as_json:
        print_json({"purged": count})
    elif not quiet:
        print_lines([f"Tasks taken out of the queue: {count}"])
    return 0


@contextmanager
def _opened() -> Iterator[tuple[Settings, Store]]:
    settings = load_settings()
    store = open_store(find_redis_url(settings))
    try:
        yield settings, store
    finally:
        store.close()


def _load_report(settings: Settings, store: Store) -> QueueReport:
    state = load_state(store)
    now, heartbeats = datetime.now(UTC), Heartbeats(store, settings.pypi_url)
    checkpoints = RedisCheckpoints(store)
    profiles = sorted({*heartbeats.load_served(), *settings.pyf_queue_profiles})
    return QueueReport(
        now=now,
        state=state,
        beat_seen=heartbeats.load_beat(),
        failed=Failures(store).count(),
        pypi=heartbeats.load_serial(),
        profiles=tuple(find_freshness(profile, checkpoints.load(profile), now) for profile in profiles),
        successes=tuple(heartbeats.load_successes()),
    )
