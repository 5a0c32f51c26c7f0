"""Collections, aliases and keys on a real Typesense, with everything it would let one do wrong."""

import json
import urllib.error
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.errors.jobs import JobRefused
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.collections.maintain import (
    add_alias,
    add_search_key,
    drop_collection,
    list_aliases,
    list_collections,
    remove_alias,
    remove_search_key,
    roll_back,
)
from pyf.aggregator.jobs.collections.switch import AliasMove
from tests.laboratory import PLONE, Laboratory

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def filled(laboratory: Laboratory) -> Laboratory:
    """A laboratory whose collection holds two projects."""
    for name in ("easy-form", "hard-form"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    return laboratory


def refuses(laboratory: Laboratory, method: str, path: str, key: str, body: object = None) -> bool:
    """Tell whether the key is refused with 401."""
    try:
        laboratory.ask(method, path, body, key=key)
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    return False


async def make_key(laboratory: Laboratory, name: str, **wanted: datetime | None) -> str:
    async with laboratory.open_search() as search:
        key = await add_search_key(search, name, value=None, expires_at=wanted.get("expires_at"))
    assert key.value is not None
    return key.value


def search(laboratory: Laboratory, name: str, key: str) -> list[str]:
    answer = laboratory.ask("GET", f"/collections/{name}/documents/search", key=key, q="*", query_by="name")
    return sorted(hit["document"]["id"] for hit in json.loads(answer)["hits"])


# Keys


async def test_a_search_only_key_searches_its_collection_and_nothing_else(filled: Laboratory) -> None:
    name = filled.collection
    key = await make_key(filled, name)
    other = f"{name}-other"
    filled.ask("POST", "/collections", {**build_schema(), "name": other})
    assert search(filled, name, key) == ["easy-form", "hard-form"]
    found = json.loads(
        filled.ask("GET", f"/collections/{name}/documents/search", key=key, q="form", preset=name)
    )
    assert found["found"] == 2
    searches = {"searches": [{"collection": name, "q": "easy", "query_by": "name"}]}
    assert json.loads(filled.ask("POST", "/multi_search", searches, key=key))["results"][0]["found"] == 1
    path, document = f"/collections/{name}", {"id": "x", "name": "x"}
    refused: list[tuple[str, str, object]] = [
        ("GET", "/collections", None),
        ("GET", path, None),
        ("PATCH", path, {"fields": []}),
        ("DELETE", path, None),
        ("POST", "/collections", {"name": f"{name}-new", "fields": []}),
        ("POST", f"{path}/documents", document),
        ("POST", f"{path}/documents/import", document),
        ("GET", f"{path}/documents/export", None),
        ("GET", f"{path}/documents/easy-form", None),
        ("PATCH", f"{path}/documents/easy-form", document),
        ("DELETE", f"{path}/documents/easy-form", None),
        ("GET", f"{path}/synonyms", None),
        ("GET", f"{path}/overrides", None),
        ("GET", f"/collections/{other}/documents/search", None),
        ("POST", "/multi_search", {"searches": [{"collection": other, "q": "*"}]}),
        ("GET", "/aliases", None),
        ("PUT", f"/aliases/{name}-alias", {"collection_name": name}),
        ("GET", "/keys", None),
        ("POST", "/keys", {"description": "x", "actions": ["*"], "collections": ["*"]}),
        ("GET", "/presets", None),
        ("GET", "/debug", None),
        ("GET", "/status", None),
        ("GET", "/metrics.json", None),
        ("POST", "/operations/snapshot", None),
    ]
    allowed = [
        (method, path) for method, path, body in refused if not refuses(filled, method, path, key, body)
    ]
    assert allowed == []


async def test_a_key_for_an_alias_survives_its_moves(filled: Laboratory) -> None:
    first, alias = filled.collection, f"{filled.collection}-alias"
    async with filled.open_search() as server:
        await add_alias(server, alias, first)
        key = await make_key(filled, alias)
        assert search(filled, alias, key) == ["easy-form", "hard-form"]
        second = f"{first}-second"
        await server.collections.ensure(second, build_schema())
        await add_alias(server, alias, second)
    assert search(filled, alias, key) == []
    assert refuses(filled, "GET", f"/collections/{first}/documents/search", key)


async def test_a_dot_in_a_name_opens_no_other_collection(laboratory: Laboratory) -> None:
    name, similar = f"{laboratory.collection}-my.form", f"{laboratory.collection}-myXform"
    for each in (name, similar):
        laboratory.ask("POST", "/collections", {**build_schema(), "name": each})
    key = await make_key(laboratory, name)
    assert search(laboratory, name, key) == []
    assert refuses(laboratory, "GET", f"/collections/{similar}/documents/search", key)
    async with laboratory.open_search() as server:
        assert name in {each for key in await server.keys.list_search_only() for each in key.collections}


async def test_a_key_ends_when_it_should(filled: Laboratory) -> None:
    past = datetime.now(UTC) - timedelta(seconds=5)
    key = await make_key(filled, filled.collection, expires_at=past)
    assert refuses(filled, "GET", f"/collections/{filled.collection}/documents/search", key)


async def test_lists_show_no_value_and_no_other_kind_of_key(filled: Laboratory) -> None:
    end = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
    value = await make_key(filled, filled.collection, expires_at=end)
    filled.ask("POST", "/keys", {"description": "all", "actions": ["*"], "collections": [filled.collection]})
    async with filled.open_search() as server:
        ours = [
            key for key in await server.keys.list_search_only() if key.collections == (filled.collection,)
        ]
    (key,) = ours
    assert (key.prefix, key.expires_at, key.value) == (value[:4], end, None)
    assert key.description == f"search-only key for {filled.collection}"
    assert value not in repr(ours)


async def test_a_value_that_exists_is_refused(filled: Laboratory) -> None:
    async with filled.open_search() as server:
        for taken in (f"{filled.collection}-a-value-of-my-own", filled.typesense.api_key):
            if taken != filled.typesense.api_key:
                await add_search_key(server, filled.collection, value=taken, expires_at=None)
            with pytest.raises(UsageError, match="A key with this value exists"):
                await add_search_key(server, filled.collection, value=taken, expires_at=None)


async def test_a_key_for_nothing_is_refused(laboratory: Laboratory) -> None:
    async with laboratory.open_search() as server:
        with pytest.raises(CollectionNotFound):
            await add_search_key(server, laboratory.collection, value=None, expires_at=None)


async def test_only_search_only_keys_are_removed(filled: Laboratory) -> None:
    value = await make_key(filled, filled.collection)
    wanted = {"description": "all", "actions": ["*"], "collections": [filled.collection]}
    other = json.loads(filled.ask("POST", "/keys", wanted))
    async with filled.open_search() as server:
        (key,) = [k for k in await server.keys.list_search_only() if k.collections == (filled.collection,)]
        await remove_search_key(server, key.id)
        assert refuses(filled, "GET", f"/collections/{filled.collection}/documents/search", value)
        for number in (key.id, other["id"]):
            with pytest.raises(CollectionNotFound, match=f"There is no search-only key '{number}'"):
                await remove_search_key(server, number)
    filled.ask("GET", "/collections", key=other["value"])


# Aliases


async def test_an_alias_is_made_moved_and_removed(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    second = f"{name}-second"
    async with filled.open_search() as server:
        assert await add_alias(server, alias, name) == AliasMove(name=alias, collection=name, previous=None)
        await server.collections.ensure(second, build_schema())
        moved = await add_alias(server, alias, second)
        assert moved == AliasMove(name=alias, collection=second, previous=name)
        states = {state.name: (state.collection, state.documents) for state in await list_aliases(server)}
        assert states[alias] == (second, 0)
        assert (await remove_alias(server, alias)).previous == second
        assert second in await server.collections.list_names()
        with pytest.raises(CollectionNotFound, match=f"There is no alias '{alias}'"):
            await remove_alias(server, alias)
    assert alias in {preset["name"] for preset in filled.get_presets()}


async def test_who_moves_an_alias_by_hand_has_the_last_word(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    filled.ask("PUT", f"/aliases/{alias}-moving-to", {"collection_name": "elsewhere"})
    async with filled.open_search() as server:
        await add_alias(server, alias, name)
        targets = await server.aliases.list_targets()
    assert {each: targets.get(each) for each in (alias, f"{alias}-moving-to")} == {
        alias: name,
        f"{alias}-moving-to": None,
    }


async def test_a_preset_of_ones_own_stays_when_its_alias_is_made(filled: Laboratory) -> None:
    alias = f"{filled.collection}-alias"
    filled.ask("PUT", f"/presets/{alias}", {"value": {"query_by": "summary"}})
    async with filled.open_search() as server:
        await add_alias(server, alias, filled.collection)
    presets = {preset["name"]: preset["value"] for preset in filled.get_presets()}
    assert presets[alias] == {"query_by": "summary"}


async def test_an_alias_of_an_alias_points_at_the_collection(filled: Laboratory) -> None:
    alias = f"{filled.collection}-alias"
    async with filled.open_search() as server:
        await add_alias(server, alias, filled.collection)
        moved = await add_alias(server, f"{alias}-again", alias)
    assert moved.collection == filled.collection


async def test_an_alias_to_nothing_is_refused(filled: Laboratory) -> None:
    alias = f"{filled.collection}-alias"
    filled.ask("PUT", f"/aliases/{alias}", {"collection_name": "nothing"})
    async with filled.open_search() as server:
        for target in ("nowhere", alias):
            with pytest.raises(CollectionNotFound):
                await add_alias(server, f"{alias}-other", target)
        dangling = {state.name: state.documents for state in await list_aliases(server)}
    assert dangling[alias] is None


async def test_an_alias_named_like_a_collection_is_refused_with_the_ways_on(filled: Laboratory) -> None:
    name, fresh = filled.collection, f"{filled.collection}-fresh"
    async with filled.open_search() as server:
        await server.collections.ensure(fresh, build_schema())
        with pytest.raises(JobRefused, match=r"go on answering from it.*--rebuild.*--replace-collection"):
            await add_alias(server, name, fresh)
        held = f"Collection '{name}' holds 2 documents, '{fresh}' 0"
        sentence = f"^{held}; nothing was replaced. Fill the second one first.$"
        with pytest.raises(JobRefused, match=sentence):
            await add_alias(server, name, fresh, replace_collection=True)
        assert filled.get_names() == {"easy-form", "hard-form"}
        filled.collection = fresh
        await filled.run_full()
        await add_alias(server, name, fresh, replace_collection=True)
        assert await server.find_collection(name) == fresh
    filled.collection = name
    assert filled.get_names() == {"easy-form", "hard-form"}


async def test_a_collection_is_not_replaced_by_itself(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    async with filled.open_search() as server:
        await add_alias(server, alias, name)
        for target in (name, alias):
            with pytest.raises(JobRefused, match="is a collection"):
                await add_alias(server, name, target, replace_collection=True)
        assert await server.aliases.find(name) is None
    assert filled.get_names() == {"easy-form", "hard-form"}


# Collections


async def test_collections_are_listed_whole(filled: Laboratory) -> None:
    alias = f"{filled.collection}-alias"
    async with filled.open_search() as server:
        filled.ask("PUT", f"/aliases/{alias}-elsewhere", {"collection_name": "elsewhere"})
        for each in (f"{alias}-z", alias):
            await add_alias(server, each, filled.collection)
        aliases = [state.name for state in await list_aliases(server) if state.name.startswith(alias)]
        assert aliases == [alias, f"{alias}-elsewhere", f"{alias}-z"]
        with pytest.raises(CollectionNotFound) as refusal:
            await remove_alias(server, "nowhere")
        assert [name for name in refusal.value.existing if name.startswith(alias)] == aliases
        states = {state.name: state for state in await list_collections(server)}
    state = states[filled.collection]
    assert (state.documents, state.aliases) == (2, (alias, f"{alias}-z"))
    assert datetime.now(UTC) - state.created_at < timedelta(minutes=5)
    assert {field["name"] for field in state.schema["fields"]} >= {"name", "github_stars"}


async def test_a_collection_that_clients_see_is_not_dropped(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    async with filled.open_search() as server:
        for each in (f"{alias}-z", alias):
            await add_alias(server, each, name)
        with pytest.raises(
            JobRefused, match=f"clients see it as {alias}, {alias}-z; move or remove that alias first.$"
        ):
            await drop_collection(server, name)
        with pytest.raises(JobRefused, match=f"it is an alias of {name}; remove it with --delete-alias"):
            await drop_collection(server, alias)
        with pytest.raises(CollectionNotFound):
            await drop_collection(server, "nowhere")
        assert filled.get_names() == {"easy-form", "hard-form"}
        for each in (alias, f"{alias}-z"):
            await remove_alias(server, each)
        assert await drop_collection(server, name) == 2
        assert name not in await server.collections.list_names()


async def test_there_is_nothing_to_roll_back_before_a_second_rebuild(filled: Laboratory) -> None:
    name = filled.collection
    async with filled.open_search() as server:
        with pytest.raises(JobRefused, match="no rebuild has left one"):
            await roll_back(server, name)
        alias = f"{name}-alias"
        await add_alias(server, alias, name)
        filled.ask("PUT", f"/aliases/{alias}-previous", {"collection_name": "gone"})
        sentence = f"^'{alias}' has no previous generation to go back to: gone does not exist any more.$"
        with pytest.raises(JobRefused, match=sentence):
            await roll_back(server, alias)


async def test_a_roll_back_takes_no_generation_of_another_name(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    filled.ask("POST", "/collections", {**build_schema(), "name": f"{name}-other"})
    for each in (alias, f"{alias}-previous"):
        filled.ask("PUT", f"/aliases/{each}", {"collection_name": f"{name}-other"})
    async with filled.open_search() as server:
        await add_alias(server, f"{name}-alone", name)
        with pytest.raises(JobRefused, match="no rebuild has left one"):
            await roll_back(server, f"{name}-alone")


async def test_an_alias_that_a_collection_hides_is_not_rolled_back(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    for each in (alias, f"{alias}-previous"):
        filled.ask("PUT", f"/aliases/{each}", {"collection_name": name})
    filled.ask("POST", "/collections", {**build_schema(), "name": alias})
    async with filled.open_search() as server:
        with pytest.raises(JobRefused, match="no rebuild has left one"):
            await roll_back(server, alias)


async def test_a_roll_back_leads_away_from_what_is_gone_and_needs_an_alias(filled: Laboratory) -> None:
    name, alias = filled.collection, f"{filled.collection}-alias"
    filled.ask("PUT", f"/aliases/{alias}-previous", {"collection_name": name})
    async with filled.open_search() as server:
        with pytest.raises(JobRefused, match="no rebuild has left one"):
            await roll_back(server, alias)
        filled.ask("PUT", f"/aliases/{alias}", {"collection_name": "gone"})
        assert (await roll_back(server, alias)).collection == name
        # What is gone is nothing to go back to.
        targets = await server.aliases.list_targets()
        assert {key: value for key, value in targets.items() if key.startswith(alias)} == {
            alias: name,
            f"{alias}-previous": name,
        }
    assert search(filled, alias, filled.typesense.api_key) == ["easy-form", "hard-form"]


async def test_found_counts_packages_and_deep_pages_are_full(laboratory: Laboratory) -> None:
    for number in range(30):
        laboratory.world.add_project(f"form-{number:02}", classifiers=[PLONE])
        laboratory.world.release(f"form-{number:02}", "2.0")
    await laboratory.run_full()
    path = f"/collections/{laboratory.collection}/documents/search"
    pages = [
        json.loads(laboratory.ask("GET", path, q="form", preset=laboratory.collection, page=str(page)))
        for page in (1, 3)
    ]
    assert [(page["found"], len(page["hits"])) for page in pages] == [(30, 10), (30, 10)]
