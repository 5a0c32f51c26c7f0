"""URLs as people really write them, and what they point at."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.model import NormalizedName, Repository
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE
from pyf.aggregator.metadata.repositories.repository import (
    RESERVED_OWNERS,
    Missing,
    NoRepository,
    find_named,
    parse_repository_url,
    parse_slug,
)


def find_repository(
    name: NormalizedName, urls: Mapping[str, str], home_page: str | None = None
) -> str | NoRepository:
    """Return the path of the repository on GitHub that URLs name."""
    found = find_named(name, urls, home_page, forges=GITHUB_ALONE)
    return found.path if isinstance(found, Repository) else found


PROJECT = NormalizedName("my-project")
NONE, MALFORMED, EXAMPLE = Missing.NO_PROMISE.value, "on GitHub, but no repository", Missing.EXAMPLE.value
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
    "https://github.com/one two/three four": Missing.MALFORMED,
    # What templates and tutorials show
    "https://github.com/pypa/sampleproject": Missing.EXAMPLE,
    "https://github.com/octocat/Hello-World": Missing.EXAMPLE,
    **{
        f"https://github.com/{slug}": Missing.EXAMPLE
        for slug in (
            *("<user>/<repo>", "%3Cusername%3E/%3Crepo%3E", "[user]/[repo]", "$OWNER/$REPO", ".../..."),
            "{{ cookiecutter.owner }}/{{ cookiecutter.name }}",
            "%7B%7Bcookiecutter.owner%7D%7D/%7B%7Bcookiecutter.name%7D%7D",
            *("username/repo", "USER/REPO", "user/project", "your user/your project", "you/your-repo"),
            *("your-username/your-repo", "yourusername/flask-kit", "your_username/x", "your-org/plone.kit"),
            *(
                "yourname/yourpackage",
                "YourGitHubUsername/x",
                "githubusername/kit",
                "owner/repo",
                "org/project",
            ),
            *("example/example", "example-org/example-package", "acme/my-package", "foo/bar", "me/my-app"),
            *("organization/repository", "collective/your.package", "ana/package_name", "company/app"),
        )
    },
    # What is called nearly so and is real
    **{
        f"https://github.com/{slug}": slug
        for slug in (
            *("yourlabs/django-autocomplete-light", "ana/my-project", "acme/flask-kit", "example/flask-kit"),
            *("owner/plone.kit", "org-mode/parser", "ana/example", "ana/repo", "plone/plone.namedfile"),
            *("userena/django-userena", "testing-cabal/mock", "me-vlad/app", "someorganic/app"),
        )
    },
    # Somewhere else
    "": Missing.ANOTHER_HOST,
    "UNKNOWN": Missing.ANOTHER_HOST,
    "https://gitlab.com/o/n": Missing.ANOTHER_HOST,
    "git@gitlab.com:o/n.git": Missing.ANOTHER_HOST,
    "https://gist.github.com/o/0123456789abcdef": Missing.ANOTHER_HOST,
    "https://o.github.io/n": Missing.ANOTHER_HOST,
    "https://github.com.evil.example/o/n": Missing.ANOTHER_HOST,
    "https://github.com@evil.example/o/n": Missing.ANOTHER_HOST,
    "https://evil.example/github.com/o/n": Missing.ANOTHER_HOST,
    "https://evil.example/?u=https://github.com/o/n": Missing.ANOTHER_HOST,
    "https://notgithub.com/o/n": Missing.ANOTHER_HOST,
    "file:///github.com/o/n": Missing.ANOTHER_HOST,
    "https://[::1/o/n": Missing.ANOTHER_HOST,
    "mailto:o@github.com": Missing.MALFORMED,
}


@pytest.mark.parametrize(("url", "expected"), URLS.items(), ids=repr)
def test_an_url_in_any_form_names_its_repository_or_none(url: str, expected: str) -> None:
    assert parse_repository_url(url) == expected


def test_pages_of_github_own_no_repository() -> None:
    for owner in RESERVED_OWNERS:
        assert isinstance(parse_repository_url(f"https://github.com/{owner}/x"), Missing)


@given(st.text())
def test_whatever_is_written_there_is_read_without_failing(text: str) -> None:
    for url in (text, f"https://github.com/{text}", f"git@github.com:{text}"):
        found = parse_repository_url(url)
        assert isinstance(found, Missing) or found.count("/") == 1


ONE, TWO, THREE = (f"https://github.com/ana/{name}" for name in "opq")


@pytest.mark.parametrize(
    ("urls", "home_page", "expected"),
    [
        # By falling trust, in whatever order they were written
        ({"Issues": THREE, "Homepage": TWO, "Source": ONE}, None, "ana/o"),
        ({"Issues": THREE, "Homepage": TWO}, None, "ana/p"),
        ({"Changelog": THREE, "Issues": f"{TWO}/issues"}, None, "ana/p"),
        ({"Documentation": THREE, "Changelog": f"{TWO}/blob/main/CHANGES.md"}, None, "ana/p"),
        ({"Download": f"{THREE}/archive/1.0.zip"}, None, "ana/q"),
        ({"Documentation": "https://docs.example"}, TWO, "ana/p"),
        ({"Source": ONE}, TWO, "ana/o"),
        ({"View source": ONE}, TWO, "ana/o"),
        ({"Website": ONE}, TWO, "ana/p"),
        ({"Website": ONE, "Homepage": TWO}, None, "ana/p"),
        ({"View source": TWO, "Repository": ONE}, None, "ana/o"),
        ({"Front-end repository": ONE, "Homepage": TWO}, None, "ana/p"),
        ({"Front-end repository": ONE, "Issues": TWO}, None, "ana/o"),
        ({}, TWO, "ana/p"),
        # What is of no use is passed over
        ({"Source": "https://example.com/source", "Homepage": TWO}, None, "ana/p"),
        ({"Source": "https://github.com/sponsors/x", "Homepage": TWO}, None, "ana/p"),
        ({"Source": "https://github.com/your-name/your-repo", "Homepage": TWO}, None, "ana/p"),
        # Behind other labels, only what is called like the project
        ({"Our fork": "https://github.com/bo/My.Project"}, None, "bo/my.project"),
        ({"Django": ONE, "Sponsor": "https://github.com/bo/my_project"}, None, "bo/my_project"),
    ],
)
def test_the_most_trusted_label_decides(urls: dict[str, str], home_page: str | None, expected: str) -> None:
    assert find_repository(PROJECT, urls, home_page) == expected


SOURCES = [
    # PEP 753's normal form and its aliases
    *("source", "Source Code", "SOURCE-CODE", "Repository", "GitHub", "Git Hub", "Code", "Repo", "Git"),
    # By their words
    *(
        "Source (GitHub)",
        "GitHub (source)",
        "Source on GitHub",
        "View source",
        "View Source Code",
        "Browse code",
    ),
    *("Code Repository", "Code Repo", "Git repo", "Public Repository", "Official repository", "GitHub page"),
    *(
        "GitHub Project",
        "GitHub URL",
        "GitHub Homepage",
        "GitHub.com",
        "github_repository",
        "ProjectRepository",
    ),
    *("SCM", "VCS", "Codebase", "My Project source", "Project Source", "Sources & code", "Quellcode"),
    *("🐙 GitHub", ":octocat: Source", "💻 Source Code", "\ufe0fRepository", "»Source«", "1. Source"),
]


@pytest.mark.parametrize("label", SOURCES)
def test_a_label_that_means_the_source_wins_over_the_home_page(label: str) -> None:
    assert find_repository(PROJECT, {"Homepage": TWO, label: ONE}, None) == "ana/o"


LESSER = [
    *(
        "Website",
        "Web site",
        "Web Page",
        "Home Page",
        "Homepage (GitHub Pages)",
        "Project Home",
        "Project URL",
    ),
    *(
        "Bug Report",
        "Bug Tracker",
        "Issue tracker",
        "GitHub Issues",
        "🐛 Report a bug",
        "Issues & PRs",
        "Tickets",
    ),
    *("Discussions", "Q&A / Questions", "Support", "BugTracker", "Roadmap"),
    *("What's New", "History", "ChangeLog", "Change log", "Release Notes", "GitHub releases", "News 📰"),
    *("Documentation (GitHub)", "Docs source", "README", "Read the manual", "Wiki", "Downloads"),
]


@pytest.mark.parametrize("label", LESSER)
def test_a_label_for_a_page_of_the_repository_names_it_where_no_source_does(label: str) -> None:
    assert find_repository(PROJECT, {label: ONE}, None) == "ana/o"
    assert find_repository(PROJECT, {label: ONE, "Source": TWO}, None) == "ana/p"


OTHERS = [
    *(
        "Django",
        "Plone",
        "Django source",
        "Wagtail on GitHub",
        "Source of Flask",
        "Framework",
        "Web framework",
    ),
    *("Sponsor", "GitHub Sponsors", "Funding", "Donate", "Donation page", "Patreon", "Tidelift"),
    *("Fork of", "Forked from", "Upstream", "Upstream source", "Original source", "Based on", "Derived from"),
    *(
        "Inspired by",
        "Template",
        "Project template",
        "Cookiecutter",
        "Example project",
        "Sample code",
        "Demo",
    ),
    *("Author", "Author's GitHub", "Maintainer", "Organization", "Company website", "Similar projects"),
    *("Code of Conduct", "License", "Code style: black", "Coverage", "CI", "Build", "Security policy"),
    *("Powered by", "Requirements", "Chat", "Community", "Mirror", "", "🦄", "Something else"),
]


@pytest.mark.parametrize("label", OTHERS)
def test_a_label_that_means_something_else_promises_no_repository(label: str) -> None:
    found = find_repository(PROJECT, {label: ONE}, None)
    assert isinstance(found, NoRepository)
    assert found.why is Missing.NO_PROMISE


@pytest.mark.parametrize(
    ("urls", "home_page", "reason"),
    [
        ({}, None, "no URL"),
        ({"Funding": ONE, "Chat": "https://chat.example"}, None, f"{NONE}: Funding, Chat"),
        ({"Homepage": "https://plone.org"}, "https://plone.org", f"{NONE}: Homepage"),
        ({}, "https://plone.org", f"{NONE}: home page"),
        (dict.fromkeys("abcdefg", ONE), None, f"{NONE}: a, b, c, d, e and 2 more"),
        ({"x" * 200: ONE}, None, f"{NONE}: {'x' * 100}"),
        # A source elsewhere settles it: the home page may be a former one, or a mirror
        ({"Source": "https://gitlab.com/o/n", "Homepage": TWO}, None, "on gitlab.com"),
        ({"Repository": "https://codeberg.org/o/n"}, TWO, "on codeberg.org"),
        ({"View source": "https://git.example.org/o/n"}, TWO, "on git.example.org"),
        ({"Source": "https://foss.example/o/n", "Homepage": "https://plone.org"}, None, "on foss.example"),
        ({"Homepage": "https://gitlab.com/o/n", "Docs": "https://plone.org"}, None, "on gitlab.com"),
        ({"Source": "https://github.com/ana"}, "https://plone.org", f"{MALFORMED}: ana"),
        ({"Source": "https://github.com"}, None, f"{MALFORMED}: github.com"),
        (
            {"Homepage": "https://plone.org", "Issues": "https://github.com/sponsors/ana"},
            None,
            f"{MALFORMED}: sponsors/ana",
        ),
        ({"Source": "https://github.com/pypa/sampleproject"}, None, f"{EXAMPLE}: pypa/sampleproject"),
        ({"Source": "https://github.com/your-name/x.git"}, None, f"{EXAMPLE}: your-name/x"),
    ],
)
def test_the_reason_names_what_was_found(urls: dict[str, str], home_page: str | None, reason: str) -> None:
    found = find_repository(PROJECT, urls, home_page)
    assert isinstance(found, NoRepository)
    assert str(found) == reason


def test_a_tutorial_is_the_repository_of_the_project_that_it_is() -> None:
    urls = {"Source": "https://github.com/pypa/sampleproject"}
    assert find_repository(NormalizedName("sampleproject"), urls) == "pypa/sampleproject"


@given(st.dictionaries(st.text(), st.text()), st.none() | st.text())
def test_whatever_labels_and_addresses_there_are_they_are_read(
    urls: dict[str, str], home: str | None
) -> None:
    found = find_repository(PROJECT, urls, home)
    assert isinstance(found, NoRepository) or parse_slug(found) == found


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("plone/volto", "plone/volto"),
        ("Plone/Products.CMFPlone", "plone/products.cmfplone"),
        ("person_company/thing", "person_company/thing"),
        ("plone/.github", "plone/.github"),
        ("volto", None),
        ("plone/volto/issues", None),
        ("plone/..", None),
        ("plone/.", None),
        ("-plone/x", None),
        ("plone/x\n", None),
        ("torvalds/linu\u212a", None),
        ("", None),
    ],
)
def test_a_name_of_a_repository_has_one_grammar(text: str, slug: str | None) -> None:
    assert parse_slug(text) == slug
