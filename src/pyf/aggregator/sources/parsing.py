"""What the parsers of all sources share: bytes from outside become values of ours, or one error.

A parser raises more than its documentation says: ``RecursionError`` for deep nesting, ``TypeError`` for a
list where XML-RPC wants a key, ``OverflowError`` for a time beyond the calendar. At a door all of it means
the same: the answer is malformed.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from packaging.utils import InvalidName, canonicalize_name

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import NormalizedName

logger = logging.getLogger(__name__)

MAX_NUMBER = 2**53 - 1
"""The largest number that all hold exactly who get it from us: SQLite and Typesense (int64), the scripts of
Redis and JavaScript clients (double). PyPI's serial is some 40 million."""

Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
"""A count or serial as it may come through a door."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as it may come through a door: one without a zone cannot be compared with ours."""

_DIGITS = re.compile(r"[0-9]{1,16}")
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,500}"')
_LONGEST_REASON = 300


LONGEST_WORD = 255
"""A name and a version are parts of a file's name on PyPI, and none is longer."""
_VERSION = re.compile(r"[!-~\u00a1-\U0010ffff]+")


def find_name(text: object) -> NormalizedName | None:
    """Return a project's name in normal form, ``None`` for what can be no project's (PEP 508)."""
    if not isinstance(text, str) or len(text) > LONGEST_WORD:
        return None
    try:
        return NormalizedName(str(canonicalize_name(text, validate=True)))
    except InvalidName:
        return None


def find_version(text: object) -> str | None:
    """Return a version as it is spelt, ``None`` for what can be none: it has no blanks and no controls."""
    is_one = isinstance(text, str) and len(text) <= LONGEST_WORD and _VERSION.fullmatch(text)
    return str(text) if is_one and str(text).isprintable() else None


@dataclass(frozen=True, slots=True)
class NotModified:
    """What we know of it, and named by its ETag or its time, still is its present state."""


@contextmanager
def at_door(url: str) -> Iterator[None]:
    """Read what came from ``url``: anything that parsing raises becomes :class:`MalformedResponse`.

    Our own errors pass as they are, and so does what is not the answer's fault: no memory, an interruption.
    """
    try:
        yield
    except (AggregatorError, MemoryError):
        raise
    except Exception as error:
        logger.debug("reading %s", url, exc_info=True)
        raise MalformedResponse(url, describe_parser_error(error)) from error


def describe_parser_error(error: Exception) -> str:
    """Return why something could not be read; what was read may be quoted in it."""
    told = isinstance(error, msgspec.MsgspecError)
    return clean_foreign(error if told else f"{type(error).__name__}: {error}", longest=_LONGEST_REASON)


def decode_json[T](body: bytes, wire_type: type[T]) -> T:
    """Decode fast, and once more tolerantly: the fast decoder refuses lone surrogates and long numbers."""
    try:
        return msgspec.json.decode(body, type=wire_type)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, ValueError):
        return msgspec.convert(json.loads(body, parse_constant=lambda _: None), type=wire_type)


def read_time(value: object) -> datetime | None:
    """Read an ISO 8601 time; one without a zone is UTC, as PyPI's ``upload_time`` is. Invalid: unknown."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def read_number(text: str | None) -> int | None:
    """Return a number written in ASCII digits, ``None`` for anything else or beyond :data:`MAX_NUMBER`."""
    if text is None or not _DIGITS.fullmatch(text.strip()):
        return None
    number = int(text)
    return number if number <= MAX_NUMBER else None


def read_etag(value: str | None) -> str | None:
    """Return an ETag (RFC 9110) that may be sent back, ``None`` for what would break a header."""
    return value if value and _ETAG.fullmatch(value) else None
