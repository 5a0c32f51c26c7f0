"""What a publisher calls its repository is checked before it is believed."""

import pytest

from pyf.aggregator.metadata.repositories.attested import name_attested, parse_group_path


@pytest.mark.parametrize(
    ("kind", "repository", "named"),
    [
        ("GitHub", "plone/plone.api", "github.com/plone/plone.api"),
        ("GitHub", "Collective/Easy.Form", "github.com/collective/easy.form"),
        ("GitLab", "Group/thing", "gitlab.com/group/thing"),
        ("GitLab", "a/b/c/d/e", "gitlab.com/a/b/c/d/e"),
        ("GitLab", "_a/.b", "gitlab.com/_a/.b"),
        ("Google", "o/n", None),
        ("ActiveState", "o/n", None),
        ("Newcomer", "o/n", None),
        ("", "o/n", None),
        ("GitHub", "o/n/x", None),
        ("GitHub", "orgs/plone", None),
        ("GitHub", "https://github.com/o/n", None),
        ("GitHub", "o/..", None),
        ("GitHub", "o/n?x", None),
        ("GitHub", "o /n", None),
        ("GitHub", "ö/n", None),
    ],
)
def test_github_and_gitlab_name_a_repository_and_the_others_none(
    kind: str, repository: str, named: str | None
) -> None:
    assert name_attested(kind, repository) == named


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "a", "a/", "/a", "a//b", "a/..", "../a", "a/-", "-a/b", "a/b.git", "a/b.atom", "a/b."),
        *("a/b c", "a/b\n", "a/b?x", "a/b#x", "a/%2e", "a/ß", "https://gitlab.com/a/b", "a/" + "b" * 256),
        "/".join("a" * 22),
    ],
)
def test_what_is_no_path_on_gitlab_names_nothing(text: str) -> None:
    assert parse_group_path(text) is None
