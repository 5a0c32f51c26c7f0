"""Feeds as answers: the same news in whichever format the address names."""

from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.gallery.news import Feed
from pyf.aggregator.gallery.representations.atom import build_atom
from pyf.aggregator.gallery.representations.json_feed import build_json_feed
from pyf.aggregator.gallery.responses import ATOM, JSON_FEED, Representation, respond
from pyf.aggregator.gallery.site import Site

SUFFIXES = ("atom", "json")


def respond_with_feed(request: Request, site: Site, feed: Feed, suffix: str) -> Response:
    """Answer with a feed: ``atom`` or ``json``."""
    return respond(request, show_feed(site, feed, suffix))


def show_feed(site: Site, feed: Feed, suffix: str) -> Representation:
    """Show a feed in one of the formats."""
    if suffix == "atom":
        return Representation(body=build_atom(feed, author=site.title), media_type=ATOM)
    return Representation(body=build_json_feed(feed, author=site.title), media_type=JSON_FEED)
