"""Keywords: a list, or a text in which something separates them."""

import re
from collections.abc import Iterable

from pyf.aggregator.metadata.texts import clean_line, clean_text, clean_texts

MAX_KEYWORDS = 100
MAX_KEYWORD_LENGTH = 100
_MAX_LENGTH = 50_000
_MAX_ITEMS = 1_000
"""What is looked at of a text or list: five and ten times what may come of it."""

# A slash or a middle dot separates only between blanks, because words have them inside: I/O, col·lecció.
_SEPARATORS = re.compile(
    "[,;|\r\n"
    "\u060c\u061b"  # Arabic comma and semicolon
    "\u3001\uff0c\uff1b\uff64\ufe50\ufe51\ufe54"  # Chinese and Japanese ones
    "\u055d\u1363\u1364\u1802\u1808\ua4fe"  # Armenian, Ethiopic, Mongolian and Lisu ones
    "\uff5c\u00a6"  # the full-width and the broken bar
    "\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6"  # bullets
    r"]|(?<=\s)[/·・](?=\s)"
)
_QUOTES = "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d"
_BEFORE = f" #*-\u2013\u2014:!?/\\&={_QUOTES}"
_AFTER = f" *-\u2013\u2014:!?/\\&=.{_QUOTES}"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def read_keywords(value: object) -> tuple[str, ...]:
    """Return keywords from a list, or from a text that separates them; each once, whatever its case.

    A text is separated by commas of any script, semicolons, bars, bullets and line ends; by blanks where it
    has none of these. A list is separated already; only where it holds a single text may that be all of them
    in one string. What has neither letter nor digit is no keyword.
    """
    if not isinstance(value, list | tuple):
        return _find_unique(_split((clean_text(value) or "")[:_MAX_LENGTH]))[:MAX_KEYWORDS]
    items = clean_texts(value[:_MAX_ITEMS])
    keywords = _find_unique(items)
    if len(keywords) == 1:
        keywords = _find_unique(part for text in items for part in _SEPARATORS.split(text[:_MAX_LENGTH]))
    return keywords[:MAX_KEYWORDS]


def _split(text: str) -> list[str]:
    return _SEPARATORS.split(text) if _SEPARATORS.search(text) else text.split()


def _find_unique(parts: Iterable[object]) -> tuple[str, ...]:
    keywords: dict[str, str] = {}
    for part in parts:
        keyword = _strip((clean_line(part) or "")[: 2 * MAX_KEYWORD_LENGTH])
        keyword = _strip(keyword[:MAX_KEYWORD_LENGTH])
        if any(map(str.isalnum, keyword)) and clean_text(keyword):
            keywords.setdefault(keyword.casefold(), keyword)
    return tuple(keywords.values())


def _strip(text: str) -> str:
    """Return a keyword without what surrounds it; ``C#``, ``C++`` and ``.NET`` are whole as they are."""
    while (stripped := _strip_bracket(text.lstrip(_BEFORE).rstrip(_AFTER))) != text:
        text = stripped
    return text


def _strip_bracket(text: str) -> str:
    """Return the text without a pair of brackets around it, or without one that has no partner."""
    for opening, closing in _BRACKETS.items():
        if text.startswith(opening) and (text.endswith(closing) or closing not in text):
            return text[1:].removesuffix(closing)
        if text.endswith(closing) and opening not in text:
            return text[:-1]
    return text
