"""The shared HTTP client: what an answer means, how often we ask, when we ask again.

The only module that imports the HTTP library. It knows nothing of PyPI or GitHub: their modules hand it a
:class:`Request` and a function that reads the answer, and get back what that function makes of it.
"""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType

import aiohttp
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from pyf.aggregator.errors.foreign import HIDDEN, clean_foreign
from pyf.aggregator.errors.sources import (
    MalformedResponse,
    OversizedResponse,
    RateLimited,
    SourceError,
    SourceUnavailable,
    SourceUnreachable,
)
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.parsing import at_door
from pyf.aggregator.sources.rate_limit import RateLimiter
from pyf.aggregator.sources.retries import PASSING_STATUSES, find_wait, is_passing, read_pause

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 60.0

_ABSENT_STATUSES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_USABLE_STATUSES = _ABSENT_STATUSES | {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})
_CHUNK_BYTES = 1 << 16

type Session = aiohttp.ClientSession
"""The connection pool of a run; named here so that nobody else imports the library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an answer may take: in all, for its headers, and how slowly its body may come.

    A limit of silence alone would never be met by a byte every two seconds. The rate counts decompressed
    bytes, and only after ``grace_seconds``.
    """

    total_seconds: float = 120.0
    head_seconds: float = 90.0
    grace_seconds: float = 30.0
    least_bytes_per_second: float = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question; ``kind`` is the word the run summary counts it under.

    ``expected`` are further statuses whose answers the reader wants to see. Without ``follow`` a redirect is
    such an answer or a failure: what the headers carry may be meant for one host alone. A ``form`` is posted
    in place of a body, a part for each field.
    """

    url: str
    kind: str
    max_bytes: int
    patience: Patience = Patience()
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes | None = None
    form: Mapping[str, str] | None = None
    expected: frozenset[int] = frozenset()
    follow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A usable answer: 200, 304 (not modified), 404/410 (absent), or one expected.

    ``body`` is decompressed.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def not_modified(self) -> bool:
        """The copy we named by its ETag is still the current one."""
        return self.status == HTTPStatus.NOT_MODIFIED

    @property
    def absent(self) -> bool:
        """The source says that it has no such thing."""
        return self.status in _ABSENT_STATUSES


class HttpClient:
    """Asks, obeys the pace, repeats what is worth repeating and translates every failure.

    ``requests`` counts what was really sent, repeats included, by :attr:`Request.kind`. A source that cannot
    be connected to is waited for only if it has answered before: a restart ends, a wrong address does not.
    """

    def __init__(
        self,
        session: Session,
        *,
        pace: RateLimiter,
        policy: RetryPolicy,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self.pace = pace
        self._session = session
        self._policy = policy
        self._now = now
        self._sleep = sleep
        self._answered = False

    async def fetch[T](self, request: Request, read: Callable[[Answer], T], *, aside: bool = False) -> T:
        """Send ``request`` and return ``read(answer)``; with ``aside`` it reads in a thread.

        ``read`` may raise :class:`MalformedResponse` or :class:`StaleResponse`; the question is then repeated
        like one that met an outage. Raises :class:`SourceError` when it stays without a usable answer.
        """

        async def attempt() -> T:
            try:
                answer = await self._send(request)
                _refuse_unasked(request, answer)
                with at_door(request.url):
                    return await asyncio.to_thread(read, answer) if aside else read(answer)
            except SourceUnavailable as error:
                self._refuse_long_pause(error)
                raise

        try:
            return await attempt()
        except SourceError as error:
            if not is_passing(error) or self._policy.attempts == 1:
                raise
            pause = find_wait(self._policy, error, 1)
            logger.debug("Asking again in %.1f s: %s", pause, error)
        # Only a failure pays for the retry machinery: it costs as much as a third of a loopback request.
        await self._sleep(pause)
        return await self._retrying()(attempt)

    def _retrying(self) -> AsyncRetrying:
        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return find_wait(self._policy, error, state.attempt_number + 1)

        return AsyncRetrying(
            stop=stop_after_attempt(self._policy.attempts - 1),
            wait=wait,
            retry=retry_if_exception(is_passing),
            sleep=self._sleep,
            reraise=True,
        )

    async def _send(self, request: Request) -> Answer:
        await self.pace.wait()
        self.requests[request.kind] += 1
        secret = _find_secret(request)
        try:
            return await self._exchange(request, secret)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            kind = SourceUnavailable if self._answered else SourceUnreachable
            raise kind(
                request.url, clean_foreign(_describe(error), secret), passing=self._answered
            ) from error
        except TimeoutError as error:
            raise SourceUnavailable(request.url, "no answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceUnavailable(request.url, clean_foreign(_describe(error), secret)) from error

    async def _exchange(self, request: Request, secret: str | None) -> Answer:
        method = "GET" if request.body is None and request.form is None else "POST"
        # Written anew each time: a form can be sent once.
        form = request.form and aiohttp.FormData(request.form, default_to_multipart=True)
        patience, started = request.patience, asyncio.get_running_loop().time()
        async with (
            asyncio.timeout(min(patience.head_seconds, patience.total_seconds)) as limit,
            self._session.request(
                method,
                request.url,
                headers=request.headers,
                data=request.body if form is None else form,
                allow_redirects=request.follow,
            ) as response,
        ):
            self._answered = True
            limit.reschedule(started + patience.total_seconds)
            self._refuse_failure(request, response)
            body = await _read_bounded(response, request)
        headers: Mapping[str, str] = response.headers
        if secret is not None:
            headers, body = _forget(response, secret), body.replace(secret.encode(), HIDDEN.encode())
        return Answer(url=request.url, status=response.status, headers=headers, body=body)

    def _refuse_failure(self, request: Request, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in _USABLE_STATUSES or status in request.expected:
            return
        pause = read_pause(response.headers, self._now())
        raise SourceUnavailable(request.url, f"HTTP {status}", pause, passing=status in PASSING_STATUSES)

    def _refuse_long_pause(self, error: SourceUnavailable) -> None:
        pause = error.retry_after_seconds
        if pause is not None and pause > self._policy.patience_seconds:
            raise RateLimited(error.url, self._now() + timedelta(seconds=pause)) from error


@asynccontextmanager
async def open_session(
    *, user_agent: str, connections: int, read_timeout_seconds: float = READ_TIMEOUT_SECONDS
) -> AsyncIterator[Session]:
    """Open the one connection pool of a run: gzip, no cookies, ``connections`` at most."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300),
        cookie_jar=aiohttp.DummyCookieJar(),
        # PyPI's ETags depend on the encoding, so it is the same for every request.
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=read_timeout_seconds
        ),
    )
    async with session:
        yield session


def _refuse_unasked(request: Request, answer: Answer) -> None:
    """Refuse to hear that a copy is still current where the request named none.

    What was posted has no copy; its reader makes of such an answer what it makes of any that is none.
    """
    posted = request.body is not None or request.form is not None
    if answer.not_modified and not posted and not _CONDITIONS & request.headers.keys():
        raise MalformedResponse(request.url, "not modified, though nothing was cached")


async def _read_bounded(response: aiohttp.ClientResponse, request: Request) -> bytes:
    """Read the body, but never more than ``max_bytes`` of it, compressed or not, nor one that is too slow."""
    if (response.content_length or 0) > request.max_bytes:
        response.close()  # Reading the rest would be the very thing to avoid.
        raise OversizedResponse(request.url, f"{response.content_length:,} bytes", request.max_bytes)
    chunks: list[bytes] = []
    size, started = 0, time.monotonic()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > request.max_bytes:
            response.close()
            raise OversizedResponse(request.url, f"more than {size:,} bytes", request.max_bytes)
        chunks.append(chunk)
        seconds = time.monotonic() - started
        slow = size < seconds * request.patience.least_bytes_per_second
        if slow and seconds > request.patience.grace_seconds and not response.content.at_eof():
            response.close()
            raise SourceUnavailable(request.url, f"{size:,} bytes in {seconds:,.1f} s is too slow")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _find_secret(request: Request) -> str | None:
    """Return the token that a request carries, without the word that says its kind."""
    return request.headers.get("Authorization", "").rpartition(" ")[2] or None


def _forget(response: aiohttp.ClientResponse, secret: str) -> Mapping[str, str]:
    """Return the headers without a secret: a proxy may echo it, and what it says be quoted in a message."""
    headers = response.headers.copy()
    for name, value in response.headers.items():
        if secret in value:
            headers[name] = value.replace(secret, HIDDEN)
    return headers


def _describe(error: BaseException) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name cannot be resolved"
        case aiohttp.ClientConnectorError():
            number = error.os_error.errno or 0
            # What asyncio says of a refusal repeats the address.
            return f"nothing answers there: {os.strerror(number).lower() if number > 0 else error.os_error}"
        case aiohttp.ConnectionTimeoutError():
            return "nothing answers there in time"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return "the answer was cut off"
        case _:
            return str(error) or type(error).__name__
