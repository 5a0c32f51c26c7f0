"""The nodes of Typesense: which one to ask first, and why one cannot be asked."""

import asyncio
import math
import socket
import ssl
from collections.abc import Mapping, Sequence

import httpx

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.typesense import NotTypesense, SearchUnauthorized, SearchUnavailable

CONNECT_TIMEOUT_SECONDS = 5.0
KEY_HEADER = "X-TYPESENSE-API-KEY"

_LEADER = 1
"""What ``GET /debug`` calls the state of a leader, a single node included."""


async def find_leader(http: httpx.AsyncClient, nodes: Sequence[str]) -> str:
    """Return the node that leads, else the first that answers: followers serve reads that lag behind.

    Raises :class:`NotTypesense`, :class:`SearchUnauthorized` or :class:`SearchUnavailable` where none can be
    asked.
    """
    answering: list[str] = []
    strangers: list[NotTypesense] = []
    failures: list[str] = []
    for node in nodes:
        try:
            response = await _ask(http, f"{node}/debug")
            if response.status_code == httpx.codes.UNAUTHORIZED:
                raise SearchUnauthorized(node)
            if not _is_of_typesense(response) and not _is_of_typesense(await _ask(http, f"{node}/health")):
                strangers.append(NotTypesense(node, _describe_answer(response)))
                continue
        except (httpx.HTTPError, TimeoutError) as error:
            failures.append(clean_foreign(describe_failure(error)))
            continue
        answering.append(node)
        if _read_object(response).get("state") == _LEADER:
            return node
    if answering:
        return answering[0]
    if strangers:
        raise strangers[0]
    raise SearchUnavailable(", ".join(nodes), "; ".join(dict.fromkeys(failures)))


async def _ask(http: httpx.AsyncClient, url: str) -> httpx.Response:
    """Ask before anything is opened: briefly, however slowly the answer comes."""
    async with asyncio.timeout(min(http.timeout.read or math.inf, CONNECT_TIMEOUT_SECONDS)):
        return await http.get(url, timeout=CONNECT_TIMEOUT_SECONDS)


def is_answering(url: str, api_key: str, *, seconds: float) -> bool:
    """Tell within ``seconds`` whether a healthy node that takes our key is there; blocks.

    The total time holds whatever answers. The key goes to what says that it is healthy, and to nothing else.
    """
    return asyncio.run(_is_answering(url, api_key, seconds))


async def _is_answering(url: str, api_key: str, seconds: float) -> bool:
    # It is asked every few moments while a server of our own starts, over plain HTTP: loading the
    # certificates each time would take fifteen times as long as all the rest (18 ms).
    http = httpx.AsyncClient(timeout=seconds, trust_env=False, verify=False)  # noqa: S501 - no TLS is spoken
    try:
        async with asyncio.timeout(seconds), http:
            health = await http.get(f"{url}/health")
            if health.status_code != httpx.codes.OK:
                return False
            debug = await http.get(f"{url}/debug", headers={KEY_HEADER: api_key})
            return debug.status_code == httpx.codes.OK
    except (httpx.HTTPError, TimeoutError):
        # Whatever else listens there may answer anything.
        return False


def _is_of_typesense(response: httpx.Response) -> bool:
    """Tell whether Typesense gave this answer: its version, its health or its refusal, always an object.

    A proxy that has no server behind it at the moment (5xx) gets the benefit of the doubt.
    """
    if response.is_server_error:
        return True
    said = _read_object(response)
    return bool(said.keys() & ({"version", "ok"} if response.is_success else {"message"}))


def _read_object(response: httpx.Response) -> Mapping[str, object]:
    """Return the JSON object that an answer holds, an empty one where it holds none."""
    try:
        said = response.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _describe_answer(response: httpx.Response) -> str:
    if response.has_redirect_location:
        return f"HTTP {response.status_code} to {response.headers['Location']}"
    kind = response.headers.get("Content-Type", "").partition(";")[0] or "no content type"
    return f"HTTP {response.status_code}, {kind}"


def describe_failure(error: Exception) -> str:
    """Say what went wrong on the way to a node and back; anything but a failure of HTTP speaks for itself."""
    match error:
        case httpx.ConnectError():
            return _describe_failed_connection(error)
        case httpx.TimeoutException() | TimeoutError():
            return "no answer in time"
        case httpx.HTTPError():
            return f"the connection broke: {error}" if str(error) else "the connection broke"
        case _:
            return str(error)


def _describe_failed_connection(error: BaseException | None) -> str:
    """Say why there is no connection; httpx wraps what the socket or TLS said of it."""
    while error is not None:
        match error:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted: {error.verify_message}"
            case ssl.SSLError():
                return "it does not speak TLS there, which TYPESENSE_PROTOCOL=https asks for"
            case socket.gaierror():
                return "its name cannot be resolved"
        error = error.__cause__ or error.__context__
    return "nothing answers there"
