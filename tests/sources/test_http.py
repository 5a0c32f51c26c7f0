"""The shared client: pace, connections, and what it waits for."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors.sources import (
    MalformedResponse,
    OversizedResponse,
    RateLimited,
    SourceUnavailable,
    SourceUnreachable,
    StaleResponse,
)
from pyf.aggregator.jobs.progress import NullProgress
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.services.catalogue import find_catalogue_path
from pyf.aggregator.services.pypi import open_resources
from pyf.aggregator.services.user_agent import build_user_agent
from pyf.aggregator.sources.http import (
    Answer,
    HttpClient,
    Request,
    open_session,
)
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.sources.retries import find_wait, is_passing, read_pause, read_retry_after
from tests.commands import NOBODY
from tests.servers.faults import Status
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import Record

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("soon", None),
        ("-3", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Mon, 23 Nov 2026 07:00:10", 10.0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_negative(
    value: str | None, seconds: float | None
) -> None:
    assert read_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (SourceUnavailable("u", "HTTP 503"), True),
        (SourceUnavailable("u", "HTTP 403", passing=False), False),
        (MalformedResponse("u", "r"), True),
        (StaleResponse("u", 1, 2), True),
        (OversizedResponse("u", "r", 1), False),
        (RateLimited("u", NOW), False),
        (ValueError(), False),
    ],
)
def test_only_what_may_pass_is_asked_again(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing


def test_waits_double_within_their_bounds_unless_the_source_names_one() -> None:
    policy = RetryPolicy(first_wait_seconds=1, longest_wait_seconds=10)
    for failures, expected in ((1, 1), (2, 2), (3, 4), (9, 10)):
        waited = find_wait(policy, StaleResponse("u", 1, 2), failures)
        assert 0.75 * expected <= waited <= 1.25 * expected
    assert find_wait(policy, SourceUnavailable("u", "r", 33.0), 1) == 33.0


@pytest.mark.asyncio
async def test_the_pauses_between_repeats_are_what_the_policy_and_the_source_say(pypi: PyPIServer) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    pypi.fail("/pypi/a/json", Status(status=503, headers={"Retry-After": "7"}), times=1)
    pypi.fail("/pypi/a/json", Status(status=500), times=2)
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(), sleep=sleep)
        request = Request(url=f"{pypi.url}/pypi/a/json", kind="project", max_bytes=1000)
        answer = await client.fetch(request, lambda answer: answer)
    assert answer.absent
    assert client.requests == {"project": 4}
    assert pauses[0] == 7.0
    assert 1.5 <= pauses[1] <= 2.5
    assert 3.0 <= pauses[2] <= 5.0


@pytest.mark.asyncio
async def test_requests_keep_the_pace(pypi: PyPIServer) -> None:
    async with open_session(user_agent="x", connections=10) as session:
        client = HttpClient(session, pace=LocalRateLimiter(50), policy=RetryPolicy())
        request = Request(url=f"{pypi.url}/pypi/a/json", kind="project", max_bytes=1000)

        async def ask() -> Answer:
            return await client.fetch(request, lambda answer: answer)

        started = time.monotonic()
        await asyncio.gather(*(ask() for _ in range(16)))
    # Fifteen gaps of a fiftieth of a second; only the lower bound is a promise.
    assert time.monotonic() - started >= 0.9 * 15 / 50


@pytest.mark.asyncio
async def test_after_a_rest_some_pass_at_once() -> None:
    pace = LocalRateLimiter(1 / 3600, at_once=3)
    async with asyncio.timeout(10):
        for _ in range(3):
            await pace.wait()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pace.wait(), 0.05)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"RateLimit": '"a";r=0;t=30'}, 30.0),
        ({"RateLimit": '"a"; r=0; t=30'}, 30.0),
        ({"RateLimit": '"a";t=30;r=0'}, 30.0),
        ({"RateLimit": '"a";r=0;t=5, "b";r=0;t=9, "c";r=1;t=99'}, 9.0),
        ({"RateLimit": '"a";r=1;t=30'}, None),
        ({"RateLimit": '"a";r=0'}, None),
        ({"RateLimit": '"a";r=0.5;t=30'}, None),
        ({"RateLimit": "odd"}, None),
        ({"RateLimit": '"a";r=0;t=' + "9" * 400}, 7 * 24 * 3600.0),
        ({"RateLimit": '"a";r=0;t=30', "Retry-After": "7"}, 7.0),
        ({"RateLimit": '"a";r=0;t=30', "Retry-After": "soon"}, 30.0),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_refusal_tells_when_to_come_back_by_either_header(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_pause(headers, NOW) == seconds


@pytest.mark.asyncio
async def test_the_settings_reach_the_client(
    pypi: PyPIServer, typesense_binary: Path, tmp_path: Path
) -> None:
    """Two connections at most, twenty-five requests a second, and one search by classifier a second."""
    settings = Settings(
        pypi_url=pypi.url,
        pypi_max_rps=25,
        pypi_max_connections=2,
        pyf_data_dir=tmp_path,
    )
    under_way, most = 0, 0
    lock = threading.Lock()

    def count(_: Record) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.1)
        with lock:
            under_way -= 1

    pypi.on_request = count
    async with open_resources(settings, NullProgress()) as resources:
        assert resources.readers == 2
        started = time.monotonic()
        await asyncio.gather(*(resources.pypi.browse("X") for _ in range(3)))
        browsed = time.monotonic() - started
        await asyncio.gather(*(resources.pypi.fetch_versions(name) for name in "abcdef"))  # type: ignore[arg-type]
    assert browsed >= 1.8
    assert most == 2
    assert {record.headers["User-Agent"] for record in pypi.requests} == {build_user_agent()}


def test_each_origin_has_a_catalogue_of_its_own(tmp_path: Path) -> None:
    def find(url: str) -> str:
        settings = Settings(pypi_url=url, pyf_data_dir=tmp_path)
        return find_catalogue_path(settings).name

    assert find("https://pypi.org") == "catalogue.sqlite"
    assert find("http://127.0.0.1:8090") == "catalogue-127.0.0.1-8090.sqlite"
    assert find("https://mirror.example/root/pypi") == "catalogue-mirror.example-root-pypi.sqlite"


@pytest.mark.asyncio
async def test_a_limit_that_was_named_is_not_met_again(pypi: PyPIServer) -> None:
    pypi.fail("/pypi/a/json", Status(status=429, headers={"Retry-After": "600"}), times=1)
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(patience_seconds=5))
        source = PyPI(client, url=pypi.url, browse_pace=LocalRateLimiter(0))
        for name in ("a", "b"):
            with pytest.raises(RateLimited) as limit:
                await source.fetch_project(NormalizedName(name), least_serial=Serial(0))
            assert 590 < (limit.value.until - datetime.now(UTC)).total_seconds() <= 601
        # Browsing has a pace of its own, but passes through this one, too.
        with pytest.raises(RateLimited):
            await source.browse("Framework :: Plone")
    assert len(pypi.requests) == 1


@pytest.mark.asyncio
async def test_a_limit_on_browsing_leaves_projects_alone(pypi: PyPIServer) -> None:
    pypi.fail("/pypi", Status(status=429, headers={"Retry-After": "600"}))
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(patience_seconds=5))
        source = PyPI(client, url=pypi.url, browse_pace=LocalRateLimiter(0))
        for _ in range(2):
            with pytest.raises(RateLimited):
                await source.browse("Framework :: Plone")
        assert await source.fetch_project(NormalizedName("a"), least_serial=Serial(0)) is None
    assert [record.method for record in pypi.requests] == ["POST", "GET"]


@pytest.mark.asyncio
async def test_who_was_never_reached_is_asked_once_and_who_answered_before_is_waited_for(
    pypi: PyPIServer,
) -> None:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(), sleep=note)
        gone = Request(url=f"{NOBODY}/simple/", kind="project list", max_bytes=1000)
        with pytest.raises(SourceUnreachable, match="nothing answers there: connection refused"):
            await client.fetch(gone, lambda answer: answer)
        assert (pauses, client.requests) == ([], {"project list": 1})
        there = Request(url=f"{pypi.url}/pypi/a/json", kind="project", max_bytes=1000)
        assert (await client.fetch(there, lambda answer: answer)).absent
        with pytest.raises(SourceUnavailable) as refused:
            await client.fetch(gone, lambda answer: answer)
    assert not isinstance(refused.value, SourceUnreachable)
    assert (len(pauses), client.requests["project list"]) == (3, 5)
