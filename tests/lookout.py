"""What tests of status and provenance need: projects, their documents, and a clock nobody waits for."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.status import MAX_AGE, enrich_status
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.jobs.resources import StatusResources
from pyf.aggregator.services.search import open_search
from pyf.aggregator.services.status import open_status_resources
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.project_pages import LocalProjectPages, open_project_pages
from pyf.aggregator.typesense.connection import open_connection
from tests.laboratory import AT_ONCE, PLONE, Laboratory, find_read_timeout
from tests.observatory import Clock
from tests.servers.world import World

FIELDS = ("status", "attested_by", "provenance_checked")


def publish_from(repository: str, kind: str = "GitHub") -> dict[str, Any]:
    """Return what the integrity API says of a publisher."""
    return {"kind": kind, "repository": repository, "workflow": "x.yml", "environment": None, "claims": None}


def run_as_command() -> None:
    """Ask for what is due in the collection that ``sys.argv`` names, as a command with the settings does."""

    async def run() -> SourceSummary:
        order = EnrichOrder(target=sys.argv[1], max_age=MAX_AGE)
        settings = load_settings()
        async with (
            open_search(settings) as search,
            open_status_resources(settings, NullProgress(), search) as resources,
        ):
            return await enrich_status(order, resources)

    sys.exit(asyncio.run(run()).exit_code)


@dataclass(kw_only=True)
class Lookout:
    """One collection, asked for as often as a test likes, by any number of runs after each other."""

    laboratory: Laboratory
    clock: Clock = field(default_factory=Clock)

    @property
    def world(self) -> World:
        return self.laboratory.world

    def add(self, name: str, *publishers: str, files: int = 1) -> None:
        """Add a project whose files these repositories on GitHub have published, or nobody known."""
        self.world.add_project(name, classifiers=[PLONE], files=files)
        if publishers:
            self.world.attest(name, "1.0.0", *map(publish_from, publishers))

    def add_many(self, count: int) -> None:
        """Add projects, each of which has a repository that published its one file."""
        for number in range(count):
            self.add(f"p{number:04}", f"o/p{number:04}")

    async def fill(self) -> None:
        """Bring PyPI's projects into the collection, as ``pyfaggregator -f`` does."""
        assert (await self.laboratory.run_full()).complete
        self.laboratory.pypi.clear_requests()
        self.laboratory.pypi.statuses.clear()

    async def run(
        self, *, renew: bool = False, max_age: timedelta = MAX_AGE, target: str | None = None
    ) -> SourceSummary:
        """Ask for what is due, and write it."""
        order = EnrichOrder(target=target or self.laboratory.collection, max_age=max_age, ignore_age=renew)
        async with self.open_resources() as resources:
            return await enrich_status(order, resources)

    @asynccontextmanager
    async def open_resources(self) -> AsyncIterator[StatusResources]:
        """Open what the source works with, as the product does but impatiently."""
        laboratory = self.laboratory
        url = laboratory.typesense_url or laboratory.typesense.url
        pages = self.open_pages()
        try:
            async with (
                open_session(
                    user_agent="tests",
                    connections=laboratory.readers,
                    read_timeout_seconds=find_read_timeout(laboratory.pypi),
                ) as session,
                open_connection([url], laboratory.typesense.api_key, timeout_seconds=20) as connection,
            ):
                client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE, sleep=self.clock.sleep)
                yield StatusResources(
                    pypi=PyPI(client, url=laboratory.pypi.url, browse_pace=LocalRateLimiter(0)),
                    pages=pages,
                    search=laboratory.build_search(connection),
                    progress=laboratory.progress,
                    readers=laboratory.readers,
                    now=self.clock.tell,
                )
        finally:
            pages.close()

    def open_pages(self) -> LocalProjectPages:
        """Open the memory that all profiles share."""
        return open_project_pages(self.laboratory.folder / "catalogue.sqlite")

    def get(self, collection: str | None = None) -> dict[str, dict[str, Any]]:
        """Return what each document says in the source's fields."""
        path = f"/collections/{collection or self.laboratory.collection}/documents/export"
        documents = map(json.loads, self.laboratory.ask("GET", path).splitlines())
        return {
            document["id"]: {key: document[key] for key in FIELDS if key in document}
            for document in documents
        }

    @property
    def checked(self) -> int:
        """What a document says that was checked at this moment."""
        return int(self.clock.now.timestamp())

    def count_sent(self) -> dict[str, int]:
        """Return how many pages and provenances were asked for since the last time."""
        counts = self.laboratory.pypi.counts
        self.laboratory.pypi.clear_requests()
        return {"pages": counts.versions, "provenances": counts.provenance}
