"""Every question that is asked of a source, at its socket."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pyf.aggregator.metadata.model import NormalizedName, Repository, Serial, Slug
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind
from pyf.aggregator.retry_policy import RetryPolicy
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
from tests.laboratory import PLONE
from tests.lookout import publish_from
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.end_of_life import EndOfLifeServer
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.gitlab import GitLabServer
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import StandIn
from tests.servers.world import World

AT_ONCE = RetryPolicy(attempts=2, first_wait_seconds=0.0, longest_wait_seconds=0.0, patience_seconds=5.0)
NAME = NormalizedName("a")
FILE = IndexFile(filename="a-1.0.0-py3-none-any.whl", version="1.0.0", provenance="x")

type Ask = Callable[[HttpClient, str], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, and the stand-in that answers it."""

    server: str
    ask: Ask


def ask_pypi(ask: Callable[[PyPI], Awaitable[object]]) -> Question:
    """Return a question to PyPI."""
    return Question(
        server="pypi",
        ask=lambda client, url: ask(PyPI(client, url=url, browse_pace=LocalRateLimiter(0))),
    )


def _open_forge(client: HttpClient, url: str, kind: ForgeKind) -> GitLab | Forgejo:
    build = GitLab if kind is ForgeKind.GITLAB else Forgejo
    return build(client, forge=Forge(kind=kind, host="forge.example", url=url))


ASKED = Asked(repository=Repository("forge.example", "o/n"))
WANTED = Wanted(slug=Slug("o/n"))
QUESTIONS: dict[str, Question] = {
    "project JSON": ask_pypi(lambda pypi: pypi.fetch_project(NAME, least_serial=Serial(0))),
    "project list": ask_pypi(lambda pypi: pypi.fetch_project_list()),
    "project page": ask_pypi(lambda pypi: pypi.fetch_index_page(NAME)),
    "provenance": ask_pypi(lambda pypi: pypi.fetch_provenance(NAME, FILE)),
    "feed": ask_pypi(lambda pypi: pypi.fetch_feed(Feed.RELEASES, etag=None)),
    "browse": ask_pypi(lambda pypi: pypi.browse(PLONE)),
    "GraphQL": Question(
        server="github", ask=lambda client, url: GitHub(client, url=url, token=TOKEN).fetch_batch([WANTED])
    ),
    "GitHub": Question(
        server="github", ask=lambda client, url: GitHub(client, url=url, token=None).fetch_one(WANTED)
    ),
    "ClickHouse": Question(
        server="clickhouse", ask=lambda client, url: DownloadLog(client, url=url).fetch_downloads([NAME])
    ),
    "endoflife": Question(
        server="endoflife", ask=lambda client, url: EndOfLife(client, url=url).fetch_cycles("plone")
    ),
    "GitLab": Question(
        server="gitlab",
        ask=lambda client, url: _open_forge(client, url, ForgeKind.GITLAB).fetch_repository(ASKED),
    ),
    "Forgejo": Question(
        server="forgejo",
        ask=lambda client, url: _open_forge(client, url, ForgeKind.FORGEJO).fetch_repository(ASKED),
    ),
}


@contextmanager
def open_servers() -> Iterator[dict[str, StandIn]]:
    """Serve all sources, each with what the questions are about."""
    world = World()
    world.add_project(NAME, classifiers=[PLONE], files=1)
    world.attest(NAME, "1.0.0", publish_from("o/n"))
    servers: dict[str, StandIn] = {
        "pypi": PyPIServer(world=world),
        "clickhouse": ClickHouseServer(invented=True),
        "endoflife": EndOfLifeServer(),
    }
    github, gitlab, forgejo = GitHubServer(), GitLabServer(), ForgejoServer()
    github.hub.add("o/n")
    for forge in (gitlab, forgejo):
        forge.yard.add("o/n")
    servers |= {"github": github, "gitlab": gitlab, "forgejo": forgejo}
    with ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        yield servers


@asynccontextmanager
async def open_client() -> AsyncIterator[HttpClient]:
    """Open a client whose clock stands still but when it sleeps, which takes no time."""

    async def sleep(_: float) -> None:
        pass

    async with open_session(user_agent="tests", connections=1, read_timeout_seconds=2.0) as session:
        yield HttpClient(
            session, pace=LocalRateLimiter(0), policy=AT_ONCE, now=lambda: datetime.now(UTC), sleep=sleep
        )
