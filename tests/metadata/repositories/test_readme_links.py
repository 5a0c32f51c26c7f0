"""What a README gives away of its project's repository: links and badges that agree."""

import time

import pytest

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.repositories.badges import find_badge_target
from pyf.aggregator.metadata.repositories.forges import Forge, ForgeKind, map_forges
from pyf.aggregator.metadata.repositories.readme_links import MAX_HTML_LENGTH, MAX_LINKS, find_in_readme

KIT = NormalizedName("plone-kit")
FORGES = map_forges([Forge(kind=ForgeKind.GITLAB, host="gitlab.com", url="https://gitlab.com")])

BADGES: dict[str, str | None] = {
    "https://img.shields.io/github/stars/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/github/stars/ana/kit.svg?style=flat": "github.com/ana/kit",
    "https://img.shields.io/github/license/ana/plone.kit.svg": "github.com/ana/plone.kit",
    "https://img.shields.io/github/v/release/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/github/v/tag/ana/kit?sort=semver": "github.com/ana/kit",
    "https://img.shields.io/github/actions/workflow/status/ana/kit/t.yml?branch=main": "github.com/ana/kit",
    "https://img.shields.io/github/workflow/status/ana/kit/tests": "github.com/ana/kit",
    "https://img.shields.io/github/commit-activity/m/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/github/commits-since/ana/kit/1.0": "github.com/ana/kit",
    "https://img.shields.io/github/last-commit/ana/kit/main": "github.com/ana/kit",
    "https://img.shields.io/github/issues-raw/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/github/downloads/ana/kit/total": "github.com/ana/kit",
    "https://img.shields.io/github/languages/top/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/gitlab/pipeline-status/ana/kit?branch=main": "gitlab.com/ana/kit",
    "https://img.shields.io/codecov/c/github/ana/kit": "github.com/ana/kit",
    "https://img.shields.io/coveralls/github/ana/kit/main": "github.com/ana/kit",
    "https://img.shields.io/travis/ana/kit.svg": "github.com/ana/kit",
    "https://img.shields.io/travis/com/ana/kit": "github.com/ana/kit",
    "https://codecov.io/gh/ana/kit": "github.com/ana/kit",
    "https://codecov.io/gh/ana/kit/branch/main/graph/badge.svg?token=x": "github.com/ana/kit",
    "https://app.codecov.io/github/ana/kit": "github.com/ana/kit",
    "https://codecov.io/gl/band:tools/kit": "gitlab.com/band/tools/kit",
    "https://coveralls.io/github/ana/kit?branch=master": "github.com/ana/kit",
    "https://coveralls.io/repos/github/ana/kit/badge.svg?branch=master": "github.com/ana/kit",
    "https://coveralls.io/repos/ana/kit/badge.png": "github.com/ana/kit",
    "https://coveralls.io/r/ana/kit": "github.com/ana/kit",
    "https://coveralls.io/bitbucket/ana/kit": None,
    "https://coveralls.io/repos/bitbucket/ana/kit/badge.svg": None,
    "https://travis-ci.org/ana/kit.svg?branch=master": "github.com/ana/kit",
    "http://travis-ci.org/ana/plone.kit": "github.com/ana/plone.kit",
    "https://secure.travis-ci.org/ana/kit.png": "github.com/ana/kit",
    "https://app.travis-ci.com/github/ana/kit": "github.com/ana/kit",
    "https://travis-ci.com/github/ana/kit/builds": "github.com/ana/kit",
    "https://circleci.com/gh/ana/kit.svg?style=svg": "github.com/ana/kit",
    "https://results.pre-commit.ci/badge/github/ana/kit/main.svg": "github.com/ana/kit",
    "https://results.pre-commit.ci/latest/github/ana/kit/main": "github.com/ana/kit",
    "https://mybinder.org/v2/gh/ana/kit/main": "github.com/ana/kit",
    "https://landscape.io/github/ana/kit/master": "github.com/ana/kit",
    # What names projects, versions or anything else
    "https://img.shields.io/pypi/v/kit": None,
    "https://img.shields.io/pypi/l/kit.svg": None,
    "https://img.shields.io/badge/ana/kit": None,
    "https://img.shields.io/static/v1?label=github/ana/kit": None,
    "https://readthedocs.org/projects/kit/badge/?version=latest": None,
    "https://kit.readthedocs.io/en/latest": None,
    "https://ci.appveyor.com/api/projects/status/ana/kit": None,
    "https://codecov.io/": None,
    "https://codecov.io/gh/ana": None,
    "https://github.com/ana/kit/actions/workflows/test.yml/badge.svg": None,
}


@pytest.mark.parametrize(("url", "target"), BADGES.items(), ids=repr)
def test_a_badge_tells_whose_it_is(url: str, target: str | None) -> None:
    assert find_badge_target(url) == (target and f"https://{target}")


def link(*addresses: str) -> str:
    return "".join(f'<p>See <a href="{address}" rel="nofollow">this</a>.</p>' for address in addresses)


READMES: list[tuple[str, str | None]] = [
    # A link to the repository or a page of it
    (link("https://github.com/ana/plone.kit"), "github.com/ana/plone.kit"),
    (link("https://github.com/ana/plone.kit/issues"), "github.com/ana/plone.kit"),
    (link("https://github.com/ana/Plone_Kit"), "github.com/ana/plone_kit"),
    (link("https://gitlab.com/band/tools/plone.kit/-/issues"), "gitlab.com/band/tools/plone.kit"),
    ("<p>Fork it: https://github.com/ana/plone.kit.</p>", "github.com/ana/plone.kit"),
    ("<pre>git clone git@github.com:ana/plone.kit.git</pre>", "github.com/ana/plone.kit"),
    ("<pre>pip install git+https://github.com/ana/plone.kit.git@main</pre>", "github.com/ana/plone.kit"),
    # Badges count
    (
        '<img src="https://github.com/ana/plone.kit/actions/workflows/t.yml/badge.svg">',
        "github.com/ana/plone.kit",
    ),
    ('<img src="https://img.shields.io/github/stars/ana/plone.kit.svg">', "github.com/ana/plone.kit"),
    ('<img src="https://travis-ci.org/ana/plone.kit.svg?branch=master">', "github.com/ana/plone.kit"),
    ('<img src="https://raw.githubusercontent.com/ana/plone.kit/main/l.png">', "github.com/ana/plone.kit"),
    # Many links that agree, among many of others
    (
        link("https://github.com/plone/plone.api", "https://github.com/ana/plone.kit/issues/1")
        + link("https://github.com/Ana/plone.kit/pull/2", "https://codecov.io/gh/ana/plone.kit"),
        "github.com/ana/plone.kit",
    ),
    # A list of other projects, a framework, a part of the name
    (link("https://github.com/plone/plone.api", "https://github.com/django/django"), None),
    (link("https://github.com/ana/plone.kit.extra"), None),
    (link("https://github.com/ana/kit"), None),
    (link("https://github.com/plone-kit"), None),
    (link("https://github.com/plone-kit/website"), None),
    # Two of the name, a host that nobody named
    (link("https://github.com/ana/plone.kit", "https://github.com/bo/plone.kit"), None),
    (link("https://github.com/ana/plone.kit", "https://gitlab.com/ana/plone.kit"), None),
    (link("https://bitbucket.org/ana/plone.kit"), None),
    # Where nothing leads anywhere
    ('<img src="https://img.shields.io/pypi/v/plone.kit.svg">', None),
    ('<p title="https://github.com/ana/plone.kit">x</p>', None),
    ("<p>plone.kit by ana</p>", None),
    ("<a>", None),
    ("", None),
]


@pytest.mark.parametrize(("html", "expected"), READMES)
def test_only_what_is_called_like_the_project_counts_and_only_if_all_agree(
    html: str, expected: str | None
) -> None:
    found = find_in_readme(KIT, html, FORGES)
    assert (found and str(found)) == expected


def test_a_project_without_a_readme_has_no_links() -> None:
    assert find_in_readme(KIT, None, FORGES) is None


def test_the_end_of_an_endless_readme_is_not_read() -> None:
    own = link("https://github.com/ana/plone.kit")
    assert find_in_readme(KIT, " " * MAX_HTML_LENGTH + own, FORGES) is None
    many = link(*(f"https://example.org/{number}" for number in range(MAX_LINKS)))
    assert find_in_readme(KIT, many + own, FORGES) is None
    assert find_in_readme(KIT, own + many, FORGES) is not None


@pytest.mark.parametrize(
    "piece", ["<", "<a href='", '<a href="', "<!--", "<![CDATA[", "&amp", "<a ", "https://", "<img src=x"]
)
def test_whatever_a_page_holds_is_read_in_time(piece: str) -> None:
    # With the parser on the whole page, some of these take minutes.
    page = piece * (MAX_HTML_LENGTH // len(piece))
    started = time.process_time()
    assert find_in_readme(KIT, page, FORGES) is None
    assert time.process_time() - started < 5
