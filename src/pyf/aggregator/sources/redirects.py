"""Where an answer that has moved stands now: on the same host, else nowhere. Pure."""

from urllib.parse import urljoin, urlsplit

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def find_same_origin(asked: str, location: str | None, url: str) -> str | None:
    """Return where ``Location`` leads from ``asked``, ``None`` unless that has the origin of ``url``.

    Whatever another host says is no word of the source that the settings name.
    """
    try:
        there = urljoin(asked, location or "")
        return there if _get_origin(there) == _get_origin(url) else None
    except ValueError:
        return None


def find_host(asked: str, location: str | None) -> str | None:
    """Return the host that ``Location`` names, ``None`` for what is no address of any."""
    try:
        return urlsplit(urljoin(asked, location or "")).hostname
    except ValueError:
        return None


def _get_origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
