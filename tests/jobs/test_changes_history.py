"""A made-up history of some hundred changes, recorded alike whatever gets in between.

One PyPI, two collections of its packages: one whose runs nothing disturbs, and one whose runs lose Typesense
at any request and are run again, have a second run or the tasks of workers beside them, or are rebuilds.
"""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.jobs.crawl.one_project import sync_project
from pyf.aggregator.jobs.cycles import ProfileCycles
from pyf.aggregator.jobs.enrich.assessment import AssessmentSource
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.enrich.status import enrich_status
from pyf.aggregator.jobs.progress import NullProgress, SourceSummary
from pyf.aggregator.jobs.resources import StatusResources
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.state.project_pages import open_project_pages
from tests.laboratory import PLONE, Laboratory
from tests.observatory import Clock
from tests.servers.faults import CloseConnection, RefuseConnection
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy
from tests.servers.world import World

pytestmark = pytest.mark.asyncio

DJANGO = "Framework :: Django"
HAPPENING = {
    "added",
    "archived",
    "fixed",
    "left",
    "license-changed",
    "no-longer-works-with",
    "owner-changed",
    "quarantined",
    "released",
    "unarchived",
    "vulnerable",
    "works-with",
    "yanked",
}
PACKAGES, ROUNDS, ACTIONS_A_ROUND = 14, 10, 14
CYCLES = ProfileCycles(
    framework=(
        Cycle(product="plone", name="6.2", released=date(2023, 5, 19), ends=date(2029, 12, 31)),
        Cycle(product="plone", name="6.1", released=date(2022, 2, 7), ends=date(2029, 12, 31)),
    ),
    python=(Cycle(product="python", name="3.13", released=date(2024, 10, 7), ends=date(2029, 10, 31)),),
)


@dataclass
class History:
    """What happens to the packages of a world, by one seed."""

    world: World
    chance: random.Random
    numbers: Any = field(default_factory=itertools.count)
    touched: set[str] = field(default_factory=set)

    def add(self) -> None:
        name = f"p{next(self.numbers):02}"
        self.touched.add(name)
        self.world.add_project(name, classifiers=[PLONE], license_expression="MIT")

    def move_on(self) -> None:
        """Let one thing happen to some package."""
        actions: list[Callable[[str], None]] = [
            lambda _: self.add(),
            self.release,
            self.release,
            self.yank,
            self.world.remove_project,
            self.turn_away,
            self.license,
            self.hand_over,
            self.advise,
            self.require,
            self.require,
            self.archive,
            self.quarantine,
        ]
        name = self.chance.choice(sorted(self.world.projects))
        self.touched.add(name)
        self.chance.choice(actions)(name)

    def release(self, name: str, **info: Any) -> None:
        latest = self.world.get(name).latest
        assert latest is not None
        number = int(latest.version.partition(".")[0]) if latest.version[0].isdigit() else 1
        minor = next(self.numbers)
        version = self.chance.choice([f"{number}.{minor}", f"{number + 1}.0.{minor}", f"{number}.{minor}rc1"])
        self.world.release(name, version, **info)

    def yank(self, name: str) -> None:
        self.world.yank(name, self.chance.choice(sorted(self.world.get(name).releases)), "broken")

    def turn_away(self, name: str) -> None:
        """Lose the classifier, or have it again."""
        latest = self.world.get(name).latest
        assert latest is not None
        carried = DJANGO if PLONE in latest.info["classifiers"] else PLONE
        self.world.release(name, f"{next(self.numbers) + 100}.0", classifiers=[carried])

    def license(self, name: str) -> None:
        self.release(name, license_expression=self.chance.choice(["MIT", "GPL-2.0-only", "ZPL-2.1"]))

    def hand_over(self, name: str) -> None:
        owner = self.chance.choice(["jane", "zoe", "somebody"])
        self.world.get(name).roles = [{"role": "Owner", "user": owner}]
        self.world.touch(name)

    def advise(self, name: str) -> None:
        project = self.world.get(name)
        ids = self.chance.choice([[], ["PYSEC-1"], ["PYSEC-1", "PYSEC-2"]])
        project.vulnerabilities = [
            {"id": advisory, "aliases": [], "fixed_in": [], "withdrawn": None} for advisory in ids
        ]
        self.world.touch(name)

    def require(self, name: str) -> None:
        """Admit other versions of the framework."""
        self.release(
            name, requires_dist=[self.chance.choice(["Products.CMFPlone>=6", "Products.CMFPlone<6"])]
        )

    def archive(self, name: str) -> None:
        status = self.world.get(name).status
        self.world.set_status(name, "active" if status == "archived" else "archived")

    def quarantine(self, name: str) -> None:
        status = self.world.get(name).status
        self.world.set_status(name, "active" if status == "quarantined" else "quarantined")


@dataclass
class Keeper:
    """Brings one collection up to date; what it does may be done again, by somebody else at the same time."""

    laboratory: Laboratory
    clock: Clock

    @property
    def profile(self) -> Profile:
        return Profile(
            key=self.laboratory.collection,
            name="Plone",
            selection=Selection((PLONE,)),
            framework=Framework(distributions=(NormalizedName("products-cmfplone"),), product="plone"),
        )

    async def crawl(self) -> None:
        await self._run()

    async def rebuild(self) -> None:
        self.laboratory.ahead += timedelta(seconds=1)
        await self._run(rebuild=True)

    async def _run(self, **order: Any) -> None:
        run = self.laboratory.run_full if order else self.laboratory.run_incremental
        summary = await run(force=True, **order)
        if summary.stopped:
            raise AggregatorError(summary.stopped)

    async def sync(self, name: str) -> None:
        async with self.laboratory.open_resources() as resources:
            await sync_project(NormalizedName(name), [self.profile], resources)

    async def check_status(self) -> None:
        path = self.laboratory.folder / "catalogue.sqlite"
        async with self.laboratory.open_resources() as opened:
            with closing(open_project_pages(path)) as pages:
                resources = StatusResources(
                    pypi=opened.pypi,
                    pages=pages,
                    search=opened.search,
                    progress=NullProgress(),
                    now=self.clock.tell,
                )
                summary = await enrich_status(self._build_order(), resources)
        if summary.stopped:
            raise AggregatorError(summary.stopped)

    async def assess(self) -> None:
        counts = SourceSummary(source="assessment", collection=self.laboratory.collection)
        async with self.laboratory.open_search() as search:
            enrichment = Enrichment(
                order=self._build_order(),
                source=AssessmentSource(profile=self.profile, cycles=CYCLES, today=date(2026, 11, 26)),
                search=search,
                progress=NullProgress(),
                counts=counts,
            )
            stopped = await enrichment.run()
        if stopped:
            raise AggregatorError(stopped)

    def _build_order(self) -> EnrichOrder:
        return EnrichOrder(target=self.laboratory.collection, max_age=timedelta(), ignore_age=True)

    def get_records(self) -> dict[str, dict[str, Any]]:
        """Return every record, but for what says when it was noticed."""
        records = self.laboratory.get_records()
        for record in records:
            noticed = record.pop("noticed")
            if record["happened"] == noticed:
                del record["happened"]
        return {record.pop("id"): record for record in records}

    def get_documents(self) -> dict[str, dict[str, Any]]:
        documents = self.laboratory.get_documents()
        return {
            name: {key: value for key, value in document.items() if key != "provenance_checked"}
            for name, document in documents.items()
        }


@dataclass
class Disturber:
    """Gets in the way of what a keeper does, by one seed, until it is done."""

    keeper: Keeper
    proxy: TypesenseProxy
    chance: random.Random
    cuts: int = 0

    async def carry_out(self, *steps: Callable[[], Awaitable[None]]) -> None:
        """Have a step cut off at some requests, then done: by itself, or twice at once."""
        step = self.chance.choice(steps)
        for _ in range(self.chance.randrange(3)):
            self._cut_at(self.chance.randrange(1, 40), lost=self.chance.random() < 0.5)
            try:
                await step()
            except AggregatorError:
                self.cuts += 1
            finally:
                self.proxy.on_request = None
                self.proxy.mend()
        if self.chance.random() < 0.3 and step != self.keeper.rebuild:
            await asyncio.gather(step(), step())
        else:
            await step()

    def _cut_at(self, number: int, *, lost: bool) -> None:
        """Let Typesense be gone from some request on; that one may still have its effect, unheard."""
        taken = itertools.count(1)

        def act(_: Record) -> None:
            if next(taken) == number:
                if lost:
                    self.proxy.fail("*", CloseConnection(), times=1)
                self.proxy.fail("*", RefuseConnection())

        self.proxy.on_request = act


# Any other seed holds as well; this one has nearly all kinds in it, and one takes long enough.
@pytest.mark.parametrize("seed", [5])
async def test_the_records_of_disturbed_runs_equal_those_of_undisturbed_ones(
    laboratory: Laboratory, seed: int
) -> None:
    chance, clock = random.Random(seed), Clock()  # noqa: S311 - it has to be repeatable
    history = History(laboratory.world, random.Random(seed))  # noqa: S311 - the same
    for _ in range(PACKAGES):
        history.add()
    other = laboratory.folder / "other"
    other.mkdir()
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        undisturbed = Keeper(laboratory, clock)
        disturbed = Keeper(
            replace(
                laboratory,
                collection=f"{laboratory.collection}-other",
                folder=other,
                typesense_url=proxy.url,
            ),
            clock,
        )
        disturber = Disturber(disturbed, proxy, chance)
        for keeper in (undisturbed, disturbed):
            assert (await keeper.laboratory.run_full()).complete
            await keeper.check_status()
            await keeper.assess()
            assert keeper.get_records() == {}
        for _ in range(ROUNDS):
            history.touched.clear()
            for _ in range(ACTIONS_A_ROUND):
                history.move_on()
            clock.pass_by(timedelta(days=7))
            await undisturbed.check_status()
            await undisturbed.crawl()
            await undisturbed.assess()
            await disturber.carry_out(disturbed.check_status)
            for name in sorted(history.touched):
                if chance.random() < 0.2:
                    await disturbed.sync(name)
            await disturber.carry_out(disturbed.crawl, disturbed.crawl, disturbed.rebuild)
            await disturber.carry_out(disturbed.assess)
            assert disturbed.get_documents() == undisturbed.get_documents()
            assert disturbed.get_records() == undisturbed.get_records()
    records = undisturbed.get_records().values()
    assert len(records) >= 100
    assert disturber.cuts >= 10
    assert {record["kind"] for record in records} >= HAPPENING
