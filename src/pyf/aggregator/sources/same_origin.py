"""Asking a source at its own origin alone, and keeping away from it for as long as it names a limit.

An answer is believed because it came from the address that the settings name; another origin that a redirect
leads to is not asked. A limit that the source names to one of us holds for all that share the pace.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.sources import RateLimited, RateLimiterBusy, SourceUnavailable
from pyf.aggregator.sources.http import Answer, HttpClient, Request
from pyf.aggregator.sources.rate_limit import RateLimiter
from pyf.aggregator.sources.redirects import MAX_REDIRECTS, REDIRECTS, find_origin, find_same_origin

_LONGEST_ORIGIN = 100


@dataclass(frozen=True, slots=True)
class _Moved:
    url: str


async def ask_same_origin[T](client: HttpClient, request: Request, read: Callable[[Answer], T]) -> T:
    """Send ``request`` and return ``read(answer)``; a redirect is followed to the same origin alone.

    What is posted is sent nowhere else at all. Raises :class:`~pyf.aggregator.errors.sources.SourceError`.
    """
    asked = replace(request, follow=False, expected=request.expected | REDIRECTS)

    def read_or_move(answer: Answer) -> T | _Moved:
        return _Moved(_find_target(answer, asked)) if answer.status in REDIRECTS else read(answer)

    for _ in range(1 + MAX_REDIRECTS):
        with closing_on_limit(client.pace):
            outcome = await client.fetch(asked, read_or_move)
        if not isinstance(outcome, _Moved):
            return outcome
        asked = replace(asked, url=outcome.url)
    raise SourceUnavailable(request.url, "it redirects without end", passing=False)


@contextmanager
def closing_on_limit(pace: RateLimiter) -> Iterator[None]:
    """Close the pace for all that share it when the source names a limit."""
    try:
        yield
    except RateLimiterBusy:
        raise
    except RateLimited as limit:
        pace.close(limit)
        raise


def _find_target(answer: Answer, asked: Request) -> str:
    """Return where a redirect leads; raises :class:`SourceUnavailable` where we do not go."""
    location = answer.headers.get("Location")
    url = find_same_origin(asked.url, location, asked.url)
    if url is None or asked.body is not None or asked.form is not None:
        place = clean_foreign(find_origin(asked.url, location) or "nowhere", longest=_LONGEST_ORIGIN)
        reason = f"it redirects to {place}, which is not followed; check the address"
        raise SourceUnavailable(asked.url, reason, passing=False)
    return url
