"""The maintainer's page of a package: what to mend, in order, with the line to write; and badges to copy."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.outcomes import Outcome
from pyf.aggregator.documents.shown import decode_package
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.pages.package import find_missing
from pyf.aggregator.gallery.responses import Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.jobs.check.named import explain_checks
from pyf.aggregator.metadata.model import normalize

BADGES = (("works-with", "Works with"), ("quality", "Quality"), ("life", "Life"))


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/packages/NAME/checks/``."""
    name = normalize(request.path_params["name"])
    if name != request.path_params["name"]:
        return redirect(site.addresses.checks(collection.key, name))
    document = await collection.find_document(name)
    if document is None:
        return respond(request, await find_missing(site, collection, name))
    return respond(request, show(site, collection, document))


def show(site: Site, collection: Collection, document: bytes) -> Representation:
    """Show what is to be mended first, then what is unknown, then what is well."""
    package = decode_package(document)
    checks = explain_checks(document, collection.profile, date.today())  # noqa: DTZ011 - a day, as cycles have
    ordered = sorted(checks, key=lambda check: -check.weight)
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
