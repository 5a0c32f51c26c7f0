"""Feeds in Atom 1.0 (RFC 4287)."""

import re
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from pyf.aggregator.gallery.news import Entry, Feed
from pyf.aggregator.gallery.templating import show_stamp

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may have (https://www.w3.org/TR/xml/#charsets)."""


def build_atom(feed: Feed, *, author: str) -> bytes:
    """Return the feed; ``author`` is who stands behind it as a whole, which every feed has to say."""
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _add(root, "title", feed.title)
    _add(root, "id", feed.url)
    _add_link(root, "self", "application/atom+xml", feed.url)
    _add_link(root, "alternate", "text/html", feed.page)
    _add(root, "updated", show_stamp(feed.time))
    _add(SubElement(root, "author"), "name", author)
    for entry in feed.entries:
        _add_entry(root, entry)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode()


def _add_entry(root: Element, entry: Entry) -> None:
    element = SubElement(root, "entry")
    _add(element, "title", entry.title)
    _add(element, "id", entry.id)
    _add_link(element, "alternate", "text/html", entry.url)
    _add(element, "updated", show_stamp(entry.time))
    _add(element, "published", show_stamp(entry.time))
    if entry.author:
        _add(SubElement(element, "author"), "name", entry.author)
    for tag in entry.tags:
        SubElement(element, "category", {"term": clean_xml(tag)})
    if entry.text:
        _add(element, "content", f"<p>{escape(entry.text)}</p>").set("type", "html")


def _add_link(parent: Element, relation: str, media_type: str, address: str) -> None:
    SubElement(parent, "link", {"rel": relation, "type": media_type, "href": clean_xml(address)})


def _add(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = clean_xml(text)
    return element


def clean_xml(text: str) -> str:
    """Return a text without the characters that no XML may have."""
    return _NOT_XML.sub("", text)
