"""A project's licence: as a reader would call it, and as SPDX ids to count and filter by."""

import re
from collections.abc import Iterable

from pyf.aggregator.metadata.spdx import NamedLicenses, find_expression_ids, find_named_licenses
from pyf.aggregator.metadata.texts import clean_line

MAX_LICENSE_LENGTH = 100
_MAX_TITLE_SOURCE = 2_000
"""The title of a pasted licence stands at its top."""

_CLASSIFIER = "License :: "
_CATEGORIES = frozenset({"OSI Approved", "DFSG approved"})
"""Classifiers that judge a licence and name none (PEP 639, appendix on classifiers)."""
_TERMS = frozenset(
    {
        "Free For Educational Use",
        "Free For Home Use",
        "Free To Use But Restricted",
        "Free for non-commercial use",
        "Freely Distributable",
        "Freeware",
        "Other/Proprietary License",
    }
)
"""Classifiers that say something about the terms and name no licence either."""

CLASSIFIER_IDS = {
    "Aladdin Free Public License (AFPL)": "Aladdin",
    "Attribution Assurance License": "AAL",
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)": "CECILL-2.1",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "CeCILL-B Free Software License Agreement (CECILL-B)": "CECILL-B",
    "CeCILL-C Free Software License Agreement (CECILL-C)": "CECILL-C",
    "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
    "Common Public License": "CPL-1.0",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "Educational Community License, Version 2.0 (ECL-2.0)": "ECL-2.0",
    "European Union Public Licence 1.0 (EUPL 1.0)": "EUPL-1.0",
    "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "IBM Public License": "IPL-1.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "MirOS License (MirOS)": "MirOS",
    "Motosoto License": "Motosoto",
    "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mulan Permissive Software License v2 (MulanPSL-2.0)": "MulanPSL-2.0",
    "NASA Open Source Agreement v1.3 (NASA-1.3)": "NASA-1.3",
    "Nethack General Public License": "NGPL",
    "Nokia Open Source License": "Nokia",
    "Nokia Open Source License (NOKOS)": "Nokia",
    "Open Group Test Suite License": "OGTSL",
    "Open Software License 3.0 (OSL-3.0)": "OSL-3.0",
    "PostgreSQL License": "PostgreSQL",
    "Python License (CNRI Python License)": "CNRI-Python",
    "Python Software Foundation License": "PSF-2.0",
    "Qt Public License (QPL)": "QPL-1.0",
    "Ricoh Source Code Public License": "RSCPL",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "Sleepycat License": "Sleepycat",
    "Sun Public License": "SPL-1.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "Vovida Software License 1.0": "VSL-1.0",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}
"""The last part of each classifier that stands for one id.

PEP 639 forbids to guess at the others: Apache Software License, BSD, GPLv2, LGPLv2+ … may each be one of
several. So may, by SPDX's list, those of W3C, Netscape, the Eiffel Forum and Zope.
"""

_REFERENCE = re.compile(
    r"(?:please )?(?:see|read|check|refer|view|cf\.?|consult|look|same as)\b.*"
    r"|.*\b(?:licen[cs]e|copying)\.(?:txt|md|rst)\b.*|(?:copyright|\(c\)|\u00a9).*",
    re.IGNORECASE,
)
"""Texts that only say where the licence stands, or whose the rights are."""
_EMPTY = (
    "a the in is my own your this here file text name no none not yes true false todo tbd tba other custom "
    "same various multiple mixed dual double free open libre source foss floss oss and or software approved "
    "certified osi dfsg fsf licence license licenses licenced licensed unlicensed unspecified undefined "
    "specified copying notice readme legal docs doc txt md rst html"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())
"""What is made of these alone names no licence and says nothing of its terms."""
_VAGUE = re.compile(
    r"(?:other ?/ ?)?(?:proprietary|commercial|closed[ -]?source|all rights reserved|private|internal"
    r"|confidential|restricted|freeware|shareware|non-?free)(?: use only| use| only)?(?: software)?"
    r"(?: licen[cs]e)?|https?://.*",
    re.IGNORECASE,
)
"""Texts that say something of the terms, and no more than a classifier would."""
_TABLE = re.compile(r"\{.*?\b(?:text|file|name)\b['\"]?\s*[=:]\s*['\"]?([^'\"}]*).*\}?", re.DOTALL)
_BODY = re.compile(
    r"\s*(?:\bcopyright\b|\(c\)|\u00a9|permission is hereby|redistribution and use|all rights reserved"
    r"|\(the [\"\u201c]licen|preamble|everyone is permitted).*",
    re.IGNORECASE | re.DOTALL,
)
_SUPPLEMENT = re.compile(r"version \d", re.IGNORECASE)
_LABELLED = re.compile(r"licen[cs]e\s*:\s*(?!:)(.*)", re.IGNORECASE)
_BRACKETED = re.compile(r"[\[\"'](.*)[\]\"']")


def read_license(expression: object, text: object, classifiers: Iterable[str]) -> str | None:
    """Return a licence to show: SPDX expression, a text that names one, classifiers, a pasted text's title.

    What names no licence ("see LICENSE", "OSI Approved") is never shown; what merely hints at terms
    ("Proprietary", "Freeware") only where nothing names one.
    """
    if expressed := clean_line(expression):
        return expressed
    line, more = _read_text(text)
    leaves = _find_leaves([*more, *classifiers])
    named, terms = (
        [leaf for leaf in leaves if leaf not in _TERMS],
        [leaf for leaf in leaves if leaf in _TERMS],
    )
    if line and not _VAGUE.fullmatch(line):
        return line
    return ", ".join(named) or _find_title(text) or ", ".join(terms) or line


def find_license_ids(expression: object, text: object, classifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the SPDX ids known for sure: of the expression, else the text, else the classifiers.

    A text that leaves open whether later versions are meant ("GPLv2") is read together with the classifiers,
    which can say so.
    """
    if expressed := clean_line(expression):
        named = find_named_licenses(expressed)
        return find_expression_ids(expressed) or (named.ids if named else ())
    line, more = _read_text(text)
    leaves = _find_leaves([*more, *classifiers])
    ids = tuple(dict.fromkeys(CLASSIFIER_IDS[leaf] for leaf in leaves if leaf in CLASSIFIER_IDS))
    named = find_named_licenses(line or _find_title(text) or "")
    return tuple(dict.fromkeys(_refine(named, ids))) if named and named.ids else ids


def _refine(named: NamedLicenses, classified: tuple[str, ...]) -> Iterable[str]:
    """Yield the ids of a text, those without a word about later versions as the classifiers have them."""
    for spdx_id in named.ids:
        later = spdx_id.removesuffix("-only") + "-or-later"
        yield later if spdx_id in named.bare and later in classified else spdx_id


def _read_text(text: object) -> tuple[str | None, list[str]]:
    """Return a short text that names a licence or hints at terms, and the classifiers in its place."""
    line = _unwrap((clean_line(text) or "")[: 2 * MAX_LICENSE_LENGTH])
    if line.startswith(_CLASSIFIER):
        return None, [line]
    lines = str(text).strip().splitlines()
    pasted = len(lines) > 1 or (_BODY.search(line) and not _VAGUE.fullmatch(line))
    if pasted or len(line) > MAX_LICENSE_LENGTH:
        return None, []
    return (line if find_named_licenses(line) or not _says_nothing(line) else None), []


def _says_nothing(line: str) -> bool:
    words = re.findall(r"[^\W_]+", line.casefold())
    return bool(_REFERENCE.fullmatch(line)) or _EMPTY_WORDS.issuperset(words)


def _unwrap(line: str) -> str:
    """Return the text of what a build tool wrote as a table or list: ``{text = "MIT"}``, ``['MIT']``."""
    for wrapping in (_TABLE, _BRACKETED, _LABELLED):
        if wrapped := wrapping.fullmatch(line):
            return _unwrap(wrapped[1].strip())
    return line


def _find_leaves(classifiers: Iterable[str]) -> list[str]:
    """Return the last part of each licence classifier that names a licence or its terms, each once."""
    leaves = [c.split(" :: ")[-1].strip() for c in classifiers if c.startswith(_CLASSIFIER)]
    return [leaf for leaf in dict.fromkeys(leaves) if leaf not in _CATEGORIES]


def _find_title(text: object) -> str | None:
    """Return the title of a licence that was pasted whole, if it has one."""
    source = text[:_MAX_TITLE_SOURCE] if isinstance(text, str) else ""
    lines = [line for line in map(clean_line, source.strip().splitlines()) if line and re.search(r"\w", line)]
    lines = [short for line in lines[:5] if (short := _BODY.sub("", line).strip(" ,;:-*=#\"'"))]
    lines = [line for line in lines if not _says_nothing(line)]
    if not lines:
        return None
    title = f"{lines[0]} {lines[1]}" if len(lines) > 1 and _SUPPLEMENT.match(lines[1]) else lines[0]
    speaks = "licen" in title.lower() or find_named_licenses(title)
    return title if speaks and len(title) <= MAX_LICENSE_LENGTH else None
