"""Site maps, for search engines (https://www.sitemaps.org/protocol.html)."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from pyf.aggregator.gallery.templating import show_stamp

MOST_ADDRESSES = 50_000
"""A search engine takes no more from one file."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n'


def build_sitemap(addresses: Iterable[tuple[str, int | None]]) -> bytes:
    """Return the map of pages: URLs, each with the time of its last change in Unix seconds if known."""
    return _build("urlset", "url", addresses)


def build_index(addresses: Iterable[str]) -> bytes:
    """Return the map of maps."""
    return _build("sitemapindex", "sitemap", ((address, None) for address in addresses))


def _build(outer: str, inner: str, addresses: Iterable[tuple[str, int | None]]) -> bytes:
    root = Element(outer, {"xmlns": _NAMESPACE})
    for address, changed in addresses:
        element = SubElement(root, inner)
        SubElement(element, "loc").text = address
        if changed is not None:
            SubElement(element, "lastmod").text = show_stamp(changed)
    return _HEAD + tostring(root, encoding="unicode").encode()
