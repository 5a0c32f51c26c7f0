"""A project's URLs → the one GitHub repository that is its own, or the reason why there is none.

Labels are read in the normal form of PEP 753. What a label promises decides how much its URL is trusted: an
URL whose label promises no repository (``Django: https://github.com/django/django``) is never taken for one.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pyf.aggregator.metadata.model import NormalizedName, Slug, normalize

_TRUSTED_LABELS = (
    # PEP 753's own words for the source, then those in use beside them.
    ("source", "repository", "sourcecode", "github"),
    ("code", "sources", "repo", "githubrepository", "githubrepo", "gitrepository", "sourcerepository", "git"),
    ("homepage", "home", "project", "projecthomepage", "projectpage"),
    ("issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker", "bugreports"),
    ("changelog", "changes", "whatsnew", "history", "releasenotes", "releases"),
    ("documentation", "docs", "download"),
)
"""Labels by falling trust: what a repository's URL is expected behind."""

_HOSTS = frozenset({"github.com", "github.org", "ssh.github.com", "raw.github.com", "codeload.github.com"})
_RAW_HOST = "raw.githubusercontent.com"
_API_HOST = "api.github.com"
_OTHER_FORGES = re.compile(
    r"(?:.*\.)?(?:gitlab\.[a-z.]+|bitbucket\.org|codeberg\.org|git\.sr\.ht|hg\.sr\.ht|gitee\.com|gitea\.com"
    r"|launchpad\.net|sourceforge\.net|savannah\.gnu\.org|pagure\.io)|(?:gitlab|gitea|forgejo|git)\..+"
)
"""Hosts whose pages are repositories: behind a source label they say that GitHub is not the place."""

_PAGES = (
    "about account accounts advisories apps auth blog business careers codespaces collections community "
    "contact contact-us copilot customer-stories dashboard discussions edu education enterprise "
    "enterprises events explore features fluidicon gist gists git-guides github-copilot help home images "
    "integrations issues jobs join login logout marketplace mobile new newsroom nonprofit notifications "
    "oauth open-source organizations orgs partners personal premium-support press pricing privacy pulls "
    "readme releases repositories resources search security services sessions settings shop showcases "
    "signup site site-map solutions sponsors stars status support team teams terms topics trending user "
    "users watching why-github wiki"
)
RESERVED_OWNERS = frozenset(_PAGES.split())
"""First path segments that are pages of GitHub and can own no repository."""

_EXAMPLES = frozenset(
    f"{owner}/{name}"
    for owner in ("username", "user", "yourusername", "your-username", "your_username", "myusername", "you")
    for name in ("repo", "repository", "project", "reponame", "projectname", "yourproject", "yourrepo")
) | {"pypa/sampleproject", "pypa/packaging_tutorial", "audreyr/cookiecutter-pypackage", "octocat/hello-world"}
"""What templates and tutorials show: a project that names them has just not changed the line."""

# GitHub gives out 39 characters without dots; the underscore belongs to the accounts that enterprises manage.
_OWNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,38}")
_NAME = re.compile(r"[a-z0-9._-]{1,100}")

_SLUG = re.compile(rf"{_OWNER.pattern}/{_NAME.pattern}")

_LABEL_NOISE = str.maketrans("", "", string.punctuation + string.whitespace)
_SCHEMES = re.compile(r"^(?:(?:scm|git|svn)[:+])*(?:(?:https?|git|ssh):/{1,2}|//)*")
_SCP_FORM = re.compile(r"(?:[\w.-]+@)?((?:\w+\.)*github\.com):(?!/|\d+/)")
_SURROUNDINGS = " \t\r\n<>()[]{}\"'`,;"


class Missing(StrEnum):
    """Why a project has no repository that could be asked for."""

    NO_URL = "no URL"
    NOT_GITHUB = "not on GitHub"
    MALFORMED = "malformed"
    EXAMPLE = "a template's example"


@dataclass(frozen=True, slots=True)
class _Place:
    """What an URL points at: a repository on GitHub, or the reason why not; ``forge`` hosts repositories."""

    found: Slug | Missing
    forge: bool = True


def find_repository(
    name: NormalizedName, project_urls: Mapping[str, str], home_page: str | None = None
) -> Slug | Missing:
    """Return the repository that the most trusted of a project's URLs names, else why there is none.

    ``project_urls`` maps labels to URLs as the owner wrote them; ``home_page`` is the field of that name,
    which ranks with the label *Homepage*. A source on another forge settles the question. Behind any other
    label only a repository that is called like the project counts.
    """
    excuse = Missing.NO_URL
    for trust, url in _iterate_urls(project_urls, home_page):
        place = _locate(url)
        if not isinstance(place.found, Missing):
            return place.found
        if place.found is Missing.NOT_GITHUB and place.forge and trust <= 1:
            return Missing.NOT_GITHUB
        if excuse in {Missing.NO_URL, Missing.NOT_GITHUB}:
            excuse = place.found
    namesakes = (
        slug
        for slug in map(parse_repository_url, project_urls.values())
        if not isinstance(slug, Missing) and normalize(slug.partition("/")[2]) == name
    )
    return next(namesakes, excuse)


def parse_repository_url(url: str) -> Slug | Missing:
    """Return the repository on GitHub that an URL is, or is a page of, else why it is none."""
    return _locate(url).found


def parse_slug(text: str) -> Slug | None:
    """Return ``owner/name`` in lower case, ``None`` for a text that names no repository."""
    slug = text.lower()
    return (
        Slug(slug)
        if text.isascii() and _SLUG.fullmatch(slug) and slug.rpartition("/")[2] not in {".", ".."}
        else None
    )


def is_forge(host: str) -> bool:
    """Tell whether the pages of a host other than GitHub's are repositories."""
    return bool(_OTHER_FORGES.fullmatch(host))


def _iterate_urls(project_urls: Mapping[str, str], home_page: str | None) -> Iterator[tuple[int, str]]:
    """Yield ``(rank of trust, URL)``, the most trusted first."""
    labelled = [(label.translate(_LABEL_NOISE).lower(), url) for label, url in project_urls.items()]
    for trust, labels in enumerate(_TRUSTED_LABELS):
        for wanted in labels:
            yield from ((trust, url) for label, url in labelled if label == wanted)
            if wanted == "homepage" and home_page:
                yield trust, home_page


def _locate(url: str) -> _Place:
    host, path = _split(url)
    if host == _API_HOST:
        _, _, path = path.partition("repos/")
    elif host != _RAW_HOST and host not in _HOSTS:
        return _Place(Missing.NOT_GITHUB, forge=bool(_OTHER_FORGES.fullmatch(host)))
    segments = [segment for segment in unquote(path).split("/") if segment.strip()]
    if len(segments) < 2:  # noqa: PLR2004 - owner and name
        return _Place(Missing.MALFORMED)
    return _Place(_build_slug(segments[0].strip(), segments[1].strip()))


def _split(url: str) -> tuple[str, str]:
    """Return host and path of an URL in any form in use, in lower case; empty where there is none."""
    text = url.strip(_SURROUNDINGS).lower().replace("\\", "/")
    # What git and pip put before the host goes, then the form of scp: git@github.com:o/n
    text = _SCHEMES.sub("", text, count=1)
    if found := _SCP_FORM.match(text):
        text = f"{found[1]}/{text[found.end() :]}"
    try:
        parts = urlsplit(f"//{text}")
        host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return "", ""
    return host, parts.path


def _build_slug(owner: str, name: str) -> Slug | Missing:
    # The @ begins the revision in pip's direct references: git+https://github.com/o/n.git@main
    name = name.split("@", 1)[0].rstrip(f".{_SURROUNDINGS}").removesuffix(".git").rstrip(".")
    if owner in RESERVED_OWNERS or not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name):
        return Missing.MALFORMED
    slug = Slug(f"{owner}/{name}")
    return Missing.EXAMPLE if slug in _EXAMPLES else slug
