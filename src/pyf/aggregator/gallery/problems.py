"""The pages that say why another one is not there."""

from collections.abc import Sequence

from pyf.aggregator.documents.shown import Package, Row
from pyf.aggregator.gallery.responses import NOT_KEPT, Representation
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.templating import render
from pyf.aggregator.metadata.profile import Profile

NO_PACKAGE = "There is no such package in this profile."
HAS_LEFT = "This package was in this profile and has left it."
AWAY = "The server that holds the packages does not answer; try again soon."
NOT_FILLED = "Nothing has been collected yet."


def missing_page(
    site: Site, *, profile: Profile | None = None, name: str | None = None, nearest: Sequence[Row] = ()
) -> Representation:
    """Return the page for an address without a page; for a package, with the names that are the nearest."""
    body = render("missing.html", site, profile=profile, name=name, nearest=nearest)
    return Representation(body=body, status=404, error=NO_PACKAGE if name else "There is no such page.")


def left_page(site: Site, profile: Profile, package: Package) -> Representation:
    """Return the page of a package that was here and is no more."""
    body = render("left.html", site, profile=profile, package=package)
    return Representation(body=body, status=410, error=HAS_LEFT)


def away_page(site: Site, *, filled: bool = True) -> Representation:
    """Return the page for the time in which Typesense does not answer, or has nothing yet."""
    body = render("away.html", site, filled=filled)
    return Representation(body=body, status=503, cache=NOT_KEPT, error=AWAY if filled else NOT_FILLED)
