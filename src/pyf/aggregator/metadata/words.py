"""Words of a text that Typesense misses, in each form in which somebody may type them.

Typesense 0.24.1 splits at blanks, at line ends and at the ASCII separators it is given, and at nothing else.
It lowers ASCII capitals, folds Latin letters up to U+017F and leaves every other character as it is, in
documents and in queries alike (all measured). So two words with a long dash between them are one to it,
``ПЛАН`` is not ``план``, and nothing inside ``日本語`` is found.
"""

import re
import unicodedata
from collections.abc import Iterator

import regex

LENGTHS_IN_RUNS = (2, 3, 4, 8)
"""How many characters of a run without blanks make a word of their own, at each of its characters.

A query of up to four is a word itself; a longer one, up to eight, is the beginning of one.
"""

_EAST_ASIAN = r"\p{Han}\p{Hiragana}\p{Katakana}\u30fc"
_SOUTH_EAST_ASIAN = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_JOINERS = r"\u200c\u200d"
_NAMED = rf"\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}\p{{Hangul}}{_EAST_ASIAN}{_SOUTH_EAST_ASIAN}"

_WORD = regex.compile(
    rf"([\p{{L}}\p{{N}}][\p{{L}}\p{{N}}\p{{M}}{_JOINERS}]*+)((?:[+#]++(?![\p{{L}}\p{{N}}]))?)"
)
"""Letters and digits with their marks, without which Hindi, Tamil or pointed Hebrew fall apart; then what
makes ``c++`` and ``c#`` another word than ``c``."""

_SCRIPTS = regex.compile(
    rf"(?P<run>[{_EAST_ASIAN}][{_EAST_ASIAN}\p{{M}}]*"
    rf"|[{_SOUTH_EAST_ASIAN}][{_SOUTH_EAST_ASIAN}\p{{M}}]*"
    r"|\p{Hangul}[\p{Hangul}\p{M}]*)"
    r"|[\p{Latin}\p{N}][\p{Latin}\p{N}\p{M}]*"
    r"|\p{Greek}[\p{Greek}\p{N}\p{M}]*"
    r"|\p{Cyrillic}[\p{Cyrillic}\p{N}\p{M}]*"
    rf"|[\p{{L}}\p{{N}}\p{{M}}{_JOINERS}--[{_NAMED}]]+",
    flags=regex.VERSION1,
)
"""A word, split where scripts meet; a ``run`` is of a script that puts no blanks between words, or few."""

_CASED = regex.compile(r"[\p{Lu}\p{Ll}\p{Lt}--[\x00-\u0149\u014c-\u017f]]", flags=regex.VERSION1)
"""Letters that have a case which the server does not fold."""

_MARKS = regex.compile(r"\p{M}+")
_CHARACTERS = regex.compile(r"\X")


def find_missed_words(text: str, separators: str) -> Iterator[str]:
    """Yield what has to be stored beside ``text`` for all of its words to be found, once each and in order.

    ``separators`` are the characters at which the server splits besides blanks and line ends.
    """
    chunks = dict.fromkeys(re.split(f"[ \n{re.escape(separators)}]", text))
    seen = {chunk if _CASED.search(chunk) else chunk.lower() for chunk in chunks}
    for chunk in chunks:
        if chunk.isascii() and chunk.isalnum():
            continue
        for form in _find_forms(chunk):
            if form not in seen:
                seen.add(form)
                yield form


def _find_forms(chunk: str) -> Iterator[str]:
    for word, symbols in _WORD.findall(chunk):
        parts = list(_SCRIPTS.finditer(unicodedata.normalize("NFKC", word)))
        if symbols and parts:
            yield from _spell(parts[-1].group() + symbols)
        for part in parts:
            yield from _cut_run(part.group()) if part["run"] else _spell(part.group())


def _spell(word: str) -> Iterator[str]:
    """Yield a word as it may be typed, where the server does not make one of these forms."""
    # The dot that Python leaves of a Turkish capital I is none that anybody types.
    lower = word.lower().replace("i\u0307", "i")
    yield lower
    if _CASED.search(word):
        yield from (word.upper(), lower[:1].upper() + lower[1:])
        bare = _MARKS.sub("", unicodedata.normalize("NFKD", lower))
        if bare.isascii():
            yield bare


def _cut_run(run: str) -> Iterator[str]:
    """Yield every sequence that a query may consist of, or begin with."""
    characters = _CHARACTERS.findall(run)
    if len(characters) == 1:
        yield run
    for start in range(len(characters) - 1):
        for length in LENGTHS_IN_RUNS:
            yield "".join(characters[start : start + length])
