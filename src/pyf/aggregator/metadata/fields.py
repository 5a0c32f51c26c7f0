"""Readings of single core metadata fields, whatever twenty years of uploads have put into them."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pyf.aggregator.metadata.repository import Missing, parse_repository_url
from pyf.aggregator.metadata.texts import clean_text

_URL_SCHEMES = frozenset({"http", "https", "ftp", "mailto"})


def clean_urls(value: object) -> dict[str, str]:
    """Return label → URL, from a mapping or from ``label, URL`` texts; unsafe ones go.

    An address that only git opens (``git@github.com:o/n.git``) becomes the repository's page.
    """
    return {
        label: link
        for key, text in _iterate_urls(value)
        if (label := clean_text(key)) and (url := clean_text(text)) and (link := _find_link(url))
    }


def _iterate_urls(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        for entry in value:
            if isinstance(entry, str):
                label, _, url = entry.partition(",")
                yield label, url


def _find_link(url: str) -> str | None:
    """Return the URL if a browser may open it, else the page of the repository that it names, if any."""
    if _is_link(url):
        return url
    repository = parse_repository_url(url)
    return None if isinstance(repository, Missing) else f"https://github.com/{repository}"


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in _URL_SCHEMES and bool(parts.netloc or parts.scheme == "mailto")
