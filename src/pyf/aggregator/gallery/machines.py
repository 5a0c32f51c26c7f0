"""What machines look for at addresses that they know: maps, rules for robots, search descriptions."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.representations.opensearch import build_description
from pyf.aggregator.gallery.representations.sitemap import MOST_ADDRESSES, build_index, build_sitemap
from pyf.aggregator.gallery.responses import TEXT, XML, Representation, respond
from pyf.aggregator.gallery.site import Site

OPENSEARCH = "application/opensearchdescription+xml"
_LISTS = ("all", "new", "releases", "rising", "changes", "about")


async def answer_opensearch(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/opensearch.xml``, and ``/opensearch.xml`` for the first profile."""
    body = build_description(site, collection.profile)
    return respond(request, Representation(body=body, media_type=OPENSEARCH))


async def answer_map(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/sitemap-N.xml``: every page that somebody may come to, so many in a file."""
    number = int(request.path_params["number"])
    addresses = await list_addresses(site, collection)
    shown = addresses[(number - 1) * MOST_ADDRESSES : number * MOST_ADDRESSES]
    if not shown:
        return respond(request, missing_page(site, profile=collection.profile))
    return respond(request, Representation(body=build_sitemap(shown), media_type=XML))


async def answer_index(request: Request, site: Site, collections: Sequence[Collection]) -> Response:
    """Answer ``/sitemap.xml``."""
    files = []
    for collection in collections:
        count = len(await list_addresses(site, collection))
        files += [
            site.addresses.absolute(site.addresses.map(collection.key, number))
            for number in range(1, -(-count // MOST_ADDRESSES) + 1)
        ]
    return respond(request, Representation(body=build_index(files), media_type=XML))


async def list_addresses(site: Site, collection: Collection) -> list[tuple[str, int | None]]:
    """Return the addresses of a profile's pages, each with when it last changed, if that is known."""
    to, key = site.addresses, collection.key
    pages = [to.profile(key), *(to.listing(key, name) for name in _LISTS), to.ready(key)]
    pages += [to.topic(key, topic.key) for topic in collection.profile.topics]
    pages += [to.ready(key, cycle.number) for cycle in await collection.get_cycles()]
    addresses: list[tuple[str, int | None]] = [(to.absolute(page), None) for page in pages]
    return addresses + [
        (to.absolute(to.package(key, document.id)), document.upload_timestamp)
        for document in await collection.whole.list_all()
    ]


def show_robots(site: Site) -> Representation:
    """Show what robots may read: every page, but not each of the endless searches."""
    to = site.addresses
    lines = ["User-agent: *", f"Disallow: {to.prefix}/*?"]
    if not site.static:
        lines.append(f"Disallow: {to.api('/')}")
    lines.append(f"Sitemap: {to.absolute(f'{to.prefix}/sitemap.xml')}")
    return Representation(body="\n".join([*lines, ""]).encode(), media_type=TEXT)
