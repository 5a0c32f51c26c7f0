"""The application: which handler answers at which address, and what is said where none can."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pyf.aggregator.errors.typesense import CollectionNotFound, SearchError
from pyf.aggregator.gallery import health, machines
from pyf.aggregator.gallery.addresses import API
from pyf.aggregator.gallery.api.answers import Place
from pyf.aggregator.gallery.api.endpoints import ENDPOINTS, build_handler, refuse
from pyf.aggregator.gallery.api.export import Export
from pyf.aggregator.gallery.api.openapi import build_openapi
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.feeds import SUFFIXES
from pyf.aggregator.gallery.metrics import Metrics
from pyf.aggregator.gallery.pages import (
    about,
    changes,
    checks,
    front,
    lists,
    names,
    package,
    people,
    ready,
    search,
)
from pyf.aggregator.gallery.problems import away_page, missing_page
from pyf.aggregator.gallery.representations.badges import BadgeKind
from pyf.aggregator.gallery.responses import FOR_GOOD, JSON, NOT_KEPT, Representation, redirect, respond
from pyf.aggregator.gallery.sharing import METHODS, share, wants_json
from pyf.aggregator.gallery.site import OWN_STYLE, Site
from pyf.aggregator.gallery.templating import get_static, list_static_names
from pyf.aggregator.typesense.reader import Reader

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
_STATIC_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

type Answering = Callable[[Request, Site, Collection], Awaitable[Response]]
type Handler = Callable[[Request], Awaitable[Response]]


def build_app(
    site: Site, reader: Reader, *, collections: Mapping[str, Collection] | None = None
) -> Starlette:
    """Return the gallery as an ASGI application; it opens and closes nothing.

    ``collections`` are those of the site's profiles, by default read by ``reader``.
    """
    metrics = Metrics()
    reader = metrics.time(reader)
    if collections is None:
        collections = {profile.key: Collection(profile, reader) for profile in site.profiles}
    prefix = site.addresses.prefix
    routes = [
        *_build_own_routes(site, collections, metrics),
        *_build_api_routes(site, collections),
        *_build_page_routes(site, collections),
    ]
    app = Starlette(
        routes=[Route(f"{prefix}{path}", handler) for path, handler in routes],
        exception_handlers={
            HTTPException: partial(_answer_refusal, site),
            SearchError: partial(_answer_away, site),
        },
    )
    app.add_middleware(_hurry, reader=reader)
    app.add_middleware(share, to=site.addresses)
    app.add_middleware(metrics.count)
    app.router.redirect_slashes = False
    return app


def _hurry(app: ASGIApp, reader: Reader) -> ASGIApp:
    """Return the application with one patience for all that a page asks of Typesense."""

    async def hurried(scope: Scope, receive: Receive, send: Send) -> None:
        with reader.share_patience():
            await app(scope, receive, send)

    return hurried


def _build_own_routes(
    site: Site, collections: Mapping[str, Collection], metrics: Metrics
) -> list[tuple[str, Handler]]:
    """Return what is not about one profile."""
    shelf = list(collections.values())

    async def show_front(request: Request) -> Response:
        return await front.answer(request, site, shelf)

    async def show_robots(request: Request) -> Response:
        return respond(request, machines.show_robots(site))

    async def show_map(request: Request) -> Response:
        return await machines.answer_index(request, site, shelf)

    async def show_opensearch(request: Request) -> Response:
        return await machines.answer_opensearch(request, site, shelf[0])

    async def show_ready(request: Request) -> Response:
        return await health.answer_ready(request, shelf)

    return [
        ("/", show_front),
        ("/static/{digest}/{name}", partial(_answer_static, site)),
        ("/robots.txt", show_robots),
        ("/sitemap.xml", show_map),
        ("/opensearch.xml", show_opensearch),
        ("/healthz", health.answer_alive),
        ("/readyz", show_ready),
        ("/metrics", metrics.answer),
    ]


def _build_api_routes(site: Site, collections: Mapping[str, Collection]) -> list[tuple[str, Handler]]:
    place = Place(site=site, collections=collections)
    description = build_openapi(site)

    async def show_openapi(request: Request) -> Response:
        return respond(request, Representation(body=description, media_type=JSON))

    async def find_nothing(request: Request) -> Response:
        return refuse(request, 404, "There is no such endpoint; openapi.json has all of them.")

    return [
        (f"{API}/openapi.json", show_openapi),
        (f"{API}/profiles/{{profile}}/export.jsonl.gz", Export(place).answer),
        *((API + endpoint.path, build_handler(endpoint, place)) for endpoint in ENDPOINTS),
        (f"{API}/{{rest:path}}", find_nothing),
    ]


def _build_page_routes(site: Site, collections: Mapping[str, Collection]) -> list[tuple[str, Handler]]:
    """Return the pages of profiles: those of JSON and feeds before those whose last part takes any name."""

    def page(answering: Answering) -> Handler:
        async def answer(request: Request) -> Response:
            collection = collections.get(request.path_params["profile"])
            if collection is None:
                raise HTTPException(404)
            return await answering(request, site, collection)

        return answer

    one = "/{profile}/packages/{name}"
    answered: list[tuple[str, Answering]] = [
        ("/{profile}.json", search.answer_json),
        ("/{profile}.atom", search.answer_atom),
        ("/{profile}/", search.answer),
        ("/{profile}/suggestions.json", search.answer_suggestions),
        ("/{profile}/opensearch.xml", machines.answer_opensearch),
        ("/{profile}/sitemap-{number:int}.xml", machines.answer_map),
        *_build_list_routes(),
        *_build_badge_routes(one),
        *_build_change_routes(one),
        ("/{profile}/for/{topic}/", search.answer),
        ("/{profile}/for/{topic}.json", search.answer_json),
        ("/{profile}/for/{topic}.atom", search.answer_atom),
        (f"{one}/releases.atom", partial(package.answer_releases, suffix="atom")),
        (f"{one}/releases.json", partial(package.answer_releases, suffix="json")),
        (f"{one}/checks/", checks.answer),
        (f"{one}/checks.json", checks.answer_json),
        (f"{one}/", package.answer),
        (f"{one}.json", package.answer_json),
        ("/{profile}/ready/", ready.answer_all),
        ("/{profile}/ready.json", ready.answer_all_json),
        ("/{profile}/ready/{cycle}/", ready.answer),
        ("/{profile}/ready/{cycle}.json", ready.answer_json),
        ("/{profile}/people/{name}/", people.answer),
        ("/{profile}/people/{name}.json", partial(people.answer_other, suffix="json")),
        ("/{profile}/people/{name}.atom", partial(people.answer_other, suffix="atom")),
        ("/{profile}/all/", names.answer),
        ("/{profile}/all/{number:int}/", names.answer),
        ("/{profile}/about/", about.answer),
    ]
    routes = [(path, page(answering)) for path, answering in answered]
    return routes + [(path.removesuffix("/"), _add_slash) for path, _ in routes if path.endswith("}/")]


def _build_list_routes() -> list[tuple[str, Answering]]:
    routes: list[tuple[str, Answering]] = []
    for kind in lists.ALL_LISTS:
        routes.append((f"/{{profile}}/{kind.name}/", partial(lists.answer, kind=kind)))
        routes += [
            (f"/{{profile}}/{kind.name}.{suffix}", partial(lists.answer_feed, kind=kind, suffix=suffix))
            for suffix in kind.suffixes
        ]
    return routes


def _build_change_routes(one: str) -> list[tuple[str, Answering]]:
    routes: list[tuple[str, Answering]] = [
        ("/{profile}/changes/", changes.answer),
        (f"{one}/changes/", changes.answer_of_package),
    ]
    for suffix in SUFFIXES:
        routes.append((f"/{{profile}}/changes.{suffix}", partial(changes.answer_feed, suffix=suffix)))
        routes.append((f"{one}/changes.{suffix}", partial(changes.answer_feed_of_package, suffix=suffix)))
    return routes


def _build_badge_routes(one: str) -> list[tuple[str, Answering]]:
    return [
        (f"{one}/badge/{kind}.{suffix}", partial(package.answer_badge, kind=kind, suffix=suffix))
        for kind in BadgeKind
        for suffix in ("svg", "json")
    ]


async def _add_slash(request: Request) -> Response:
    """Send an address without its last slash to the one with it, which is the page's own."""
    query = f"?{request.url.query}" if request.url.query else ""
    return redirect(f"{request.scope['raw_path'].decode('ascii', 'replace')}/{query}")


async def _answer_static(site: Site, request: Request) -> Response:
    name = request.path_params["name"]
    if name == OWN_STYLE and site.own_style is not None:
        content, path = site.own_style, site.own_style_path
    elif name in list_static_names():
        content, digest = get_static(name)
        path = f"{site.addresses.prefix}/static/{digest}/{name}"
    else:
        raise HTTPException(404)
    cache = FOR_GOOD if request.url.path == path else NOT_KEPT
    media_type = _STATIC_TYPES[name.rpartition(".")[2]]
    return respond(request, Representation(body=content, media_type=media_type, cache=cache))


async def _answer_refusal(site: Site, request: Request, error: Exception) -> Response:
    """Answer where there is no page, or another method than GET was tried."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 404:  # noqa: PLR2004 - RFC 9110, 15.5.5
        return respond(request, missing_page(site))
    headers = error.headers if isinstance(error, HTTPException) else None
    if not wants_json(site.addresses, request.url.path):
        return Response(status_code=status, headers=headers)
    response = refuse(request, status, "Only GET and HEAD are answered here.")
    response.headers["Allow"] = METHODS
    return response


async def _answer_away(site: Site, request: Request, error: Exception) -> Response:
    """Say that the gallery cannot look now; what is wrong stands in the log, for the operator."""
    logger.warning("%s cannot be shown: %s", request.url.path, error)
    shown = away_page(site, filled=not isinstance(error, CollectionNotFound))
    if request.url.path.startswith(site.addresses.api()):
        response = refuse(request, shown.status, shown.error)
    else:
        response = respond(request, shown)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    response.headers["Cache-Control"] = NOT_KEPT
    return response
