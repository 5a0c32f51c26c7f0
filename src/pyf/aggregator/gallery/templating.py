"""Templates: Jinja with every value escaped, and the words and marks that all pages share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pyf.aggregator.gallery.found import find_newest_supported, find_working_version
from pyf.aggregator.gallery.query import SearchQuery
from pyf.aggregator.gallery.site import Site

_PACKAGE = "pyf.aggregator.gallery"
_SHOWN_SCHEMES = ("http", "https", "mailto")


class Mark(NamedTuple):
    """How a word is shown beside its text: by a shape and a tone, so that colour alone says nothing."""

    tone: str
    shape: str
    text: str
    meaning: str


LIVES: Mapping[str, Mark] = MappingProxyType(
    {
        "alive": Mark("alive", "●", "alive", "It declares or allows a supported version."),
        "outdated": Mark("caution", "◐", "outdated", "It works with no supported version."),
        "unknown": Mark("unknown", "○", "unknown", "Nothing says whether it is alive."),
        "inactive": Mark("ended", "■", "inactive", "Its owner develops it no further."),
        "archived": Mark("ended", "■", "archived", "Its owner archived it."),
        "yanked": Mark("ended", "■", "yanked", "All of its releases were yanked."),
        "quarantined": Mark("ended", "■", "quarantined", "PyPI withholds it."),
    }
)

VERDICTS: Mapping[str, Mark] = MappingProxyType(
    {
        "declared": Mark("alive", "●", "declared", "A classifier names it, and the requirements admit it."),
        "allowed": Mark("alive", "◉", "allowed", "The requirements admit it; no classifier names it."),
        "untested": Mark(
            "caution", "◐", "untested", "The requirements admit it, but the release is older than it."
        ),
        "contradicted": Mark(
            "ended", "■", "contradicted", "A classifier names it, but the requirements do not admit it."
        ),
        "excluded": Mark("ended", "■", "excluded", "The requirements do not admit it."),
        "blocked": Mark("ended", "■", "blocked", "It requires a package that does not work with it."),
        "unknown": Mark("unknown", "○", "unknown", "The release says nothing of it."),
    }
)

OUTCOMES: Mapping[str, Mark] = MappingProxyType(
    {
        "pass": Mark("alive", "●", "passes", "The check passes."),
        "fail": Mark("ended", "■", "fails", "The check fails."),
        "unknown": Mark("unknown", "○", "unknown", "Nobody could tell."),
    }
)

CHANGES: Mapping[str, Mark] = MappingProxyType(
    {
        "added": Mark("alive", "+", "added", "It came into the collection."),
        "released": Mark("alive", "●", "released", "There is a new release."),
        "yanked": Mark("caution", "◐", "yanked", "A release was taken back."),
        "left": Mark("ended", "■", "left", "It is not in the collection any more."),
        "archived": Mark("ended", "■", "archived", "Its owner archived it."),
        "unarchived": Mark("alive", "●", "no longer archived", "Its owner took it up again."),
        "quarantined": Mark("ended", "■", "quarantined", "PyPI withholds it."),
        "unquarantined": Mark("alive", "●", "out of quarantine", "PyPI shows it again."),
        "works-with": Mark("alive", "●", "works with", "A version is declared or allowed now."),
        "no-longer-works-with": Mark("caution", "◐", "no longer works with", "A version is refused now."),
        "vulnerable": Mark("ended", "■", "vulnerable", "An advisory stands against the latest release."),
        "fixed": Mark("alive", "●", "fixed", "No advisory stands against the latest release any more."),
        "license-changed": Mark("unknown", "○", "licence changed", "It has another licence."),
        "owner-changed": Mark("unknown", "○", "owner changed", "Its owners on PyPI changed."),
        "repository-moved": Mark("unknown", "○", "repository moved", "Its repository has another address."),
    }
)

EVIDENCES: Mapping[str, str] = MappingProxyType(
    {
        "attested": "PyPI saw the release come from there",
        "owner": "it belongs to an owner of the package, or both are called alike",
        "labelled": "a link of the package is labelled so",
        "readme": "the README links it",
    }
)

_UNKNOWN = Mark("unknown", "○", "unknown", "Nobody has looked yet.")


@cache
def get_static(name: str) -> tuple[bytes, str]:
    """Return one of our files, and a digest of it for its address."""
    content = files(_PACKAGE).joinpath("static", name).read_bytes()
    return content, blake2b(content, digest_size=6).hexdigest()


@cache
def _get_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "day": show_day,
        "stamp": show_stamp,
        "number": show_number,
        "or_dash": lambda value: "-" if value is None else f"{value:,}",
        "count": count,
        "safe_url": keep_safe_url,
        "host": show_host,
        "host_and_path": show_host_and_path,
        "search_for": lambda words: str(SearchQuery(words=words)),
        "life": lambda word: LIVES.get(word or "", _UNKNOWN),
        "verdict": lambda word: VERDICTS.get(word or "", _UNKNOWN),
        "outcome": lambda word: OUTCOMES.get(word or "", _UNKNOWN),
        "change": lambda word: CHANGES.get(word or "", Mark("unknown", "○", word or "", "")),
        "evidence": lambda word: EVIDENCES.get(word or "", ""),
        "marked": mark_found,
        "working_version": find_working_version,
        "newest_supported": find_newest_supported,
        "words_alone": lambda query: SearchQuery(words=query.words),
    }
    return environment


def render(name: str, site: Site, /, **values: Any) -> bytes:  # noqa: ANN401 - whatever the template asks for
    """Fill in a template. ``site`` and its addresses are there in all of them."""
    template = _get_environment().get_template(name)
    return template.render(site=site, to=site.addresses, static=_name_static(site), **values).encode()


def _name_static(site: Site) -> Mapping[str, str]:
    """Return the addresses of our files, which change with their content."""
    return {
        name: f"{site.addresses.prefix}/static/{get_static(name)[1]}/{name}" for name in list_static_names()
    }


@cache
def list_static_names() -> tuple[str, ...]:
    """Return the names of our files."""
    return tuple(sorted(item.name for item in files(_PACKAGE).joinpath("static").iterdir()))


def to_time(seconds: int) -> datetime | None:
    """Return Unix seconds as a time in UTC; ``None`` for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def show_day(seconds: int | None) -> Markup | str:
    """Show a day as people read it, with its machine-readable form."""
    when = None if seconds is None else to_time(seconds)
    if when is None:
        return "unknown"
    return Markup('<time datetime="{}">{}</time>').format(
        show_stamp(seconds), f"{when.day} {when:%b} {when.year}"
    )


def show_stamp(seconds: int | None) -> str:
    """Return a time as feeds and machines read it (RFC 3339)."""
    when = None if seconds is None else to_time(seconds)
    # The C library's own formats leave out the zeros of early years.
    return "" if when is None else when.isoformat(timespec="seconds").replace("+00:00", "Z")


def show_number(value: int | None) -> str:
    """Show a number with its thousands apart."""
    return "unknown" if value is None else f"{value:,}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 package``, ``2 packages``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def keep_safe_url(text: str | None) -> str | None:
    """Return an address that a page may link to; anything but http, https and mailto is left out."""
    if not text or len(text) > 2_000:  # noqa: PLR2004 - as documents have them
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in _SHOWN_SCHEMES or any(character in text for character in " \"'<>\\\n\r\t"):
        return None
    return text if parts.netloc or parts.scheme == "mailto" else None


def show_host(text: str) -> str:
    """Return where an address leads, for who reads before they follow."""
    return urlsplit(text).netloc.removeprefix("www.")


def show_host_and_path(text: str) -> str:
    """Return an address without what everybody knows of it."""
    parts = urlsplit(text)
    return (parts.netloc.removeprefix("www.") + parts.path).rstrip("/")


def mark_found(text: str, marked: str | None) -> Markup | str:
    """Return a text with the words that were found in ``<mark>``, everything else escaped.

    ``marked`` is the same text as Typesense marks it; where the two differ in more, the text stays plain.
    """
    if not marked or marked.replace("<mark>", "").replace("</mark>", "") != text:
        return text
    escaped = str(Markup.escape(marked))
    return Markup(escaped.replace("&lt;mark&gt;", "<mark>").replace("&lt;/mark&gt;", "</mark>"))  # noqa: S704 - escaped
