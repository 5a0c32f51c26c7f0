"""Lists of news: what is new on PyPI, and what was released lately."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.documents.shown import Row
from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_list
from pyf.aggregator.gallery.collection import RISING, Collection
from pyf.aggregator.gallery.feeds import SUFFIXES, respond_with_feed
from pyf.aggregator.gallery.found import Listing, ShownCycle
from pyf.aggregator.gallery.news import MOST_ENTRIES, Entry, Feed, build_new_entries, build_release_entries
from pyf.aggregator.gallery.query import leave_out_ended
from pyf.aggregator.gallery.responses import JSON, Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.versions import is_major

SHOWN = 50
MOST_MAJOR = 250
"""Major releases are rare: so many of the latest releases are looked through for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind:
    """A list: its name in addresses, its title, and what it is ordered by, the greatest first."""

    name: str
    title: str
    lead: str
    sort_by: str
    filter_by: str = ""
    build_entries: Callable[[Site, Profile, Iterable[Row]], tuple[Entry, ...]] | None = None
    """How it is told as news, if it is any."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The other forms of its page."""
        return SUFFIXES if self.build_entries else ("json",)


NEW = ListKind(
    name="new",
    title="New packages",
    lead="The packages that came to PyPI last.",
    sort_by="first_upload_timestamp:desc",
    build_entries=build_new_entries,
)
RELEASES = ListKind(
    name="releases",
    title="Latest releases",
    lead="The packages that had a release last.",
    sort_by="upload_timestamp:desc",
    build_entries=build_release_entries,
)


RISING_LIST = ListKind(
    name="rising",
    title="Rising packages",
    lead="The packages whose use has grown most within twelve weeks, where it is known what it was then.",
    sort_by="use_growth:desc",
    filter_by=RISING,
)


ALL_LISTS = (NEW, RELEASES, RISING_LIST)


async def answer(request: Request, site: Site, collection: Collection, kind: ListKind) -> Response:
    """Answer one of the lists."""
    listing = await find_listing(collection, kind)
    cycles = await collection.get_cycles()
    return respond(request, show(site, collection.profile, kind, listing, cycles))


async def answer_feed(
    request: Request, site: Site, collection: Collection, kind: ListKind, suffix: str
) -> Response:
    """Answer one of the lists for a feed reader; of releases ``?major=1`` leaves the major ones."""
    major = kind is RELEASES and request.query_params.get("major") == "1"
    listing = await find_listing(collection, kind, limit=MOST_MAJOR if major else MOST_ENTRIES)
    to, profile = site.addresses, collection.profile
    page = to.listing(profile.key, kind.name)
    rows = [row for row in listing.rows if not major or is_major(row.version)][:MOST_ENTRIES]
    query = "?major=1" if major else ""
    if kind.build_entries is None:
        body = encode(tell_list(site, profile, kind.title, listing))
        return respond(request, Representation(body=body, media_type=JSON))
    feed = Feed(
        title=f"{kind.title} for {profile.name}",
        page=to.absolute(page),
        url=to.absolute(to.other(page, suffix)) + query,
        entries=kind.build_entries(site, profile, rows),
    )
    return respond_with_feed(request, site, feed, suffix)


async def find_listing(collection: Collection, kind: ListKind, *, limit: int = SHOWN) -> Listing:
    """Return the packages of a list."""
    filters = " && ".join(part for part in (leave_out_ended(), kind.filter_by) if part)
    return await collection.list_packages(filters, sort_by=kind.sort_by, limit=limit)


def show(
    site: Site, profile: Profile, kind: ListKind, listing: Listing, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show a list as results."""
    body = render("list.html", site, profile=profile, kind=kind, listing=listing, cycles=cycles)
    return Representation(body=body)
