"""GitLab and Forgejo at the socket: what they say, their limits, renames, and bad weather."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from pyf.aggregator.errors.sources import (
    MalformedResponse,
    RateLimited,
    SecondaryLimit,
    SourceError,
    SourceUnavailable,
    SourceUnreachable,
)
from pyf.aggregator.metadata.model import Repository, RepositoryStats
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.forges.forgejo import Forgejo
from pyf.aggregator.sources.forges.gitlab import GitLab
from pyf.aggregator.sources.forges.limits import read_standard_budget
from pyf.aggregator.sources.forges.outcomes import Asked, Found, Outcome, Unavailable
from pyf.aggregator.sources.forges.rest import RestForge
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.servers.faults import (
    Body,
    CloseConnection,
    CutBody,
    Fault,
    Hang,
    Huge,
    RefuseConnection,
    Status,
)
from tests.servers.forge import ForgeServer
from tests.servers.forgejo import ForgejoServer
from tests.servers.gitlab import GitLabServer

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
ACTIVE = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)
PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"


class Kind(NamedTuple):
    """One of the two forges: its stand-in, its client and a repository's path there."""

    server: Callable[[], ForgeServer]
    client: type[RestForge]
    kind: ForgeKind
    host: str
    path: str


LAB = Kind(GitLabServer, GitLab, ForgeKind.GITLAB, "gitlab.com", "Band/tools/web/Kit.one")
BERG = Kind(ForgejoServer, Forgejo, ForgeKind.FORGEJO, "codeberg.org", "Ana/Kit.one")


def in_loop[**P](test: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    """Run a test that awaits in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


both = pytest.mark.parametrize("kind", [LAB, BERG], ids=["gitlab", "forgejo"])


@asynccontextmanager
async def open_client(
    kind: Kind, url: str, *, attempts: int = 1, read_timeout_seconds: float = 5.0
) -> AsyncIterator[RestForge]:
    """Open a client of one forge that asks at ``url``, at once and as often as told."""
    policy = RetryPolicy(attempts=attempts, first_wait_seconds=0.0, longest_wait_seconds=0.0)
    async with open_session(
        user_agent="tests", connections=1, read_timeout_seconds=read_timeout_seconds
    ) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=policy)
        forge = Forge(kind=kind.kind, host=kind.host, url=url)
        yield kind.client(client, forge=forge, now=lambda: NOW)


def want(kind: Kind, path: str | None = None, **known: str) -> Asked:
    return Asked(repository=Repository(kind.host, (path or kind.path).lower()), **known)


async def ask(kind: Kind, server: ForgeServer, asked: Asked | None = None) -> Outcome:
    async with open_client(kind, server.url) as client:
        return await client.fetch_repository(asked or want(kind))


async def learn(kind: Kind, server: ForgeServer, asked: Asked | None = None) -> RepositoryStats:
    outcome = await ask(kind, server, asked)
    assert isinstance(outcome, Found)
    return outcome.stats


FIGURES = {
    "stars": 12,
    "watchers": 3,
    "forks": 4,
    "issues": 5,
    "pull_requests": 6,
    "archived": True,
    "topics": ("plone", "web"),
    "licenses": ("GPL-2.0-only",),
}


@in_loop
async def test_gitlab_says_what_it_knows_of_a_project_in_groups() -> None:
    with GitLabServer() as server:
        project = server.yard.add(LAB.path, **FIGURES)
        stats = await learn(LAB, server)
        # The path as we know it, then the id that GitLab redirects another case to.
        assert [record.path for record in server.requests] == [
            f"/api/v4/projects/{LAB.path.lower()}",
            f"/api/v4/projects/{project.number}",
        ]
        assert "Authorization" not in server.requests[0].headers
    assert stats == RepositoryStats(
        node_id=str(project.number),
        full_name=LAB.path,
        url=f"https://gitlab.com/{LAB.path}",
        stars=12,
        watchers=None,
        forks=4,
        open_issues=5,
        open_pull_requests=None,
        updated=ACTIVE,
        pushed=ACTIVE,
        archived=True,
        license="GPL-2.0-only",
        topics=("plone", "web"),
        host="gitlab.com",
    )
    assert stats.repository == want(LAB).repository


@in_loop
async def test_forgejo_says_what_it_knows_of_a_repository() -> None:
    with ForgejoServer() as server:
        repository = server.yard.add(BERG.path, **FIGURES)
        stats = await learn(BERG, server)
        assert "Authorization" not in server.requests[0].headers
    assert stats == RepositoryStats(
        node_id=str(repository.number),
        full_name=BERG.path,
        url=f"https://codeberg.org/{BERG.path}",
        stars=12,
        watchers=3,
        forks=4,
        open_issues=5,
        open_pull_requests=6,
        updated=ACTIVE,
        pushed=ACTIVE,
        archived=True,
        license="GPL-2.0-only",
        topics=("plone", "web"),
        host="codeberg.org",
    )


@both
@in_loop
async def test_where_issues_are_switched_off_their_number_is_unknown(kind: Kind) -> None:
    with kind.server() as server:
        server.yard.add(kind.path, issues=7, has_issues=False)
        assert (await learn(kind, server)).open_issues is None


@both
@in_loop
async def test_a_state_that_is_known_is_not_sent_again(kind: Kind) -> None:
    with kind.server() as server:
        project = server.yard.add(kind.path)
        first = await ask(kind, server)
        assert isinstance(first, Found)
        assert first.etag is not None
        again = want(kind, etag=first.etag)
        assert await ask(kind, server, again) == NotModified()
        project.stars += 1
        assert isinstance(await ask(kind, server, again), Found)


@both
@in_loop
async def test_a_former_name_leads_to_todays(kind: Kind) -> None:
    with kind.server() as server:
        project = server.yard.add(kind.path)
        server.yard.rename(kind.path, "other/name")
        stats = await learn(kind, server)
        assert (stats.full_name, stats.node_id) == ("other/name", str(project.number))
        assert server.statuses == {301 if kind is LAB else 307: 1, 200: 1}


@in_loop
async def test_a_project_of_gitlab_is_found_by_its_id_whatever_it_is_called_now() -> None:
    with GitLabServer() as server:
        project = server.yard.add(LAB.path)
        server.yard.rename(LAB.path, "other/name")
        stats = await learn(LAB, server, want(LAB, node_id=str(project.number)))
        assert stats.full_name == "other/name"
        assert server.statuses == {200: 1}
        # Whatever else was remembered as its id is none of GitLab's.
        stats = await learn(LAB, server, want(LAB, node_id="../users"))
        assert stats.full_name == "other/name"


@both
@in_loop
async def test_private_and_gone_are_alike(kind: Kind) -> None:
    with kind.server() as server:
        server.yard.add(kind.path, private=True)
        assert await ask(kind, server) is Unavailable.MISSING
        assert await ask(kind, server, want(kind, "no/body")) is Unavailable.MISSING


@in_loop
async def test_what_only_members_may_see_is_private() -> None:
    with GitLabServer() as lab, ForgejoServer() as berg:
        lab.yard.add(LAB.path, given={"visibility": "internal"})
        berg.yard.add(BERG.path, given={"internal": True})
        assert await ask(LAB, lab) is Unavailable.PRIVATE
        assert await ask(BERG, berg) is Unavailable.PRIVATE


@both
@in_loop
async def test_another_host_is_never_followed(kind: Kind) -> None:
    with kind.server() as server, kind.server() as other:
        other.yard.add(kind.path, stars=9999)
        for status in (301, 302, 307, 308):
            location = f"{other.url}/api/v4/projects/1"
            server.fail("*", Status(status=status, headers={"Location": location}), times=1)
            with pytest.raises(SourceUnavailable, match="redirects to another address"):
                await ask(kind, server)
        server.fail("*", Status(status=301, headers={"Location": "http://[broken"}), times=1)
        with pytest.raises(SourceError):
            await ask(kind, server)
        assert other.requests == []


@both
@in_loop
async def test_a_circle_of_redirects_ends(kind: Kind) -> None:
    with kind.server() as server:
        server.fail("*", Status(status=301, headers={"Location": "/again"}))
        with pytest.raises(SourceUnavailable, match="redirects without end"):
            await ask(kind, server)
        assert len(server.requests) == 4


@both
@pytest.mark.parametrize(
    ("status", "headers", "until", "error"),
    [
        (429, {"Retry-After": "90"}, NOW + timedelta(seconds=90), SecondaryLimit),
        (429, {"Retry-After": "Mon, 23 Nov 2026 07:05:00 GMT"}, NOW + timedelta(minutes=5), SecondaryLimit),
        (429, {}, NOW + timedelta(seconds=60), SecondaryLimit),
        (429, {"Retry-After": "soon"}, NOW + timedelta(seconds=60), SecondaryLimit),
        (
            429,
            {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW.timestamp()) + 40)},
            NOW + timedelta(seconds=40),
            RateLimited,
        ),
        (
            429,
            {"RateLimit-Remaining": "0", "RateLimit-Reset": "40"},
            NOW + timedelta(seconds=40),
            RateLimited,
        ),
        # A reset at the end of time is somebody's mistake.
        (
            429,
            {"RateLimit-Remaining": "0", "RateLimit-Reset": "99999999999999"},
            NOW + timedelta(hours=2),
            RateLimited,
        ),
    ],
)
@in_loop
async def test_a_limit_tells_when_to_come_back_and_nobody_asks_before(
    kind: Kind, status: int, headers: dict[str, str], until: datetime, error: type[RateLimited]
) -> None:
    with kind.server() as server:
        server.yard.add(kind.path)
        server.fail("*", Status(status=status, headers=headers), times=1)
        async with open_client(kind, server.url) as client:
            for _ in range(2):
                with pytest.raises(RateLimited) as caught:
                    await client.fetch_repository(want(kind))
                assert (type(caught.value), caught.value.until) == (error, until)
            assert client.requests == 1


@both
@in_loop
async def test_an_empty_budget_is_not_overdrawn(kind: Kind) -> None:
    with kind.server() as server:
        server.yard.add(kind.path.lower())
        server.remaining, server.resets_at = 1, NOW.timestamp() + 50
        async with open_client(kind, server.url) as client:
            assert isinstance(await client.fetch_repository(want(kind)), Found)
            with pytest.raises(RateLimited) as caught:
                await client.fetch_repository(want(kind))
            assert caught.value.until == NOW + timedelta(seconds=50)
        assert len(server.requests) == 1


@both
@in_loop
async def test_without_a_time_named_each_pause_is_longer(kind: Kind) -> None:
    clock = NOW
    with kind.server() as server:
        server.fail("*", Status(status=429))
        async with open_session(user_agent="tests", connections=1) as session:
            http = HttpClient(session, pace=LocalRateLimiter(0), policy=RetryPolicy(attempts=1))
            forge = Forge(kind=kind.kind, host=kind.host, url=server.url)
            client = kind.client(http, forge=forge, now=lambda: clock)
            for seconds in (60, 120, 240):
                with pytest.raises(SecondaryLimit) as caught:
                    await client.fetch_repository(want(kind))
                assert caught.value.until - clock == timedelta(seconds=seconds)
                clock = caught.value.until


WEATHER: list[tuple[Fault, type[SourceError], str]] = [
    (Status(status=503), SourceUnavailable, "HTTP 503"),
    (Status(status=500), SourceUnavailable, "HTTP 500"),
    (Status(status=401), SourceUnavailable, "answers nobody without an account"),
    (Status(status=403), SourceUnavailable, "answers nobody without an account"),
    (CloseConnection(), SourceUnavailable, "cut off|disconnected"),
    (RefuseConnection(), SourceUnavailable, "cut off|disconnected"),
    (CutBody(), SourceUnavailable, "cut off"),
    (Status(status=200, body=PAGE), MalformedResponse, "cannot be read"),
    # A page that is no forge's says nothing of a repository.
    (Status(status=404, body=PAGE), SourceUnavailable, "HTTP 404, but not in its API's own JSON"),
    (Status(status=404, body=b""), SourceUnavailable, "HTTP 404, but not in its API's own JSON"),
    (Body(body=b'{"id": 1, "path_with'), MalformedResponse, "cannot be read"),
    (Body(body=b"[]"), MalformedResponse, "cannot be read"),
    (Body(body=b"null"), MalformedResponse, "cannot be read"),
    (Body(body=b"[" * 100_000), MalformedResponse, "cannot be read"),
    (Body(body=b""), MalformedResponse, "cannot be read"),
    (Huge(size=50_000_000, announced=True), MalformedResponse, "sent too much"),
    (Huge(size=5_000_000, announced=False), MalformedResponse, "sent too much"),
]


@both
@pytest.mark.parametrize(("fault", "error", "words"), WEATHER)
@in_loop
async def test_bad_weather_is_no_answer(
    kind: Kind, fault: Fault, error: type[SourceError], words: str
) -> None:
    with kind.server() as server:
        server.yard.add(kind.path)
        server.fail("*", fault)
        with pytest.raises(error, match=words):
            await ask(kind, server)


@both
@in_loop
async def test_passing_trouble_is_asked_about_again(kind: Kind) -> None:
    with kind.server() as server:
        server.yard.add(kind.path.lower())
        server.fail("*", Status(status=502), times=1)
        server.fail("*", CutBody(), times=1)
        # A proxy before an instance that starts.
        server.fail("*", Status(status=404, body=PAGE), times=1)
        async with open_client(kind, server.url, attempts=4) as client:
            assert isinstance(await client.fetch_repository(want(kind)), Found)
            assert client.requests == 4


@both
@in_loop
async def test_silence_and_an_empty_port_are_told(kind: Kind) -> None:
    with kind.server() as server:
        server.fail("*", Hang())
        async with open_client(kind, server.url, read_timeout_seconds=0.05) as client:
            with pytest.raises(SourceUnavailable):
                await client.fetch_repository(want(kind))
        url = server.url
    async with open_client(kind, url) as client:
        with pytest.raises(SourceUnreachable):
            await client.fetch_repository(want(kind))


@both
@in_loop
async def test_what_the_law_forbids_is_blocked(kind: Kind) -> None:
    with kind.server() as server:
        server.fail("*", Status(status=451))
        assert await ask(kind, server) is Unavailable.BLOCKED


WRONG: list[object] = [None, "many", -1, 1.5, True, [], {}, 10**30]
"""What may stand where a number is expected and is none that counts."""
NEEDED = {
    LAB: ("id", "path_with_namespace", "star_count", "forks_count", "archived", "last_activity_at"),
    BERG: ("id", "full_name", "stars_count", "forks_count", "archived", "updated_at"),
}


@both
@in_loop
async def test_a_figure_of_the_wrong_type_is_never_a_number(kind: Kind) -> None:
    with kind.server() as server:
        project = server.yard.add(kind.path)
        async with open_client(kind, server.url) as client:
            for field in NEEDED[kind]:
                for wrong in WRONG:
                    if (field, wrong) == ("archived", True):
                        continue
                    project.given = {field: wrong}
                    with pytest.raises(MalformedResponse):
                        await client.fetch_repository(want(kind))
            assert client.requests == len(server.requests)


OPTIONAL = {
    LAB: {"web_url": "url", "open_issues_count": "open_issues", "license": "license", "topics": "topics"},
    BERG: {
        "html_url": "url",
        "watchers_count": "watchers",
        "open_issues_count": "open_issues",
        "open_pr_counter": "open_pull_requests",
        "licenses": "license",
        "topics": "topics",
    },
}


@both
@in_loop
async def test_anything_else_of_a_wrong_type_is_unknown_and_spoils_nothing(kind: Kind) -> None:
    with kind.server() as server:
        project = server.yard.add(kind.path, **FIGURES)
        for field, attribute in OPTIONAL[kind].items():
            for wrong in WRONG:
                project.given = {field: wrong}
                stats = await learn(kind, server)
                assert getattr(stats, attribute) in {None, ()}
                assert stats.stars == 12


@both
@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/{path}",
        "https://{host}.evil.example/{path}",
        "http://{host}/{path}",
        "javascript:alert(1)",
        "https://{host}/other/place",
        "https://{host}/{path}?next=https://evil.example",
        "https://{host}/{path}#x",
        "",
    ],
)
@in_loop
async def test_a_page_that_is_not_the_repositorys_is_none(kind: Kind, page: str) -> None:
    with kind.server() as server:
        url = page.format(host=kind.host, path=kind.path)
        server.yard.add(kind.path, given={"web_url": url, "html_url": url})
        assert (await learn(kind, server)).url is None


@both
@in_loop
async def test_a_page_on_the_server_that_was_asked_is_its_own(kind: Kind) -> None:
    with kind.server() as server:
        page = f"{server.url}/{kind.path}"
        server.yard.add(kind.path, given={"web_url": page, "html_url": page})
        assert (await learn(kind, server)).url == page


@both
@pytest.mark.parametrize("name", ["../../etc", "ana", "", "ana/kit\n", "ana/k\u212at", "a/-/kit", "x" * 999])
@in_loop
async def test_a_name_that_no_repository_can_have_is_malformed(kind: Kind, name: str) -> None:
    with kind.server() as server:
        server.yard.add(kind.path, given={"path_with_namespace": name, "full_name": name})
        with pytest.raises(MalformedResponse):
            await ask(kind, server)


@pytest.mark.parametrize(
    ("key", "license_id"),
    [
        ("mit", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("bsd-3-clause", "BSD-3-Clause"),
        ("other", None),
        ("", None),
    ],
)
@in_loop
async def test_gitlabs_key_of_a_licence_is_read_as_spdx(key: str, license_id: str | None) -> None:
    with GitLabServer() as server:
        server.yard.add(LAB.path, given={"license": {"key": key}})
        assert (await learn(LAB, server)).license == license_id


@pytest.mark.parametrize(
    ("licenses", "license_id"),
    [(["MIT"], "MIT"), (["MIT", "Apache-2.0"], None), ([], None), (["made up"], None)],
)
@in_loop
async def test_of_several_licences_nobody_says_how_they_go_together(
    licenses: list[str], license_id: str | None
) -> None:
    with ForgejoServer() as server:
        server.yard.add(BERG.path, given={"licenses": licenses})
        assert (await learn(BERG, server)).license == license_id


@in_loop
async def test_an_issue_tracker_elsewhere_leaves_the_number_unknown() -> None:
    with ForgejoServer() as server:
        server.yard.add(BERG.path, given={"external_tracker": {"external_tracker_url": "https://x.example"}})
        assert (await learn(BERG, server)).open_issues is None


@pytest.mark.parametrize(
    ("headers", "remaining"),
    [
        ({"ratelimit-remaining": "12", "ratelimit-reset": str(int(time.time()))}, 12),
        ({"ratelimit-remaining": "many", "ratelimit-reset": "10"}, None),
        ({"ratelimit-remaining": "12"}, None),
        ({}, None),
    ],
)
def test_headers_of_a_limit_that_say_nothing_grant_nothing(
    headers: dict[str, str], remaining: int | None
) -> None:
    budget = read_standard_budget(headers, NOW)
    assert (budget and budget.remaining) == remaining


@both
@in_loop
async def test_nothing_is_unmodified_of_which_nothing_is_known(kind: Kind) -> None:
    with kind.server() as server:
        server.yard.add(kind.path)
        server.fail("*", Status(status=304, body=b""))
        with pytest.raises(MalformedResponse, match="nothing was cached"):
            await ask(kind, server)
