"""Lists of news: what is new on PyPI, and what was released lately."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import Collection, Listing, ShownCycle
from pyf.aggregator.gallery.query import leave_out_ended
from pyf.aggregator.gallery.responses import Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind:
    """A list: its name in addresses, its title, and what it is ordered by, the greatest first."""

    name: str
    title: str
    lead: str
    sort_by: str


NEW = ListKind(
    name="new",
    title="New packages",
    lead="The packages that came to PyPI last.",
    sort_by="first_upload_timestamp:desc",
)
RELEASES = ListKind(
    name="releases",
    title="Latest releases",
    lead="The packages that had a release last.",
    sort_by="upload_timestamp:desc",
)


async def answer(request: Request, site: Site, collection: Collection, kind: ListKind) -> Response:
    """Answer one of the lists."""
    listing = await find_listing(collection, kind)
    cycles = await collection.get_cycles()
    return respond(request, show(site, collection.profile, kind, listing, cycles))


async def find_listing(collection: Collection, kind: ListKind) -> Listing:
    """Return the packages of a list."""
    return await collection.list_packages(leave_out_ended(), sort_by=kind.sort_by, limit=SHOWN)


def show(
    site: Site, profile: Profile, kind: ListKind, listing: Listing, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show a list as results."""
    body = render("list.html", site, profile=profile, kind=kind, listing=listing, cycles=cycles)
    return Representation(body=body)
