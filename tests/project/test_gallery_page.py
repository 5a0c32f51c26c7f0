"""The page about the gallery names every address, and none that is not there."""

import asyncio
import re
from pathlib import Path

from starlette.routing import Route

from pyf.aggregator.gallery.addresses import API
from pyf.aggregator.gallery.app import build_app
from pyf.aggregator.gallery.representations.badges import BadgeKind
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.typesense.reader import open_reader
from tests.gallery.wares import build_profile

PAGE = (Path(__file__).parents[2] / "docs" / "gallery.md").read_text(encoding="utf-8")
EXAMPLES = {"profile": "plone", "name": "NAME", "topic": "TOPIC", "cycle": "6.2", "number:int": "N"}


async def list_routes() -> set[str]:
    """Return the paths that the application answers, but for the API and files that pages load."""
    site = Site(base_url="http://127.0.0.1:9", profiles=(build_profile("plone"),), title="", footer=())
    async with open_reader(["http://127.0.0.1:9"], "unused") as reader:
        paths = {route.path for route in build_app(site, reader).routes if isinstance(route, Route)}
    sent_on = {path for path in paths if f"{path}/" in paths}
    return {path for path in paths - sent_on if not path.startswith((API, "/static/"))}


def write_as_the_page_does(path: str) -> str:
    written = re.sub(r"\{([\w:]+)\}", lambda found: EXAMPLES[found[1]], path)
    kinds = "|".join(BadgeKind)
    return re.sub(rf"/badge/(?:{kinds})\.", "/badge/KIND.", written)


def test_every_address_is_named_and_is_there() -> None:
    rows = re.findall(r"^\| (`/.*?) \|", PAGE, flags=re.MULTILINE)
    named = [address for row in rows for address in re.findall(r"`(.*?)`", row)]
    assert sorted(named) == sorted({write_as_the_page_does(path) for path in asyncio.run(list_routes())})
