"""When a request is sent again. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pyf.aggregator.errors.sources import (
    MalformedResponse,
    OversizedResponse,
    SourceUnavailable,
    StaleResponse,
)
from pyf.aggregator.retry_policy import RetryPolicy

PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that say "not now" (RFC 9110, RFC 6585); everything else above 400 says "no"."""
LONGEST_RETRY_AFTER_SECONDS = 7 * 24 * 3600.0
"""Whoever names a longer pause does not mean it."""


def find_wait(policy: RetryPolicy, error: BaseException | None, failed_attempts: int) -> float:
    """Return the seconds to wait after an error: what the source asked for, else what the policy says."""
    if isinstance(error, SourceUnavailable) and error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return policy.wait_seconds(failed_attempts)


def is_passing(error: BaseException) -> bool:
    """Tell whether the same question may get a better answer in a moment."""
    match error:
        case SourceUnavailable():
            return error.passing
        case OversizedResponse():
            return False
        case MalformedResponse() | StaleResponse():
            return True
        case _:
            return False


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110: seconds or a date), never negative.

    What is neither says nothing.
    """
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # A pause of 400 digits is a long one, too.
        return LONGEST_RETRY_AFTER_SECONDS if len(text) > _MOST_DIGITS else clamp_pause(float(text))
    # Beside ValueError the parser of dates raises what its arithmetic does.
    with suppress(Exception):
        then = parsedate_to_datetime(text)
        return clamp_pause(((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds())
    return None


def read_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds for which a refusal wants us away: by ``Retry-After``, else by ``RateLimit``.

    PyPI's search and XML-RPC name their limit as ``"xmlrpc.client";r=0;t=30``: nothing is left, and in thirty
    seconds there is again (draft-ietf-httpapi-ratelimit-headers). The longest of several pauses counts.
    """
    pause = read_retry_after(headers.get("Retry-After"), now)
    if pause is not None:
        return pause
    limits = headers.get("RateLimit", "")[:_LONGEST_HEADER].split(",")
    spent = [_find_reset(limit) for limit in limits if _NOTHING_LEFT.search(limit)]
    pauses = [seconds for text in spent if (seconds := read_retry_after(text, now)) is not None]
    return max(pauses, default=None)


def _find_reset(limit: str) -> str | None:
    found = _RESET.search(limit)
    return found[1] if found else None


def clamp_pause(seconds: float) -> float:
    """Return a pause that somebody names as one that may be meant."""
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


_MOST_DIGITS = 9
_LONGEST_HEADER = 1000
_NOTHING_LEFT = re.compile(r";\s*r=0+(?![0-9.])")
_RESET = re.compile(r";\s*t=([0-9]+)")
