"""A gallery that runs learns of profiles that are filled later, without a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.gallery.app import build_app
from pyf.aggregator.gallery.serving import Replaceable
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.services.gallery import Shelves, follow, open_shelves
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client
from tests.commands import Commands
from tests.gallery.wares import build_profile
from tests.servers.faults import Status
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

LATE = "late"
SEARCH = {"q": "calendar", "query_by": "name", "per_page": 0}


@pytest.fixture
def client(typesense: EmbeddedServer) -> Iterator[Client]:
    """The operator, whose second profile is not filled yet."""
    operator = Client(typesense.url, typesense.api_key)
    yield operator
    for key in operator.ask("GET", "/keys")["keys"]:
        operator.ask("DELETE", f"/keys/{key['id']}")
    if any(alias["name"] == LATE for alias in operator.ask("GET", "/aliases")["aliases"]):
        operator.ask("DELETE", f"/aliases/{LATE}")


@pytest.fixture
def proxy(typesense: EmbeddedServer) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=typesense.url) as server:
        yield server


@asynccontextmanager
async def open_gallery(
    commands: Commands, typesense: EmbeddedServer, *, url: str, key: str = ""
) -> AsyncIterator[Shelves]:
    for name, value in {
        "TYPESENSE_NODES": url,
        "TYPESENSE_API_KEY": "" if key else typesense.api_key,
        "TYPESENSE_SEARCH_KEY": key,
    }.items():
        commands.monkeypatch.setenv(name, value)
    async with open_shelves(load_settings(), [build_profile(LATE), build_profile("wares")]) as shelves:
        yield shelves


def fill(client: Client) -> None:
    client.ask("PUT", f"/aliases/{LATE}", {"collection_name": "wares"})


def make_key(client: Client, names: Sequence[str]) -> str:
    body = {"description": "", "actions": ["documents:search"], "collections": list(names)}
    return str(client.ask("POST", "/keys", body)["value"])


async def wait_for_more(shelves: Shelves, client: Client) -> Shelves:
    """Fill the profile while somebody follows; return what there is to show then."""
    arrived: asyncio.Future[Shelves] = asyncio.get_running_loop().create_future()
    async with follow(shelves, arrived.set_result, seconds=0.01):
        await asyncio.to_thread(fill, client)
        return await asyncio.wait_for(arrived, 20)


@pytest.mark.parametrize("own_key", [False, True])
async def test_a_profile_that_is_filled_later_is_shown(
    commands: Commands, typesense: EmbeddedServer, wares: Profile, client: Client, *, own_key: bool
) -> None:
    assert wares.key == "wares"
    key = make_key(client, ["wares", LATE]) if own_key else ""
    async with open_gallery(commands, typesense, url=typesense.url, key=key) as shelves:
        assert [profile.key for profile in shelves.profiles] == ["wares"]
        assert await shelves.look_again(shelves) == shelves
        more = await wait_for_more(shelves, client)
        assert [profile.key for profile in more.profiles] == [LATE, "wares"]
        found = await more.reader.search([{"collection": name, **SEARCH} for name in (LATE, "wares")])
        assert found[0].found == found[1].found > 0
        assert await more.look_again(more) == more
        site = Site(base_url="http://localhost", profiles=shelves.profiles)
        shown = Replaceable(build_app(site, shelves.reader))
        transport = httpx.ASGITransport(shown)
        async with httpx.AsyncClient(transport=transport, base_url=site.base_url) as visitor:
            assert (await visitor.get(f"/{LATE}/")).status_code == 404
            shown.app = build_app(Site(base_url=site.base_url, profiles=more.profiles), more.reader)
            assert (await visitor.get(f"/{LATE}/")).status_code == 200


async def test_a_key_of_ones_own_that_does_not_cover_it_shows_nothing_more(
    commands: Commands, typesense: EmbeddedServer, wares: Profile, client: Client
) -> None:
    key = make_key(client, [wares.key])
    async with open_gallery(commands, typesense, url=typesense.url, key=key) as shelves:
        fill(client)
        assert await shelves.look_again(shelves) == shelves


async def test_a_server_that_refuses_for_a_while_is_asked_again(
    commands: Commands, typesense: EmbeddedServer, wares: Profile, client: Client, proxy: TypesenseProxy
) -> None:
    async with open_gallery(commands, typesense, url=proxy.url) as shelves:
        assert shelves.profiles == (wares,)
        proxy.fail("/collections", Status(status=401), times=1)
        more = await wait_for_more(shelves, client)
        assert [profile.key for profile in more.profiles] == [LATE, "wares"]
