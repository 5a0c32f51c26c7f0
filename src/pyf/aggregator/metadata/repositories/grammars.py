"""How each forge writes its repositories' addresses: the path of a URL → the path of a repository. Pure.

One grammar a forge, in one place: GitHub https://docs.github.com/get-started/using-git/about-remote-repositories,
GitLab https://docs.gitlab.com/user/reserved_names/, Forgejo and Gitea ``models/user`` and ``models/repo``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pyf.aggregator.metadata.repositories.forges import ForgeKind

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

_GITLAB_PAGES_WORDS = (
    "- .well-known abuse_reports admin api assets dashboard explore files groups health_check help import "
    "invites jwt login oauth profile projects public s search snippets unsubscribe uploads users v2"
)
_GITLAB_PAGES = frozenset(_GITLAB_PAGES_WORDS.split())
_GITLAB_RESERVED_WORDS = (
    "- badges blame blob builds commits create create_dir edit files find_file new preview raw refs tree "
    "update wikis"
)
_GITLAB_RESERVED = frozenset(_GITLAB_RESERVED_WORDS.split())
"""What no project and no subgroup of GitLab can be called: there the pages of a project begin."""
_GITLAB_OLD_PAGES_WORDS = (
    "activity archive boards branches commit compare container_registry forks graphs issues jobs labels "
    "merge_requests milestones network packages pipelines releases repository snippets starrers tags"
)
_GITLAB_OLD_PAGES = frozenset(_GITLAB_OLD_PAGES_WORDS.split())
"""Pages that stood right behind a project until GitLab 12 put ``/-/`` between, which links still do."""
_GITLAB_GROUP_OWNED = 2
"""At least so many segments are group and project."""
_GITLAB_DEEPEST = 22
"""GitLab allows 20 levels of subgroups."""

_FORGEJO_PAGES_WORDS = (
    ". .. .well-known admin api assets attachments avatar avatars captcha commits debug devtest error "
    "explore ghost install issues login metrics milestones new notifications org pulls raw repo "
    "repo-avatars search stars user v2"
)
_FORGEJO_PAGES = frozenset(_FORGEJO_PAGES_WORDS.split())
"""Names of Forgejo and Gitea that no account can have."""

# GitHub gives out 39 characters without dots; the underscore belongs to the accounts that enterprises manage.
_GITHUB_PATH = re.compile(r"[a-z0-9][a-z0-9_-]{0,38}/[a-z0-9._-]{1,100}")
_GITLAB_SEGMENT = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,254}|\.[a-z0-9_.-]{1,254}")
_FORGEJO_PATH = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}/[a-z0-9._-]{1,100}")
_FEEDS = (".git", ".wiki", ".rss", ".atom")

_SURROUNDINGS = " \t\r\n<>()[]{}\"'`,;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What one forge's paths look like.

    ``find`` returns the segments that name a repository, as they stand in the path of one of its pages;
    ``is_path`` tells whether a path, in lower case, can be a repository's.
    """

    find: Callable[[Sequence[str]], Sequence[str]]
    is_path: Callable[[str], bool]
    api: str
    """What stands in the path of the API's addresses before a repository's."""


def find_path(kind: ForgeKind, segments: Sequence[str]) -> str | None:
    """Return what names the repository in the segments of a URL's path, in lower case, ``None`` for nothing.

    It may still be no repository: see :func:`is_path`.
    """
    grammar = _GRAMMARS[kind]
    found = list(grammar.find(segments))
    if len(found) < 2:  # noqa: PLR2004 - owner and name
        return None
    # The @ begins the revision in pip's direct references: git+https://github.com/o/n.git@main
    name = found[-1].split("@", 1)[0].rstrip(f".{_SURROUNDINGS}")
    found[-1] = (
        name.removesuffix(".git").removesuffix(".wiki" if name.endswith(".wiki.git") else "").rstrip(".")
    )
    return "/".join(found)


def is_path(kind: ForgeKind, path: str) -> bool:
    """Tell whether a forge can have a repository of this path, whatever its case."""
    possible = path.isascii() and path.rpartition("/")[2] not in {".", ".."}
    return possible and _GRAMMARS[kind].is_path(path.lower())


def get_api_prefix(kind: ForgeKind) -> str:
    """Return the path before the repositories in the addresses of a forge's API, without the first slash."""
    return _GRAMMARS[kind].api


def _is_github(path: str) -> bool:
    return bool(_GITHUB_PATH.fullmatch(path)) and path.partition("/")[0] not in RESERVED_OWNERS


def _find_gitlab(segments: Sequence[str]) -> Sequence[str]:
    """Return groups and project: everything before the project's pages, which begin with ``-``."""
    ends = _GITLAB_RESERVED | _GITLAB_OLD_PAGES
    owned = list(segments[:_GITLAB_GROUP_OWNED])
    return [*owned, *takewhile(lambda segment: segment not in ends, segments[_GITLAB_GROUP_OWNED:])]


def _is_gitlab(path: str) -> bool:
    first, *rest = segments = path.split("/")
    return (
        _GITLAB_GROUP_OWNED <= len(segments) <= _GITLAB_DEEPEST
        and first not in _GITLAB_PAGES
        and not _GITLAB_RESERVED.intersection(rest)
        and all(
            _GITLAB_SEGMENT.fullmatch(segment) and not segment.endswith((".", *_FEEDS))
            for segment in segments
        )
    )


def _is_forgejo(path: str) -> bool:
    owner, _, name = path.partition("/")
    return (
        bool(_FORGEJO_PATH.fullmatch(path))
        and owner not in _FORGEJO_PAGES
        and name != "-"
        and not name.endswith(_FEEDS)
    )


_GRAMMARS: Mapping[ForgeKind, Grammar] = {
    ForgeKind.GITHUB: Grammar(find=lambda segments: segments[:2], is_path=_is_github, api="repos/"),
    ForgeKind.GITLAB: Grammar(find=_find_gitlab, is_path=_is_gitlab, api="api/v4/projects/"),
    ForgeKind.FORGEJO: Grammar(find=lambda segments: segments[:2], is_path=_is_forgejo, api="api/v1/repos/"),
}
