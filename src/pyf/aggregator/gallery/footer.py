"""The operator's line at the foot of every page: text with links. Pure."""

import re
from dataclasses import dataclass

_LINK = re.compile(r"\[([^\[\]]+)\]\(((?:https?://|mailto:|/)[^\s()<>\"']+)\)")


@dataclass(frozen=True, slots=True)
class FooterPart:
    """A piece of text; with an ``address`` it is a link."""

    text: str
    address: str | None = None


def parse_footer(line: str) -> tuple[FooterPart, ...]:
    """Read a line with links as Markdown writes them: ``[Imprint](https://example.org/imprint)``.

    Addresses are ``https:``, ``http:``, ``mailto:`` or begin with a slash; anything else stays text.
    """
    parts: list[FooterPart] = []
    position = 0
    for found in _LINK.finditer(line):
        if before := line[position : found.start()]:
            parts.append(FooterPart(before))
        parts.append(FooterPart(found[1], found[2]))
        position = found.end()
    if rest := line[position:]:
        parts.append(FooterPart(rest))
    return tuple(parts)
