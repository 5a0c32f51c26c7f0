"""A project's URLs → the one GitHub repository that is its own, or why there is none.

What a label promises (``labels.py``) decides how much its URL is trusted: a URL whose label promises no
repository (``Django: https://github.com/django/django``) is never taken for one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pyf.aggregator.metadata.model import NormalizedName, Slug, normalize
from pyf.aggregator.metadata.repositories.examples import TUTORIALS, is_example
from pyf.aggregator.metadata.repositories.labels import Trust, rank_label

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

# GitHub gives out 39 characters without dots; the underscore belongs to the accounts that enterprises manage.
_OWNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,38}")
_NAME = re.compile(r"[a-z0-9._-]{1,100}")

_SLUG = re.compile(rf"{_OWNER.pattern}/{_NAME.pattern}")

_SCHEMES = re.compile(r"^(?:(?:scm|git|svn)[:+])*(?:(?:https?|git|ssh):/{1,2}|//)*")
_SCP_FORM = re.compile(r"(?:[\w.-]+@)?((?:\w+\.)*github\.com):(?!/|\d+/)")
_MOST_LABELS = 5
_LONGEST_DETAIL = 100
_SURROUNDINGS = " \t\r\n<>()[]{}\"'`,;"


class Missing(StrEnum):
    """Why a project has no repository that could be asked for."""

    NO_URL = "no URL"
    NO_PROMISE = "URLs, but none of a repository"
    NOT_GITHUB = "not on GitHub"
    MALFORMED = "on GitHub, but no repository"
    EXAMPLE = "a template's example"


@dataclass(frozen=True, slots=True)
class NoRepository:
    """Why a project has no repository, and what was found in its place; its text is the reason."""

    why: Missing
    found: str = ""

    def __str__(self) -> str:
        if self.why is Missing.NOT_GITHUB:
            return f"on {self.found}"
        return f"{self.why}: {self.found}" if self.found else self.why.value


@dataclass(frozen=True, slots=True)
class _Place:
    """What a URL points at: a repository on GitHub, or the reason why not."""

    found: Slug | Missing
    host: str
    path: str = ""


def find_repository(
    name: NormalizedName, project_urls: Mapping[str, str], home_page: str | None = None
) -> Slug | NoRepository:
    """Return the repository that the most trusted of a project's URLs names, else why there is none.

    ``project_urls`` maps labels to URLs as the owner wrote them; ``home_page`` is the field of that name,
    which ranks with the label *Homepage*. A source on another forge settles the question. Behind any other
    label only a repository that is called like the project counts.
    """
    excuse: NoRepository | None = None
    for trust, url in _iterate_urls(name, project_urls, home_page):
        place = _locate(url)
        if not isinstance(place.found, Missing):
            return place.found
        if place.found is Missing.EXAMPLE and place.path in TUTORIALS and _is_namesake(place.path, name):
            return Slug(place.path)
        refusal = _describe(place, trust)
        if refusal and refusal.why is Missing.NOT_GITHUB and trust is Trust.SOURCE and is_forge(place.host):
            return refusal
        if excuse is None or excuse.why is Missing.NOT_GITHUB:
            excuse = refusal or excuse
    slugs = (parse_repository_url(url) for url in project_urls.values())
    namesakes = (slug for slug in slugs if not isinstance(slug, Missing) and _is_namesake(slug, name))
    return next(namesakes, None) or excuse or _list_labels(project_urls, home_page)


def parse_repository_url(url: str) -> Slug | Missing:
    """Return the repository on GitHub that a URL is, or is a page of, else why it is none."""
    return _locate(url).found


def parse_slug(text: str) -> Slug | None:
    """Return ``owner/name`` in lower case, ``None`` for a text that names no repository."""
    slug = text.lower()
    named = text.isascii() and _SLUG.fullmatch(slug) and slug.rpartition("/")[2] not in {".", ".."}
    return Slug(slug) if named else None


def is_forge(host: str) -> bool:
    """Tell whether the pages of a host other than GitHub's are repositories."""
    return bool(_OTHER_FORGES.fullmatch(host))


def _iterate_urls(
    name: NormalizedName, project_urls: Mapping[str, str], home_page: str | None
) -> Iterator[tuple[Trust, str]]:
    """Yield what is promised and the URL, the most trusted first."""
    ranked = [(rank, url) for label, url in project_urls.items() if (rank := rank_label(label, name))]
    if home_page:
        # Behind the label of the same meaning, before those of a similar one.
        ranked.append(((Trust.HOMEPAGE, 0), home_page))
    for (trust, _), url in sorted(ranked, key=lambda item: item[0]):
        yield trust, url


def _is_namesake(slug: str, name: NormalizedName) -> bool:
    return normalize(slug.partition("/")[2]) == name


def _describe(place: _Place, trust: Trust) -> NoRepository | None:
    """Say what stands in the place of a repository; a home page that is no forge's needs no excuse."""
    if place.found is Missing.NOT_GITHUB:
        told = is_forge(place.host) or (trust is Trust.SOURCE and place.host)
        return NoRepository(Missing.NOT_GITHUB, place.host[:_LONGEST_DETAIL]) if told else None
    return NoRepository(Missing(place.found), place.path[:_LONGEST_DETAIL] or place.host)


def _list_labels(project_urls: Mapping[str, str], home_page: str | None) -> NoRepository:
    labels = list(project_urls) or (["home page"] if home_page else [])
    if not labels:
        return NoRepository(Missing.NO_URL)
    shown = ", ".join(label[:_LONGEST_DETAIL] for label in labels[:_MOST_LABELS])
    more = f" and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
    return NoRepository(Missing.NO_PROMISE, f"{shown}{more}")


def _locate(url: str) -> _Place:
    host, path = _split(url)
    if host == _API_HOST:
        _, _, path = path.partition("repos/")
    elif host != _RAW_HOST and host not in _HOSTS:
        return _Place(Missing.NOT_GITHUB, host)
    segments = [segment.strip() for segment in unquote(path).split("/") if segment.strip()]
    if len(segments) < 2:  # noqa: PLR2004 - owner and name
        return _Place(Missing.MALFORMED, host, "/".join(segments))
    # The @ begins the revision in pip's direct references: git+https://github.com/o/n.git@main
    name = segments[1].split("@", 1)[0].rstrip(f".{_SURROUNDINGS}").removesuffix(".git").rstrip(".")
    return _Place(_build_slug(segments[0], name), host, f"{segments[0]}/{name}")


def _split(url: str) -> tuple[str, str]:
    """Return host and path of a URL in any form in use, in lower case; empty where there is none."""
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
    if is_example(owner, name) or f"{owner}/{name}" in TUTORIALS:
        return Missing.EXAMPLE
    slug = None if owner in RESERVED_OWNERS else parse_slug(f"{owner}/{name}")
    return slug or Missing.MALFORMED
