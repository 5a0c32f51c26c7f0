"""What documents say of their repository: on GitHub twice the same, and nothing that breaks a line."""

from datetime import UTC, datetime

import pytest

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.documents.repository import (
    REPOSITORY_FIELDS,
    build_figure_fields,
    build_missing_fields,
    build_ownership_fields,
)
from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Repository, RepositoryStats
from pyf.aggregator.metadata.repositories.choice import Claimant, Evidence, find_claim
from pyf.aggregator.metadata.repositories.claims import Ownership
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE
from pyf.aggregator.metadata.repositories.places import Missing
from pyf.aggregator.metadata.repositories.repository import NoRepository

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def build_stats(host: str, url: str | None) -> RepositoryStats:
    return RepositoryStats(
        node_id="7",
        full_name="Ana/Kit",
        url=url,
        stars=1,
        watchers=2,
        forks=3,
        open_issues=4,
        open_pull_requests=5,
        updated=NOW,
        pushed=None,
        archived=False,
        license="MIT",
        topics=("a",),
        host=host,
    )


def test_on_github_the_figures_are_there_under_both_names() -> None:
    owned = Ownership(repository=Repository(GITHUB_HOST, "ana/kit"), evidence=Evidence.OWNER)
    fields = build_figure_fields(owned, build_stats(GITHUB_HOST, "https://github.com/Ana/Kit"), NOW)
    shared = ("url", "stars", "forks", "open_issues", "archived", "checked")
    for name in shared:
        assert fields[f"repository_{name}"] == fields[f"github_{name}"]
    # What is unknown is absent.
    assert {"github_pushed", "repository_pushed"} & fields.keys() == set()
    assert fields.keys() <= set(REPOSITORY_FIELDS.names)


def test_elsewhere_nothing_is_githubs_and_an_odd_address_is_not_stored() -> None:
    owned = Ownership(repository=Repository("gitlab.com", "ana/kit"), evidence=Evidence.README)
    fields = build_figure_fields(owned, build_stats("gitlab.com", "javascript:alert(1)"), NOW)
    assert not any(name.startswith("github_") for name in fields)
    assert fields["repository_url"] == "https://gitlab.com/ana/kit"
    doubted = Ownership(repository=owned.repository, evidence=Evidence.LABELLED, doubt="nobody agrees")
    assert build_ownership_fields(doubted) == {
        "repository_url": "https://gitlab.com/ana/kit",
        "repository_host": "gitlab.com",
        "repository_evidence": "labelled",
        "repository_doubt": "nobody agrees",
    }


@pytest.mark.parametrize("missing", Missing)
def test_the_reason_is_a_word_of_a_closed_list_and_one_line(missing: Missing) -> None:
    fields = build_missing_fields(NoRepository(missing, "a\nb\x1b[31m", "gitlab.com"))
    assert fields["repository_missing"] == missing.value
    reason = fields["repository_missing_reason"]
    assert isinstance(reason, str)
    assert reason.isprintable()


def test_what_a_package_writes_into_its_address_does_not_reach_a_terminal() -> None:
    urls = {"Source": "https://github.com/sponsors/%1bred%0a"}
    found = find_claim(Claimant(name=NormalizedName("kit"), project_urls=urls), GITHUB_ALONE)
    assert isinstance(found, NoRepository)
    reason = build_missing_fields(found)["repository_missing_reason"]
    assert isinstance(reason, str)
    assert (reason.isprintable(), reason.startswith("on GitHub, but no repository: ")) == (True, True)


def test_who_shows_a_repository_and_why_can_be_kept() -> None:
    showing = Showing(
        document=DocumentRef(target="plone", name=NormalizedName("kit")), evidence=Evidence.ATTESTED
    )
    assert showing.encode() == "attested plone/kit"
    assert Showing.decode(showing.encode()) == showing
    assert [Showing.decode(text) for text in ("", "plone/kit", "owner plone", "rumour plone/kit")] == [
        None
    ] * 4
