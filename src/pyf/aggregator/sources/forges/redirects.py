"""Where a renamed repository's answer stands now: on the same host, else nowhere. Pure."""

from urllib.parse import urljoin, urlsplit

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 307, 308})


def find_same_origin(asked: str, location: str | None, url: str) -> str | None:
    """Return where ``Location`` leads from ``asked``, ``None`` unless that has the origin of ``url``.

    Whatever another host says of a repository is no word of this forge's.
    """
    there = urljoin(asked, location or "")
    try:
        return there if _get_origin(there) == _get_origin(url) else None
    except ValueError:
        return None


def _get_origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
