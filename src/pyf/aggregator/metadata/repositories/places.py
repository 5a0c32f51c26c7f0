"""A URL in any form in use → the repository that it is, or is a page of, else why it is none. Pure."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pyf.aggregator.metadata.model import GITHUB_HOST, Repository
from pyf.aggregator.metadata.repositories.examples import TUTORIALS, is_example
from pyf.aggregator.metadata.repositories.forges import ForgeKind, Forges
from pyf.aggregator.metadata.repositories.grammars import find_path, get_api_prefix, is_path

_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "github.org",
            "ssh.github.com",
            "raw.github.com",
            "codeload.github.com",
            "raw.githubusercontent.com",
        ),
        GITHUB_HOST,
    ),
    "altssh.gitlab.com": "gitlab.com",
}
"""Further hosts of forges, on which a repository has the path that it has on the first."""
_API_HOST = "api.github.com"

_OTHER_FORGES = re.compile(
    r"(?:.*\.)?(?:gitlab\.[a-z.]+|bitbucket\.org|codeberg\.org|git\.sr\.ht|hg\.sr\.ht|gitee\.com|gitea\.com"
    r"|launchpad\.net|sourceforge\.net|savannah\.gnu\.org|pagure\.io)|(?:gitlab|gitea|forgejo|git)\..+"
)
"""Hosts whose pages are repositories, whether we ask them or not."""
_PYPI = re.compile(
    r"(?:(?:test\.)?pypi\.org|pypi\.python\.org|cheeseshop\.python\.org|files\.pythonhosted\.org)"
)
_OLD_PYPI = re.compile(r"/+(?:pypi|cheeseshop)(?:/.*)?")

_SCHEMES = re.compile(r"^(?:(?:scm|git|svn)[:+])*(?:(?:https?|git|ssh):/{1,2}|//)*")
_SCP_FORM = re.compile(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!/|\d+(?:/|$)|[^/]*@)")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""ASCII alone: in lower case the Kelvin sign is a k, and a repository's name another."""
_SURROUNDINGS = " \t\r\n<>()[]{}\"'`,;"


class Missing(StrEnum):
    """Why a project has no repository to show; ``UNAVAILABLE``: its forge shows nothing of it for a day."""

    NO_URL = "no URL"
    ONLY_PYPI = "only PyPI's own page"
    NO_PROMISE = "URLs, but none of a repository"
    ANOTHER_HOST = "another host"
    MALFORMED = "malformed"
    EXAMPLE = "a template's example"
    ANOTHER_PROJECTS = "another project's"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a URL points at: a repository of a known forge, or the reason why not.

    ``host`` and ``path`` are what was found there, in lower case; both are empty for what is no URL.
    """

    found: Repository | Missing
    host: str
    path: str = ""


def locate(url: str, forges: Forges) -> Place:
    """Return what a URL points at; ``forges`` are the hosts whose repositories are known as such."""
    written, path = split_url(url)
    host = _ALIASES.get(written, written)
    api = get_api_prefix(ForgeKind.GITHUB)
    if written == _API_HOST and GITHUB_HOST in forges:
        host, (_, _, path) = GITHUB_HOST, path.partition(api)
    kind = forges.get(host)
    if kind is None:
        return Place(found=Missing.ANOTHER_HOST, host=written, path=path)
    if kind is not ForgeKind.GITHUB:
        path = re.sub(rf"^/+{get_api_prefix(kind)}", "", path)
    segments = [segment.strip() for segment in unquote(path).split("/") if segment.strip()]
    named = find_path(kind, segments)
    if named is None:
        return Place(found=Missing.MALFORMED, host=written, path="/".join(segments))
    return Place(found=_judge(Repository(host, named), kind), host=written, path=named)


def parse_repository(text: str, forges: Forges) -> Repository | None:
    """Return the repository that ``host/path`` names, such as a publisher's ``github.com/plone/plone.api``.

    Only the bare form is one: what a page of a repository, a tutorial or a template shows names none.
    """
    found = locate(text, forges).found
    named = isinstance(found, Repository) and str(found) == text.lower().removeprefix("https://")
    return found if named and isinstance(found, Repository) else None


def is_forge(host: str) -> bool:
    """Tell whether the pages of a host other than GitHub's are repositories."""
    return bool(_OTHER_FORGES.fullmatch(host))


def is_pypi(url: str) -> bool:
    """Tell whether a URL is PyPI's own page or file of a project, today's or a former one."""
    host, path = split_url(url)
    return bool(_PYPI.fullmatch(host)) or (host == "python.org" and bool(_OLD_PYPI.fullmatch(path)))


def split_url(url: str) -> tuple[str, str]:
    """Return host and path of a URL in any form in use, in lower case; empty where there is none."""
    text = url.strip(_SURROUNDINGS).translate(_LOWER).replace("\\", "/")
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


def _judge(repository: Repository, kind: ForgeKind) -> Repository | Missing:
    tutorial = kind is ForgeKind.GITHUB and repository.path in TUTORIALS
    if tutorial or is_example(repository.owner, repository.name):
        return Missing.EXAMPLE
    return repository if is_path(kind, repository.path) else Missing.MALFORMED
