"""What ``pyfqueue status`` and ``failed`` print: sentences, JSON, Prometheus' text form. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.queue.control import QueueState
from pyf.aggregator.state.checkpoints import Checkpoint
from pyf.aggregator.state.redis.failures import Failure
from pyf.aggregator.state.redis.heartbeats import SeenSerial, Success

_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The serial of PyPI that a profile equals, and for how many seconds PyPI may have gone on since then.

    Both are ``None`` for a profile that was never reconciled.
    """

    profile: str
    serial: Serial | None
    behind_seconds: int | None

    def is_late(self, max_lag: int) -> bool:
        """Tell whether the profile is older than so many seconds."""
        return self.behind_seconds is None or self.behind_seconds > max_lag

    def describe(self) -> str:
        """Say how fresh the profile is."""
        if self.serial is None:
            return f"{self.profile} was never reconciled"
        return f"{self.profile} equals PyPI at serial {self.serial}, {self.behind_seconds} s behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """How the queue is at a moment, ``now``."""

    now: datetime
    state: QueueState
    beat_seen: datetime | None
    failed: int
    pypi: SeenSerial | None
    profiles: tuple[Freshness, ...]
    successes: tuple[Success, ...]


def find_freshness(profile: str, checkpoint: Checkpoint | None, now: datetime) -> Freshness:
    """Return how fresh a profile is, by its checkpoint."""
    if checkpoint is None:
        return Freshness(profile=profile, serial=None, behind_seconds=None)
    return Freshness(
        profile=profile, serial=checkpoint.serial, behind_seconds=_count_seconds(checkpoint.timestamp, now)
    )


def build_json(report: QueueReport) -> dict[str, object]:
    """Return the report as one JSON value; times are ISO 8601 in UTC."""
    return {
        **asdict(report.state),
        "beat_seen": report.beat_seen,
        "failed": report.failed,
        "pypi": None if report.pypi is None else asdict(report.pypi),
        "profiles": [asdict(item) for item in report.profiles],
        "successes": [asdict(item) for item in report.successes],
    }


def describe(report: QueueReport) -> Iterator[str]:
    """Yield the report as lines for a person."""
    state = report.state
    yield f"workers  {len(state.workers)}  {', '.join(state.workers) or 'none answers'}".rstrip()
    if report.beat_seen is None:
        yield "beat     was never seen, so nothing is queued by schedule"
    else:
        yield f"beat     was seen {_count_seconds(report.beat_seen, report.now)} s ago"
    yield f"waiting  {state.waiting}"
    yield f"taken    {state.taken}"
    yield f"failed   {report.failed}"
    if report.pypi is not None:
        seconds = _count_seconds(report.pypi.time, report.now)
        yield f"PyPI     was seen at serial {report.pypi.serial} {seconds} s ago"
    yield from (item.describe() for item in report.profiles)
    for item in report.successes:
        subject = f"{item.task} {item.profile}" if item.profile else item.task
        yield f"{subject} last succeeded at {item.time:{_TIME}} UTC"


def find_alarms(report: QueueReport, *, max_lag: int | None, max_beat_age: int | None) -> Iterator[str]:
    """Yield a sentence for each thing that is older than it may be, in seconds."""
    if max_lag is not None:
        for item in report.profiles:
            if item.is_late(max_lag):
                yield f"{item.describe()}; at most {max_lag} s are allowed."
        if not report.profiles:
            yield "No profile was ever reconciled; check that beat and a worker run."
    if max_beat_age is not None:
        seen = report.beat_seen
        if seen is None or _count_seconds(seen, report.now) > max_beat_age:
            yield f"Beat was not seen for more than {max_beat_age} s; check that it runs."


def describe_failure(failure: Failure) -> str:
    """Say what was given up, when, how often in a row, and why."""
    arguments = ", ".join(str(argument) for argument in failure.arguments)
    times = f" ({failure.times} times)" if failure.times > 1 else ""
    return f"{failure.id}  {failure.time:{_TIME}}  {failure.task}({arguments}): {failure.reason}{times}"


def write_metrics(report: QueueReport) -> Iterator[str]:
    """Yield Prometheus' text form (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
    state = report.state
    yield from _write("pyf_workers", "Workers that answer", {"": len(state.workers)})
    yield from _write("pyf_tasks_waiting", "Tasks in the queue", {"": state.waiting})
    yield from _write("pyf_tasks_taken", "Tasks that workers have, put back or not", {"": state.taken})
    yield from _write("pyf_tasks_failed", "Tasks that were given up", {"": report.failed})
    if report.beat_seen is not None:
        seen = {"": int(report.beat_seen.timestamp())}
        yield from _write("pyf_beat_seen_timestamp_seconds", "When beat was last seen", seen)
    if report.pypi is not None:
        yield from _write("pyf_pypi_serial", "Serial that PyPI was seen at", {"": report.pypi.serial})
    yield from _write(
        "pyf_profile_serial",
        "Serial of PyPI that the profile equals",
        {_label(profile=item.profile): item.serial for item in report.profiles if item.serial is not None},
    )
    yield from _write(
        "pyf_profile_behind_seconds",
        "Seconds since the profile equalled PyPI, +Inf for never",
        {
            _label(profile=item.profile): "+Inf" if item.behind_seconds is None else item.behind_seconds
            for item in report.profiles
        },
    )
    yield from _write(
        "pyf_last_success_timestamp_seconds",
        "When a task last succeeded, for a profile where it speaks of one",
        {
            _label(task=item.task, profile=item.profile or ""): int(item.time.timestamp())
            for item in report.successes
        },
    )


def _write(name: str, meaning: str, values: Mapping[str, object]) -> Iterator[str]:
    if values:
        yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge")
        yield from (f"{name}{label} {value}" for label, value in values.items())


def _label(**labels: str) -> str:
    escaped = (
        f'{name}="{value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")}"'
        for name, value in labels.items()
    )
    return f"{{{','.join(escaped)}}}"


def _count_seconds(since: datetime, now: datetime) -> int:
    return max(int((now - since).total_seconds()), 0)
