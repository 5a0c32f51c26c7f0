"""The queue: Celery and what it needs, for ``celery -A pyf.aggregator.queue worker`` and ``beat``.

Everything that workers must agree on is in Redis (:mod:`pyf.aggregator.state.redis`).
"""

from pyf.aggregator.queue import source_tasks, tasks
from pyf.aggregator.queue.configuration import app

__all__ = ["app", "source_tasks", "tasks"]
