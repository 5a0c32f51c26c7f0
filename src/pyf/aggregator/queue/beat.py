"""Beat: queues tasks by their schedule, and lets itself be seen."""

import logging
from contextlib import suppress
from typing import Any

from celery.beat import PersistentScheduler
from kombu.exceptions import OperationalError

from pyf.aggregator.errors import AggregatorError
from pyf.aggregator.settings import load_settings
from pyf.aggregator.shared.store import open_store
from pyf.aggregator.shared.vitals import Vitals

logger = logging.getLogger(__name__)


class Beat(PersistentScheduler):  # type: ignore[misc]
    """Celery's scheduler with a sign of life at every tick, and a sentence where Redis is away."""

    def setup_schedule(self) -> None:
        """Load the schedule of the settings, and when each task was last queued."""
        settings = load_settings()
        settings.pyf_data_dir.mkdir(parents=True, exist_ok=True)
        self._vitals = Vitals(open_store(settings.redis_url), settings.pypi_url)
        super().setup_schedule()

    def tick(self, **options: Any) -> float:  # noqa: ANN401 - Celery's
        """Queue what is due; return the seconds until the next tick."""
        with suppress(AggregatorError):
            self._vitals.note_beat()
        pause: float = super().tick(**options)
        return pause

    def apply_entry(self, entry: Any, producer: Any = None) -> None:  # noqa: ANN401 - Celery's
        """Queue a task; one that cannot be queued now is queued when its time comes again."""
        logger.debug("%s is due", entry.task)
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except (OperationalError, OSError) as error:
            logger.error("%s could not be queued: Redis is away (%s).", entry.task, error)  # noqa: TRY400
