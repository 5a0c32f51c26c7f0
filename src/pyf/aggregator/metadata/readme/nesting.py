"""How HTML is nested, told before anything builds a tree of it. Pure.

Building one takes time that grows with the square of how deep elements stand, and of how many are never
closed (https://html.spec.whatwg.org/multipage/parsing.html#reconstruct-the-active-formatting-elements): a
megabyte of ``<div>`` keeps a processor busy for minutes. What a sanitizer wrote is well nested, and read
here in one pass.
"""

import re
from collections.abc import Set as AbstractSet

VOID = frozenset({"br", "col", "hr", "img", "input"})
"""Those of a README's elements that have no end."""

_MARKUP = re.compile(r"""<(?:(/?)([a-z][a-z0-9]*+)(?:\s++[a-z-]++(?:="[^"]*+")?+)*+\s*+/?>)?+""")
"""A tag as sanitizers write it, else the mere beginning of whatever it is."""


def is_well_nested(html: str, tags: AbstractSet[str], *, most_slips: int) -> bool:
    """Tell whether all elements are among ``tags`` and closed in order, but for a few slips.

    Slips are elements that are open at the same time, end tags that close something else or nothing, and
    markup of any other kind, such as comments: a parser may take each for something that stays open.
    """
    slips = 0
    opened: list[str] = []
    for found in _MARKUP.finditer(html):
        end, tag = found[1], found[2]
        if tag is None or tag not in tags:
            slips += 1
        elif end:
            if opened and opened[-1] == tag:
                opened.pop()
            else:
                slips += 1
        elif tag not in VOID:
            opened.append(tag)
        if slips + len(opened) > most_slips:
            return False
    return True
