"""The endpoints of the API, as data: what each is called by, what it takes, and the shape of its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.gallery.api import answers, shapes
from pyf.aggregator.gallery.api.answers import Place
from pyf.aggregator.gallery.api.parameters import (
    PAGE,
    Parameter,
    build_change_parameters,
    build_search_parameters,
    find_mistake,
)
from pyf.aggregator.gallery.responses import JSON, Representation, respond, show_refusal

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


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        path="/profiles",
        name="listProfiles",
        summary="All profiles",
        shape=shapes.ProfileList,
        answer=answers.list_profiles,
    ),
    Endpoint(
        path="/profiles/{profile}",
        name="getProfile",
        summary="A profile",
        shape=shapes.ProfileTold,
        answer=answers.get_profile,
    ),
    Endpoint(
        path="/profiles/{profile}/packages",
        name="searchPackages",
        summary="Packages of a profile, found by words and narrowed by facets",
        shape=shapes.SearchFound,
        answer=answers.search,
        parameters=build_search_parameters(),
    ),
    Endpoint(
        path="/profiles/{profile}/packages/{name}",
        name="getPackage",
        summary="All that is known of a package",
        shape=shapes.WholePackage,
        answer=answers.get_package,
    ),
    Endpoint(
        path="/profiles/{profile}/packages/{name}/checks",
        name="getChecks",
        summary="What was checked of a package, and what would mend it",
        shape=shapes.ChecksTold,
        answer=answers.get_checks,
    ),
    Endpoint(
        path="/profiles/{profile}/packages/{name}/changes",
        name="listChangesOfPackage",
        summary="What has happened to a package, the latest first",
        shape=shapes.ChangesTold,
        answer=answers.list_changes_of_package,
        parameters=build_change_parameters(),
    ),
    Endpoint(
        path="/profiles/{profile}/changes",
        name="listChanges",
        summary="What has happened to the packages of a profile, the latest first",
        shape=shapes.ChangesTold,
        answer=answers.list_changes,
        parameters=build_change_parameters(),
    ),
    Endpoint(
        path="/profiles/{profile}/topics",
        name="listTopics",
        summary="The topics of a profile, with how many packages each has",
        shape=shapes.TopicList,
        answer=answers.list_topics,
    ),
    Endpoint(
        path="/profiles/{profile}/topics/{topic}/packages",
        name="searchTopic",
        summary="Packages of a topic, found by words and narrowed by facets",
        shape=shapes.SearchFound,
        answer=answers.search,
        parameters=build_search_parameters(),
    ),
    Endpoint(
        path="/profiles/{profile}/people",
        name="listPeople",
        summary="The accounts and organizations on PyPI that own the most packages of a profile",
        shape=shapes.PersonList,
        answer=answers.list_people,
    ),
    Endpoint(
        path="/profiles/{profile}/people/{person}",
        name="getPerson",
        summary="The packages of an account or organization on PyPI, those of the highest rank",
        shape=shapes.PackageList,
        answer=answers.get_person,
    ),
    Endpoint(
        path="/profiles/{profile}/readiness",
        name="listReadiness",
        summary="How far the packages are with every version of the framework",
        shape=shapes.ReadinessList,
        answer=answers.list_readiness,
    ),
    Endpoint(
        path="/profiles/{profile}/readiness/{cycle}",
        name="getReadiness",
        summary="How far the packages are with one version, such as 6.2",
        shape=shapes.ReadinessTold,
        answer=answers.get_readiness,
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
        answer=answers.get_rules,
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
