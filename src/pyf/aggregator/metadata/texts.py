"""Texts that anybody can store, show and read: one clean form for whatever was uploaded.

What is shown must not be able to hide, turn around or break the text beside it: control characters, and
Unicode's invisible ones that order text (*Trojan Source*, CVE-2021-42574), go.
"""

import re
import unicodedata

UNSAID = frozenset({"", "unknown", "none", "null", "n/a", "-"})
"""What old tools wrote for nothing, in lower case."""

_SURROGATES = re.compile("[\ud800-\udfff]")
# Vertical tab, form feed, next line, line and paragraph separator: each ends a line.
_LINE_ENDS = re.compile("[\v\f\x85\u2028\u2029]")
# Control characters but for tab and line ends; what orders text (U+061C, U+200E, U+200F, U+202A-202E,
# U+2066-2069); what takes no room (soft hyphen, U+200B, U+2060-2064, U+FEFF), is deprecated (U+206A-206F),
# annotates (U+FFF9-FFFB) or tags (U+E0000-E007F).
_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# The two joiners shape words of many scripts, and emoji; between words they are nothing.
_LOOSE_JOINERS = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")


def strip_invisible(text: str) -> str:
    """Take out what no reader sees and what turns the text around; line ends stay."""
    return _INVISIBLE.sub("", text)


def clean_text(value: object) -> str | None:
    """Return a text that can be stored and shown, line by line; ``None`` where nothing is said.

    NUL and lone surrogates, which no UTF-8 can carry, go, as do all invisible controls; combining marks stay,
    and so do the joiners U+200C and U+200D inside words. The words that old tools wrote for nothing count as
    nothing.
    """
    if not isinstance(value, str):
        return None
    text = strip_invisible(_LINE_ENDS.sub("\n", value))
    if not text.isascii():
        text = _LOOSE_JOINERS.sub("", _SURROGATES.sub("\ufffd", text))
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    return None if text.lower() in UNSAID else text


def clean_line(value: object) -> str | None:
    """Return a clean text on one line: line ends and runs of whitespace become one space."""
    text = clean_text(value)
    return text and " ".join(text.split())


def clean_texts(value: object) -> tuple[str, ...]:
    """Return a list of texts, each once and in order; a single text counts as a list of one."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(text for item in values if (text := clean_text(item))))
