"""The command ``pyfqueue``: what the queue does, what failed, and trying again."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.running import run_command
from pyf.aggregator.errors import UsageError
from pyf.aggregator.jobs.checkpoint import Checkpoint
from pyf.aggregator.profiles import get_profile, load_profiles
from pyf.aggregator.queue.control import QueueState, load_state, purge, queue_again
from pyf.aggregator.settings import Settings, load_settings
from pyf.aggregator.shared.checkpoints import SharedCheckpoints
from pyf.aggregator.shared.ledger import Failure, Ledger
from pyf.aggregator.shared.store import Store, open_store
from pyf.aggregator.terminal import configure_talk, print_json, print_lines

_EPILOG = """\b
Examples:
  pyfqueue status                      workers, tasks, and how fresh each profile is
  pyfqueue status --max-lag 7200       exit code 1 if a profile is older than two hours
  pyfqueue status --prometheus         the same as metrics
  pyfqueue failed                      tasks that were given up, and why
  pyfqueue retry                       queue them again, all or by their ids
  pyfqueue purge                       take what waits out of the queue; asks

Settings come from the environment or a .env file in this folder; example.env lists them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Freshness:
    """How far a profile is: the serial its collection equals, and the seconds since that was made sure."""

    profile: str
    serial: int | None
    behind_seconds: int | None


@contextmanager
def _opened() -> Iterator[tuple[Settings, Store]]:
    settings = load_settings()
    store = open_store(settings.redis_url)
    try:
        yield settings, store
    finally:
        store.close()


@click.group("pyfqueue", epilog=_EPILOG)
@click.version_option(version("pyf.aggregator"), message="%(prog)s %(version)s")
def queue_command() -> None:
    """Watch the queue and its workers."""
    configure_talk(verbose=False, quiet=False)


@queue_command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value.")
@click.option("--prometheus", is_flag=True, help="Print the answer as metrics in Prometheus' text form.")
@click.option("--max-lag", type=click.IntRange(min=1), help="Exit with 1 if a profile is older, in seconds.")
def status(*, as_json: bool, prometheus: bool, max_lag: int | None) -> int:
    """Tell who works, what waits, what last succeeded, and how fresh each profile is."""
    with _opened() as (settings, store):
        state, ledger = load_state(store), Ledger(store)
        fresh = _find_freshness(settings, store)
        successes, failures = ledger.load_successes(), len(ledger.load_failures())
    if as_json:
        profiles = [asdict(item) for item in fresh]
        print_json({**asdict(state), "failed": failures, "profiles": profiles, "successes": successes})
    elif prometheus:
        print_lines(_write_metrics(state, failures, fresh, successes))
    else:
        print_lines(_describe(state, failures, fresh, successes))
    if max_lag is None:
        return 0
    late = [item for item in fresh if item.behind_seconds is None or item.behind_seconds > max_lag]
    return 1 if late or not fresh else 0


@queue_command.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value.")
def failed(*, as_json: bool) -> int:
    """List the tasks that were given up, the latest first, each with the reason."""
    with _opened() as (_, store):
        failures = Ledger(store).load_failures()
    if as_json:
        print_json([asdict(item) for item in failures])
    else:
        print_lines(_describe_failure(item) for item in failures)
    return 0


@queue_command.command()
@click.argument("ids", nargs=-1)
def retry(*, ids: Sequence[str]) -> int:
    """Queue tasks that were given up again: those with the given IDS, else all."""
    with _opened() as (_, store):
        ledger = Ledger(store)
        failures = ledger.load_failures()
        if unknown := set(ids) - {item.id for item in failures}:
            names = ", ".join(sorted(unknown))
            raise UsageError(f"There is no failed task {names}; pyfqueue failed lists them.")
        chosen = [item for item in failures if not ids or item.id in ids]
        queue_again(chosen)
        ledger.remove_failures(chosen)
    print_lines([f"{len(chosen)} tasks are queued again."])
    return 0


@queue_command.command("purge")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_command(*, yes: bool) -> int:
    """Take every waiting task out of the queue. The next reconciling run makes up for them."""
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("purge asks before it takes tasks away; add --yes where nobody can answer.")
        click.confirm("Take every waiting task out of the queue?", abort=True, err=True)
    with _opened() as (_, store):
        load_state(store)
        count = purge()
    print_lines([f"{count} tasks are gone."])
    return 0


def _find_freshness(settings: Settings, store: Store) -> list[_Freshness]:
    """Return every profile that the queue keeps, or has kept, fresh."""
    profiles = load_profiles(settings.pyf_profiles)
    keys = [get_profile(profiles, key).key for key in settings.pyf_queue_profiles]
    checkpoints = SharedCheckpoints(store)
    known = {key: checkpoints.load(key) for key in keys or profiles}
    return [_describe_profile(key, known[key]) for key in known if keys or known[key] is not None]


def _describe_profile(key: str, checkpoint: Checkpoint | None) -> _Freshness:
    if checkpoint is None:
        return _Freshness(profile=key, serial=None, behind_seconds=None)
    seconds = int((datetime.now(UTC) - checkpoint.timestamp).total_seconds())
    return _Freshness(profile=key, serial=checkpoint.serial, behind_seconds=max(seconds, 0))


def _describe(
    state: QueueState, failures: int, fresh: Sequence[_Freshness], successes: Mapping[str, datetime]
) -> Iterator[str]:
    yield f"workers   {', '.join(state.workers) or 'none answers'}"
    yield f"waiting   {state.waiting:,}"
    yield f"taken     {state.taken:,}"
    yield f"failed    {failures:,}"
    for item in fresh:
        if item.serial is None:
            yield f"{item.profile} was never reconciled"
        else:
            yield f"{item.profile} equals PyPI at serial {item.serial}, {item.behind_seconds:,} s behind"
    for what, time in successes.items():
        yield f"{what} last succeeded at {time:%Y-%m-%d %H:%M:%S} UTC"


def _write_metrics(
    state: QueueState, failures: int, fresh: Sequence[_Freshness], successes: Mapping[str, datetime]
) -> Iterator[str]:
    """Yield Prometheus' text form (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
    plain = {
        "pyf_workers": ("Workers that answer", len(state.workers)),
        "pyf_tasks_waiting": ("Tasks in the queue", state.waiting),
        "pyf_tasks_taken": ("Tasks that workers have, those put back included", state.taken),
        "pyf_tasks_failed": ("Tasks that were given up", failures),
    }
    for name, (meaning, value) in plain.items():
        yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}")
    done = [item for item in fresh if item.serial is not None]
    yield from _write_family(
        "pyf_profile_serial",
        "Serial that the collection equals",
        {f'profile="{item.profile}"': item.serial for item in done},
    )
    yield from _write_family(
        "pyf_profile_behind_seconds",
        "Seconds since the collection was made equal to PyPI",
        {f'profile="{item.profile}"': item.behind_seconds for item in done},
    )
    yield from _write_family(
        "pyf_last_success_timestamp_seconds",
        "When each task last succeeded",
        {f'task="{what}"': int(time.timestamp()) for what, time in successes.items()},
    )


def _write_family(name: str, meaning: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge")
    yield from (f"{name}{{{label}}} {value}" for label, value in values.items())


def _describe_failure(failure: Failure) -> str:
    arguments = ", ".join(str(argument) for argument in failure.arguments)
    when = f"{failure.time:%Y-%m-%d %H:%M:%S}"
    return f"{failure.id}  {when}  {failure.task}({arguments}): {failure.reason}"


def pyfqueue(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfqueue`` with the given arguments, else with those of the process."""
    run_command(queue_command, arguments)
