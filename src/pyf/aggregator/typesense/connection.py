"""The connection to Typesense: opened for writing, errors translated, repeats only where safe.

The only module that imports the Typesense client (which lets the errors of httpx through). The client's own
defaults would give up after 3 s and send the same write again, though a request that ran into a time-out has
usually been carried out all the same (measured on 0.24.1).
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import httpx
import typesense
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
)
from typesense.configuration import Node
from typesense.exceptions import (
    ObjectNotFound,
    ObjectUnprocessable,
    RequestForbidden,
    RequestUnauthorized,
    ServerError,
    ServiceUnavailable,
    TypesenseClientError,
)

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.typesense import (
    RequestRefused,
    SearchNotFound,
    SearchOutOfResources,
    SearchUnauthorized,
    SearchUnavailable,
)
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.typesense.nodes import CONNECT_TIMEOUT_SECONDS, KEY_HEADER, describe_failure, find_leader
from pyf.aggregator.typesense.slow_answers import AnswerTimer

logger = logging.getLogger(__name__)

TOTAL_SHARE = 2.0
"""An answer may take so many times the limit of silence in all, and an export be waited for, line by line."""


_PAGE = "it answered with a page that is not Typesense's"

type Sleep = Callable[[float], Awaitable[None]]


CLUSTER_RETRIES = RetryPolicy(attempts=8, longest_wait_seconds=60.0)
"""The default spans two minutes: a cluster needs some 10 s to elect a new leader (measured), a server that
lags behind its writes may need longer."""


class Connection:
    """An open client to one server or cluster.

    ``url`` is the node that is asked first: the leader of ``nodes``, because the others answer with what they
    heard some moments ago (94 of 100 reads right after a write were stale, measured on 0.24.1).
    """

    def __init__(  # noqa: PLR0913 - opened in one place, by name
        self,
        http: httpx.AsyncClient,
        client: typesense.AsyncClient,
        *,
        url: str,
        nodes: Sequence[str],
        timeout_seconds: float,
        policy: RetryPolicy,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.url = url
        self._timeout_seconds = timeout_seconds
        self._nodes = nodes
        self.client = client
        self.sleep = sleep
        self._http = http
        self._policy = policy

    async def get(self, path: str) -> dict[str, Any]:
        """``GET`` one of the endpoints that the client has no method for."""
        return await self.once(
            lambda: self.client.api_call.get(path, entity_type=dict[str, Any], as_json=True)
        )

    async def put(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """``PUT`` to one of the endpoints that the client has no method for."""
        return await self.once(
            lambda: self.client.api_call.put(path, entity_type=dict[str, Any], body=dict(body))
        )

    async def stream_lines(self, path: str, params: Mapping[str, str]) -> AsyncIterator[str]:
        """Yield the lines of a long answer as they arrive; the client itself would hold all of it."""
        with self._translated():
            async with self._http.stream("GET", self.url + path, params=dict(params)) as response:
                if response.status_code != httpx.codes.OK:
                    raise SearchUnavailable(self.url, f"HTTP {response.status_code} to {path}")
                lines = aiter(response.aiter_lines())
                timer = AnswerTimer(self._timeout_seconds)
                while (line := await timer.wait_for(anext(lines, None))) is not None:
                    if line:
                        yield line

    async def once[T](self, send: Callable[[], Awaitable[T]]) -> T:
        """Send once and translate what goes wrong."""
        with self._translated():
            # httpx counts silence alone: a byte now and then would keep us for ever.
            async with asyncio.timeout(self._timeout_seconds * TOTAL_SHARE):
                return await send()

    async def repeat[T](self, send: Callable[[], Awaitable[T]]) -> T:
        """Send what may safely be sent again, until the server takes it; if a leader fell, to the next."""
        failed = False

        async def attempt() -> T:
            nonlocal failed
            if failed and len(self._nodes) > 1:
                await self._turn_to_leader()
            failed = True
            return await self.once(send)

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._policy.attempts),
            wait=lambda state: self._policy.wait_seconds(state.attempt_number),
            retry=retry_if_exception_type(SearchUnavailable),
            sleep=self.sleep,
            before_sleep=_announce,
            reraise=True,
        )
        return await retrying(attempt)

    async def _turn_to_leader(self) -> None:
        """Ask the node first that leads now; while there is none, the one that led stays."""
        with suppress(SearchUnavailable):
            self.url = await find_leader(self._http, self._nodes)
            self.client.config.nearest_node = Node.from_url(self.url)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (RequestUnauthorized, RequestForbidden) as error:
            raise SearchUnauthorized(self.url) from error
        except ObjectNotFound as error:
            if _is_page(error):
                raise SearchUnavailable(self.url, _PAGE) from error
            raise SearchNotFound(self.url, self._describe(error)) from error
        except json.JSONDecodeError as error:
            raise SearchUnavailable(self.url, _PAGE) from error
        except ObjectUnprocessable as error:
            raise _translate_unprocessable(self.url, self._describe(error)) from error
        except (ServiceUnavailable, ServerError, httpx.HTTPError, TimeoutError) as error:
            raise SearchUnavailable(self.url, self._describe(error)) from error
        except TypesenseClientError as error:
            # Status 0 is a node that is just losing its cluster (seen on 0.24.1); the rest says no.
            if not error.args or not isinstance(error.args[0], int) or error.args[0] == 0:
                raise SearchUnavailable(self.url, self._describe(error)) from error
            raise RequestRefused(self.url, self._describe(error)) from error

    def _describe(self, error: Exception) -> str:
        """Say what went wrong, in the server's words perhaps, but without the key that they may repeat."""
        return clean_foreign(_describe(error), self._http.headers.get(KEY_HEADER))


def _announce(state: RetryCallState) -> None:
    """Say why nothing seems to happen for a while."""
    error = state.outcome.exception() if state.outcome else None
    reason = error.reason if isinstance(error, SearchUnavailable) else error
    pause = state.upcoming_sleep
    logger.warning("Typesense cannot answer now (%s); asking again in %.0f s.", reason, pause)


@asynccontextmanager
async def open_connection(
    nodes: Sequence[str],
    api_key: str,
    *,
    timeout_seconds: float,
    policy: RetryPolicy | None = None,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Connection]:
    """Connect to the leader among ``nodes`` (URLs with ports); the others take over when it falls out.

    Raises :class:`SearchUnavailable` when no node answers, :class:`SearchUnauthorized` for a wrong key.
    """
    timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT_SECONDS)
    # Reading the certificates of all authorities takes 40 ms, for nothing where nobody shows one.
    verify = any(node.startswith("https:") for node in nodes)
    async with httpx.AsyncClient(
        timeout=timeout, headers={KEY_HEADER: api_key}, trust_env=False, verify=verify
    ) as http:
        leader = await find_leader(http, nodes)
        client = typesense.AsyncClient(
            {
                "nodes": list(nodes),
                "nearest_node": leader,
                "api_key": api_key,
                "num_retries": 0,
                "connection_timeout_seconds": timeout_seconds,
            },
            http_client=http,
        )
        yield Connection(
            http,
            client,
            url=leader,
            nodes=nodes,
            timeout_seconds=timeout_seconds,
            policy=policy or CLUSTER_RETRIES,
            sleep=sleep,
        )


def _is_page(error: TypesenseClientError) -> bool:
    """Tell whether an answer came without Typesense's ``message``: the client says so in words of its own."""
    return len(error.args) > 1 and str(error.args[1]).startswith(("API error", "Unknown API error"))


def _translate_unprocessable(url: str, reason: str) -> SearchOutOfResources | RequestRefused:
    """Tell a server without memory or disk, which repeats do not help, from a request it dislikes."""
    if "running out of resource" in reason:
        return SearchOutOfResources(url, reason)
    return RequestRefused(url, reason)


def _describe(error: Exception) -> str:
    match error:
        case TypesenseClientError() if len(error.args) > 1:
            return str(error.args[1])
        case _:
            return describe_failure(error)
