"""The maintainer's page of a package: what to mend, in order, with the line to write; and badges to copy."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.outcomes import Outcome
from pyf.aggregator.documents.shown import decode_package
from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_checks
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.pages.package import find_package
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.responses import JSON, Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.jobs.check.named import explain_checks
from pyf.aggregator.jobs.check.report import Checked
from pyf.aggregator.metadata.model import normalize

BADGES = (("works-with", "Works with"), ("quality", "Quality"), ("life", "Life"))


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME/checks/``."""
    name = request.path_params["name"]
    document = await collection.find_document(normalize(name)) if normalize(name) == name else None
    if document is None:
        found = await find_package(request, site, collection)
        return found if isinstance(found, Response) else respond(request, missing_page(site))
    return respond(request, show(site, collection, document))


async def answer_json(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME/checks.json``."""
    name = request.path_params["name"]
    document = await collection.find_document(normalize(name)) if normalize(name) == name else None
    if document is None:
        found = await find_package(request, site, collection)
        return found if isinstance(found, Response) else respond(request, missing_page(site))
    package = decode_package(document)
    body = encode(tell_checks(site, collection.profile, package, explain(collection, document)))
    return respond(request, Representation(body=body, media_type=JSON))


def explain(collection: Collection, document: bytes) -> tuple[Checked, ...]:
    """Return the checks of a document, each with what it asks and what would mend it."""
    return explain_checks(document, collection.profile, datetime.now(UTC).date())


def show(site: Site, collection: Collection, document: bytes) -> Representation:
    """Show what is to be mended first, then what is unknown, then what is well."""
    package = decode_package(document)
    ordered = sorted(explain(collection, document), key=lambda check: -check.weight)
    body = render(
        "checks.html",
        site,
        profile=collection.profile,
        package=package,
        failing=[check for check in ordered if check.outcome == Outcome.FAIL],
        unknown=[check for check in ordered if check.outcome == Outcome.UNKNOWN],
        passing=[check for check in ordered if check.outcome == Outcome.PASS],
        badges=BADGES,
    )
    return Representation(body=body)
