"""Badges and services whose addresses name a repository: what a README shows where no link says it. Pure.

Only those that name owner and name; Read the Docs, PyPI and AppVeyor know projects by names of their own.
Addresses as the services document them: https://shields.io/badges, https://docs.codecov.com/docs/status-badges,
https://docs.coveralls.io, https://docs.travis-ci.com/user/status-images.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import unquote

from pyf.aggregator.metadata.model import GITHUB_HOST
from pyf.aggregator.metadata.repositories.places import split_url

_GITLAB_HOST = "gitlab.com"
_HOSTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("gh", "g", "github"), GITHUB_HOST),
        **dict.fromkeys(("gl", "gitlab"), _GITLAB_HOST),
    }
)
"""How the services call the forges that they look after."""

_GIT = r"(?P<forge>gh|g|github|gl|gitlab)"
_OTHERS = r"(?!bitbucket/|repos/|r/|(?:gh|github|gl|gitlab)/)"
"""What stands before a path in a service's addresses and is nobody's account."""
_PATH = r"(?P<path>[^/]+/[^/]+)"
_END = r"(?:/.*)?"
_SHIELDS_KINDS = (
    r"(?:actions/workflow/status|workflow/status|v/(?:release|tag)|release(?:-date|/date)?(?:-pre)?|downloads(?:-pre)?"
    r"|commit-activity/[a-z]+|commits-(?:since|difference)|languages/[a-z-]+|contributors(?:-anon)?|issues/[a-z-]+"
    r"|directory-file-count|check-runs|[a-z-]+)"
)

_SERVICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "img.shields.io": (
            rf"{_GIT}/{_SHIELDS_KINDS}/{_PATH}{_END}",
            rf"(?:codecov/c|coverallscoverage|coveralls|codefactor/grade|scrutinizer/\w+)/{_GIT}/{_PATH}{_END}",
            rf"travis(?:/com)?/{_PATH}{_END}",
        ),
        "badgen.net": (rf"{_GIT}/[a-z-]+/{_PATH}{_END}", rf"(?:codecov/c|coveralls/c)/{_GIT}/{_PATH}{_END}"),
        "codecov.io": (rf"{_GIT}/{_PATH}{_END}",),
        "app.codecov.io": (rf"{_GIT}/{_PATH}{_END}",),
        "coveralls.io": (rf"(?:repos/)?{_GIT}/{_PATH}{_END}", rf"(?:repos|r)/{_OTHERS}{_PATH}{_END}"),
        **dict.fromkeys(
            (
                "travis-ci.org",
                "travis-ci.com",
                "api.travis-ci.org",
                "api.travis-ci.com",
                "secure.travis-ci.org",
            ),
            (rf"{_GIT}/{_PATH}{_END}", rf"(?:repos/)?{_OTHERS}{_PATH}{_END}"),
        ),
        "app.travis-ci.com": (rf"{_GIT}/{_PATH}{_END}",),
        "circleci.com": (rf"{_GIT}/{_PATH}{_END}",),
        "dl.circleci.com": (rf"status-badge/img/{_GIT}/{_PATH}{_END}",),
        "app.circleci.com": (rf"pipelines/{_GIT}/{_PATH}{_END}",),
        "results.pre-commit.ci": (rf"(?:badge|latest)/{_GIT}/{_PATH}{_END}",),
        "mybinder.org": (rf"v2/{_GIT}/{_PATH}{_END}",),
        "landscape.io": (rf"{_GIT}/{_PATH}{_END}",),
        "requires.io": (rf"{_GIT}/{_PATH}{_END}",),
        "scrutinizer-ci.com": (rf"{_GIT}/{_PATH}{_END}",),
        "codeclimate.com": (rf"{_GIT}/{_PATH}{_END}",),
        "lgtm.com": (rf"projects/{_GIT}/{_PATH}{_END}",),
        "snyk.io": (rf"test/{_GIT}/{_PATH}{_END}",),
        "colab.research.google.com": (rf"{_GIT}/{_PATH}{_END}",),
        "cdn.jsdelivr.net": (rf"{_GIT}/{_PATH}{_END}",),
    }
)
_GRAMMARS = {host: tuple(re.compile(form) for form in forms) for host, forms in _SERVICES.items()}
_ENDINGS = (".svg", ".png")


def find_badge_target(url: str) -> str | None:
    """Return the address of the repository that a badge is about, ``None`` for what is no known badge's."""
    host, path = split_url(url)
    forms = _GRAMMARS.get(host, ())
    found = next((found for form in forms if (found := form.fullmatch(unquote(path).strip("/")))), None)
    if found is None:
        return None
    forge = _HOSTS[found.groupdict().get("forge") or "github"]
    # Codecov separates GitLab's groups with colons, jsDelivr a version with @.
    named = found["path"].replace(":", "/").split("@", 1)[0]
    for ending in _ENDINGS:
        named = named.removesuffix(ending)
    return f"https://{forge}/{named}"
