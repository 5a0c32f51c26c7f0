"""Mail addresses in texts, plain and disguised, and encoded words of mail headers (RFC 2047)."""

import binascii
import re
from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import decode_header

ADDRESS_MARK = "\ufdd0"
"""Stands where an address was; no character, so no text that is shown may have it."""

_WORD = r"=\?[\w-]+(?:\*[\w-]+)?\?[bBqQ]\?[^?\n]*\?="
_WORDS = re.compile(rf"{_WORD}(?:\s+{_WORD})*")
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|iso-?8859-?\d+|windows-125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5"
    r"|shift_jis|euc-(?:jp|kr)|iso-2022-(?:jp|kr)",
    re.IGNORECASE,
)
"""What mail is written in; Python knows more codecs, some of which decode no text."""

_AT = r"(?:\s*[\[({<]\s*(?:at|@)\s*[\])}>]\s*|\s+at\s+|\s+@\s*|\s*@\s+|[_-]at[_-])"
_DOT = r"(?:\s*[\[({<]\s*(?:dot|\.)\s*[\])}>]\s*|\s+dot\s+|[_-]dot[_-]|\.)"
_DISGUISED = re.compile(
    rf"(?<![\w.+-])([\w.+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,3}}?){_AT}[\w-]{{1,63}}?(?:{_DOT}[\w-]{{1,63}}?){{1,9}}(?![\w-])",
    re.IGNORECASE,
)
_ANGLED = re.compile(r"<[^<>]*>")
_PLAIN = re.compile(
    r"(?<![^\s<>()@,;\"'])[^\s<>()@,;\"']+@[^\s<>(),;\"']*|https?://[^\s<>(),;\"']+", re.IGNORECASE
)


def mark_addresses(text: str) -> str:
    """Replace each address by the mark: plain, in angle brackets, or ``ana at example dot org``."""
    text = _DISGUISED.sub(_mark_disguised, text)
    return _PLAIN.sub(ADDRESS_MARK, _ANGLED.sub(ADDRESS_MARK, text))


def _mark_disguised(address: re.Match[str]) -> str:
    """Keep what looks like a name before the "at": ``Ana Kern at example.org``."""
    local = address[1]
    return f"{local} {ADDRESS_MARK}" if local.isalpha() and local[0].isupper() else ADDRESS_MARK


def decode_words(text: str, protect: Callable[[str], str]) -> str:
    """Decode the encoded words of a mail header; ``protect`` is called with what each run of them says."""
    return _WORDS.sub(lambda words: protect(_decode(words[0])), text)


def _decode(words: str) -> str:
    """Return what a run of encoded words says; what cannot be decoded says nothing."""
    try:
        chunks = decode_header(words)
    except (HeaderParseError, binascii.Error, ValueError):
        return ""
    return "".join(
        chunk if isinstance(chunk, str) else chunk.decode(charset or "ascii", "replace")
        for chunk, charset in chunks
        if charset is None or _CHARSETS.fullmatch(charset)
    )
