"""For browsers that search here from their address bar (OpenSearch 1.1, draft 6)."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from pyf.aggregator.documents.shown import Row
from pyf.aggregator.gallery.representations.atom import clean_xml
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.profile import Profile

_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
_LONGEST_SHORT_NAME = 16
_TERMS = "{searchTerms}"


def build_description(site: Site, profile: Profile) -> bytes:
    """Return what a browser has to know: where to search, and where suggestions come from."""
    root = Element("OpenSearchDescription", {"xmlns": _NAMESPACE})
    SubElement(root, "ShortName").text = clean_xml(profile.name)[:_LONGEST_SHORT_NAME]
    SubElement(root, "Description").text = clean_xml(f"Python packages for {profile.name}")
    to = site.addresses
    page = to.absolute(to.profile(profile.key))
    SubElement(root, "Url", {"type": "text/html", "template": f"{page}?q={_TERMS}"})
    suggestions = to.absolute(to.other(to.listing(profile.key, "suggestions"), "json"))
    SubElement(
        root, "Url", {"type": "application/x-suggestions+json", "template": f"{suggestions}?q={_TERMS}"}
    )
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode()


def build_suggestions(site: Site, profile: Profile, words: str, rows: Sequence[Row]) -> bytes:
    """Return the four lists that browsers expect: the words, then names, summaries and addresses."""
    to = site.addresses
    return msgspec.json.encode(
        [
            words,
            [row.name for row in rows],
            [row.summary or "" for row in rows],
            [to.absolute(to.package(profile.key, row.id)) for row in rows],
        ]
    )
