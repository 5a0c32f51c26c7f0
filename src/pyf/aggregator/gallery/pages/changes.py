"""The page of what has happened: to all packages of a profile, or to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.changes import ChangesFound
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.feeds import respond_with_feed
from pyf.aggregator.gallery.news import Feed, build_change_entries
from pyf.aggregator.gallery.pages.package import find_package
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.query import LAST_PAGE
from pyf.aggregator.gallery.responses import Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import CHANGES, render


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuery:
    """Which changes are looked at: the kinds, of none all, and the page."""

    kinds: tuple[str, ...] = ()
    page: int = 1

    def __str__(self) -> str:
        """Return the query string."""
        pairs = [("kind", kind) for kind in self.kinds]
        return urlencode([*pairs, ("page", self.page)] if self.page != 1 else pairs)

    def toggle(self, kind: str) -> "ChangesQuery":
        """Return the query with a kind chosen, or no longer chosen; from the first page."""
        if kind in self.kinds:
            return ChangesQuery(kinds=tuple(other for other in self.kinds if other != kind))
        return ChangesQuery(kinds=(*self.kinds, kind))

    def turn(self, page: int) -> "ChangesQuery":
        """Return the query at another page."""
        return ChangesQuery(kinds=self.kinds, page=page)


class Answering(Protocol):
    """What answers for all packages and for one alike."""

    async def __call__(
        self, request: Request, site: Site, collection: Collection, package: Package | None
    ) -> Response:
        """Answer."""


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/changes/``."""
    return await _answer(request, site, collection, None)


async def answer_feed(request: Request, site: Site, collection: Collection, suffix: str) -> Response:
    """Answer ``/PROFILE/changes.atom`` and ``.json``, with ``?kind=`` as the page."""
    return await _answer_feed(request, site, collection, None, suffix=suffix)


async def answer_of_package(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME/changes/``."""
    package = await find_package(request, site, collection)
    return package if isinstance(package, Response) else await _answer(request, site, collection, package)


async def answer_feed_of_package(
    request: Request, site: Site, collection: Collection, suffix: str
) -> Response:
    """Answer ``/PROFILE/packages/NAME/changes.atom`` and ``.json``."""
    package = await find_package(request, site, collection)
    if isinstance(package, Response):
        return package
    return await _answer_feed(request, site, collection, package, suffix=suffix)


async def _answer(request: Request, site: Site, collection: Collection, package: Package | None) -> Response:
    query = read_query(request)
    found = await _find(collection, package, query)
    if query.page > found.pages:
        return respond(request, missing_page(site, profile=collection.profile))
    return respond(request, show(site, collection, package, query, found))


async def _answer_feed(
    request: Request, site: Site, collection: Collection, package: Package | None, *, suffix: str
) -> Response:
    query = read_query(request).turn(1)
    found = await _find(collection, package, query)
    to = site.addresses
    path = find_path(site, collection, package)
    page = f"{path}?{query}" if str(query) else path
    feed = Feed(
        title=f"What changed: {package.name if package else f'{collection.profile.name} packages'}",
        page=to.absolute(page),
        url=to.absolute(to.other(page, suffix)),
        entries=build_change_entries(site, collection.profile, found.changes),
    )
    return respond_with_feed(request, site, feed, suffix)


async def _find(collection: Collection, package: Package | None, query: ChangesQuery) -> ChangesFound:
    project = package.id if package else None
    return await collection.changes.find_latest(kinds=query.kinds, page=query.page, project=project)


def read_query(request: Request) -> ChangesQuery:
    """Read the kinds that there are, and the page."""
    kinds = dict.fromkeys(kind for kind in request.query_params.getlist("kind") if kind in CHANGES)
    page = request.query_params.get("page", "")
    number = int(page[:6]) if page.isascii() and page.isdecimal() else 1
    return ChangesQuery(kinds=tuple(kinds), page=min(max(number, 1), LAST_PAGE))


def find_path(site: Site, collection: Collection, package: Package | None) -> str:
    """Return the path of the page."""
    if package is not None:
        return site.addresses.changes_of(collection.key, package.id)
    return site.addresses.listing(collection.key, "changes")


def show(
    site: Site,
    collection: Collection,
    package: Package | None,
    query: ChangesQuery,
    found: ChangesFound,
) -> Representation:
    """Show a page of changes."""
    body = render(
        "changes.html",
        site,
        profile=collection.profile,
        package=package,
        path=find_path(site, collection, package),
        query=query,
        found=found,
        kinds=_list_kinds(found, query.kinds),
    )
    return Representation(body=body)


def _list_kinds(found: ChangesFound, chosen: Sequence[str]) -> list[tuple[str, int]]:
    counted = {count.value: count.count for count in found.kinds if count.value in CHANGES}
    return [*counted.items(), *((kind, 0) for kind in chosen if kind not in counted)]
