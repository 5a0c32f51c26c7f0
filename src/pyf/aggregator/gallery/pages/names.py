"""All packages by name, so many a page: for those who look through a list rather than search."""

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.found import Listing
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.responses import Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render

ON_A_PAGE = 250


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/all/`` and ``/PROFILE/all/2/``."""
    number = request.path_params.get("number", 1)
    if "number" in request.path_params and number == 1:
        return redirect(site.addresses.names(collection.key, 1))
    listing = await _find_page(collection, number) if 0 < number <= _MOST_PAGES else None
    if listing is None or (number > 1 and not listing.rows):
        return respond(request, missing_page(site, profile=collection.profile))
    return respond(request, show(site, collection, listing, number))


_MOST_PAGES = 1_000


async def count_pages(collection: Collection) -> int:
    """Return how many pages all packages take, one at least."""
    return max(1, -(-await collection.count_packages() // ON_A_PAGE))


async def _find_page(collection: Collection, number: int) -> Listing:
    return await collection.list_packages("", sort_by="name_sortable:asc", limit=ON_A_PAGE, page=number)


def show(site: Site, collection: Collection, listing: Listing, number: int) -> Representation:
    """Show a page of names."""
    body = render(
        "names.html",
        site,
        profile=collection.profile,
        listing=listing,
        number=number,
        pages=max(1, -(-listing.total // ON_A_PAGE)),
    )
    return Representation(body=body)
