"""A Typesense of our own may have been started for a command, and then it is still reading what it holds."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest

from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.jobs.check.named import CheckOrder, check_name
from pyf.aggregator.jobs.check.readiness import check_readiness
from pyf.aggregator.jobs.collections.maintain import add_alias, list_collections, roll_back
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.enrich.frame import ensure_collection
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.jobs.search import SearchOrder, find_packages
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Body
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

type Ask = Callable[[Resources, str], Awaitable[object]]


async def search(resources: Resources, target: str) -> object:
    return await find_packages(SearchOrder(target=target, limit=1), resources.search)


async def check(resources: Resources, target: str) -> object:
    order = CheckOrder(name="a", target=target, spelling=f"-t {target}", filling="", profile=None)
    return await check_name(order, resources.search, resources.pypi, date(2026, 11, 25))


async def tell_readiness(resources: Resources, target: str) -> object:
    return await check_readiness(target, "6.2", resources.search, spelling=f"-t {target}")


async def list_all(resources: Resources, target: str) -> object:
    del target
    return await list_collections(resources.search)


async def add(resources: Resources, target: str) -> object:
    return await add_alias(resources.search, f"{target}-alias", target)


async def go_back(resources: Resources, target: str) -> object:
    with pytest.raises(JobRefused):
        await roll_back(resources.search, target)
    return None


async def copy(resources: Resources, target: str) -> object:
    order = MigrateOrder(source=target, target=f"{target}-target")
    return await migrate(order, resources.search, resources.progress)


async def begin_to_enrich(resources: Resources, target: str) -> object:
    return await ensure_collection(resources.search, target, "")


OTHERS: dict[str, Ask] = {
    "the collections": list_all,
    "an alias": add,
    "a roll-back": go_back,
    "a migration": copy,
    "an enrichment": begin_to_enrich,
}
ASKING: dict[str, Ask] = {"a search": search, "a check": check, "the readiness": tell_readiness}


@pytest.fixture
def proxy(laboratory: Laboratory) -> TypesenseProxy:
    return TypesenseProxy(behind=laboratory.typesense.url)


async def ask_through(proxy: TypesenseProxy, laboratory: Laboratory, ask: Ask) -> list[str]:
    """Return the paths that a command asks for in turn, where the server is busy twice.

    An export waits by itself, whosever the server is.
    """
    laboratory.world.add_project("a", classifiers=[f"{PLONE} :: 6.2"])
    assert (await laboratory.run_full()).complete
    laboratory.ask(
        "PATCH",
        f"/collections/{laboratory.collection}/documents/a",
        {"compatibility": [{"version": "Plone 6.2", "verdict": "declared"}]},
    )
    with proxy:
        laboratory.typesense_url = proxy.url
        proxy.fail("/status", Body(body=b'{"queued_writes": 7}'), times=2)
        async with laboratory.open_resources() as resources:
            await ask(resources, laboratory.collection)
        return [record.path for record in proxy.requests if record.path != "/debug"]


@pytest.mark.parametrize("ask", [*ASKING.values(), *OTHERS.values()], ids=[*ASKING, *OTHERS])
async def test_what_a_command_asks_of_its_own_waits_until_it_has_read_all(
    laboratory: Laboratory, proxy: TypesenseProxy, tmp_path: Path, ask: Ask
) -> None:
    laboratory.snapshot_folder = tmp_path / "snapshot"
    asked = await ask_through(proxy, laboratory, ask)
    assert asked[:3] == ["/status"] * 3
    assert not {"/status"}.issuperset(asked)


async def test_a_run_waits_before_it_looks_and_before_it_removes(
    laboratory: Laboratory, proxy: TypesenseProxy, tmp_path: Path
) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.remove_project("a")
    laboratory.snapshot_folder = tmp_path / "snapshot"
    with proxy:
        laboratory.typesense_url = proxy.url
        assert (await laboratory.run_incremental()).removed == 1
    asked = [(record.method, record.path) for record in proxy.requests if record.path != "/debug"]
    documents = f"/collections/{laboratory.collection}/documents"
    (removal,) = [
        place
        for place, (method, path) in enumerate(asked)
        if method == "DELETE" and path.startswith(documents)
    ]
    assert asked[0] == asked[removal - 1] == ("GET", "/status")


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
async def test_a_server_of_others_is_asked_at_once(
    laboratory: Laboratory, proxy: TypesenseProxy, ask: Ask
) -> None:
    first, *_ = await ask_through(proxy, laboratory, ask)
    assert first == "/collections"
