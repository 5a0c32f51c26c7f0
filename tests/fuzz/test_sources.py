"""Whatever a source answers is understood, or told in one sentence: never anything else."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.metadata.model import NormalizedName, Repository, Serial, Slug
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind
from pyf.aggregator.sources.downloads import DownloadLog
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.forges.forgejo import Forgejo
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.github.outcomes import Wanted
from pyf.aggregator.sources.forges.gitlab import GitLab
from pyf.aggregator.sources.forges.outcomes import Asked
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.pypi.feeds import Feed
from pyf.aggregator.sources.pypi.project_page import IndexFile
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.fuzz.mangling import ANSWERS, FUZZING, Answer, Mangled
from tests.fuzz.sentences import check_sentence
from tests.laboratory import AT_ONCE, PLONE
from tests.observatory import Clock
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.end_of_life import EndOfLifeServer
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.gitlab import GitLabServer
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import StandIn
from tests.servers.world import GITHUB_PUBLISHER, World

NAME = NormalizedName("collective-easyform")
SLUG = "collective/collective.easyform"
WHEEL = IndexFile(filename="collective_easyform-4.0-py3-none-any.whl", version="4.0")

type Question = Callable[[HttpClient, str], Coroutine[Any, Any, object]]


def open_pypi(client: HttpClient, url: str) -> PyPI:
    return PyPI(client, url=url, browse_pace=LocalRateLimiter(0))


def open_forge(kind: ForgeKind, url: str) -> Forge:
    return Forge(kind=kind, host="forge.example", url=url)


ASKED = Asked(repository=Repository("forge.example", SLUG))
WANTED = Wanted(slug=Slug(SLUG))

QUESTIONS: dict[str, tuple[str, Question]] = {
    "project list": ("pypi", lambda client, url: open_pypi(client, url).fetch_project_list()),
    "project JSON": (
        "pypi",
        lambda client, url: open_pypi(client, url).fetch_project(NAME, least_serial=Serial(0)),
    ),
    "project page": ("pypi", lambda client, url: open_pypi(client, url).fetch_index_page(NAME)),
    "provenance": ("pypi", lambda client, url: open_pypi(client, url).fetch_provenance(NAME, WHEEL)),
    "releases feed": (
        "pypi",
        lambda client, url: open_pypi(client, url).fetch_feed(Feed.RELEASES, etag=None),
    ),
    "projects feed": (
        "pypi",
        lambda client, url: open_pypi(client, url).fetch_feed(Feed.PROJECTS, etag=None),
    ),
    "browse": ("pypi", lambda client, url: open_pypi(client, url).browse(PLONE)),
    "GraphQL": ("github", lambda client, url: GitHub(client, url=url, token=TOKEN).fetch_batch([WANTED])),
    "GitHub's REST": ("github", lambda client, url: GitHub(client, url=url, token=None).fetch_one(WANTED)),
    "GitLab": (
        "gitlab",
        lambda client, url: GitLab(client, forge=open_forge(ForgeKind.GITLAB, url)).fetch_repository(ASKED),
    ),
    "Forgejo": (
        "forgejo",
        lambda client, url: Forgejo(client, forge=open_forge(ForgeKind.FORGEJO, url)).fetch_repository(ASKED),
    ),
    "ClickHouse": (
        "clickhouse",
        lambda client, url: DownloadLog(client, url=f"{url}/").fetch_downloads([NAME]),
    ),
    "endoflife": ("endoflife", lambda client, url: EndOfLife(client, url=url).fetch_cycles("plone")),
}


def build_pypi() -> PyPIServer:
    world = World()
    world.add_examples()
    return PyPIServer(world=world)


def build_github() -> GitHubServer:
    server = GitHubServer()
    server.hub.add(SLUG, stars=7)
    return server


def build_gitlab() -> GitLabServer:
    server = GitLabServer()
    server.yard.add(SLUG, stars=7)
    return server


def build_forgejo() -> ForgejoServer:
    server = ForgejoServer()
    server.yard.add(SLUG, stars=7)
    return server


SERVERS: dict[str, Callable[[], StandIn]] = {
    "pypi": build_pypi,
    "github": build_github,
    "gitlab": build_gitlab,
    "forgejo": build_forgejo,
    "clickhouse": lambda: ClickHouseServer(invented=True),
    "endoflife": EndOfLifeServer,
}


@dataclass(frozen=True)
class Asking:
    """One question and the stand-in that is asked."""

    server: StandIn
    question: Question

    def ask(self) -> object:
        """Ask in an event loop of its own, without waiting where the product would wait."""
        return asyncio.run(self._ask())

    async def _ask(self) -> object:
        clock = Clock()
        async with open_session(user_agent="tests", connections=1, read_timeout_seconds=5.0) as session:
            client = HttpClient(
                session, pace=LocalRateLimiter(0), policy=AT_ONCE, now=clock.tell, sleep=clock.sleep
            )
            return await self.question(client, self.server.url)


@pytest.fixture(params=QUESTIONS, scope="module")
def asking(request: pytest.FixtureRequest) -> Iterator[Asking]:
    name, question = QUESTIONS[request.param]
    with SERVERS[name]() as server:
        if isinstance(server, PyPIServer):
            server.world.attest("collective.easyform", "4.0", GITHUB_PUBLISHER)
        yield Asking(server, question)


def test_the_question_has_an_answer_when_nothing_is_mangled(asking: Asking) -> None:
    assert asking.ask()


@given(ANSWERS)
@FUZZING
def test_an_answer_is_understood_or_is_one_sentence(asking: Asking, answer: Answer) -> None:
    asking.server.mend()
    asking.server.fail("*", Mangled(answer))
    try:
        asking.ask()
    except SourceError as error:
        check_sentence(str(error))
    finally:
        asking.server.mend()
        asking.server.clear_requests()
