"""What ``pyfqueue status --prometheus`` says, in Prometheus' text form. Pure."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pyf.aggregator.cli.output.queue_report import QueueReport

NEVER = float("inf")
"""So far behind is a profile that never equalled PyPI."""


def write_metrics(report: QueueReport) -> list[str]:
    """Return the report as lines; a family without a value is left out whole."""
    registry = CollectorRegistry()
    registry.register(_Report(report))
    return generate_latest(registry).decode().splitlines()


class _Report(Collector):
    """What prometheus-client asks for the values of a report."""

    def __init__(self, report: QueueReport) -> None:
        self._report = report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the families."""
        yield from filter(lambda family: family.samples, _build_families(self._report))


def _build_families(report: QueueReport) -> Iterator[GaugeMetricFamily]:
    state = report.state
    yield _build("pyf_workers", "Workers that answer", {(): len(state.workers)})
    yield _build("pyf_tasks_waiting", "Tasks in the queue", {(): state.waiting})
    yield _build("pyf_tasks_taken", "Tasks that workers have, put back or not", {(): state.taken})
    yield _build("pyf_tasks_failed", "Tasks that were given up", {(): report.failed})
    if report.beat_seen is not None:
        yield _build(
            "pyf_beat_seen_timestamp_seconds",
            "When beat was last seen",
            {(): report.beat_seen.timestamp()},
        )
    if report.pypi is not None:
        yield _build("pyf_pypi_serial", "Serial that PyPI was seen at", {(): report.pypi.serial})
    yield _build(
        "pyf_profile_serial",
        "Serial of PyPI that the profile equals",
        {(item.profile,): item.serial for item in report.profiles if item.serial is not None},
        labels=("profile",),
    )
    yield _build(
        "pyf_profile_behind_seconds",
        "Seconds since the profile equalled PyPI, +Inf for never",
        {
            (item.profile,): NEVER if item.behind_seconds is None else item.behind_seconds
            for item in report.profiles
        },
        labels=("profile",),
    )
    yield _build(
        "pyf_last_success_timestamp_seconds",
        "When a task last succeeded, for a profile where it speaks of one",
        {(item.task, item.profile or ""): item.time.timestamp() for item in report.successes},
        labels=("task", "profile"),
    )


def _build(
    name: str, meaning: str, values: Mapping[tuple[str, ...], float], *, labels: tuple[str, ...] = ()
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family
