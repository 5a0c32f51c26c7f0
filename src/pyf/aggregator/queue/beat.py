"""Beat: queues tasks by their schedule, and notes that it is alive."""

import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from celery.beat import PersistentScheduler, SchedulingError

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.queue.declarations import list_declarations
from pyf.aggregator.services.redis import find_redis_url
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.store import open_store

logger = logging.getLogger(__name__)

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Beat(PersistentScheduler):  # type: ignore[misc]
    """Celery's scheduler with a sign of life at every tick, and a sentence where Redis is away."""

    def setup_schedule(self) -> None:
        """Load the schedule of the settings, and when each task was last queued."""
        settings = load_settings()
        ensure_private_folder(settings.pyf_data_dir)
        self._heartbeats = Heartbeats(open_store(find_redis_url(settings)), settings.pypi_url)
        super().setup_schedule()
        for task in list_declarations():
            if task.due_at_start and task.name in self.schedule:
                self.schedule[task.name].last_run_at = _LONG_AGO

    def tick(self, **options: Any) -> float:  # noqa: ANN401 - Celery's
        """Queue what is due; return the seconds until the next tick."""
        with suppress(AggregatorError):
            self._heartbeats.note_beat()
        pause: float = super().tick(**options)
        return pause

    def apply_entry(self, entry: Any, producer: Any = None) -> None:  # noqa: ANN401 - Celery's
        """Queue a task; one that cannot be queued now is queued when its time comes again."""
        logger.info("%s is due.", entry.task)
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as error:
            logger.error("%s", error)  # noqa: TRY400 - a sentence will do
