"""Every name of a collection goes with it: a rebuild, a roll-back, a replacement leaves none behind."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.errors.typesense import SearchUnavailable
from pyf.aggregator.jobs.collections.maintain import add_alias, drop_collection, roll_back
from tests.jobs.rebuilding import get_aliases, get_collections, rebuild
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Status
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def filled(laboratory: Laboratory) -> Laboratory:
    """A plain collection of two projects, which clients also see as ``…-web`` and ``…-shop``."""
    for name in ("easy-form", "hard-form"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    async with laboratory.open_search() as search:
        for alias in find_others(laboratory):
            await add_alias(search, alias, laboratory.collection)
    return laboratory


@pytest.fixture
def proxy(filled: Laboratory) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=filled.typesense.url) as server:
        yield server


def find_others(laboratory: Laboratory) -> tuple[str, str]:
    return f"{laboratory.collection}-web", f"{laboratory.collection}-shop"


def find_all(laboratory: Laboratory) -> tuple[str, ...]:
    return (laboratory.collection, *find_others(laboratory))


def count_found(laboratory: Laboratory, name: str) -> int:
    """Search as a client does, by the name and the preset of the same name."""
    path = f"/collections/{name}/documents/search"
    found: int = json.loads(laboratory.ask("GET", path, q="form", preset=name))["found"]
    return found


async def test_a_rebuild_moves_every_alias_of_what_it_replaces(filled: Laboratory) -> None:
    name = filled.collection
    first = await rebuild(filled)
    assert get_aliases(filled) == dict.fromkeys(find_all(filled), first.generation)
    assert (first.exit_code, first.moved) == (0, [name, *sorted(find_others(filled))])
    filled.world.add_project("new-form", classifiers=[PLONE])
    for each in find_all(filled):
        filled.ask("PUT", f"/presets/{each}", {"value": {"query_by": "summary"}})
    second = await rebuild(filled)
    presets = {preset["name"]: preset["value"] for preset in filled.get_presets()}
    assert [presets[each] for each in find_all(filled)] == [build_preset()] * 3
    assert get_aliases(filled) == {
        **dict.fromkeys(find_all(filled), second.generation),
        f"{name}-previous": first.generation,
    }
    assert [count_found(filled, each) for each in find_all(filled)] == [3, 3, 3]
    async with filled.open_search() as search:
        moved = await roll_back(search, name)
        assert moved.others == tuple(sorted(find_others(filled)))
        assert [count_found(filled, each) for each in find_all(filled)] == [2, 2, 2]
        # Any of the names will do, and doing it twice leads back again.
        assert (await roll_back(search, find_others(filled)[0])).collection == second.generation
        assert [count_found(filled, each) for each in find_all(filled)] == [3, 3, 3]


async def test_the_recipe_of_the_manual_is_rebuilt_under_either_name(filled: Laboratory) -> None:
    """``packages`` is an alias of ``packages1``."""
    plain, alias = filled.collection, find_others(filled)[0]
    filled.collection = alias
    behind_alias = await rebuild(filled)
    assert get_aliases(filled) == {alias: behind_alias.generation, f"{alias}-previous": plain}
    assert filled.checkpoint == filled.world.serial
    filled.collection = plain
    # The other alias went with the first one.
    other = find_others(filled)[1]
    assert get_aliases(filled)[other] == behind_alias.generation
    again = await rebuild(filled)
    assert get_aliases(filled)[plain] == again.generation
    assert all(target in get_collections(filled) for target in get_aliases(filled).values())
    assert [count_found(filled, each) for each in find_all(filled)] == [2, 2, 2]


async def test_what_pointed_at_nothing_since_an_earlier_rebuild_is_found_again(filled: Laboratory) -> None:
    await rebuild(filled)
    lost = find_others(filled)[0]
    # 0.24.1 does not follow an alias of an alias, so this one answers with 404.
    filled.ask("PUT", f"/aliases/{lost}", {"collection_name": filled.collection})
    await rebuild(filled)
    assert count_found(filled, lost) == 2


async def test_a_move_to_what_is_gone_is_forgotten(filled: Laboratory) -> None:
    moving = f"{filled.collection}-moving-to"
    filled.ask("PUT", f"/aliases/{moving}", {"collection_name": "gone"})
    assert (await filled.run_incremental()).complete
    assert moving not in get_aliases(filled)
    assert [count_found(filled, each) for each in find_all(filled)] == [2, 2, 2]


async def test_nothing_that_an_alias_names_is_dropped(filled: Laboratory) -> None:
    name = filled.collection
    first = (await rebuild(filled)).generation
    second = (await rebuild(filled)).generation
    assert first is not None
    kept = f"{name}-kept"
    async with filled.open_search() as search:
        await add_alias(search, kept, first)
        await rebuild(filled)
        assert {first, second} < get_collections(filled)
        assert get_aliases(filled)[kept] == first
        with pytest.raises(JobRefused, match=f"clients see it as {kept}"):
            await drop_collection(search, first)


async def test_a_replaced_collection_hands_its_aliases_over(filled: Laboratory) -> None:
    name, fresh = filled.collection, f"{filled.collection}-fresh"
    filled.collection = fresh
    await filled.run_full()
    filled.collection = name
    async with filled.open_search() as search:
        moved = await add_alias(search, name, fresh, replace_collection=True)
    assert moved.others == tuple(sorted(find_others(filled)))
    assert get_aliases(filled) == dict.fromkeys(find_all(filled), fresh)
    assert [count_found(filled, each) for each in find_all(filled)] == [2, 2, 2]


def die_at(proxy: TypesenseProxy, step: int) -> None:
    """Let the server take so many of the writes of a switch, and nothing any more from then on."""
    writes = itertools.count()

    def look(record: Record) -> None:
        is_write = record.method in {"PUT", "DELETE"} and record.path.startswith(("/aliases", "/collections"))
        if is_write and "/documents" not in record.path and next(writes) == step:
            proxy.fail("*", Status(status=503))

    proxy.on_request = look


@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("first", [True, False], ids=["the first rebuild", "a later one"])
async def test_a_rebuild_that_ends_between_two_aliases_is_finished_by_the_next_run(
    filled: Laboratory,
    proxy: TypesenseProxy,
    caplog: pytest.LogCaptureFixture,
    *,
    first: bool,
    step: int,
) -> None:
    name = filled.collection
    if not first:
        await rebuild(filled)
    earlier = get_collections(filled)
    filled.world.add_project("new-form", classifiers=[PLONE])
    tuned = {"query_by": "name", "sort_by": "name_sortable:asc"}
    for each in find_others(filled):
        filled.ask("PUT", f"/presets/{each}", {"value": tuned})
    die_at(proxy, step)
    summary = await rebuild(replace(filled, typesense_url=proxy.url))
    assert summary.stopped is not None
    # Nobody searches in vain, but for the name of the plain collection in the moment between its two lives.
    names = find_others(filled) if first and step == 4 else find_all(filled)
    assert all(count_found(filled, each) in {2, 3} for each in names)
    await filled.run_incremental()
    aliases = get_aliases(filled)
    previous = aliases.pop(f"{name}-previous", None)
    moved = ", ".join([name, *sorted(find_others(filled))])
    told = f"An earlier move of the names of {name} was cut short; it is complete now: {moved}."
    assert (told in caplog.messages) is (step > 0)
    if step > 0:
        (target,) = set(aliases.values())
        assert aliases == dict.fromkeys(find_all(filled), target)
        assert target not in earlier
        assert previous == (None if first else next(iter(earlier)))
    assert [count_found(filled, each) for each in find_all(filled)] == [3, 3, 3]
    presets = {preset["name"]: preset["value"] for preset in filled.get_presets()}
    expected = build_preset() if step > 0 else tuned
    assert [presets[each] for each in find_others(filled)] == [expected] * 2


async def test_a_roll_back_that_ends_half_way_is_finished_by_the_next_one(
    filled: Laboratory, proxy: TypesenseProxy
) -> None:
    name = filled.collection
    first, second = [(await rebuild(filled)).generation for _ in range(2)]
    die_at(proxy, 3)
    with pytest.raises(SearchUnavailable):
        async with replace(filled, typesense_url=proxy.url).open_search() as search:
            await roll_back(search, name)
    assert get_aliases(filled)[f"{name}-moving-to"] == first
    async with filled.open_search() as search:
        assert (await roll_back(search, name)).collection == first
    assert get_aliases(filled) == {**dict.fromkeys(find_all(filled), first), f"{name}-previous": second}
