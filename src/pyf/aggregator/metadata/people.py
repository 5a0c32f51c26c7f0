"""Who a project names as author or maintainer, from a field of names and one of addresses.

Since ``pyproject.toml`` (PEP 621) a person with name and address stands in the e-mail field, one without an
address in the name field: together they are all. What is in them follows no grammar, so the reading is our
own: ``email.utils.getaddresses`` changed its mind on odd input with Python 3.13, and then drops everybody.

What separates nothing, because it is quoted, encoded or a comment, is hidden in Unicode's private use area
while the text is taken apart.
"""

import re
import unicodedata
from collections.abc import Iterator

from pyf.aggregator.metadata.mail_addresses import ADDRESS_MARK, decode_words, mark_addresses
from pyf.aggregator.metadata.texts import clean_line, clean_text

MAX_PEOPLE = 50
MAX_NAME_LENGTH = 100
_MAX_LENGTH = 20_000
"""What is read of a field: no list of people that means anything is longer."""

_HIDDEN = {ord(sign): 0xE000 + ord(sign) for sign in ' ,;|/&()<>"'}
_SHOWN = {hidden: shown for shown, hidden in _HIDDEN.items()}
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){0,200})"', re.DOTALL)
_COMMENT = re.compile(r"\(((?:[^()]++|\([^()]*+\))*+)\)")
_HIDDEN_COMMENT = re.compile("\ue028([^\ue028\ue029]*)\ue029")

_ENDS = re.compile(r"[;|\n\uff1b\u2022]|\s/\s")
_COMMAS = re.compile("[,\u3001\uff0c]")
_AND = re.compile(r"\s+(?:and|und|et(?!\s+al\b)|och|og|&)\s+", re.IGNORECASE)
_LEADING_AND = re.compile(r"(?:and|und|et(?!\s+al\b)|och|og|&)\s+", re.IGNORECASE)

_SUFFIX = re.compile(
    r"(?:jr|sr|ii|iii|iv|ph\.? ?d|m\.? ?d|inc|incorporated|corp|llc|ltd|limited|gmbh|e\. ?v|s\.a|b\.v|co)\.?",
    re.IGNORECASE,
)
"""What belongs to the name before the comma: ``Ana Kern, Jr.``, ``Example, Inc.``"""
_ONE_BODY = re.compile(
    r"\b(?:universit\w+|institut\w*|department|ministry|school|college|cent(?:er|re)|faculty|office|agency|bureau"
    r"|national|laborator\w+|labs?|research|administration|services?|technolog\w+|solutions|consulting|of|for"
    r"|inc|llc|ltd|gmbh|corp|company|sons|partners|associates)\b",
    re.IGNORECASE,
)
"""Beside one of these an "and" is part of a name: Institute of Arts and Crafts, Kern & Lind Ltd."""
_FOLLOWING = (
    "the other others all its our more many friends community contributors contributers collaborators "
    "developers maintainers authors team teams members users volunteers co"
)
_FOLLOWERS = frozenset(_FOLLOWING.split())
"""Words that name nobody without whom they follow: ``Example Foundation and contributors``."""
_NOBODY = re.compile(
    r"(?:please )?(?:see|read|cf\.?)(?: .*(?:author|contribut|credit|maintain|readme|file|list|docs?|git).*)?"
    r"|(?:the )?(?:authors?|contributors|maintainers?|credits)(?:\.\w+| file)?"
    r"|various(?: (?:authors|people|contributors))?|(?:your|author'?s?|first|last|full|user)[ _-]?name|name"
    r"|first ?name last ?name|first last|example author|a\. random developer|n\.?/?a\.?|none|null|nobody"
    r"|unknown|e-?mail|tb[ad]|todo|anonymous|me|myself",
    re.IGNORECASE,
)
"""What templates and habit write where a name belongs."""
_PAIRS = frozenset({"''", "()", "[]", "{}", "<>", "``", "**", "\u2018\u2019", "\u201c\u201d", "\u00ab\u00bb"})
_EDGES = " \t,;:*[]{}<>\\`"


def read_people(names: object, emails: object) -> str | None:
    """Return the people whom both fields name, each once, in order; ``None`` where they name nobody.

    A bare address names nobody, and no address is shown. Names are separated by commas, or by semicolons
    where a name has a comma itself (``Kern, Ana; Lind, Bo``); 50 of 100 characters at most.
    """
    listed = clean_text(emails) or ""
    people: dict[tuple[str, ...], str] = {}
    # A line end in a mail header is a fold, in a list of names it separates them.
    for name in (*_read_names(clean_text(names) or ""), *_read_names(" ".join(listed.split()))):
        people.setdefault(_build_key(name), name)
    found = list(people.values())[:MAX_PEOPLE]
    separator = "; " if len(found) > 1 and any(_COMMAS.search(name) for name in found) else ", "
    return separator.join(found) or None


def spell_people(people: str) -> Iterator[str]:
    """Yield the names that :func:`read_people` returned, and after a name with first names its initials.

    ``Ana María Kern`` is ``A M Kern``, too; ``Kern, Ana`` is ``A Kern``.
    """
    alone = re.fullmatch(r"[^\s,;]+, [^\s,;]+", people)
    for name in [people] if alone else people.split("; " if "; " in people else ", "):
        yield name
        surname, _, first = name.partition(", ")
        words = [word for word in f"{first} {surname}".split() if word[0].isalpha()]
        if len(words) > 1:
            yield " ".join((*(word[0] for word in words[:-1]), words[-1]))


def _build_key(name: str) -> tuple[str, ...]:
    """Return what tells a person apart: the words in any order, without case, accents and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return tuple(sorted(re.findall(r"\w+", plain.casefold())))


def _read_names(text: str) -> Iterator[str]:
    text = mark_addresses(decode_words(_PRIVATE.sub("", text[:_MAX_LENGTH]), _hide))
    text = _QUOTED.sub(lambda quoted: _hide_quoted(re.sub(r"\\(.)", r"\1", quoted[1])), text)
    text = mark_addresses(text.replace('"', ""))
    text = _COMMENT.sub(lambda comment: _hide(f"({comment[1]})"), text)
    chunks = _ENDS.split(text)
    for chunk in chunks:
        for part in _split_chunk(chunk, alone=len(chunks) == 1):
            if name := _clean_name(part):
                yield name


def _hide(text: str) -> str:
    """Return a text in which nothing separates or ends, without the addresses that were in it."""
    return (
        mark_addresses((clean_line(text) or "").replace('"', "")).replace(ADDRESS_MARK, "").translate(_HIDDEN)
    )


def _hide_quoted(text: str) -> str:
    """Hide a quoted name; a quoted list of names is a list nevertheless."""
    parts = _COMMAS.split(text)
    return _hide(text) if _is_inverted(parts, longest=3) or _is_suffixed(parts) else text


def _is_inverted(parts: list[str], *, longest: int) -> bool:
    """Tell whether these are surname and first names: ``Kern, Ana``."""
    words = [len(part.split()) for part in parts]
    return len(words) == 2 and words[0] == 1 and 1 <= words[1] < longest  # noqa: PLR2004 - two halves


def _is_suffixed(parts: list[str]) -> bool:
    return len(parts) == 2 and bool(_SUFFIX.fullmatch(parts[1].strip()))  # noqa: PLR2004 - two halves


def _split_chunk(chunk: str, *, alone: bool) -> Iterator[str]:
    """Yield the names of a text that only commas and "and" separate."""
    parts = _join_halves([part for part in _COMMAS.split(chunk) if any(map(str.isalpha, part))])
    if _is_inverted(parts, longest=2 if alone else 3):
        yield ", ".join(parts)
        return
    for part in parts:
        yield from _split_at_and(part.strip(), listed=len(parts) > 1)


def _join_halves(parts: list[str]) -> list[str]:
    """Put together what a comma inside a name took apart: a suffix, or ``Kern, Ana <ana@…>`` unquoted."""
    joined: list[str] = []
    for part in parts:
        words = part.strip()
        inverted = joined and ADDRESS_MARK in part and ADDRESS_MARK not in joined[-1]
        halves = [joined[-1], part.replace(ADDRESS_MARK, " ")] if inverted else []
        if joined and (
            _SUFFIX.fullmatch(words.rstrip(f" {ADDRESS_MARK}")) or _is_inverted(halves, longest=3)
        ):
            joined[-1] += _hide(",") + _HIDDEN_SPACE + words
        else:
            joined.append(words)
    return joined


_HIDDEN_SPACE = chr(_HIDDEN[ord(" ")])


def _split_at_and(part: str, *, listed: bool) -> list[str]:
    """Split "Ana Kern and Bo Lind", but neither "Example Foundation and contributors" nor a firm's name."""
    leading = _LEADING_AND.match(part)
    if leading and not _is_follower(part[leading.end() :]):
        part = part[leading.end() :]
    pieces = _AND.split(part)
    lengths = {min(len(piece.replace(ADDRESS_MARK, " ").split()), 2) for piece in pieces}
    if _ONE_BODY.search(part) or any(map(_is_follower, pieces)) or not (listed or len(lengths) == 1):
        return [part]
    return pieces


def _is_follower(text: str) -> bool:
    return _FOLLOWERS.issuperset(text.replace(ADDRESS_MARK, " ").casefold().rstrip(". ").split())


def _clean_name(part: str) -> str | None:
    """Return a name without what surrounds it; a comment is one where there is nothing else."""
    comments = _HIDDEN_COMMENT.findall(part)
    for candidate in (_HIDDEN_COMMENT.sub(" ", part), *comments):
        name = _strip(candidate.replace(ADDRESS_MARK, " ").translate(_SHOWN))
        name = _strip(name[:MAX_NAME_LENGTH])
        if any(map(str.isalpha, name)) and not _NOBODY.fullmatch(name):
            return name
    return None


def _strip(text: str) -> str:
    text = " ".join(text.split())
    while (stripped := _strip_once(text)) != text:
        text = stripped
    return text


def _strip_once(text: str) -> str:
    text = text.strip(_EDGES)
    if text[:1] + text[-1:] in _PAIRS:
        return text[1:-1]
    last = text.rpartition(" ")[2]
    # "Ana Kern." ends a sentence, "A. K.", "Jr." and "et al." are short for something.
    ends_sentence = len(last) > 4 and last.find(".") == len(last) - 1 and not _SUFFIX.fullmatch(last)  # noqa: PLR2004
    return text[:-1] if ends_sentence else text
