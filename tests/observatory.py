"""What tests of the enrichment need: documents, a stand-in for GitHub, and a clock nobody waits for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pyf.aggregator.jobs.enrich.forges.collection import enrich, enrich_from_github
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources, OpenForge
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.forges.forgejo import Forgejo
from pyf.aggregator.sources.forges.github.client import GitHub
from pyf.aggregator.sources.forges.gitlab import GitLab
from pyf.aggregator.sources.forges.rest import RestForge
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.repositories import LocalRepositories, open_repositories
from pyf.aggregator.typesense.connection import open_connection
from tests.laboratory import AT_ONCE, PLONE, Laboratory, find_read_timeout
from tests.servers.forge import ForgeServer
from tests.servers.github import TOKEN, GitHubServer, Hub
from tests.servers.gitlab import GitLabServer

DAY = timedelta(days=1)


@dataclass
class Clock:
    """A time that passes only when somebody sleeps, or a test says so; ``slept`` are pauses in seconds."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    slept: list[float] = field(default_factory=list)

    def tell(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds))
        self.now += timedelta(seconds=seconds)

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass(kw_only=True)
class Observatory:
    """One collection to enrich, as often as a test likes; ``token`` ``None`` asks without one."""

    laboratory: Laboratory
    github: GitHubServer
    clock: Clock = field(default_factory=Clock)
    token: str | None = TOKEN
    others: list[ForgeServer] = field(default_factory=list)

    @property
    def hub(self) -> Hub:
        return self.github.hub

    def add_project(self, name: str, slug: str | None = None, **info: Any) -> None:
        """Add a project whose source is the named repository; its owner on PyPI is called like that's."""
        urls = {"Source": f"https://github.com/{slug}"} if slug else {}
        world = self.laboratory.world
        world.add_project(name, classifiers=[PLONE], **{"project_urls": urls, **info})
        if slug:
            self.let_own(name, slug.partition("/")[0])

    def let_own(self, name: str, *owners: str) -> None:
        """Let PyPI name these accounts as the owners of a project, or none."""
        self.laboratory.world.get(name).roles = [{"role": "Owner", "user": owner} for owner in owners]

    async def fill(self) -> None:
        """Bring PyPI's projects into the collection, as ``pyfaggregator -f`` does."""
        assert (await self.laboratory.run_full()).complete

    async def enrich(
        self, *, renew: bool = False, max_age: timedelta = DAY, target: str | None = None
    ) -> EnrichSummary:
        """Enrich as ``pyfgithub`` does."""
        order = EnrichOrder(target=target or self.laboratory.collection, max_age=max_age, ignore_age=renew)
        async with self.open_resources() as resources:
            return await enrich_from_github(order, resources)

    async def enrich_from_all(self, *, renew: bool = False) -> EnrichSummary:
        """Enrich from all forges."""
        order = EnrichOrder(target=self.laboratory.collection, max_age=DAY, ignore_age=renew)
        async with self.open_resources() as resources:
            return await enrich(order, resources)

    @asynccontextmanager
    async def open_resources(self) -> AsyncIterator[EnrichResources]:
        """Open what an enrichment works with, as the product does but impatiently."""
        typesense = self.laboratory.typesense
        url = self.laboratory.typesense_url or typesense.url
        policy = RetryPolicy(attempts=3, first_wait_seconds=0.05, longest_wait_seconds=0.1)
        repositories = self.open_repositories()
        try:
            async with (
                AsyncExitStack() as stack,
                open_session(
                    user_agent="tests",
                    connections=1,
                    read_timeout_seconds=find_read_timeout(self.github),
                ) as session,
                open_connection([url], typesense.api_key, timeout_seconds=20, policy=policy) as connection,
            ):
                client = HttpClient(
                    session,
                    pace=LocalRateLimiter(0),
                    policy=AT_ONCE,
                    now=self.clock.tell,
                    sleep=self.clock.sleep,
                )
                forges = [await stack.enter_async_context(self._open_forge(it)) for it in self.others]
                yield EnrichResources(
                    github=GitHub(client, url=self.github.url, token=self.token, now=self.clock.tell),
                    repositories=repositories,
                    search=self.laboratory.build_search(connection),
                    progress=self.laboratory.progress,
                    forges=tuple(
                        OpenForge(
                            kind=forge.kind,
                            source=source,
                            repositories=repositories.turn_to(forge.origin),
                        )
                        for forge, source in forges
                    ),
                    now=self.clock.tell,
                    sleep=self.clock.sleep,
                )
        finally:
            repositories.close()

    @asynccontextmanager
    async def _open_forge(self, server: ForgeServer) -> AsyncIterator[tuple[Forge, RestForge]]:
        """Open GitLab or Forgejo, as the product does but impatiently."""
        timeout = find_read_timeout(server)
        async with open_session(user_agent="tests", connections=1, read_timeout_seconds=timeout) as session:
            client = HttpClient(
                session,
                pace=LocalRateLimiter(0),
                policy=AT_ONCE,
                now=self.clock.tell,
                sleep=self.clock.sleep,
            )
            kind = ForgeKind.GITLAB if isinstance(server, GitLabServer) else ForgeKind.FORGEJO
            forge = Forge(kind=kind, host=server.host, url=server.url)
            build = GitLab if kind is ForgeKind.GITLAB else Forgejo
            yield forge, build(client, forge=forge, now=self.clock.tell)

    def open_repositories(self) -> LocalRepositories:
        """Open the cache that all profiles share."""
        return open_repositories(self.laboratory.folder / "catalogue.sqlite", origin=self.github.url)

    def get_figures(self) -> dict[str, Mapping[str, Any]]:
        """Return what each document says of GitHub."""
        return {
            name: {key: value for key, value in document.items() if key.startswith("github_")}
            for name, document in self.laboratory.get_documents().items()
        }

    def get_stars(self) -> dict[str, int]:
        """Return the stars of those documents that have any."""
        figures = self.get_figures().items()
        return {name: said["github_stars"] for name, said in figures if "github_stars" in said}
