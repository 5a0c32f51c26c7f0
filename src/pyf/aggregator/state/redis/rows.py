"""Reading what is in Redis: a row that cannot be read is reported and skipped."""

import logging
from datetime import datetime

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.sources.parsing import Moment

logger = logging.getLogger(__name__)


def read_row[T](text: str | bytes | None, kind: type[T], what: str) -> T | None:
    """Return the JSON of one row as what it should be, ``None`` where it is not there or something else.

    ``what`` names the row in the warning, such as ``the checkpoint of plone``.
    """
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        tell_unreadable(what, error)
        return None


def read_moment(text: str | bytes | None, what: str) -> datetime | None:
    """Return a time in ISO 8601, ``None`` where it is not there, or is no time with its zone."""
    if text is None:
        return None
    try:
        moment: datetime = msgspec.convert(text, type=Moment)
    except msgspec.MsgspecError as error:
        tell_unreadable(what, error)
        return None
    return moment


def tell_unreadable(what: str, error: Exception | str) -> None:
    """Say what in Redis is passed over, and why."""
    logger.warning("%s in Redis cannot be read and is skipped: %s.", what, clean_foreign(error))
