"""The cycles of a framework and of Python: asked for once a day, and known whatever the weather."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.jobs.cycles import ProfileCycles, load_cycles
from pyf.aggregator.jobs.resources import CycleResources
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.services.cycles import open_cycle_resources
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from pyf.aggregator.state.cycles import KnownCycles, open_cycles
from tests.commands import NOBODY
from tests.laboratory import AT_ONCE, find_read_timeout
from tests.observatory import Clock
from tests.servers.end_of_life import EndOfLifeServer, build_cycle
from tests.servers.faults import Body, CloseConnection, CutBody, Edited, Fault, Hang, Status
from tests.servers.pypi import PyPIServer

pytestmark = pytest.mark.asyncio

ONE_DAY = timedelta(days=1)

PLONE = Framework(distributions=(NormalizedName("products-cmfplone"),), product="plone")
FLASK = Framework(distributions=(NormalizedName("flask"), NormalizedName("quart")), product=None)
WAGTAIL = Framework(distributions=(NormalizedName("wagtail"),), product="wagtail")


@dataclass
class Almanac:
    """Where cycles are looked up, as often as a test likes; the file stays, everything else is new."""

    server: EndOfLifeServer
    pypi: PyPIServer
    path: Path
    clock: Clock = field(default_factory=Clock)
    off: bool = False

    async def load(self, framework: Framework | None = PLONE) -> ProfileCycles:
        async with self.open_resources() as resources:
            return await load_cycles(framework, resources)

    @asynccontextmanager
    async def open_resources(self) -> AsyncIterator[CycleResources]:
        cycles = open_cycles(self.path)
        seconds = min(find_read_timeout(self.server), find_read_timeout(self.pypi))
        async with open_session(user_agent="tests", connections=1, read_timeout_seconds=seconds) as session:
            clients = [
                HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE, sleep=self.clock.sleep)
                for _ in range(2)
            ]
            yield CycleResources(
                end_of_life=None if self.off else EndOfLife(clients[0], url=self.server.url),
                pypi=PyPI(clients[1], url=self.pypi.url, browse_pace=LocalRateLimiter(0)),
                cycles=cycles,
                now=self.clock.tell,
            )
        cycles.close()

    def take_asked(self) -> list[str]:
        """Return what was asked since the last time."""
        paths = [record.path for server in (self.server, self.pypi) for record in server.requests]
        for server in (self.server, self.pypi):
            server.clear_requests()
        return paths


@pytest.fixture
def almanac(pypi: PyPIServer, tmp_path: Path) -> Iterator[Almanac]:
    with EndOfLifeServer() as server:
        server.products["plone"].insert(0, build_cycle("7.0", "2026-11-01", None))
        yield Almanac(server, pypi, tmp_path / "catalogue.sqlite")


def add_flask(pypi: PyPIServer) -> None:
    """Add a framework with three feature releases, a prerelease and one that was taken back."""
    pypi.world.add_project("Flask", version="2.0.0", upload_time=datetime(2021, 5, 11, tzinfo=UTC))
    later = {"2.0.1": 2022, "2.3.0": 2023, "3.0.0": 2024, "3.1.0b1": 2025, "3.2.0": 2026}
    for version, year in later.items():
        pypi.world.release("Flask", version, upload_time=datetime(year, 4, 1, tzinfo=UTC))
    pypi.world.yank("Flask", "3.2.0")


FLASK_CYCLES = (
    Cycle(product="flask", name="3.0", released=date(2024, 4, 1), ended=False),
    Cycle(product="flask", name="2.3", released=date(2023, 4, 1), ended=False),
    Cycle(product="flask", name="2.0", released=date(2021, 5, 11), ended=True),
)


# What is known


async def test_what_was_fetched_goes_on_top_of_what_is_packaged(almanac: Almanac) -> None:
    found = await almanac.load()
    names = [cycle.name for cycle in found.framework]
    assert names == ["7.0", "6.2", "6.1", "6.0", "5.2", "5.1", "5.0", "4.3"]
    assert found.framework[0] == Cycle(
        product="plone", name="7.0", released=date(2026, 11, 1), ended=False, lts=False
    )
    packaged = {cycle.name: cycle for cycle in get_floor("plone")}
    assert found.framework[1].pythons == packaged["6.2"].pythons
    assert (found.framework[4].ended, found.framework[-1]) == (True, packaged["4.3"])
    assert [cycle.name for cycle in found.python][:2] == ["3.14", "3.13"]
    assert found.warnings == ()


@pytest.mark.parametrize("dated", [False, True], ids=["by its ETag", "by its date"])
async def test_it_is_asked_once_a_day_by_what_names_the_state_that_is_kept(
    almanac: Almanac, dated: bool
) -> None:
    almanac.server.dated = dated
    found = await almanac.load()
    assert almanac.take_asked() == ["/products/plone", "/products/python"]
    almanac.clock.pass_by(ONE_DAY - timedelta(seconds=1))
    assert (await almanac.load(), almanac.take_asked()) == (found, [])
    for _ in range(2):
        almanac.clock.pass_by(timedelta(seconds=1))
        assert await almanac.load() == found
        assert almanac.take_asked() == ["/products/plone", "/products/python"]
        almanac.clock.pass_by(ONE_DAY - timedelta(seconds=1))
        assert (await almanac.load(), almanac.take_asked()) == (found, [])
    assert almanac.server.statuses == {200: 2, 304: 4}
    almanac.server.products["plone"].insert(0, build_cycle("7.1", "2026-11-20", None))
    if dated:
        almanac.server.written = datetime(2026, 11, 20, tzinfo=UTC)
    almanac.clock.pass_by(ONE_DAY)
    assert (await almanac.load()).framework[0].name == "7.1"


async def test_a_framework_without_a_product_has_the_cycles_of_its_own_releases(almanac: Almanac) -> None:
    add_flask(almanac.pypi)
    found = await almanac.load(FLASK)
    assert (found.framework, found.warnings) == (FLASK_CYCLES, ())
    assert almanac.take_asked() == ["/products/python", "/pypi/flask/json"]
    almanac.pypi.world.release("Flask", "3.3.0")
    almanac.clock.pass_by(ONE_DAY - timedelta(seconds=1))
    assert ((await almanac.load(FLASK)).framework, almanac.take_asked()) == (FLASK_CYCLES, [])
    almanac.clock.pass_by(timedelta(seconds=1))
    assert (await almanac.load(FLASK)).framework[0].name == "3.3"
    assert "/pypi/flask/json" in almanac.take_asked()


async def test_a_profile_without_a_framework_has_the_cycles_of_python(almanac: Almanac) -> None:
    found = await almanac.load(None)
    assert (found.framework, found.python[0].name) == ((), "3.14")
    assert almanac.take_asked() == ["/products/python"]


async def test_switched_off_it_asks_nobody_and_the_packaged_cycles_count_alone(almanac: Almanac) -> None:
    await almanac.load()
    almanac.take_asked()
    almanac.off = True
    assert await almanac.load() == ProfileCycles(framework=get_floor("plone"), python=get_floor("python"))
    assert almanac.take_asked() == []


async def test_a_product_that_nobody_knows_has_the_cycles_of_its_releases_and_a_sentence(
    almanac: Almanac,
) -> None:
    almanac.pypi.world.add_project("wagtail", version="6.3.1")
    for asked in (["/products/wagtail", "/products/python", "/pypi/wagtail/json"], []):
        found = await almanac.load(WAGTAIL)
        assert [cycle.name for cycle in found.framework] == ["6.3"]
        assert found.warnings == (
            f"{almanac.server.url} has no product 'wagtail'; check the product of the profile's framework.",
        )
        assert almanac.take_asked() == asked
    almanac.off = True
    found = await almanac.load(WAGTAIL)
    assert ([cycle.name for cycle in found.framework], found.warnings) == (["6.3"], ())


async def test_a_product_that_goes_leaves_its_cycles_and_a_sentence(almanac: Almanac) -> None:
    almanac.server.products["wagtail"] = [build_cycle("7.0", "2026-05-01", "2027-11-01")]
    found = await almanac.load(WAGTAIL)
    gone = almanac.server.products.pop("wagtail")
    almanac.clock.pass_by(ONE_DAY)
    later = await almanac.load(WAGTAIL)
    assert (later.framework, len(later.warnings)) == (found.framework, 1)
    almanac.server.products["wagtail"] = gone
    almanac.clock.pass_by(ONE_DAY)
    assert await almanac.load(WAGTAIL) == found


async def test_a_framework_that_pypi_does_not_have_is_told(almanac: Almanac) -> None:
    found = await almanac.load(FLASK)
    assert found.framework == ()
    assert found.warnings == (
        "PyPI has no release of flask; check the distributions of the profile's framework.",
    )


async def test_absurd_values_are_not_believed_and_told(almanac: Almanac) -> None:
    almanac.server.products["plone"] = [
        build_cycle("6.2", "0001-01-01", "2027-12-31"),
        build_cycle("newest", "2026-01-01", "2027-12-31"),
    ]
    found = await almanac.load()
    assert found.framework == tuple(
        replace(cycle, ended=False) if cycle.name == "6.2" else cycle for cycle in get_floor("plone")
    )
    assert found.warnings == (
        "plone '6.2' cannot be released 0001-01-01.",
        "plone 'newest' is no version.",
    )


# Bad weather

LEFT_ALONE = Status(status=429, headers={"Retry-After": "900"})
UNMODIFIED = Status(status=304, body=b"")
WEATHER: dict[str, Fault] = {
    "slow": Hang(),
    "closed": CloseConnection(),
    "truncated": CutBody(),
    "503": Status(status=503),
    "429": Status(status=429),
    "429 with a short pause": Status(status=429, headers={"Retry-After": "2"}),
    "429 with a long pause": LEFT_ALONE,
    "HTML with 200": Status(status=200),
    "redirected elsewhere": Status(status=301, headers={"Location": "http://127.0.0.1:9/products/plone"}),
    "no object": Body(body=b"[7]"),
    "not modified": UNMODIFIED,
}


@pytest.mark.parametrize("fault", WEATHER.values(), ids=WEATHER)
async def test_whatever_the_weather_what_is_kept_counts_and_else_what_is_packaged(
    almanac: Almanac, fault: Fault
) -> None:
    almanac.server.fail("/products/plone", fault)
    found = await almanac.load()
    assert found.framework == get_floor("plone")
    address = f"{almanac.server.url}/products/plone "
    assert found.warnings[0].startswith(f"The cycles of plone are those that are packaged: {address}")
    # Python's are not spoilt, unless the source wants to be left alone.
    assert found.python[0].name == "3.14"
    assert len(found.warnings) == (2 if fault == LEFT_ALONE else 1)
    almanac.server.mend()
    almanac.clock.pass_by(timedelta(hours=1))
    known = await almanac.load()
    assert (known.framework[0].name, known.warnings) == ("7.0", ())
    day = almanac.clock.now.date()
    almanac.clock.pass_by(ONE_DAY)
    if fault == UNMODIFIED:
        return  # now it is an answer
    almanac.server.fail("/products/plone", fault)
    again = await almanac.load()
    assert again.framework == known.framework
    assert again.warnings[0].startswith(f"The cycles of plone are those of {day}: {address}")


async def test_both_sources_away_are_two_sentences_and_no_error(almanac: Almanac) -> None:
    almanac.server.url = almanac.pypi.url = NOBODY
    found = await almanac.load(FLASK)
    assert (found.framework, found.python) == ((), get_floor("python"))
    assert [warning.partition(NOBODY)[0] for warning in found.warnings] == [
        "The cycles of flask could not be fetched, and none are packaged: ",
        "The cycles of python are those that are packaged: ",
    ]


async def test_releases_that_cannot_be_fetched_are_those_that_are_kept(almanac: Almanac) -> None:
    add_flask(almanac.pypi)
    await almanac.load(FLASK)
    day = almanac.clock.now.date()
    for fault in (Status(status=503), Body(), Edited(lambda content: content.update(info=7))):
        almanac.pypi.mend()
        almanac.pypi.fail("/pypi/*", fault)
        almanac.clock.pass_by(ONE_DAY)
        found = await almanac.load(FLASK)
        assert found.framework == FLASK_CYCLES
        (warning,) = found.warnings
        assert warning.startswith(f"The cycles of flask are those of {day}: ")


ODD: list[object] = [None, 7, True, "x", [], {}, [None], {"x": 1}, 10**30]


@pytest.mark.parametrize("value", ODD, ids=repr)
async def test_any_value_in_any_field_leaves_cycles_and_no_error(almanac: Almanac, value: object) -> None:
    for key in ("name", "releaseDate", "isLts", "isEol", "eolFrom", "latest"):
        almanac.server.products["plone"] = [{**build_cycle("7.0", "2026-11-01", None), key: value}]
        almanac.clock.pass_by(ONE_DAY)
        found = await almanac.load()
        assert {cycle.name for cycle in get_floor("plone")} <= {cycle.name for cycle in found.framework}


# What is kept


async def test_what_another_version_has_written_is_asked_for_again(almanac: Almanac) -> None:
    found = await almanac.load()
    almanac.take_asked()
    async with almanac.open_resources() as resources:
        cycles = resources.cycles
        known = cycles.load(almanac.server.url, "plone")
        assert known is not None
        with cycles._database.writing() as write:  # noqa: SLF001 - no older version is at hand
            write.execute("UPDATE cycles SET known = '{\"cycles\": 7}' WHERE product = 'plone'")
        assert cycles.load(almanac.server.url, "plone") is None
    assert await almanac.load() == found
    assert almanac.take_asked() == ["/products/plone"]


async def test_what_was_kept_by_a_clock_that_was_wrong_is_asked_for_again(almanac: Almanac) -> None:
    almanac.clock.pass_by(timedelta(days=3000))
    await almanac.load()
    almanac.clock.pass_by(-timedelta(days=3000))
    almanac.take_asked()
    await almanac.load()
    assert len(almanac.take_asked()) == 2


async def test_another_address_has_a_memory_of_its_own(almanac: Almanac) -> None:
    await almanac.load()
    with EndOfLifeServer() as other:
        almanac.server = other
        assert (await almanac.load()).framework[0].name == "6.2"


async def test_what_is_kept_comes_back_whole(tmp_path: Path) -> None:
    known = KnownCycles(
        product="plone",
        checked_at=datetime(2026, 11, 26, 12, tzinfo=UTC),
        cycles=get_floor("plone"),
        etag='"x"',
        last_modified="Sat, 22 Aug 2026 12:00:00 GMT",
        gone=True,
    )
    cycles = open_cycles(tmp_path / "catalogue.sqlite")
    cycles.save("https://eol.example", known)
    assert cycles.load("https://eol.example", "plone") == known
    assert (cycles.load("https://eol.example", "x"), cycles.load("http://x", "plone")) == (None, None)
    cycles.close()


# As a user configures it


async def test_the_settings_say_whom_to_ask(almanac: Almanac, monkeypatch: pytest.MonkeyPatch) -> None:
    add_flask(almanac.pypi)
    monkeypatch.chdir(almanac.path.parent)
    monkeypatch.setenv("PYPI_URL", almanac.pypi.url)
    monkeypatch.setenv("PYF_DATA_DIR", str(almanac.path.parent / "data"))
    monkeypatch.setenv("END_OF_LIFE_URL", f"{almanac.server.url}/")
    async with open_cycle_resources(load_settings()) as resources:
        assert (await load_cycles(PLONE, resources)).framework[0].name == "7.0"
    almanac.take_asked()
    monkeypatch.setenv("END_OF_LIFE_URL", "")
    async with open_cycle_resources(load_settings()) as resources:
        assert (await load_cycles(PLONE, resources)).framework == get_floor("plone")
        assert (await load_cycles(FLASK, resources)).framework == FLASK_CYCLES
    assert almanac.take_asked() == ["/pypi/flask/json"]
