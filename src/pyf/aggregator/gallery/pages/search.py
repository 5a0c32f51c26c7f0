"""The search page of a profile: results as somebody types, and what is worth a look before."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import (
    Collection,
    Facet,
    Found,
    FoundRow,
    Overview,
    ShownCycle,
)
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.query import SORT_TITLES, SearchQuery, parse_query
from pyf.aggregator.gallery.responses import Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that narrows the search, and the search without it."""

    label: str
    without: SearchQuery


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/``; the same search has one address, so another spelling of it is sent there."""
    query = parse_query(request.query_params.multi_items(), collection.facets)
    if query.page == 1 and request.url.query and not str(query):
        return redirect(site.addresses.search(collection.key), status=302)
    cycles = await collection.get_cycles()
    if query.is_empty:
        overview = await collection.read_overview()
        return respond(request, show_overview(site, collection.profile, overview, cycles))
    found = await collection.search(query)
    if query.page > found.pages:
        return respond(request, missing_page(site, profile=collection.profile))
    return respond(request, show_results(site, collection.profile, found, cycles))


def show_overview(
    site: Site, profile: Profile, overview: Overview, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show what is new, released lately and widely needed."""
    body = render(
        "search.html",
        site,
        profile=profile,
        query=SearchQuery(),
        overview=overview,
        found=None,
        facets=overview.facets,
        chips=(),
        cycles=cycles,
        sorts=SORT_TITLES,
    )
    return Representation(body=body)


def show_results(site: Site, profile: Profile, found: Found, cycles: Sequence[ShownCycle]) -> Representation:
    """Show a page of what was found."""
    body = render(
        "search.html",
        site,
        profile=profile,
        query=found.query,
        overview=None,
        found=found,
        facets=found.facets,
        chips=build_chips(found.query, found.facets),
        cycles=cycles,
        sorts=SORT_TITLES,
    )
    return Representation(body=body)


def build_chips(query: SearchQuery, facets: Sequence[Facet]) -> tuple[Chip, ...]:
    """Return what narrows a search beside its words, in the order of the facets."""
    return tuple(
        Chip(f"{facet.kind.title}: {value.label}", query.toggle(facet.kind.key, value.value))
        for facet in facets
        for value in facet.values
        if value.chosen
    )


__all__ = ["FoundRow", "answer", "build_chips", "show_overview", "show_results"]
