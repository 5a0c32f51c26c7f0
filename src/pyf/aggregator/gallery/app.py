"""The application: which handler answers at which address, and what is said where none can."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyf.aggregator.errors.typesense import CollectionNotFound, SearchError
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.pages import about, checks, front, lists, package, people, ready, search
from pyf.aggregator.gallery.problems import away_page, missing_page
from pyf.aggregator.gallery.responses import FOR_GOOD, NOT_KEPT, Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import get_static, list_static_names
from pyf.aggregator.typesense.reader import Reader

logger = logging.getLogger(__name__)

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
RETRY_SECONDS = 10


def build_app(site: Site, reader: Reader) -> Starlette:
    """Return the gallery as an ASGI application; it opens and closes nothing."""
    prefix = site.addresses.prefix
    collections = {profile.key: Collection(profile, reader) for profile in site.profiles}

    def page(
        handler: Callable[[Request, Site, Collection], Awaitable[Response]],
    ) -> Callable[..., Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            collection = collections.get(request.path_params["profile"])
            if collection is None:
                raise HTTPException(404)
            return await handler(request, site, collection)

        return answer

    async def show_front(request: Request) -> Response:
        return await front.answer(request, site, list(collections.values()))

    routes = [
        Route(f"{prefix}/", show_front),
        Route(f"{prefix}/static/{{digest}}/{{name}}", _answer_static),
        Route(f"{prefix}/{{profile}}/", page(search.answer)),
        Route(f"{prefix}/{{profile}}/new/", page(partial(lists.answer, kind=lists.NEW))),
        Route(f"{prefix}/{{profile}}/releases/", page(partial(lists.answer, kind=lists.RELEASES))),
        Route(f"{prefix}/{{profile}}/packages/{{name}}/", page(package.answer)),
        Route(f"{prefix}/{{profile}}/packages/{{name}}/checks/", page(checks.answer)),
        Route(f"{prefix}/{{profile}}/ready/", page(ready.answer_all)),
        Route(f"{prefix}/{{profile}}/ready/{{cycle}}/", page(ready.answer)),
        Route(f"{prefix}/{{profile}}/people/{{name}}/", page(people.answer)),
        Route(f"{prefix}/{{profile}}/about/", page(about.answer)),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            404: lambda request, _: respond(request, missing_page(site)),
            SearchError: lambda request, error: _answer_away(request, site, error),
        },
    )
    app.router.redirect_slashes = False
    return app


async def _answer_static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in list_static_names():
        raise HTTPException(404)
    content, digest = get_static(name)
    cache = FOR_GOOD if digest == request.path_params["digest"] else NOT_KEPT
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return respond(request, Representation(body=content, media_type=media_type, cache=cache, shared=True))


def _answer_away(request: Request, site: Site, error: Exception) -> Response:
    """Say that the gallery cannot look now; what is wrong stands in the log, for the operator."""
    logger.warning("%s %s", "A page could not be shown.", error)
    missing = isinstance(error, CollectionNotFound)
    response = respond(request, away_page(site, filled=not missing))
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
