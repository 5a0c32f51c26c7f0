"""The front page: the profiles; where there is only one, its page instead."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.found import Overview
from pyf.aggregator.gallery.responses import Representation, redirect, respond
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render


async def answer(request: Request, site: Site, collections: Sequence[Collection]) -> Response:
    """Answer ``/``."""
    if len(collections) == 1 and not site.static:
        return redirect(site.addresses.profile(collections[0].key), status=302)
    overviews = await asyncio.gather(*(collection.read_overview() for collection in collections))
    return respond(request, show(site, collections, overviews))


def show(site: Site, collections: Sequence[Collection], overviews: Sequence[Overview]) -> Representation:
    """Show each profile with its size and what is new in it."""
    shown = list(zip((collection.profile for collection in collections), overviews, strict=True))
    return Representation(body=render("front.html", site, profiles=shown))
