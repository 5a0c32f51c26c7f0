"""The one repository that a README gives away, where no URL of the project does. Pure.

A README links much that is not the project's own: frameworks, contributors, other packages. Only what is
called exactly like the project counts, and only if all links of that name agree.
"""

import html
import re
from html.parser import HTMLParser

from pyf.aggregator.metadata.model import NormalizedName, Repository, normalize
from pyf.aggregator.metadata.repositories.badges import find_badge_target
from pyf.aggregator.metadata.repositories.forges import Forges
from pyf.aggregator.metadata.repositories.places import locate

MAX_HTML_LENGTH = 500_000
"""Characters; links to the repository stand at the top of a README or at its end, which few reach."""
MAX_LINKS = 2_000

_ATTRIBUTES = {"a": "href", "img": "src"}
_PIECES = re.compile(r"<[^<>]{0,4000}+>|[^<]+")
"""Tags and the text between them, in linear time; our sanitizer leaves no angle bracket inside a tag."""
_LEADING = re.compile(r"<(?:a|img)\s", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|git@)[^\s<>\"'`]{4,500}")


def find_in_readme(name: NormalizedName, page: str | None, forges: Forges) -> Repository | None:
    """Return the only repository called like the project that a README links or shows a badge of.

    ``page`` is ours, sanitized; ``None`` where it names no such repository, or several.
    """
    if not page:
        return None
    found: set[Repository] = set()
    for address in _collect_addresses(page[:MAX_HTML_LENGTH]):
        repository = locate(find_badge_target(address) or address, forges).found
        if isinstance(repository, Repository) and normalize(repository.name) == name:
            found.add(repository)
    return found.pop() if len(found) == 1 else None


class _Tag(HTMLParser):
    """Reads one tag: where it leads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = _ATTRIBUTES.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def _collect_addresses(page: str) -> list[str]:
    """Return where a page leads: links, images, and addresses written out in its text."""
    found: dict[str, None] = {}
    for piece in _PIECES.finditer(page):
        text = piece[0]
        found |= dict.fromkeys(_read_tag(text) if text[0] == "<" else _ADDRESS.findall(html.unescape(text)))
        if len(found) >= MAX_LINKS:
            break
    return list(found)[:MAX_LINKS]


def _read_tag(text: str) -> list[str]:
    """Read a tag by itself: on a page of quotes that never end the parser takes quadratic time."""
    if not _LEADING.match(text):
        return []
    tag = _Tag()
    tag.feed(text)
    return tag.found
