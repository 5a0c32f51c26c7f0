"""The endpoints of the API, as data: what each is called by, what it takes, what it answers with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.documents.shown import decode_package
from pyf.aggregator.gallery.api import shapes
from pyf.aggregator.gallery.api.parameters import (
    PAGE,
    Parameter,
    build_search_parameters,
    find_mistake,
)
from pyf.aggregator.gallery.api.told import (
    tell_checks,
    tell_found,
    tell_package,
    tell_profile,
    tell_readiness,
    tell_rules,
)
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.pages import checks as checks_page
from pyf.aggregator.gallery.pages import ready as ready_page
from pyf.aggregator.gallery.problems import NO_PACKAGE
from pyf.aggregator.gallery.query import parse_query
from pyf.aggregator.gallery.responses import JSON, Representation, respond, show_refusal
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.model import normalize


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an endpoint works with: the site and its collections, one of which the path may name."""

    site: Site
    collections: Mapping[str, Collection]

    def get_collection(self, request: Request) -> Collection:
        """Return the collection of the path. Raises :class:`HTTPException` 404."""
        found = self.collections.get(request.path_params["profile"])
        if found is None:
            raise HTTPException(404, "There is no such profile.")
        return found


type Answering = Callable[[Request, Place], Awaitable[msgspec.Struct]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One ``GET``: its path below the API's, and the shape of its answer."""

    path: str
    name: str
    summary: str
    shape: type[msgspec.Struct]
    answer: Answering
    parameters: tuple[Parameter, ...] = ()


async def list_profiles(request: Request, place: Place) -> msgspec.Struct:
    """Answer with all profiles."""
    del request
    return shapes.ProfileList(
        profiles=[await _tell_profile(place.site, collection) for collection in place.collections.values()]
    )


async def get_profile(request: Request, place: Place) -> msgspec.Struct:
    """Answer with one profile."""
    return await _tell_profile(place.site, place.get_collection(request))


async def _tell_profile(site: Site, collection: Collection) -> shapes.ProfileTold:
    listing = await collection.list_packages("", sort_by="name_sortable:asc", limit=1)
    return tell_profile(site, collection, listing.total, await collection.get_cycles())


async def search(request: Request, place: Place) -> msgspec.Struct:
    """Answer with a page of a search."""
    collection = place.get_collection(request)
    query = parse_query(request.query_params.multi_items(), collection.facets)
    found = await collection.search(query)
    following = None
    if query.page < found.pages:
        path = place.site.addresses.api(f"/profiles/{collection.key}/packages")
        following = place.site.addresses.absolute(f"{path}?{query.turn(query.page + 1)}")
    return tell_found(place.site, collection.profile, found, following)


async def get_package(request: Request, place: Place) -> msgspec.Struct:
    """Answer with a package."""
    collection = place.get_collection(request)
    package = await collection.find_package(normalize(request.path_params["name"]))
    if package is None:
        raise HTTPException(404, NO_PACKAGE)
    return tell_package(place.site, collection.profile, package)


async def get_checks(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the checks of a package."""
    collection = place.get_collection(request)
    document = await collection.find_document(normalize(request.path_params["name"]))
    if document is None:
        raise HTTPException(404, NO_PACKAGE)
    package = decode_package(document)
    return tell_checks(place.site, collection.profile, package, checks_page.explain(collection, document))


async def list_readiness(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the readiness for all versions."""
    collection = place.get_collection(request)
    found = [
        tell_readiness((await collection.whole.get_readiness(cycle.version))[0])
        for cycle in await collection.get_cycles()
    ]
    return shapes.ReadinessList(profile=collection.key, versions=found)


async def get_readiness(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the readiness for one version."""
    collection = place.get_collection(request)
    cycle = await ready_page.find_cycle(collection, request.path_params["cycle"])
    if cycle is None:
        raise HTTPException(404, "No package was judged for such a version.")
    return await ready_page.tell(request, collection, cycle)


async def get_rules(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the rules by which packages are checked."""
    del request, place
    return tell_rules()


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        path="/profiles",
        name="listProfiles",
        summary="All profiles",
        shape=shapes.ProfileList,
        answer=list_profiles,
    ),
    Endpoint(
        path="/profiles/{profile}",
        name="getProfile",
        summary="A profile",
        shape=shapes.ProfileTold,
        answer=get_profile,
    ),
    Endpoint(
        path="/profiles/{profile}/packages",
        name="searchPackages",
        summary="Packages of a profile, found by words and narrowed by facets",
        shape=shapes.SearchFound,
        answer=search,
        parameters=build_search_parameters(),
    ),
    Endpoint(
        path="/profiles/{profile}/packages/{name}",
        name="getPackage",
        summary="All that is known of a package",
        shape=shapes.WholePackage,
        answer=get_package,
    ),
    Endpoint(
        path="/profiles/{profile}/packages/{name}/checks",
        name="getChecks",
        summary="What was checked of a package, and what would mend it",
        shape=shapes.ChecksTold,
        answer=get_checks,
    ),
    Endpoint(
        path="/profiles/{profile}/readiness",
        name="listReadiness",
        summary="How far the packages are with every version of the framework",
        shape=shapes.ReadinessList,
        answer=list_readiness,
    ),
    Endpoint(
        path="/profiles/{profile}/readiness/{cycle}",
        name="getReadiness",
        summary="How far the packages are with one version, such as 6.2",
        shape=shapes.ReadinessTold,
        answer=get_readiness,
        parameters=(
            Parameter(
                name="verdict",
                schema={"type": "string", "enum": [str(verdict) for verdict in Verdict]},
                meaning="List the packages with this verdict, 200 a page; without it 20 of each.",
            ),
            Parameter(name="page", schema=PAGE, meaning="Which page of a verdict's list, from 1."),
        ),
    ),
    Endpoint(
        path="/rules",
        name="getRules",
        summary="The rules by which packages are checked, with their weights",
        shape=shapes.RulesTold,
        answer=get_rules,
    ),
)


def build_handler(endpoint: Endpoint, place: Place) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of an endpoint; what it refuses is told in JSON as well."""

    async def handle(request: Request) -> Response:
        if (mistake := find_mistake(request.query_params.multi_items(), endpoint.parameters)) is not None:
            return refuse(request, 400, mistake)
        try:
            shape = await endpoint.answer(request, place)
        except HTTPException as error:
            return refuse(request, error.status_code, error.detail)
        return respond(request, Representation(body=shapes.encode(shape), media_type=JSON))

    return handle


def refuse(request: Request, status: int, sentence: str) -> Response:
    """Answer with why there is no answer."""
    return respond(request, show_refusal(status, sentence))
