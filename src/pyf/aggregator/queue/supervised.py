"""Celery for as long as pyfqueue up lives: ``python -m pyf.aggregator.queue.supervised worker …``.

``pyfqueue up`` holds the other end of our standard input, and the kernel closes it however ``up`` ends. So
nobody is left behind to work on in a terminal that is gone.
"""

import logging
import os
import signal
import sys
import threading
import time
import warnings

from celery.__main__ import main
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning
from celery.signals import after_setup_logger, celeryd_init
from kombu.exceptions import OperationalError

from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.queue.transport import ERRORS

FORESEEABLE: tuple[type[Exception], ...] = (AggregatorError, OperationalError, *ERRORS)
GRACE_SECONDS = 3.0
"""What is in progress by then goes back to the queue."""
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    for step in (signal.SIGTERM, signal.SIGQUIT):
        os.kill(os.getpid(), step)
        time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


@celeryd_init.connect  # type: ignore[untyped-decorator]
def _shorten_log(conf: dict[str, object], **_: object) -> None:
    conf["worker_log_format"] = LOG_FORMAT


class _Brief(logging.Filter):
    """A Redis that is away is a sentence, wherever in Celery that was noticed."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let records through, without the traceback of what is foreseeable.

        What Celery 6 will do by default goes: our configuration says what we want (Celery turns that warning
        on again itself, whatever was filtered before).
        """
        if record.name == "py.warnings" and CPendingDeprecationWarning.__name__ in record.getMessage():
            return False
        if record.exc_info and isinstance(record.exc_info[1], FORESEEABLE):
            record.exc_info = record.exc_text = None
        return True


@after_setup_logger.connect  # type: ignore[untyped-decorator]
def _tell_what_we_do(logger: logging.Logger, loglevel: int, **_: object) -> None:
    """Let our own news be seen where Celery's are not: a line a run, not several a task."""
    for handler in logger.handlers:
        handler.addFilter(_Brief())
    for name in ("source_tasks", "tasks"):
        logging.getLogger(f"pyf.aggregator.queue.{name}").setLevel(min(loglevel, logging.INFO))


if __name__ == "__main__":
    # Our messages are JSON, which hurts no superuser.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    threading.Thread(target=_watch, name="watch", daemon=True).start()
    sys.argv[0] = "celery"
    main()
