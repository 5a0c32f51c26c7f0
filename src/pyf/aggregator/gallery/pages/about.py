"""About: where the facts come from and how fresh they are, the rules, and how to get listed."""

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.assessment.checks import RULES, RULES_VERSION
from pyf.aggregator.assessment.remedies import fill
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.found import Freshness
from pyf.aggregator.gallery.responses import Representation, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import LIVES, VERDICTS, render


async def answer(request: Request, site: Site, collection: Collection) -> Response:
    """Answer ``/PROFILE/about/``."""
    return respond(request, show(site, collection, await collection.whole.read_freshness()))


def show(site: Site, collection: Collection, freshness: Freshness) -> Representation:
    """Show the rules as they are applied, from the same data."""
    rules = [(rule, fill(rule.question, {"framework": collection.framework})) for rule in RULES]
    body = render(
        "about.html",
        site,
        profile=collection.profile,
        framework=collection.framework,
        freshness=freshness,
        rules=rules,
        rules_version=RULES_VERSION,
        whole_weight=sum(rule.weight for rule in RULES),
        lives=LIVES,
        verdicts=VERDICTS,
    )
    return Representation(body=body)
