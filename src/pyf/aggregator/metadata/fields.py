"""Readings of single core metadata fields, whatever twenty years of uploads have put into them."""

import re
import unicodedata
from collections.abc import Iterable
from email.utils import getaddresses

from packaging.utils import canonicalize_name

MAX_KEYWORDS = 100
MAX_KEYWORD_LENGTH = 100
MAX_LICENSE_LENGTH = 100

_UNSAID = frozenset({"", "unknown", "none", "null", "n/a", "-"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LICENSE_PREFIX = "License :: "


def clean_text(value: object) -> str | None:
    """Return a text that can be stored and shown, ``None`` where nothing is said.

    NUL and lone surrogates, which no UTF-8 can carry, go; so do the words that old tools wrote for nothing.
    """
    if not isinstance(value, str):
        return None
    text = value if value.isascii() else unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", value))
    text = text.replace("\x00", "").strip()
    return None if text.lower() in _UNSAID else text


def clean_texts(value: object) -> tuple[str, ...]:
    """Return a list of texts, each once and in order; a single text counts as a list of one."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(text for item in values if (text := clean_text(item))))


def read_keywords(value: object) -> tuple[str, ...]:
    """Return keywords from a list, or from a text that separates them by comma, semicolon, line or space."""
    texts = value if isinstance(value, list | tuple) else [value]
    keywords: dict[str, str] = {}
    for text in clean_texts(list(texts)):
        for part in _split_keywords(text):
            keyword = part.strip(" \t'\"[]()")[:MAX_KEYWORD_LENGTH].strip()
            if keyword:
                keywords.setdefault(keyword.casefold(), keyword)
    return tuple(keywords.values())[:MAX_KEYWORDS]


def read_people(names: str | None, emails: str | None) -> str | None:
    """Return whom to name: the name field, else the names in the e-mail field.

    Since ``pyproject.toml`` (PEP 621), a person with name and address stands in the e-mail field alone. A
    bare address names nobody.
    """
    if names and (name := clean_text(names)):
        return name
    parsed = getaddresses([emails or ""])
    people = clean_texts([name for name, _ in parsed if name and "@" not in name])
    return ", ".join(people) or None


def read_license(expression: str | None, text: str | None, classifiers: Iterable[str]) -> str | None:
    """Return a licence to show and filter by: SPDX expression, short text, or classifiers (PEP 639)."""
    if expression:
        return expression
    if text and len(text) <= MAX_LICENSE_LENGTH and "\n" not in text:
        return text
    licenses = [c.split(" :: ") for c in classifiers if c.startswith(_LICENSE_PREFIX)]
    named = dict.fromkeys(segments[-1] for segments in licenses if segments[1:] != ["OSI Approved"])
    if named:
        return ", ".join(named)
    first_line = (text or "").strip().split("\n", 1)[0].strip()
    return first_line if "licen" in first_line.lower() and len(first_line) <= MAX_LICENSE_LENGTH else None


def spell_name(name: str) -> tuple[str, ...]:
    """Return other spellings to find a project by: squashed, spaced, and split at capitals, in lower case."""
    spaced = canonicalize_name(name).replace("-", " ")
    split = canonicalize_name(_CAPITALS.sub("-", name)).replace("-", " ")
    return tuple(dict.fromkeys((spaced.replace(" ", ""), spaced, split)))


def _split_keywords(text: str) -> list[str]:
    for separators in ("[,;]", r"\n"):
        if re.search(separators, text):
            return re.split(f"{separators}|\n", text)
    return text.split()
