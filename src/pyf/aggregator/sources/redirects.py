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


def find_origin(asked: str, location: str | None) -> str | None:
    """Return the origin that ``Location`` names, ``http://127.0.0.1:8000``; ``None`` for what is no address.

    All of it: who goes elsewhere on the same host changes the port, or the scheme.
    """
    try:
        scheme, host, port = _get_origin(urljoin(asked, location or ""))
    except ValueError:
        return None
    if not host:
        return None
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}" + ("" if port is None else f":{port}")


def _get_origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
