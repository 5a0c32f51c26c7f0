"""The search page of a profile or of one of its topics: results as one types, or what is worth a look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_found
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.feeds import respond_with_feed
from pyf.aggregator.gallery.found import Facet, Found, Overview, ShownCycle
from pyf.aggregator.gallery.news import Feed, build_release_entries
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.query import PAGE_SIZE, SORT_TITLES, SearchQuery, Sort, parse_query
from pyf.aggregator.gallery.representations.opensearch import build_suggestions
from pyf.aggregator.gallery.responses import JSON, Representation, redirect, respond
from pyf.aggregator.gallery.sections import Section, find_section
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile

MOST_OF_A_FILE = 250
"""A topic that is a file has no second page: so many of its packages, those of the highest rank."""
NEWS_SHOWN = 50
"""A feed of a search has so many of its packages, those released last."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that narrows the search, and the search without it."""

    label: str
    without: SearchQuery


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/`` and ``/PROFILE/for/TOPIC/``.

    The same search has one address, so another spelling of it is sent there.
    """
    section = find_section(site, collection.profile, request.path_params.get("topic"))
    if section is None:
        return respond(request, missing_page(site, profile=collection.profile))
    query = parse_query(request.query_params.multi_items(), collection.facets)
    if query.page == 1 and request.url.query and not str(query):
        return redirect(section.at(""), status=302)
    cycles = await collection.get_cycles()
    if query.is_empty and section.topic is None:
        overview = await collection.read_overview()
        return respond(request, show_overview(site, collection.profile, overview, cycles))
    page_size = MOST_OF_A_FILE if site.static else PAGE_SIZE
    found = await collection.search(query, within=section.filter_by, page_size=page_size)
    if query.page > found.pages:
        return respond(request, missing_page(site, profile=collection.profile))
    return respond(request, show_results(site, collection.profile, section, found, cycles))


async def answer_json(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE.json`` and ``/PROFILE/for/TOPIC.json``: a page of the search."""
    section = find_section(site, collection.profile, request.path_params.get("topic"))
    if section is None:
        return respond(request, missing_page(site, profile=collection.profile))
    query = parse_query(request.query_params.multi_items(), collection.facets)
    found = await collection.search(query, within=section.filter_by)
    to = site.addresses
    following = None
    if query.page < found.pages:
        following = to.absolute(to.other(section.at(str(query.turn(query.page + 1))), "json"))
    body = encode(tell_found(site, collection.profile, found, following))
    return respond(request, Representation(body=body, media_type=JSON))


async def answer_atom(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE.atom`` and ``/PROFILE/for/TOPIC.atom``: the latest releases of what is found."""
    section = find_section(site, collection.profile, request.path_params.get("topic"))
    if section is None:
        return respond(request, missing_page(site, profile=collection.profile))
    query = parse_query(request.query_params.multi_items(), collection.facets)
    query = replace(query, sort=Sort.NEWEST, page=1)
    found = await collection.search(query, within=section.filter_by, page_size=NEWS_SHOWN)
    to = site.addresses
    page = section.at(str(replace(query, sort=Sort.RELEVANCE)))
    feed = Feed(
        title=f"{section.title}{f' for “{query.words}”' if query.words else ''}",
        page=to.absolute(page),
        url=to.absolute(to.other(page, "atom")),
        entries=build_release_entries(site, collection.profile, (item.row for item in found.rows)),
    )
    return respond_with_feed(request, site, feed, "atom")


async def answer_suggestions(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/suggestions.json``, which browsers ask while somebody types in their address bar."""
    query = SearchQuery(words=parse_query(request.query_params.multi_items(), ()).words)
    rows = await collection.find_nearest(query.words, limit=8) if query.words else ()
    body = build_suggestions(site, collection.profile, query.words, rows)
    media_type = "application/x-suggestions+json"
    return respond(request, Representation(body=body, media_type=media_type))


def show_overview(
    site: Site, profile: Profile, overview: Overview, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show what is new, released lately and widely needed."""
    body = render(
        "search.html",
        site,
        profile=profile,
        section=find_section(site, profile, None),
        query=SearchQuery(),
        overview=overview,
        found=None,
        facets=overview.facets,
        chips=(),
        cycles=cycles,
        sorts=SORT_TITLES,
    )
    return Representation(body=body)


def show_results(
    site: Site, profile: Profile, section: Section, found: Found, cycles: Sequence[ShownCycle]
) -> Representation:
    """Show a page of what was found."""
    body = render(
        "search.html",
        site,
        profile=profile,
        section=section,
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
