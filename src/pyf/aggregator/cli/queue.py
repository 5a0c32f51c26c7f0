"""The command ``pyfqueue``: what the queue does, what failed, and trying again."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NoReturn

import click

from pyf.aggregator.cli.output.queue_report import (
    QueueReport,
    build_json,
    describe,
    describe_failure,
    find_alarms,
    find_freshness,
    write_metrics,
)
from pyf.aggregator.cli.output.terminal import configure_logging, print_error, print_json, print_lines
from pyf.aggregator.cli.running import HELP, run_command
from pyf.aggregator.cli.up import up
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors import UsageError
from pyf.aggregator.queue.control import load_state, purge, queue_again
from pyf.aggregator.services import find_redis_url
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import Failures
from pyf.aggregator.state.redis.feed_entries import FeedEntries
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.store import Store, open_store

logger = logging.getLogger(__name__)

_EPILOG = """\b
Examples:
  pyfqueue up -p plone                 worker, beat and what they need
  pyfqueue status                      workers, tasks, freshness
  pyfqueue status --max-lag 7200       exit code 1 if a profile is older
  pyfqueue status --prometheus         the same as metrics
  pyfqueue failed                      tasks that were given up, and why
  pyfqueue retry                       queue them again, all or by their ids
  pyfqueue purge                       take what waits out of the queue; asks

Settings come from the environment or a .env file in this folder; example.env lists them.
"""


_quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and alarms.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value.")


@contextmanager
def _opened() -> Iterator[tuple[Settings, Store]]:
    settings = load_settings()
    store = open_store(find_redis_url(settings))
    try:
        yield settings, store
    finally:
        store.close()


@click.group("pyfqueue", epilog=_EPILOG, context_settings=HELP, invoke_without_command=True)
@click.version_option(version("pyf.aggregator"), message="%(prog)s %(version)s")
@click.pass_context
def queue_command(context: click.Context) -> int:
    """Run the queue on this machine, or watch it wherever it runs."""
    configure_logging(verbose=False, quiet=False)
    if context.invoked_subcommand is None:
        print_lines([context.get_help()])
    return 0


queue_command.add_command(up)


@queue_command.command(short_help="Tell who works, what waits, and how fresh each profile is.")
@_json_option
@click.option("--prometheus", is_flag=True, help="Print the answer as metrics in Prometheus' text form.")
@click.option("--max-lag", type=click.IntRange(min=1), help="Exit with 1 if a profile is older, in seconds.")
@click.option(
    "--max-beat-age", type=click.IntRange(min=1), help="Exit with 1 if beat was not seen for so long."
)
@_quiet_option
def status(
    *, as_json: bool, prometheus: bool, max_lag: int | None, max_beat_age: int | None, quiet: bool
) -> int:
    """Tell who works, what waits, what last succeeded, and how fresh each profile is."""
    configure_logging(verbose=False, quiet=quiet)
    if as_json and prometheus:
        raise UsageError("Choose one of --json and --prometheus.")
    with _opened() as (settings, store):
        report = _load_report(settings, store)
    if as_json:
        print_json(build_json(report))
    elif prometheus:
        print_lines(write_metrics(report))
    elif not quiet:
        print_lines(describe(report))
    alarms = list(find_alarms(report, max_lag=max_lag, max_beat_age=max_beat_age))
    for alarm in alarms:
        print_error(alarm)
    return 1 if alarms else 0


@queue_command.command(short_help="List the tasks that were given up, and why.")
@_json_option
def failed(*, as_json: bool) -> int:
    """List the tasks that were given up, the latest first, each with the reason."""
    with _opened() as (_, store):
        failures = Failures(store).load()
    if as_json:
        print_json([asdict(item) for item in failures])
    else:
        print_lines(map(describe_failure, failures))
    return 0


@queue_command.command(short_help="Queue tasks that were given up again.")
@click.argument("ids", nargs=-1)
@_json_option
@_quiet_option
def retry(*, ids: Sequence[str], as_json: bool, quiet: bool) -> int:
    """Queue tasks that were given up again: those with the given IDS, else all."""
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
        logger.warning("Messages that were no tasks are forgotten: %d.", len(chosen) - len(tasks))
    return 0


@queue_command.command("purge")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json_option
@_quiet_option
def purge_command(*, yes: bool, as_json: bool, quiet: bool) -> int:
    """Take every waiting task out of the queue. The next reconciling makes up for them."""
    configure_logging(verbose=False, quiet=quiet)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("purge asks before it takes tasks away; add --yes where nobody can answer.")
        click.confirm("Take every waiting task out of the queue?", abort=True, err=True)
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


def pyfqueue(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfqueue`` with the given arguments, else with those of the process."""
    run_command(queue_command, arguments)
