"""What the labels of a project's URLs stand for: the one table of well-known labels.

PEP 753 has the form in which labels are compared, and the words that every reader of metadata should know;
beside them stand those in use that mean the same.
"""

import string
from collections.abc import Mapping
from enum import Enum, auto


class Label(Enum):
    """What a well-known label leads to."""

    SOURCE = auto()
    HOMEPAGE = auto()
    ISSUES = auto()
    CHANGELOG = auto()
    DOCUMENTATION = auto()
    DOWNLOAD = auto()
    FUNDING = auto()


_NORMAL_FORMS: dict[Label, tuple[str, ...]] = {
    # PEP 753's own words come first in each, then those in use beside them.
    Label.SOURCE: (
        *("source", "repository", "sourcecode", "github"),
        *("code", "sources", "repo", "githubrepository", "githubrepo", "gitrepository"),
        *("sourcerepository", "git"),
    ),
    Label.HOMEPAGE: ("homepage", "home", "project", "projecthomepage", "projectpage"),
    Label.ISSUES: (
        *("issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker"),
        *("bugreports", "bugreport", "reportissues", "reportbugs", "githubissues", "issuestracker"),
    ),
    # Release notes are a word of their own there; a reader looks for what has changed in either.
    Label.CHANGELOG: (
        *("changelog", "changes", "whatsnew", "history"),
        *("changelogs", "releasenotes", "releasehistory", "releases"),
    ),
    Label.DOCUMENTATION: (
        *("documentation", "docs"),
        *("doc", "documentations", "readthedocs", "userdocumentation", "furtherdocumentation", "manual"),
    ),
    Label.DOWNLOAD: ("download",),
    Label.FUNDING: (
        *("funding", "sponsor", "donate", "donation"),
        *("sponsors", "donations", "sponsoring", "sponsorship", "githubsponsors"),
        *("opencollective", "patreon", "kofi", "liberapay", "tidelift"),
    ),
}
"""Labels as PEP 753 normalizes them; of those that stand for the same, the earlier is trusted more."""

_MEANINGS = {
    form: (label, place) for label, forms in _NORMAL_FORMS.items() for place, form in enumerate(forms)
}
_NOISE = str.maketrans("", "", string.punctuation + string.whitespace)


def normalize_label(label: str) -> str:
    """Return a label as PEP 753 compares it: lower case, without ASCII punctuation and white space."""
    return label.translate(_NOISE).lower()


def read_label(label: str) -> tuple[Label, int] | None:
    """Return what a label stands for and its place among its equals, ``None`` where it is not well known."""
    form = normalize_label(label)
    # Beyond PEP 753: the pictures that people put before the word.
    return _MEANINGS.get(form) or _MEANINGS.get("".join(filter(str.isalnum, form)))


def find_url(project_urls: Mapping[str, str], wanted: Label) -> str | None:
    """Return the URL behind the most trusted of the labels that stand for what is wanted, if any."""
    found = [
        (meaning[1], url)
        for label, url in project_urls.items()
        if (meaning := read_label(label)) is not None and meaning[0] is wanted
    ]
    return min(found, key=lambda item: item[0])[1] if found else None
