"""The page of an owner or an organization: its packages in this gallery."""

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import Collection, Listing
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.query import LONGEST_VALUE, build_filter, clean
from pyf.aggregator.gallery.responses import Representation, respond
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


async def find_packages_of(collection: Collection, name: str) -> Listing | None:
    """Return the packages of an account or organization on PyPI; ``None`` where there are none."""
    if len(name) > LONGEST_VALUE or clean(name) != name:
        return None
    filters = " || ".join(build_filter(field, [name]) for field in ("owners", "organization"))
    listing = await collection.list_packages(filters, sort_by="rank:desc", limit=MOST_SHOWN)
    return listing if listing.total else None
