"""URLs as people really write them, and what they point at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.repository import (
    RESERVED_OWNERS,
    Missing,
    find_repository,
    parse_repository_url,
)

FORM = "collective/collective.easyform"

URLS: dict[str, str] = {
    # The web address and what is copied with it
    "https://github.com/collective/collective.easyform": FORM,
    "http://github.com/collective/collective.easyform": FORM,
    "https://github.com/collective/collective.easyform/": FORM,
    "https://www.github.com/collective/collective.easyform": FORM,
    "HTTPS://GitHub.com/Collective/Collective.EasyForm": FORM,
    "https://github.com/collective/collective.easyform.git": FORM,
    "https://github.com/collective/collective.easyform.git/": FORM,
    "https://github.com/collective/collective.easyform#readme": FORM,
    "https://github.com/collective/collective.easyform/#readme": FORM,
    "https://github.com/collective/collective.easyform?tab=readme-ov-file#install": FORM,
    "https://github.com/collective/collective.easyform.": FORM,
    "https://github.com/collective/collective.easyform...": FORM,
    "https://github.com/collective/collective.easyform,": FORM,
    "https://github.com/collective/collective.easyform).": FORM,
    " https://github.com/collective/collective.easyform\n": FORM,
    "<https://github.com/collective/collective.easyform>": FORM,
    '"https://github.com/collective/collective.easyform"': FORM,
    "https://github.com//collective//collective.easyform": FORM,
    "https://github.com/collective/collective.easyform%20": FORM,
    "https://github.com/collective%2Fcollective.easyform": FORM,
    "https://github.com:443/collective/collective.easyform": FORM,
    "https://github.com./collective/collective.easyform": FORM,
    "https://somebody:secret@github.com/collective/collective.easyform": FORM,
    "https://github.org/collective/collective.easyform": FORM,
    "github.com/collective/collective.easyform": FORM,
    "www.github.com/collective/collective.easyform/": FORM,
    "//github.com/collective/collective.easyform": FORM,
    "https:/github.com/collective/collective.easyform": FORM,
    "https://https://github.com/collective/collective.easyform": FORM,
    "https:\\\\github.com\\collective\\collective.easyform": FORM,
    # Pages of a repository
    "https://github.com/collective/collective.easyform/issues": FORM,
    "https://github.com/collective/collective.easyform/issues/12": FORM,
    "https://github.com/collective/collective.easyform/pulls?q=is%3Aopen": FORM,
    "https://github.com/collective/collective.easyform/tree/main/packages/sub": FORM,
    "https://github.com/collective/collective.easyform/blob/master/CHANGES.rst": FORM,
    "https://github.com/collective/collective.easyform/releases/tag/1.0": FORM,
    "https://github.com/collective/collective.easyform/wiki": FORM,
    "https://github.com/collective/collective.easyform/archive/1.0.tar.gz": FORM,
    "https://github.com/collective/collective.easyform.git/issues": FORM,
    "https://raw.githubusercontent.com/collective/collective.easyform/main/README.md": FORM,
    "https://codeload.github.com/collective/collective.easyform/zip/refs/heads/main": FORM,
    "https://api.github.com/repos/collective/collective.easyform/issues": FORM,
    # What git, pip, Maven and svn write
    "git@github.com:collective/collective.easyform.git": FORM,
    "git@github.com:collective/collective.easyform": FORM,
    "git+git@github.com:collective/collective.easyform.git": FORM,
    "ssh://git@github.com/collective/collective.easyform.git": FORM,
    "ssh://git@github.com:22/collective/collective.easyform.git": FORM,
    "ssh://git@ssh.github.com:443/collective/collective.easyform.git": FORM,
    "ssh://git@github.com:collective/collective.easyform.git": FORM,
    "git+ssh://git@github.com/collective/collective.easyform.git": FORM,
    "git+https://github.com/collective/collective.easyform.git": FORM,
    "git+https://github.com/collective/collective.easyform.git@main#egg=x": FORM,
    "git+https://github.com/collective/collective.easyform@1.0": FORM,
    "git+http://github.com/collective/collective.easyform": FORM,
    "git://github.com/collective/collective.easyform.git": FORM,
    "scm:git:git@github.com:collective/collective.easyform.git": FORM,
    "scm:git:https://github.com/collective/collective.easyform.git": FORM,
    "svn+https://github.com/collective/collective.easyform/trunk": FORM,
    # Names with what GitHub allows in them
    "https://github.com/a/b": "a/b",
    "https://github.com/4teamwork/ftw.book": "4teamwork/ftw.book",
    "https://github.com/plone/Products.CMFPlone": "plone/products.cmfplone",
    "https://github.com/o-w-n/_private.dot-dash_": "o-w-n/_private.dot-dash_",
    "https://github.com/person_company/thing": "person_company/thing",
    "https://github.com/plone/.github": "plone/.github",
    # No repository at all
    "https://github.com": Missing.MALFORMED,
    "https://github.com/": Missing.MALFORMED,
    "https://github.com/collective": Missing.MALFORMED,
    "https://github.com/collective?tab=repositories": Missing.MALFORMED,
    "https://github.com/collective/.git": Missing.MALFORMED,
    "https://github.com/collective/..": Missing.MALFORMED,
    "https://github.com/collective/%00": Missing.MALFORMED,
    "https://github.com/sponsors/somebody": Missing.MALFORMED,
    "https://github.com/orgs/collective/repositories": Missing.MALFORMED,
    "https://github.com/features/actions": Missing.MALFORMED,
    "https://github.com/topics/plone": Missing.MALFORMED,
    "https://github.com/marketplace/actions/x": Missing.MALFORMED,
    "https://github.com/apps/dependabot": Missing.MALFORMED,
    "https://github.com/settings/tokens": Missing.MALFORMED,
    "https://github.com/about/careers": Missing.MALFORMED,
    "https://github.com/-collective/x": Missing.MALFORMED,
    "https://github.com/col.lective/x": Missing.MALFORMED,
    f"https://github.com/{'o' * 40}/x": Missing.MALFORMED,
    f"https://github.com/o/{'x' * 101}": Missing.MALFORMED,
    "https://github.com/<user>/<repo>": Missing.MALFORMED,
    "https://github.com/{{ cookiecutter.owner }}/{{ cookiecutter.name }}": Missing.MALFORMED,
    "https://github.com/your user/your project": Missing.MALFORMED,
    "https://github.com/pypa/sampleproject": Missing.EXAMPLE,
    "https://github.com/username/repo": Missing.EXAMPLE,
    # Somewhere else
    "": Missing.NOT_GITHUB,
    "UNKNOWN": Missing.NOT_GITHUB,
    "https://gitlab.com/o/n": Missing.NOT_GITHUB,
    "git@gitlab.com:o/n.git": Missing.NOT_GITHUB,
    "https://gist.github.com/o/0123456789abcdef": Missing.NOT_GITHUB,
    "https://o.github.io/n": Missing.NOT_GITHUB,
    "https://github.com.evil.example/o/n": Missing.NOT_GITHUB,
    "https://github.com@evil.example/o/n": Missing.NOT_GITHUB,
    "https://evil.example/github.com/o/n": Missing.NOT_GITHUB,
    "https://evil.example/?u=https://github.com/o/n": Missing.NOT_GITHUB,
    "https://notgithub.com/o/n": Missing.NOT_GITHUB,
    "file:///github.com/o/n": Missing.NOT_GITHUB,
    "https://[::1/o/n": Missing.NOT_GITHUB,
    "mailto:o@github.com": Missing.MALFORMED,
}


@pytest.mark.parametrize(("url", "expected"), URLS.items(), ids=repr)
def test_an_url_in_any_form_names_its_repository_or_none(url: str, expected: str) -> None:
    assert parse_repository_url(url) == expected


def test_pages_of_github_own_no_repository() -> None:
    for owner in RESERVED_OWNERS:
        assert parse_repository_url(f"https://github.com/{owner}/x") is Missing.MALFORMED


@given(st.text())
def test_whatever_is_written_there_is_read_without_failing(text: str) -> None:
    for url in (text, f"https://github.com/{text}", f"git@github.com:{text}"):
        found = parse_repository_url(url)
        assert isinstance(found, Missing) or found.count("/") == 1


ONE, TWO, THREE = (f"https://github.com/owner/{name}" for name in "opq")


@pytest.mark.parametrize(
    ("urls", "home_page", "expected"),
    [
        # By falling trust, in whatever order they were written
        ({"Issues": THREE, "Homepage": TWO, "Source": ONE}, None, "owner/o"),
        ({"Issues": THREE, "Homepage": TWO}, None, "owner/p"),
        ({"Changelog": THREE, "Issues": f"{TWO}/issues"}, None, "owner/p"),
        ({"Documentation": THREE, "Changelog": f"{TWO}/blob/main/CHANGES.md"}, None, "owner/p"),
        ({"Download": f"{THREE}/archive/1.0.zip"}, None, "owner/q"),
        ({"Documentation": "https://docs.example"}, TWO, "owner/p"),
        ({"Source": ONE}, TWO, "owner/o"),
        ({}, TWO, "owner/p"),
        # Labels as PEP 753 normalizes them, its aliases, and those in use beside it
        *(
            ({label: ONE, "Homepage": TWO}, None, "owner/o")
            for label in ("source", "Source Code", "SOURCE-CODE")
        ),
        *(
            ({label: ONE, "Homepage": TWO}, None, "owner/o")
            for label in ("Repository", "GitHub", "Git Hub", "Code")
        ),
        *(
            ({label: ONE}, None, "owner/o")
            for label in ("Bug Tracker", "Issue tracker", "What's New", "History")
        ),
        # What is of no use is passed over
        ({"Source": "https://example.com/source", "Homepage": TWO}, None, "owner/p"),
        ({"Source": "https://github.com/sponsors/x", "Homepage": TWO}, None, "owner/p"),
        # A source elsewhere settles it: the home page may be a former one, or a mirror
        ({"Source": "https://gitlab.com/o/n", "Homepage": TWO}, None, Missing.NOT_GITHUB),
        ({"Repository": "https://codeberg.org/o/n"}, TWO, Missing.NOT_GITHUB),
        # Other labels promise no repository
        ({"Django": "https://github.com/django/django"}, None, Missing.NO_URL),
        ({"Sponsor": "https://github.com/sponsors/o"}, None, Missing.NO_URL),
        ({"Funding": "https://github.com/owner/funding"}, None, Missing.NO_URL),
        ({"Our fork": "https://github.com/owner/My.Project"}, None, "owner/my.project"),
        # Why there is none
        ({}, None, Missing.NO_URL),
        ({}, "https://plone.org", Missing.NOT_GITHUB),
        ({"Source": "https://github.com/owner"}, "https://plone.org", Missing.MALFORMED),
        ({"Homepage": "https://plone.org", "Issues": "https://github.com/o"}, None, Missing.MALFORMED),
        ({"Source": "https://github.com/pypa/sampleproject"}, None, Missing.EXAMPLE),
    ],
)
def test_the_most_trusted_label_decides(urls: dict[str, str], home_page: str | None, expected: str) -> None:
    assert find_repository(NormalizedName("my-project"), urls, home_page) == expected
