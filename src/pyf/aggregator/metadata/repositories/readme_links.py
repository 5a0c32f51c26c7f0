"""The one repository that a README gives away, where no URL of the project does. Pure.

A README links much that is not the project's own: frameworks, contributors, other packages. Only what is
called exactly like the project counts, and only if all links of that name agree.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from pyf.aggregator.metadata.model import NormalizedName, Repository, normalize
from pyf.aggregator.metadata.repositories.badges import find_badge_target
from pyf.aggregator.metadata.repositories.forges import Forges
from pyf.aggregator.metadata.repositories.places import locate

MAX_HTML_LENGTH = 500_000
"""Characters; links to the repository stand at the top of a README or at its end, which few reach."""
MAX_LINKS = 2_000

_ATTRIBUTES = {"a": "href", "img": "src"}
_ADDRESS = re.compile(r"(?:https?://|git@)[^\s<>\"'`]{4,500}")


def find_in_readme(name: NormalizedName, html: str | None, forges: Forges) -> Repository | None:
    """Return the only repository called like the project that a README links or shows a badge of.

    ``html`` is ours, sanitized; ``None`` where it names no such repository, or several.
    """
    if not html:
        return None
    found: set[Repository] = set()
    for address in _collect_addresses(html[:MAX_HTML_LENGTH]):
        repository = locate(find_badge_target(address) or address, forges).found
        if isinstance(repository, Repository) and normalize(repository.name) == name:
            found.add(repository)
    return found.pop() if len(found) == 1 else None


class _Links(HTMLParser):
    """Collects where a page leads: links, images, and addresses written out in its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = _ATTRIBUTES.get(tag)
        self._add(value for name, value in attrs if name == wanted and value)

    def handle_data(self, data: str) -> None:
        self._add(_ADDRESS.findall(data))

    def _add(self, addresses: "Iterator[str] | list[str]") -> None:
        for address in addresses:
            if len(self.found) >= MAX_LINKS:
                return
            self.found[address] = None


def _collect_addresses(html: str) -> list[str]:
    links = _Links()
    links.feed(html)
    links.close()
    return list(links.found)
