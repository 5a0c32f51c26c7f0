"""The labels of a project's URLs: how far each may be trusted to lead to its repository.

Well-known labels come first (``metadata.labels``); any other is read by its words, because people write
``Source (GitHub)``, ``View source`` and ``🐛 Bug Report``. A label that speaks of something else, such as
``Django`` or ``Inspired by``, promises nothing.
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from pyf.aggregator.metadata.classifiers import get_frameworks
from pyf.aggregator.metadata.labels import Label, read_label
from pyf.aggregator.metadata.model import NormalizedName


class Trust(IntEnum):
    """What a label promises, the most trusted first; a ``PART`` is one source of several."""

    SOURCE = 0
    HOMEPAGE = 1
    PART = 2
    ISSUES = 3
    CHANGELOG = 4
    DOCUMENTATION = 5


_TRUSTS = {
    Label.SOURCE: Trust.SOURCE,
    Label.HOMEPAGE: Trust.HOMEPAGE,
    Label.ISSUES: Trust.ISSUES,
    Label.CHANGELOG: Trust.CHANGELOG,
    Label.DOCUMENTATION: Trust.DOCUMENTATION,
    Label.DOWNLOAD: Trust.DOCUMENTATION,
}
"""What is promised by the well-known labels that lead to a repository at all."""

_BEHIND = 100
"""The place of a label that is read by its words, and of a download among the documentation."""

_SOURCE_WORDS = (
    "source sources sourcecode code codebase repo repos repository repositories github git scm vcs "
    "quellcode quelltext codigo código repositorio dépôt"
)
_HOMEPAGE_WORDS = "home homepage website webpage web site project page url"
_ISSUE_WORDS = (
    "issue issues issuetracker bug bugs bugtracker tracker trackers ticket tickets discussion "
    "discussions question questions feedback support roadmap"
)
_CHANGELOG_WORDS = "change changes changelog changelogs release releases history news whatsnew notes"
_DOCUMENTATION_WORDS = "documentation docs doc readme manual guide wiki download downloads reference"
_WORDS: dict[Trust, frozenset[str]] = {
    # What a label is about is its most special word: "GitHub issues" are issues.
    Trust.ISSUES: frozenset(_ISSUE_WORDS.split()),
    Trust.CHANGELOG: frozenset(_CHANGELOG_WORDS.split()),
    Trust.DOCUMENTATION: frozenset(_DOCUMENTATION_WORDS.split()),
    Trust.SOURCE: frozenset(_SOURCE_WORDS.split()),
    Trust.HOMEPAGE: frozenset(_HOMEPAGE_WORDS.split()),
}

_OTHER_WORDS = (
    "alternative alternatives author authors awesome badge based blog boilerplate build built chat ci "
    "company conduct cookiecutter coverage credits demo demos dependency dependencies derived discord "
    "donate donation donations example examples fork forked forks forum framework frameworks fund "
    "funding inspiration inspired licence license maintainer maintainers mastodon mirror organisation "
    "organization original parent patreon policy ported powered related requirements requires sample "
    "samples security similar slack sponsor sponsored sponsoring sponsors sponsorship style team "
    "template templates thanks tidelift tutorial tutorials twitter upstream video videos workflow "
    "workflows youtube"
)
_OTHERS = frozenset(_OTHER_WORDS.split())
"""Words for what is not the project's own repository, however the label goes on."""

_FILLER_WORDS = (
    "a all and at browse button click com development feature for from here hosted hub in is latest link "
    "main master my octocat of official on online open our package public pypi python report reports "
    "request requests see the this to tracking us view visit with your"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
"""Words that say nothing of which repository a label means."""

_GITHUB = re.compile(r"git[\s-]*hub", re.IGNORECASE)
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")


def rank_label(label: str, project: NormalizedName) -> tuple[Trust, int] | None:
    """Return what a label promises and its place among its equals; ``None`` for no repository."""
    if (meaning := read_label(label)) is not None:
        stands_for, place = meaning
        trust = _TRUSTS.get(stands_for)
        return None if trust is None else (trust, _BEHIND if stands_for is Label.DOWNLOAD else place)
    words = frozenset(split_words(label))
    if words & _OTHERS or words & get_frameworks():
        return None
    for trust, known in _WORDS.items():
        if words & known:
            return (_find_part(words, project) if trust is Trust.SOURCE else trust), _BEHIND
    return None


def split_words(label: str) -> Iterable[str]:
    """Return the words of a label in lower case, parted at punctuation, emoji and capitals."""
    return _WORD.findall(_CAPITALS.sub(" ", _GITHUB.sub(" github ", label)).lower())


def _find_part(words: frozenset[str], project: NormalizedName) -> Trust:
    """Tell the source from one of several: a word that is neither a filler nor of the project's name."""
    expected = {*_FILLERS, *project.split("-")}.union(*_WORDS.values())
    return Trust.SOURCE if words <= expected else Trust.PART
