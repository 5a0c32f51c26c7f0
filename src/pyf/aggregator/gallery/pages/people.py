"""The page of an owner or an organization: its packages in this gallery."""

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_list
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.feeds import respond_with_feed
from pyf.aggregator.gallery.found import Listing
from pyf.aggregator.gallery.news import MOST_ENTRIES, Feed, build_release_entries
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.query import LONGEST_VALUE, build_filter, clean
from pyf.aggregator.gallery.responses import JSON, Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render

MOST_SHOWN = 250


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/people/NAME/``."""
    name = request.path_params["name"]
    listing = await find_packages_of(collection, name)
    if listing is None:
        return respond(request, missing_page(site, profile=collection.profile))
    cycles = await collection.get_cycles()
    body = render("people.html", site, profile=collection.profile, name=name, listing=listing, cycles=cycles)
    return respond(request, Representation(body=body))


async def answer_other(request: Request, site: Site, collection: Collection, suffix: str) -> Response:
    """Answer ``/PROFILE/people/NAME.json`` and ``.atom``."""
    name, profile = request.path_params["name"], collection.profile
    listing = await find_packages_of(collection, name)
    if listing is None:
        return respond(request, missing_page(site, profile=profile))
    if suffix == "json":
        body = encode(tell_list(site, profile, name, listing))
        return respond(request, Representation(body=body, media_type=JSON))
    to = site.addresses
    page = to.person(profile.key, name)
    latest = sorted(listing.rows, key=lambda row: -(row.upload_timestamp or 0))[:MOST_ENTRIES]
    feed = Feed(
        title=f"Releases of {name} for {profile.name}",
        page=to.absolute(page),
        url=to.absolute(to.other(page, suffix)),
        entries=build_release_entries(site, profile, latest),
    )
    return respond_with_feed(request, site, feed, suffix)


async def find_packages_of(collection: Collection, name: str) -> Listing | None:
    """Return the packages of an account or organization on PyPI; ``None`` where there are none."""
    if len(name) > LONGEST_VALUE or clean(name) != name:
        return None
    filters = " || ".join(build_filter(field, [name]) for field in ("owners", "organization"))
    listing = await collection.list_packages(filters, sort_by="rank:desc", limit=MOST_SHOWN)
    return listing if listing.total else None
