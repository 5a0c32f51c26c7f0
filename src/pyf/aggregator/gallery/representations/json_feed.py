"""Feeds in JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from typing import Any

import msgspec

from pyf.aggregator.gallery.news import Entry, Feed
from pyf.aggregator.gallery.templating import show_stamp


def build_json_feed(feed: Feed, *, author: str) -> bytes:
    """Return the feed as JSON."""
    return msgspec.json.encode(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page,
            "feed_url": feed.url,
            "language": "en",
            "authors": [{"name": author}],
            "items": [_build_item(entry) for entry in feed.entries],
        }
    )


def _build_item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        # An item has to have one of the two kinds of content.
        "content_text": entry.text or entry.title,
        "date_published": show_stamp(entry.time),
    }
    if entry.author:
        item["authors"] = [{"name": entry.author}]
    if entry.tags:
        item["tags"] = list(entry.tags)
    return item
