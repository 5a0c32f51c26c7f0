"""Celery's configuration and schedule, built from our settings when first needed."""

import logging
import sys
from dataclasses import dataclass
from typing import Any

import celery
from celery.schedules import ParseException, crontab
from celery.signals import after_setup_logger

from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.root import ConfigurationError
from pyf.aggregator.queue.declarations import list_declarations
from pyf.aggregator.queue.outcomes import LONGEST_PUT_BACK_SECONDS
from pyf.aggregator.services.redis import find_redis_url
from pyf.aggregator.services.worker import load_queue_profiles

QUEUE = "pyf"
KEY_PREFIX = "pyf:celery:"
VISIBILITY_MARGIN_SECONDS = 600
GRACE_SECONDS = 10
"""What a task that ran out of time has to end in good order before its process is ended."""
LOOK_SECONDS = 30
"""How often beat looks at its schedule, and lets itself be seen, at the least."""


def _configure() -> dict[str, Any]:
    """Build Celery's configuration from our settings, when it is first needed."""
    try:
        settings = load_settings()
        load_queue_profiles(settings)
        return build_configuration(settings)
    except ConfigurationError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)


def build_configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration (https://docs.celeryq.dev/en/stable/userguide/configuration.html)."""
    longest = max(settings.pyf_run_seconds, settings.pyf_task_seconds) + GRACE_SECONDS
    return {
        **_build_results(settings),
        "broker_url": find_redis_url(settings),
        "broker_transport": "pyf.aggregator.queue.transport:Transport",
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A task that is not cut off goes on to its end; that another gets it, too, does no harm.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # A task that is not acknowledged for so long is handed to somebody else: longer than any may take,
        # waiting for its time included.
        "broker_transport_options": {
            "visibility_timeout": longest + int(LONGEST_PUT_BACK_SECONDS) + VISIBILITY_MARGIN_SECONDS,
            "global_keyprefix": KEY_PREFIX,
        },
        "task_default_queue": QUEUE,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        # Time limits do nothing in pools of threads.
        "worker_pool": "prefork",
        "worker_hijack_root_logger": False,
        "timezone": "UTC",
        "enable_utc": True,
        "beat_schedule": build_schedule(settings),
        "beat_schedule_filename": str(settings.pyf_data_dir / "beat-schedule"),
        "beat_scheduler": "pyf.aggregator.queue.beat:Beat",
        "beat_max_loop_interval": LOOK_SECONDS,
        "task_annotations": [TimeLimits(short=settings.pyf_task_seconds, long=settings.pyf_run_seconds)],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """The seconds that tasks may take, by what each task says of itself, as an annotation of Celery's.

    A mapping of names would not do: Celery applies what it has for a name first and for ``*`` last.
    """

    short: int
    long: int

    def annotate(self, task: Any) -> dict[str, int]:  # noqa: ANN401 - Celery's
        """Return what to set on a task: it ends itself before that, the limit is for one that cannot."""
        seconds = self.long if getattr(task, "long", False) else self.short
        return {"time_limit": seconds + GRACE_SECONDS}

    def annotate_any(self) -> None:
        """Say nothing of tasks in general."""


def _build_results(settings: Settings) -> dict[str, Any]:
    if not settings.pyf_result_seconds:
        # Else beat would queue Celery's own clean-up of results, which is no task of ours.
        return {"task_ignore_result": True, "result_expires": None}
    return {
        "task_ignore_result": False,
        "result_backend": find_redis_url(settings),
        "result_expires": settings.pyf_result_seconds,
        "result_backend_transport_options": {"global_keyprefix": KEY_PREFIX},
    }


def build_schedule(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what beat queues and when, as the tasks declare it; an empty schedule is left out."""
    return {
        task.name: {"task": task.name, "schedule": _read_cron(task.cron, cron)}
        for task in list_declarations()
        if task.cron and (cron := getattr(settings, task.cron))
    }


def _read_cron(setting: str, text: str) -> crontab:
    try:
        return crontab.from_string(text)
    except (ParseException, ValueError) as error:
        raise ConfigurationError(
            f"{setting.upper()}: {text!r} is not a schedule in cron form ({error})."
        ) from error


@after_setup_logger.connect  # type: ignore[untyped-decorator]
def _quieten(**_: object) -> None:
    # Every request to Typesense would be a line.
    logging.getLogger("httpx").setLevel(logging.WARNING)


app = celery.Celery("pyf.aggregator")
app.add_defaults(_configure)
