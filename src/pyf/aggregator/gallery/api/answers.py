"""What the endpoints of the API answer with: each loads the values of one, and tells them in its shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pyf.aggregator.documents.shown import Package, decode_package
from pyf.aggregator.gallery.addresses import API
from pyf.aggregator.gallery.api import shapes
from pyf.aggregator.gallery.api.told import (
    tell_changes,
    tell_checks,
    tell_found,
    tell_list,
    tell_package,
    tell_people,
    tell_profile,
    tell_readiness,
    tell_rules,
    tell_topics,
)
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.pages import changes as changes_page
from pyf.aggregator.gallery.pages import checks as checks_page
from pyf.aggregator.gallery.pages import people as people_page
from pyf.aggregator.gallery.pages import ready as ready_page
from pyf.aggregator.gallery.problems import HAS_LEFT, NO_PACKAGE
from pyf.aggregator.gallery.query import parse_query
from pyf.aggregator.gallery.sections import find_section
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.model import NormalizedName, normalize


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
    packages = await collection.count_packages()
    return tell_profile(site, collection, packages, await collection.get_cycles())


async def search(request: Request, place: Place) -> msgspec.Struct:
    """Answer with a page of a search, in the whole profile or in the topic of the path."""
    collection = place.get_collection(request)
    section = find_section(place.site, collection.profile, request.path_params.get("topic"))
    if section is None:
        raise HTTPException(404, "There is no such topic in this profile.")
    query = parse_query(request.query_params.multi_items(), collection.facets)
    found = await collection.search(query, within=section.filter_by)
    following = _name_next(request, place, str(query.turn(query.page + 1)), last=query.page >= found.pages)
    return tell_found(place.site, collection.profile, found, following)


def _name_next(request: Request, place: Place, query: str, *, last: bool) -> str | None:
    """Return the address of the next page of what was asked for, unless this is the last one."""
    if last:
        return None
    to = place.site.addresses
    below = request.scope["raw_path"].decode("ascii", "replace").partition(API)[2]
    return to.absolute(f"{to.api(below)}?{query}")


async def get_package(request: Request, place: Place) -> msgspec.Struct:
    """Answer with a package."""
    collection = place.get_collection(request)
    return tell_package(place.site, collection.profile, await _get_package(request, collection))


async def get_checks(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the checks of a package."""
    collection, name = place.get_collection(request), normalize(request.path_params["name"])
    document = await collection.find_document(name)
    if document is None:
        await _tell_missing(collection, name)
    package = decode_package(document)
    return tell_checks(place.site, collection.profile, package, checks_page.explain(collection, document))


async def _get_package(request: Request, collection: Collection) -> Package:
    name = normalize(request.path_params["name"])
    package = await collection.find_package(name)
    if package is None:
        await _tell_missing(collection, name)
    return package


async def _tell_missing(collection: Collection, name: NormalizedName) -> NoReturn:
    """Say that there is no such package, as its page would: it has left, or there was none."""
    if await collection.find_left(name) is not None:
        raise HTTPException(410, HAS_LEFT)
    raise HTTPException(404, NO_PACKAGE)


async def list_changes(request: Request, place: Place) -> msgspec.Struct:
    """Answer with what has happened to all packages."""
    return await _tell_changes(request, place, place.get_collection(request), None)


async def list_changes_of_package(request: Request, place: Place) -> msgspec.Struct:
    """Answer with what has happened to one package."""
    collection = place.get_collection(request)
    package = await _get_package(request, collection)
    return await _tell_changes(request, place, collection, package.id)


async def _tell_changes(
    request: Request, place: Place, collection: Collection, project: NormalizedName | None
) -> shapes.ChangesTold:
    query, since = changes_page.read_query(request), request.query_params.get("since")
    found = await collection.changes.find_latest(
        kinds=query.kinds, page=query.page, project=project, since=None if since is None else int(since)
    )
    more = str(query.turn(query.page + 1)) + ("" if since is None else f"&since={since}")
    following = _name_next(request, place, more, last=query.page >= found.pages)
    return tell_changes(place.site, collection.profile, found, page=query.page, following=following)


async def list_topics(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the topics of a profile."""
    collection = place.get_collection(request)
    return tell_topics(place.site, collection.profile, await collection.count_topics())


async def list_people(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the owners and organizations of packages."""
    collection = place.get_collection(request)
    return tell_people(place.site, collection.profile, await collection.count_people())


async def get_person(request: Request, place: Place) -> msgspec.Struct:
    """Answer with the packages of an owner or organization."""
    collection, name = place.get_collection(request), request.path_params["person"]
    listing = await people_page.find_packages_of(collection, name)
    if listing is None:
        raise HTTPException(404, "Nobody of this name owns a package in this profile.")
    return tell_list(place.site, collection.profile, name, listing)


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
