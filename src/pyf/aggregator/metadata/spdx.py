"""Texts → SPDX ids, where there is no doubt: ``GPL version 2`` and ``gpl-2.0`` are one.

The list is the one that ``packaging`` carries. A licence whose version or variant is not said (GPL, BSD) has
no identifier. A version of a GNU licence without a word about later ones is that version only, as
SPDX's own old identifier ``GPL-2.0`` means; ``+`` and "or later" make it ``GPL-2.0-or-later``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

MAX_LENGTH = 500
"""Longer texts are no name of a licence, and no expression that anybody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLicenses:
    """What licences a text names: their families, and those ids that it leaves no doubt of.

    ``bare`` are ids of GNU licences whose version stands without "only" and without "or later".
    """

    families: frozenset[str]
    ids: tuple[str, ...] = ()
    bare: frozenset[str] = frozenset()


_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(rf",?\s*(?:\d{{1,2}}\s+)?(?:{_MONTHS})\s+\d{{4}}")
_LATER = re.compile(
    r"(?:[\s,;(-]*(?:or|and)\b)?[\s(,-]*(?:\(?at your (?:option|choice)\)?[\s,]*)?(?:\bany\s+)?"
    r"\b(?:later|newer|greater|above|higher)\b(?:\s+versions?)?(?:[\s(,]*at your (?:option|choice)\)?)?"
)
_AT_LEAST = re.compile(r">=?\s*v?(\d[\d.]*)")
_PREFIX = re.compile(
    r"\s*(?:this (?:software|package|project|program|work) is )?(?:(?:dual|double|triple)[ -]?)?"
    r"(?:licen[cs]ed?|released|distributed|available|published|provided)?(?:\s*:|\s+(?:under|as))\s+"
    r"(?:the terms of )?(?:the )?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"[\s,;.:(\u2013-]+(?:please )?(?:see|read|cf\.?|refer to|check)\s.*", re.IGNORECASE | re.DOTALL
)
_URL = re.compile(
    r"https?://(?:www\.)?(?:opensource|spdx|gnu|apache|mozilla|creativecommons)\.org/\S*?([\w.+-]+)/?"
)

_LONG_NAMES = tuple(
    (re.compile(rf"\b(?:{long})\b"), short)
    for long, short in (
        (r"licen[cs]e[sd]?|licen[cs]ing", " "),
        (r"(?:gnu )?(?:library|library or lesser|lesser) (?:general )?(?:public|gpl)", "lgpl"),
        (r"(?:gnu )?affero (?:general )?(?:public|gpl)?", "agpl"),
        (r"(?:gnu )?general public", "gpl"),
        (r"mozilla(?: public)?", "mpl"),
        (r"eclipse(?: public)?", "epl"),
        (r"zope(?: public)?", "zpl"),
        (r"european union public", "eupl"),
        (r"academic free", "afl"),
        (r"open software", "osl"),
        (r"(?:sil )?open font", "ofl"),
        (r"boost(?: software)?", "boost"),
        (r"common development (?:and|&) distribution", "cddl"),
        (r"educational community", "ecl"),
        (r"python software foundation|psfl", "psf"),
        (r"apache software|asf|asl", "apache"),
        (r"creative commons", "cc"),
        (r"attribution", "by"),
        (r"share ?-?alike", "sa"),
        (r"non-?commercial", "nc"),
        (r"no-?deriv(?:ative)?s?(?: works)?", "nd"),
        (r"international|unported|generic|universal|public domain dedication", " "),
    )
)
_WORDS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*|\+")
_MEANINGLESS = "the a an version ver v vers gnu of under terms open source software public clause clauses"
_NOISE = frozenset(_MEANINGLESS.split())
_DIGITS = {"zero": "0", "two": "2", "three": "3", "four": "4"}
_NUMBERED = re.compile(r"(?P<name>[a-z][a-z ]*?) (?P<number>\d+(?:\.\d+)?)(?: (?P<range>only|later))?")
_GNU = re.compile(r"((?:A|L)?GPL|GFDL)-(\d\.\d)(\+|-only|-or-later)?", re.IGNORECASE)
_SEPARATORS = re.compile(r"\s+(?:or|and|and/or)\s+|[,;/&|]")

_ALIASES = {
    "mit": "MIT",
    "expat": "MIT",
    "mit expat": "MIT",
    "mit 0": "MIT-0",
    "mit no by": "MIT-0",
    "isc": "ISC",
    "iscl": "ISC",
    "zlib": "Zlib",
    "zlib libpng": "Zlib",
    "unlicense": "Unlicense",
    "wtfpl": "WTFPL",
    "ncsa": "NCSA",
    "postgresql": "PostgreSQL",
    "boost": "BSL-1.0",
    "boost 1.0": "BSL-1.0",
    "boost 1": "BSL-1.0",
    "cc 0": "CC0-1.0",
    "cc 0 1.0": "CC0-1.0",
    "freebsd": "BSD-2-Clause",
    "psf": "PSF-2.0",
    "x 11": "X11",
}
_BSD = {
    frozenset(words.split()): spdx_id
    for spdx_id, texts in {
        "0BSD": ("0",),
        "BSD-2-Clause": ("2", "simplified", "2 simplified"),
        "BSD-3-Clause": (
            "3",
            "new",
            "revised",
            "modified",
            "new revised",
            "3 new",
            "3 revised",
            "3 new revised",
        ),
        "BSD-4-Clause": ("4", "original", "old", "4 original", "4 original old", "original old"),
    }.items()
    for words in texts
}
_FAMILY_NAMES = (
    "gpl lgpl agpl mpl epl zpl eupl afl osl ofl cddl ecl apache artistic bsd cc cecill psf python lppl cpl"
    " perl"
)
_FAMILIES = frozenset(_FAMILY_NAMES.split()) | {"mit x 11", "cc by", "cc by sa", "cc by nc", "cc by nc sa"}
"""Names that are a licence's beyond doubt, and which one of several they leave open."""
_CLASSES = frozenset({"any-OSI", "any-OSI-perl-modules"})
"""Ids that stand for whole classes of licences."""
_COMPANIES = frozenset({"Intel", "Nokia", "Xerox"})
"""Ids that are a company's name as well: as a text they name no licence."""


def find_expression_ids(expression: str) -> tuple[str, ...]:
    """Return the listed ids of an SPDX expression, each once; none where it is no valid expression.

    Exceptions and ``LicenseRef-…`` are no licences of the list; retired ids become those that replaced them.
    """
    if len(expression) > MAX_LENGTH:
        return ()
    try:
        canonical = canonicalize_license_expression(expression)
    except InvalidLicenseExpression:
        return ()
    names = re.sub(r"\bWITH [^\s()]+", " ", canonical).replace("(", " ").replace(")", " ").split()
    return tuple(dict.fromkeys(_modernize(name) for name in names if _is_license(name)))


def find_named_licenses(text: str) -> NamedLicenses | None:
    """Return what licences a short text names; ``None`` where it names none, or anything besides."""
    if len(text) > MAX_LENGTH:
        return None
    if (ids := find_expression_ids(text)) and not _COMPANIES.issuperset(ids):
        bare = {_modernize(gnu[0]) for gnu in _GNU.finditer(text) if not gnu[3]}
        return NamedLicenses(families=frozenset(ids), ids=ids, bare=frozenset(bare) & frozenset(ids))
    if url := _URL.fullmatch(text.lower()):
        text = re.sub(r"\.(?:html?|txt|php|en)$", "", url[1]).replace("license-", "apache-")
    name = _REFERENCE.sub("", _PREFIX.sub("", text, count=1))
    return _read_bracketed(_DATE.sub("", name.casefold()))


def _is_license(name: str) -> bool:
    return name not in {"AND", "OR"} and not name.startswith("LicenseRef-") and name not in _CLASSES


def _modernize(spdx_id: str) -> str:
    """Return the present id for a retired one, without the sign for later versions of what has one."""
    if gnu := _GNU.fullmatch(spdx_id):
        return f"{gnu[1].upper()}-{gnu[2]}{'-or-later' if gnu[3] in {'+', '-or-later'} else '-only'}"
    plain = re.sub(r"-(?:FreeBSD|NetBSD)$", "", spdx_id.removesuffix("+"))
    return re.sub(r"^(GPL-\d\.\d)-with-.*", r"\1-only", plain)


def _read_bracketed(text: str) -> NamedLicenses | None:
    """Read a name with or without brackets: ``GNU GPL v3 (GPLv3)``, ``BSD (3-clause)``."""
    if not (found := re.fullmatch(r"([^()]+)\(([^()]*)\)?([^()]*)", text)):
        return _read_names(text)
    outer, inner = _read_names(found[1] + found[3]), _read_names(found[2])
    if outer is None or inner is None:
        return _read_names(found[1] + " " + found[2] + found[3]) or (outer if not _squash(found[2]) else None)
    if outer.ids and inner.ids:
        return outer if set(outer.ids) == set(inner.ids) else None
    return outer if outer.ids else inner


def _read_names(text: str) -> NamedLicenses | None:
    if whole := _read_name(_squash(text)):
        return whole
    names = [_read_name(_squash(piece)) for piece in _SEPARATORS.split(_LATER.sub(" later", text))]
    named = [name for name in names if name]
    if len(named) < len(names):
        return None
    return NamedLicenses(
        families=frozenset().union(*(name.families for name in named)),
        ids=tuple(dict.fromkeys(spdx_id for name in named for spdx_id in name.ids)),
        bare=frozenset().union(*(name.bare for name in named)),
    )


def _squash(text: str) -> str:
    """Return the words that tell licences apart, in lower case, with their usual short names."""
    text = _LATER.sub(" later ", _AT_LEAST.sub(r"\1 later", text))
    for long, short in _LONG_NAMES:
        text = long.sub(short, text)
    return " ".join(_iterate_words(_WORDS.findall(text)))


def _iterate_words(words: list[str]) -> Iterator[str]:
    for word in words:
        if word == "+":
            yield "later"
        elif word not in _NOISE:
            # "gplv2" falls apart into "gplv" and "2"
            yield word[:-1] if word.endswith("v") and word[:-1] in _FAMILIES else _DIGITS.get(word, word)


def _read_name(squashed: str) -> NamedLicenses | None:
    if spdx_id := _ALIASES.get(squashed) or _find_bsd(squashed):
        return NamedLicenses(families=frozenset({spdx_id}), ids=(spdx_id,))
    if squashed in _FAMILIES:
        return NamedLicenses(families=frozenset({squashed}))
    if (numbered := _NUMBERED.fullmatch(squashed)) and (named := _read_numbered(numbered)):
        return named
    ids = find_expression_ids(squashed.replace(" ", "-"))
    return None if _COMPANIES.issuperset(ids) else NamedLicenses(families=frozenset(ids), ids=ids)


def _find_bsd(squashed: str) -> str | None:
    words = set(squashed.split())
    return _BSD.get(frozenset(words - {"bsd", "or"})) if "bsd" in words else None


def _read_numbered(numbered: re.Match[str]) -> NamedLicenses | None:
    name, number = numbered["name"].replace(" ", "-"), numbered["number"]
    number = number if "." in number else f"{number}.0"
    if name not in {"gpl", "lgpl", "agpl"}:
        ids = find_expression_ids(f"{name}-{number}")
        return NamedLicenses(families=frozenset({name}), ids=ids) if ids else None
    ids = find_expression_ids(f"{name}-{number}-{'or-later' if numbered['range'] == 'later' else 'only'}")
    bare = frozenset(ids) if numbered["range"] is None else frozenset()
    return NamedLicenses(families=frozenset({name}), ids=ids, bare=bare) if ids else None
