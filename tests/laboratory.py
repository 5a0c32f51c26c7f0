"""A small world for tests of jobs: the stand-in for PyPI, a real Typesense, and runs in between."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyf.aggregator.documents.changes import name_changes
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.jobs.crawl.aggregate import aggregate
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.progress import NullProgress, Progress, RunSummary
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.rendering.limits import RenderLimits
from pyf.aggregator.rendering.renderer import open_renderer
from pyf.aggregator.retry_policy import RetryPolicy
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.catalogue import open_catalogue
from pyf.aggregator.state.checkpoints import SinceFile, load_checkpoint
from pyf.aggregator.typesense.connection import Connection, open_connection
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.server import SearchServer
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import StandIn
from tests.servers.world import World

PLONE = "Framework :: Plone"
AT_ONCE = RetryPolicy(attempts=3, first_wait_seconds=0.0, longest_wait_seconds=0.0, patience_seconds=5.0)
"""Repeats as the product does, without its pauses."""

SILENCE_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
"""A busy machine may be slow to answer, and a question that is asked again would be counted."""

type Document = dict[str, Any]


def find_read_timeout(server: StandIn) -> float:
    """Return how long an answer is waited for: not long where none will come."""
    return SILENCE_SECONDS if server.keeps_silent else PATIENCE_SECONDS


@dataclass(kw_only=True)
class Laboratory:
    """One collection, one since-file, one data folder; runs in any order between changes of the world."""

    world: World
    pypi: PyPIServer
    typesense: EmbeddedServer
    collection: str
    folder: Path
    readers: int = 4
    ahead: timedelta = timedelta(0)
    """How far the runs' clock is ahead of ours."""
    typesense_url: str = field(default="")
    changes_days: int = 400
    progress: Progress = field(default_factory=NullProgress)
    """Where runs tell what they do."""
    snapshot_folder: Path | None = None
    """Where Typesense writes its state down; with one it counts as a command's own."""

    async def run(
        self,
        mode: Mode = Mode.FULL,
        *,
        classifiers: Iterable[str] = (PLONE,),
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        **order: Any,
    ) -> RunSummary:
        """Carry out one order and return its account."""
        selection = Selection(
            tuple(classifiers),
            include=frozenset(map(NormalizedName, include)),
            exclude=frozenset(map(NormalizedName, exclude)),
        )
        async with self.open_resources() as resources:
            return await aggregate(
                AggregateOrder(
                    target=self.collection,
                    selection=selection,
                    mode=mode,
                    checkpoints=SinceFile(self.since_file),
                    **order,
                ),
                resources,
            )

    async def run_full(self, **order: Any) -> RunSummary:
        """Run as ``-f`` does."""
        return await self.run(Mode.FULL, **order)

    async def run_incremental(self, **order: Any) -> RunSummary:
        """Run as ``-i`` does."""
        return await self.run(Mode.INCREMENTAL, **order)

    async def run_index(self, mode: Mode = Mode.FULL, **order: Any) -> RunSummary:
        """Run with ``--discovery index``."""
        return await self.run(mode, discovery=DiscoveryMethod.INDEX, **order)

    @asynccontextmanager
    async def open_resources(self) -> AsyncIterator[Resources]:
        """Open what a run works with, as the product does but impatiently."""
        url = self.typesense_url or self.typesense.url
        policy = RetryPolicy(attempts=3, first_wait_seconds=0.05, longest_wait_seconds=0.1)
        async with AsyncExitStack() as stack:
            catalogue = stack.enter_context(closing(open_catalogue(self.folder / "catalogue.sqlite")))
            session = await stack.enter_async_context(
                open_session(
                    user_agent="tests",
                    connections=self.readers,
                    read_timeout_seconds=find_read_timeout(self.pypi),
                )
            )
            connection = await stack.enter_async_context(
                open_connection([url], self.typesense.api_key, timeout_seconds=20, policy=policy)
            )
            renderer = await stack.enter_async_context(
                open_renderer(processes=1, limits=RenderLimits(cpu_seconds=1.0))
            )
            client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE)
            yield Resources(
                pypi=PyPI(client, url=self.pypi.url, browse_pace=LocalRateLimiter(0)),
                catalogue=catalogue,
                search=self.build_search(connection),
                renderer=renderer,
                progress=self.progress,
                readers=self.readers,
                now=lambda: datetime.now(UTC) + self.ahead,
            )

    def build_search(self, connection: Connection) -> SearchServer:
        """Return the server as every job of this laboratory meets it."""
        return SearchServer(connection, changes_days=self.changes_days, snapshot_folder=self.snapshot_folder)

    @asynccontextmanager
    async def open_search(self) -> AsyncIterator[SearchServer]:
        """Open the server alone, for what needs nothing else."""
        async with self.open_resources() as resources:
            yield resources.search

    @property
    def since_file(self) -> Path:
        return self.folder / "since"

    @property
    def checkpoint(self) -> Serial | None:
        """The serial in the since-file."""
        loaded = load_checkpoint(self.since_file, self.collection)
        return loaded.serial if loaded else None

    def add_bare(self, names: Iterable[str]) -> None:
        """Put documents that say little but their names into the collection, which is made if need be."""
        with suppress(urllib.error.HTTPError):
            self.ask("POST", "/collections", {"name": self.collection, **build_schema()})
        lines = [
            {
                "id": name,
                "serial": 1,
                "yanked": False,
                "github_stars": 7,
                **dict.fromkeys(("name", "name_sortable"), name),
                **dict.fromkeys(("version", "version_sortable"), "1.0"),
            }
            for name in names
        ]
        path = f"/collections/{self.collection}/documents/import"
        answer = self.ask("POST", path, "\n".join(map(json.dumps, lines)).encode(), action="upsert")
        assert [line for line in answer.splitlines() if line != '{"success":true}'] == []

    def get_documents(self) -> dict[str, Document]:
        """Return every document of the collection by its id, read past our own code."""
        text = self.ask("GET", f"/collections/{self.collection}/documents/export")
        return {document["id"]: document for document in map(json.loads, text.splitlines())}

    def get_names(self) -> set[str]:
        """Return the ids of all documents."""
        return set(self.get_documents())

    def get_records(self) -> list[Document]:
        """Return the records of what changed in the collection, the latest last; raises where it has none."""
        text = self.ask("GET", f"/collections/{name_changes(self.collection)}/documents/export")
        records = [json.loads(line) for line in text.splitlines()]
        return sorted(records, key=lambda record: (record["noticed"], record["project"], record["sentence"]))

    def search(self, **query: str) -> list[str]:
        """Return the ids that a search of the collection finds, in order."""
        found = json.loads(self.ask("GET", f"/collections/{self.collection}/documents/search", **query))
        return [hit["document"]["id"] for hit in found["hits"]]

    def list_asked(self) -> list[str]:
        """Return the addresses of the projects' JSON that were asked for, in turn."""
        return [record.path for record in self.pypi.requests if record.path.endswith("/json")]

    def get_presets(self) -> list[Document]:
        """Return every preset, by name and value."""
        presets: list[Document] = json.loads(self.ask("GET", "/presets"))["presets"]
        return presets

    def ask(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **query: str
    ) -> str:
        """Send one request to Typesense itself, with the admin key or another."""
        url = f"{self.typesense.url}{path}?{urllib.parse.urlencode(query)}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "X-TYPESENSE-API-KEY": key or self.typesense.api_key,
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - the same
            text: str = response.read().decode()
            return text
