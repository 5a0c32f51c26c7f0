"""The pages that say why another one is not there."""

from collections.abc import Sequence

from pyf.aggregator.documents.shown import Package, Row
from pyf.aggregator.gallery.responses import NOT_KEPT, Representation
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile


def missing_page(
    site: Site, *, profile: Profile | None = None, name: str | None = None, nearest: Sequence[Row] = ()
) -> Representation:
    """Return the page for an address without a page; for a package, with the names that are the nearest."""
    body = render("missing.html", site, profile=profile, name=name, nearest=nearest)
    return Representation(body=body, status=404)


def left_page(site: Site, profile: Profile, package: Package) -> Representation:
    """Return the page of a package that was here and is no more."""
    body = render("left.html", site, profile=profile, package=package)
    return Representation(body=body, status=410)


def away_page(site: Site, *, filled: bool = True) -> Representation:
    """Return the page for the time in which Typesense does not answer, or has nothing yet."""
    return Representation(body=render("away.html", site, filled=filled), status=503, cache=NOT_KEPT)
