"""Bad weather at the socket: whatever the source of a signal does, a value or one error, and manners kept."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from pyf.aggregator.errors.sources import (
    MalformedResponse,
    OversizedResponse,
    RateLimited,
    SourceError,
    SourceUnavailable,
    SourceUnreachable,
    UnprovenAnswer,
)
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.downloads import DownloadLog
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.pypi.project_page import IndexFile
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.sources.redirects import MAX_REDIRECTS
from tests.commands import NOBODY
from tests.observatory import Clock
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.end_of_life import EndOfLifeServer
from tests.servers.faults import CloseConnection, CutBody, Fault, Hang, Huge, Status
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import StandIn
from tests.servers.world import GITHUB_PUBLISHER, World

NAME = NormalizedName("a")
FILE = IndexFile(filename="a-1.0.0-py3-none-any.whl", version="1.0.0")
POLICY = RetryPolicy(attempts=3, first_wait_seconds=1.0, patience_seconds=5.0)

type Ask = Callable[[HttpClient, str], Coroutine[Any, Any, object]]


def make_pypi() -> PyPIServer:
    world = World()
    world.add_project("a")
    world.attest("a", "1.0.0", GITHUB_PUBLISHER)
    return PyPIServer(world=world)


def open_pypi(client: HttpClient, url: str) -> PyPI:
    return PyPI(client, url=url, browse_pace=LocalRateLimiter(0))


@dataclass(frozen=True)
class Source:
    """Who is asked, and what; ``broken`` is what an unreadable answer is."""

    make: Callable[[], StandIn]
    ask: Ask
    broken: type[SourceError] = MalformedResponse
    posts: bool = False


SOURCES = {
    "project page": Source(make_pypi, lambda client, url: open_pypi(client, url).fetch_index_page(NAME)),
    "versions": Source(make_pypi, lambda client, url: open_pypi(client, url).fetch_versions(NAME)),
    "provenance": Source(make_pypi, lambda client, url: open_pypi(client, url).fetch_provenance(NAME, FILE)),
    "downloads": Source(
        ClickHouseServer,
        lambda client, url: DownloadLog(client, url=f"{url}/?user=demo").fetch_downloads([NAME]),
        broken=UnprovenAnswer,
        posts=True,
    ),
    "cycles": Source(EndOfLifeServer, lambda client, url: EndOfLife(client, url=url).fetch_cycles("plone")),
}


@dataclass
class Outlook:
    """A source with its stand-in, and a client that never really sleeps."""

    source: Source
    server: StandIn
    clock: Clock = field(default_factory=Clock)
    pace: LocalRateLimiter = field(default_factory=lambda: LocalRateLimiter(0))

    async def ask(self, url: str | None = None, *, seconds: float = 30.0) -> object:
        async with self.open_client(seconds) as client:
            return await self.source.ask(client, self.server.url if url is None else url)

    @asynccontextmanager
    async def open_client(self, seconds: float = 30.0) -> AsyncIterator[HttpClient]:
        async with open_session(user_agent="x", connections=1, read_timeout_seconds=seconds) as session:
            yield HttpClient(session, pace=self.pace, policy=POLICY, sleep=self.clock.sleep)

    @property
    def asked(self) -> int:
        return len(self.server.requests)


@pytest.fixture(params=SOURCES)
def outlook(request: pytest.FixtureRequest) -> Iterator[Outlook]:
    source = SOURCES[request.param]
    with source.make() as server:
        yield Outlook(source, server)


@pytest.mark.asyncio
async def test_a_source_that_is_away_is_asked_once(outlook: Outlook) -> None:
    with pytest.raises(SourceUnreachable, match="check the address"):
        await outlook.ask(NOBODY)
    assert outlook.clock.slept == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Hang(), "no answer in time"),
        (CutBody(), "cut off"),
        (CloseConnection(), "cut off"),
        (Status(status=503), "HTTP 503"),
        (Status(status=429), "HTTP 429"),
    ],
    ids=["slow", "truncated", "closed", "503", "429"],
)
@pytest.mark.asyncio
async def test_what_may_pass_is_asked_again_and_then_told(
    outlook: Outlook, fault: Fault, reason: str
) -> None:
    seconds = 0.1 if isinstance(fault, Hang) else 30.0
    outlook.server.fail("*", fault)
    with pytest.raises(SourceUnavailable, match=reason):
        await outlook.ask(seconds=seconds)
    assert len(outlook.clock.slept) == POLICY.attempts - 1
    outlook.server.mend()
    outlook.server.fail("*", fault, times=1)
    assert await outlook.ask(seconds=30.0 if not isinstance(fault, Hang) else 0.5)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "4"}, 4),
        ({"RateLimit": '"demo";r=0;t=3'}, 3),
        ({"RateLimit": '"burst";r=7;t=60, "hour";r=0;t=2'}, 2),
        ({"Retry-After": "4", "RateLimit": '"demo";r=0;t=900'}, 4),
    ],
    ids=repr,
)
@pytest.mark.asyncio
async def test_a_short_pause_that_is_asked_for_is_kept(
    outlook: Outlook, headers: dict[str, str], pause: int
) -> None:
    outlook.server.fail("*", Status(status=429, headers=headers), times=1)
    assert await outlook.ask()
    assert (outlook.clock.slept, outlook.asked) == ([pause], 2)


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "600"}, {"RateLimit": '"demo";r=0;t=600'}],
    ids=["Retry-After", "RateLimit"],
)
@pytest.mark.asyncio
async def test_a_long_pause_closes_the_pace_for_all_who_share_it(
    outlook: Outlook, headers: dict[str, str]
) -> None:
    outlook.server.fail("*", Status(status=429, headers=headers), times=1)
    for _ in range(2):
        with pytest.raises(RateLimited):
            await outlook.ask()
    assert (outlook.asked, outlook.clock.slept) == (1, [])


@pytest.mark.parametrize("status", [200, 203])
@pytest.mark.asyncio
async def test_a_page_for_people_is_no_answer(outlook: Outlook, status: int) -> None:
    outlook.server.fail("*", Status(status=status))
    kind = SourceUnavailable if status == 203 else outlook.source.broken
    with pytest.raises(kind):
        await outlook.ask()


@pytest.mark.asyncio
async def test_an_answer_that_is_too_large_is_not_read(outlook: Outlook) -> None:
    outlook.server.fail("*", Huge(size=10**9, announced=True))
    with pytest.raises(OversizedResponse):
        await outlook.ask()
    assert outlook.asked == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.asyncio
async def test_another_host_is_not_asked(outlook: Outlook, status: int) -> None:
    with outlook.source.make() as elsewhere:
        outlook.server.fail("*", Status(status=status, headers={"Location": f"{elsewhere.url}/x"}))
        # The host is the same, so the port has to be told.
        words = re.escape(f"redirects to {elsewhere.url}, which is not followed")
        with pytest.raises(SourceUnavailable, match=words):
            await outlook.ask()
        assert elsewhere.requests == []
    assert outlook.asked == 1


@pytest.mark.parametrize("location", ["", "//[::1", "http://", "mailto:a@b.example", "http://x:99999999/"])
@pytest.mark.asyncio
async def test_a_redirect_to_nowhere_is_an_outage(outlook: Outlook, location: str) -> None:
    outlook.server.fail("*", Status(status=302, headers={"Location": location}))
    with pytest.raises(SourceUnavailable, match="redirects"):
        await outlook.ask()


@pytest.mark.asyncio
async def test_another_place_on_the_same_host_is_asked_unless_something_is_posted(outlook: Outlook) -> None:
    path = "/elsewhere"
    outlook.server.fail(
        "*", Status(status=301, headers={"Location": path}), times=1 if outlook.source.posts else None
    )
    with pytest.raises(SourceUnavailable, match="not followed" if outlook.source.posts else "without end"):
        await outlook.ask()
    assert outlook.asked == (1 if outlook.source.posts else 1 + MAX_REDIRECTS)


@pytest.mark.asyncio
async def test_the_word_of_a_moved_page_is_taken_on_the_same_host() -> None:
    with EndOfLifeServer() as server:
        products = {"Location": "/products/django"}
        server.fail("/products/plone", Status(status=301, headers=products))
        outlook = Outlook(SOURCES["cycles"], server)
        with pytest.raises(MalformedResponse, match="it speaks of 'django'"):
            await outlook.ask()
