"""What documents say of their repository: on GitHub twice the same, and nothing that breaks a line."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.documents.repository import (
    REPOSITORY_FIELDS,
    RepositoryInput,
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


def test_all_that_a_forge_says_is_in_the_document() -> None:
    owned = Ownership(repository=Repository(GITHUB_HOST, "ana/kit"), evidence=Evidence.OWNER)
    pushed = datetime(2026, 11, 1, tzinfo=UTC)
    stats = replace(build_stats(GITHUB_HOST, "https://github.com/Ana/Kit"), pushed=pushed)
    repository = {
        "repository_url": "https://github.com/Ana/Kit",
        "repository_host": "github.com",
        "repository_evidence": "owner",
        "repository_stars": 1,
        "repository_forks": 3,
        "repository_open_issues": 4,
        "repository_pushed": int(pushed.timestamp()),
        "repository_archived": False,
        "repository_checked": int(NOW.timestamp()),
    }
    github = {
        "github_url": "https://github.com/Ana/Kit",
        "github_stars": 1,
        "github_watchers": 2,
        "github_forks": 3,
        "github_open_issues": 4,
        "github_open_pull_requests": 5,
        "github_updated": int(NOW.timestamp()),
        "github_pushed": int(pushed.timestamp()),
        "github_archived": False,
        "github_license": "MIT",
        "github_topics": ["a"],
        "github_checked": int(NOW.timestamp()),
    }
    assert build_figure_fields(owned, stats, NOW) == repository | github
    elsewhere = Ownership(repository=Repository("gitlab.com", "ana/kit"), evidence=Evidence.OWNER)
    assert build_figure_fields(elsewhere, replace(stats, url=None, topics=()), NOW) == {
        **repository,
        "repository_url": "https://gitlab.com/ana/kit",
        "repository_host": "gitlab.com",
    }
    topicless = build_figure_fields(owned, replace(stats, topics=()), NOW)
    assert "github_topics" not in topicless


def test_a_document_tells_of_which_forge_its_figures_are_and_since_when() -> None:
    kit = NormalizedName("kit")
    on_github = RepositoryInput(id=kit, github_checked=5)
    elsewhere = RepositoryInput(
        id=kit,
        repository_host="gitlab.com",
        repository_url="https://gitlab.com/Ana/Kit",
        repository_checked=7,
    )
    hosts = (GITHUB_HOST, "gitlab.com")
    assert [on_github.has_figures_of(host) for host in hosts] == [True, False]
    assert [elsewhere.has_figures_of(host) for host in hosts] == [False, True]
    assert not RepositoryInput(id=kit, repository_host="gitlab.com").has_figures_of("gitlab.com")
    assert elsewhere.find_checked(Repository("gitlab.com", "ana/kit")) == 7
    assert elsewhere.find_checked(Repository("gitlab.com", "ana/other")) is None
    for odd in ({"repository_url": 3}, {"repository_checked": "7"}):
        assert (
            msgspec.structs.replace(elsewhere, **odd).find_checked(Repository("gitlab.com", "ana/kit"))
            is None
        )


def test_all_that_speaks_for_a_repository_is_claimed() -> None:
    project = RepositoryInput(
        id=NormalizedName("kit"),
        project_urls={"Source": "https://x.example"},
        home_page="https://y.example",
        owners=("ana",),
        organization="tidy",
        author="Ana Kern",
        maintainer="Bo Lind",
        attested_by=("github.com/ana/kit",),
    )
    assert project.build_claimant("<p>x</p>") == Claimant(
        name=NormalizedName("kit"),
        project_urls={"Source": "https://x.example"},
        home_page="https://y.example",
        attested_by=("github.com/ana/kit",),
        owners=("ana",),
        organization="tidy",
        authors=["Ana Kern", "Bo Lind"],
        description_html="<p>x</p>",
    )
    silent = RepositoryInput(id=NormalizedName("kit"))
    assert silent.build_claimant() == Claimant(name=NormalizedName("kit"), project_urls={}, authors=[])
    assert silent.upload_timestamp == 0


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
    assert set(fields) <= {*REPOSITORY_FIELDS.names}


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
