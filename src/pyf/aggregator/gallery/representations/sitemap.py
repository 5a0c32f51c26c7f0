"""Site maps, for search engines (https://www.sitemaps.org/protocol.html)."""

from collections.abc import Iterable
from html import escape

from pyf.aggregator.gallery.representations.atom import clean_xml
from pyf.aggregator.gallery.templating import show_stamp

MOST_ADDRESSES = 50_000
"""A search engine takes no more from one file."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def build_sitemap(addresses: Iterable[tuple[str, int | None]]) -> bytes:
    """Return the map of pages: URLs, each with the time of its last change in Unix seconds if known."""
    return _build("urlset", "url", addresses)


def build_index(addresses: Iterable[str]) -> bytes:
    """Return the map of maps."""
    return _build("sitemapindex", "sitemap", ((address, None) for address in addresses))


def _build(outer: str, inner: str, addresses: Iterable[tuple[str, int | None]]) -> bytes:
    # Written as text: a tree of so many elements takes twice as long, and all other visitors wait.
    entries = [
        f"<{inner}><loc>{escape(clean_xml(address))}</loc>{_show_change(changed)}</{inner}>"
        for address, changed in addresses
    ]
    return f'{_HEAD}<{outer} xmlns="{_NAMESPACE}">{"".join(entries)}</{outer}>'.encode()


def _show_change(changed: int | None) -> str:
    stamp = show_stamp(changed)
    return f"<lastmod>{stamp}</lastmod>" if stamp else ""
