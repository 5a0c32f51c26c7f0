"""Answers that never end, byte by byte: whoever is asked, a total time holds."""

import asyncio
import time
from dataclasses import replace

import pytest

from pyf.aggregator.errors.sources import SourceUnavailable
from pyf.aggregator.errors.typesense import NotTypesense, SearchError, SearchUnavailable
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.nodes import is_answering
from tests.servers.faults import Body, Fault, Raw, SlowAnswer, Status
from tests.servers.pypi import PyPIServer

SHORT = Patience(total_seconds=0.3, head_seconds=0.3, grace_seconds=10.0)
LONG_ENOUGH = 5.0
LEADER = Status(status=200, body=b'{"state": 1, "version": "0.24.1"}')


async def fetch(pypi: PyPIServer, patience: Patience) -> Answer:
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(attempts=1))
        request = Request(url=f"{pypi.url}/x", kind="project", max_bytes=1_000_000, patience=patience)
        return await client.fetch(request, lambda answer: answer)


@pytest.mark.parametrize(
    ("fault", "patience", "reason"),
    [
        (SlowAnswer(), SHORT, "no answer in time"),
        (SlowAnswer(head=True), SHORT, "no answer in time"),
        (SlowAnswer(head=True), replace(SHORT, total_seconds=60.0), "no answer in time"),
        (SlowAnswer(), Patience(grace_seconds=0.2), "is too slow"),
    ],
    ids=["the body", "the headers", "the headers alone are limited", "the rate is limited"],
)
@pytest.mark.asyncio
async def test_an_answer_that_comes_too_slowly_ends_in_time(
    pypi: PyPIServer, fault: Fault, patience: Patience, reason: str
) -> None:
    pypi.fail("/x", fault)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match=reason) as failure:
        await fetch(pypi, patience)
    assert time.monotonic() - started < LONG_ENOUGH
    assert failure.value.passing


@pytest.mark.asyncio
async def test_a_small_answer_after_a_long_silence_is_not_too_slow(pypi: PyPIServer) -> None:
    pypi.fail("/x", Body(body=b"{}"))
    answer = await fetch(pypi, Patience(grace_seconds=0.0, least_bytes_per_second=1e9))
    assert answer.body == b"{}"


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
        b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFFF\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://a:99999999/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://" + b"x" * 300 + b"/\r\nContent-Length: 0\r\n\r\n",
        b"\x00\x01\x02\x03",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
        b"HTTP/1.1 503 No\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=lambda wire: repr(wire[:60]),
)
@pytest.mark.asyncio
async def test_nonsense_on_the_wire_is_an_outage_in_one_sentence(pypi: PyPIServer, wire: bytes) -> None:
    pypi.fail("/x", Raw(wire=wire))
    with pytest.raises(Exception) as failure:  # noqa: PT011 - the assertion below names it
        await fetch(pypi, SHORT)
    assert type(failure.value).__module__.startswith("pyf.aggregator.errors")
    assert len(str(failure.value)) < 1000


# Typesense


@pytest.mark.asyncio
async def test_a_typesense_that_answers_too_slowly_is_given_up_in_time(pypi: PyPIServer) -> None:
    pypi.fail("/debug", LEADER)
    pypi.fail("/collections/x", SlowAnswer())
    pypi.fail("/export", SlowAnswer())
    policy = RetryPolicy(attempts=1)
    async with open_connection([pypi.url], "k", timeout_seconds=1, policy=policy) as connection:
        async with asyncio.timeout(4 * LONG_ENOUGH):
            with pytest.raises(SearchUnavailable, match="no answer in time"):
                await connection.get("/collections/x")
            with pytest.raises(SearchUnavailable, match="no answer in time"):
                _ = [line async for line in connection.stream_lines("/export", {})]


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 503])
@pytest.mark.asyncio
async def test_a_typesense_that_echoes_the_key_is_quoted_without_it(pypi: PyPIServer, status: int) -> None:
    body = b'{"message": "you sent k3y-of-tests \\u001b[2J and X-TYPESENSE-API-KEY: other"}'
    pypi.fail("/debug", LEADER)
    pypi.fail("/x", Status(status=status, body=body))
    policy = RetryPolicy(attempts=1)
    async with open_connection([pypi.url], "k3y-of-tests", timeout_seconds=5, policy=policy) as connection:
        with pytest.raises(SearchError) as failure:
            await connection.get("/x")
    said = str(failure.value)
    assert "k3y" not in said
    assert "other" not in said
    assert "\x1b" not in said


@pytest.mark.parametrize("head", [True, False], ids=["headers", "body"])
@pytest.mark.asyncio
async def test_a_node_that_answers_too_slowly_while_the_leader_is_looked_for_is_passed_over(
    pypi: PyPIServer, head: bool
) -> None:
    pypi.fail("/debug", SlowAnswer(head=head))
    async with asyncio.timeout(LONG_ENOUGH):
        with pytest.raises(SearchUnavailable, match="no answer in time"):
            async with open_connection([pypi.url], "k", timeout_seconds=0.2):
                pass


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"<html>", b"[" * 100_000, b"\xff"], ids=lambda b: repr(b[:9])
)
@pytest.mark.asyncio
async def test_a_node_that_answers_nonsense_is_not_taken_for_typesense(pypi: PyPIServer, body: bytes) -> None:
    pypi.fail("*", Status(status=200, body=body))
    with pytest.raises(NotTypesense):
        async with open_connection([pypi.url], "k", timeout_seconds=1.0):
            pass


@pytest.mark.parametrize(
    "fault",
    [
        SlowAnswer(head=True),
        SlowAnswer(),
        Raw(wire=b"no HTTP at all\r\n\r\n"),
        Raw(wire=b""),
        Status(status=503),
    ],
    ids=repr,
)
def test_the_embedded_server_is_probed_within_its_time(pypi: PyPIServer, fault: Fault) -> None:
    pypi.fail("/health", fault)
    started = time.monotonic()
    assert not is_answering(pypi.url, "k", seconds=0.3)
    assert time.monotonic() - started < LONG_ENOUGH
