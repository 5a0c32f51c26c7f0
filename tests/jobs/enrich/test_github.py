"""Figures from GitHub: which project gets whose, from where, and what stays as it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.jobs.enrich.forges.collection import enrich_from_github
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary, ItemFailure
from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.metadata.repositories.claims import NAME_ALONE, UNRELATED
from tests.observatory import DAY, Observatory
from tests.servers.github import TOKEN
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

FULL = {
    "stars": 1500,
    "watchers": 33,
    "forks": 210,
    "issues": 12,
    "pull_requests": 5,
    "archived": True,
    "license": "GPL-2.0-only",
    "topics": ("plone", "forms"),
    "updated": "2026-11-20T08:00:00Z",
    "pushed": "2025-01-02T03:04:05Z",
}


def unix(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def name_all(troubles: list[ItemFailure]) -> dict[str, str]:
    return {trouble.name: trouble.reason for trouble in troubles}


async def test_a_document_gains_all_figures_and_keeps_the_rest(observatory: Observatory) -> None:
    observatory.hub.add("collective/collective.easyform", **FULL)
    observatory.add_project("collective.easyform", "Collective/collective.easyform")
    await observatory.fill()
    (before,) = observatory.laboratory.get_documents().values()
    summary = await observatory.enrich()
    (document,) = observatory.laboratory.get_documents().values()
    figures = {
        "github_stars": 1500,
        "github_watchers": 33,
        "github_forks": 210,
        "github_open_issues": 12,
        "github_open_pull_requests": 5,
        "github_archived": True,
        "github_license": "GPL-2.0-only",
        "github_topics": ["plone", "forms"],
        "github_updated": unix("2026-11-20T08:00:00"),
        "github_pushed": unix("2025-01-02T03:04:05"),
        "github_checked": int(observatory.clock.now.timestamp()),
        "github_url": "https://github.com/collective/collective.easyform",
        "repository_url": "https://github.com/collective/collective.easyform",
        "repository_host": "github.com",
        "repository_evidence": "owner",
        "repository_stars": 1500,
        "repository_forks": 210,
        "repository_open_issues": 12,
        "repository_pushed": unix("2025-01-02T03:04:05"),
        "repository_archived": True,
        "repository_checked": int(observatory.clock.now.timestamp()),
    }
    assert document == {**before, **figures}
    assert summary == EnrichSummary(
        collection=observatory.laboratory.collection,
        seen=1,
        with_repository=1,
        repositories=1,
        asked=1,
        written=1,
        requests=1,
        points=1,
        points_left=4999,
    )


async def test_what_github_does_not_say_is_absent_and_never_zero(observatory: Observatory) -> None:
    observatory.hub.add("o/bare", license=None, pushed=None)
    observatory.hub.add("o/odd", license="NOASSERTION")
    observatory.add_project("bare", "o/bare")
    observatory.add_project("odd", "o/odd")
    await observatory.fill()
    await observatory.enrich()
    figures = observatory.get_figures()
    unsaid = {"github_license", "github_pushed", "github_topics"}
    assert unsaid & figures["bare"].keys() == set()
    assert "github_license" not in figures["odd"]
    assert figures["bare"]["github_stars"] == 0


async def test_clients_sort_and_filter_by_the_figures(observatory: Observatory) -> None:
    for number, name in enumerate("abc"):
        observatory.hub.add(f"o/{name}", stars=number, archived=name == "b", topics=("forms", name))
        observatory.add_project(name, f"o/{name}")
    observatory.add_project("d")
    await observatory.fill()
    await observatory.enrich()

    def search(**query: str) -> list[str]:
        return observatory.laboratory.search(q="*", query_by="name", **query)

    assert search(sort_by="github_stars:desc") == ["c", "b", "a", "d"]
    assert search(filter_by="github_archived:=true") == ["b"]
    assert search(filter_by="github_topics:=[forms]", sort_by="github_stars:asc") == ["a", "b", "c"]
    assert search(filter_by="github_license:=MIT && github_stars:>0", sort_by="name_sortable:asc") == [
        "b",
        "c",
    ]


async def test_a_repository_is_asked_for_once_however_many_projects_share_it(
    observatory: Observatory,
) -> None:
    observatory.hub.add("plone/mono", stars=7)
    for name, slug in {"a": "plone/mono", "b": "PLONE/Mono.git", "c": "plone/mono/tree/main/c"}.items():
        observatory.add_project(name, slug)
    await observatory.fill()
    summary = await observatory.enrich()
    assert (summary.with_repository, summary.repositories, summary.asked) == (3, 1, 1)
    assert observatory.get_stars() == {"a": 7, "b": 7, "c": 7}
    assert observatory.github.asked == {"plone/mono": 1}


async def test_projects_without_a_repository_are_listed_with_the_reason(observatory: Observatory) -> None:
    observatory.add_project("nothing")
    observatory.add_project("elsewhere", home_page="https://plone.org")
    observatory.add_project("forge", project_urls={"Source": "https://gitlab.com/o/forge"})
    observatory.add_project("odd", "sponsors/ana")
    observatory.add_project("template", "your-name/your-repo")
    await observatory.fill()
    summary = await observatory.enrich()
    assert name_all(summary.without) == {
        "nothing": "no URL",
        "elsewhere": "URLs, but none of a repository: home page",
        "forge": "on gitlab.com",
        "odd": "on GitHub, but no repository: sponsors/ana",
        "template": "a template's example: your-name/your-repo",
    }
    assert (summary.requests, summary.exit_code, observatory.github.requests) == (0, 0, [])


async def test_nobody_borrows_the_stars_of_another_project(observatory: Observatory) -> None:
    observatory.hub.add("django/django", stars=80_000)
    observatory.hub.add("o/kit", stars=5)
    for name, slug, owner in (
        ("django", "django/django", "maker"),
        ("django-shiny", "django/django", "stranger"),
        ("django-contrib-thing", "django/django", "maker"),
        # Called like the repository, which is the other one's
        ("kit", "o/kit", "squatter"),
        ("o-extra", "o/kit", "O"),
    ):
        observatory.add_project(name, slug)
        observatory.let_own(name, owner)
    await observatory.fill()
    summary = await observatory.enrich()
    assert observatory.get_stars() == {
        "django": 80_000,
        "django-contrib-thing": 80_000,
        "o-extra": 5,
    }
    assert name_all(summary.without) == {
        "django-shiny": "django/django is the repository of django",
        "kit": "o/kit is the repository of o-extra",
    }


async def test_nobody_borrows_the_stars_of_a_repository_that_no_project_bears(
    observatory: Observatory,
) -> None:
    observatory.hub.add("torvalds/linux", stars=200_000)
    observatory.hub.add("django/django", stars=80_000)
    for name, slug in {
        "linux": "torvalds/linux",
        "plone.kernel": "torvalds/linux",
        "django-shiny": "django/django",
    }.items():
        observatory.add_project(name, slug)
        observatory.let_own(name, "stranger")
    await observatory.fill()
    summary = await observatory.enrich()
    assert observatory.get_stars() == {}
    assert name_all(summary.without) == {
        "linux": f"torvalds/linux: {NAME_ALONE}",
        "plone-kernel": f"torvalds/linux: {UNRELATED}",
        "django-shiny": f"django/django: {UNRELATED}",
    }
    assert observatory.github.requests == []


async def test_figures_that_are_believed_no_more_go_at_the_next_run(observatory: Observatory) -> None:
    observatory.hub.add("ana/kit", stars=5)
    observatory.add_project("shiny", "ana/kit")
    await observatory.fill()
    await observatory.enrich()
    assert observatory.get_stars() == {"shiny": 5}
    observatory.let_own("shiny", "stranger")
    observatory.laboratory.world.release("shiny", "2.0")
    await observatory.fill()
    summary = await observatory.enrich()
    assert observatory.get_figures() == {"shiny": {}}
    assert (name_all(summary.without), summary.written) == ({"shiny": f"ana/kit: {UNRELATED}"}, 1)


async def test_who_borrows_under_a_former_name_is_found_out_when_github_tells(
    observatory: Observatory,
) -> None:
    observatory.hub.add("former/flask-kit", stars=90)
    observatory.hub.rename("former/flask-kit", "ana/flask-kit")
    observatory.add_project("flask-kit", "ana/flask-kit")
    observatory.add_project("flaskkit", "former/flask-kit")
    observatory.let_own("flaskkit", "stranger")
    await observatory.fill()
    await observatory.enrich()
    summary = await observatory.enrich()
    assert observatory.get_stars() == {"flask-kit": 90}
    assert name_all(summary.without) == {"flaskkit": "ana/flask-kit is the repository of flask-kit"}


async def test_what_is_gone_has_no_present_name_that_others_would_borrow(observatory: Observatory) -> None:
    observatory.hub.add("former/flask-kit", stars=90)
    observatory.hub.rename("former/flask-kit", "ana/flask-kit")
    for name, slug in {"flask-kit": "ana/flask-kit", "flaskkit": "former/flask-kit"}.items():
        observatory.add_project(name, slug)
    await observatory.fill()
    await observatory.enrich()
    observatory.hub.remove("ana/flask-kit")
    for _ in range(2):
        observatory.clock.pass_by(DAY)
        summary = await observatory.enrich()
    assert name_all(summary.unavailable) == {"ana/flask-kit": "missing", "former/flask-kit": "missing"}
    # Under the former name there may be another one by now.
    observatory.hub.add("former/flask-kit", stars=3)
    observatory.clock.pass_by(7 * DAY)
    await observatory.enrich()
    assert observatory.get_stars() == {"flaskkit": 3}


async def test_an_address_that_github_makes_up_is_not_stored(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4).url = "javascript:alert(1)//github.com/o/a"
    observatory.hub.add("o/b", stars=5).url = "https://evil.example/o/b"
    for name in "ab":
        observatory.add_project(name, f"o/{name}")
    await observatory.fill()
    for token in (TOKEN, None):
        observatory.token = token
        await observatory.enrich(renew=True)
        assert observatory.get_stars() == {"a": 4, "b": 5}
        assert not any("github_url" in figures for figures in observatory.get_figures().values())


async def test_a_later_run_over_pypi_leaves_the_figures(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=3)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    figures = observatory.get_figures()
    observatory.laboratory.world.release("a", "2.0")
    await observatory.fill()
    assert observatory.laboratory.get_documents()["a"]["version"] == "2.0"
    assert observatory.get_figures() == figures


async def test_a_project_that_moved_shows_its_new_repository_alone(observatory: Observatory) -> None:
    observatory.hub.add("o/a", **FULL)
    observatory.hub.add("o/b", stars=2, license=None)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    world = observatory.laboratory.world
    world.release("a", "2.0", project_urls={"Source": "https://github.com/o/b"})
    await observatory.fill()
    await observatory.enrich()
    figures = observatory.get_figures()["a"]
    assert (figures["github_stars"], figures["github_url"]) == (2, "https://github.com/o/b")
    assert "github_license" not in figures
    world.release("a", "3.0", project_urls={})
    await observatory.fill()
    summary = await observatory.enrich()
    assert observatory.get_figures()["a"] == {}
    assert summary.written == 1


async def test_a_private_repository_that_the_token_sees_is_not_shown(observatory: Observatory) -> None:
    observatory.hub.add("o/secret", stars=9, private=True)
    observatory.add_project("a", "o/secret")
    await observatory.fill()
    summary = await observatory.enrich()
    assert name_all(summary.unavailable) == {"o/secret": "private"}
    assert (observatory.get_figures()["a"], summary.exit_code) == ({}, 0)


# The cache


async def test_a_second_run_within_a_day_asks_nothing_and_writes_nothing(observatory: Observatory) -> None:
    slugs = observatory.hub.add_many(3)
    for number, slug in enumerate(slugs):
        observatory.add_project(f"p{number}", slug)
    await observatory.fill()
    await observatory.enrich()
    observatory.clock.pass_by(DAY - timedelta(minutes=1))
    summary = await observatory.enrich()
    assert (summary.requests, summary.from_cache, summary.asked) == (0, 3, 0)
    assert (summary.written, summary.unchanged) == (0, 3)
    observatory.clock.pass_by(timedelta(minutes=2))
    assert (await observatory.enrich()).asked == 3
    observatory.clock.pass_by(timedelta(minutes=1))
    assert (await observatory.enrich(renew=True)).asked == 3
    assert (await observatory.enrich(max_age=timedelta(0))).asked == 3


async def test_another_collection_has_its_figures_without_a_request(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    first = observatory.laboratory.collection
    observatory.laboratory.collection = f"{first}-other"
    await observatory.fill()
    summary = await observatory.enrich()
    assert (summary.requests, summary.from_cache, observatory.get_stars()) == (0, 1, {"a": 4})


async def test_figures_of_another_github_are_not_taken_for_this_one(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    observatory.github.url = observatory.github.url.replace("127.0.0.1", "localhost")
    observatory.laboratory.collection = f"{observatory.laboratory.collection}-other"
    await observatory.fill()
    assert (await observatory.enrich()).asked == 1


async def test_what_a_document_says_since_today_is_not_asked_again_by_a_machine_that_knows_nothing(
    observatory: Observatory,
) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    # Another address is another memory.
    observatory.github.url = observatory.github.url.replace("127.0.0.1", "localhost")
    summary = await observatory.enrich()
    assert (summary.requests, summary.from_cache, observatory.get_stars()) == (0, 1, {"a": 4})
    # What another document of the same repository says is no help to one that says nothing.
    observatory.add_project("b", "o/a")
    await observatory.fill()
    assert (await observatory.enrich()).asked == 1
    assert observatory.get_stars() == {"a": 4, "b": 4}
    observatory.clock.pass_by(DAY)
    assert (await observatory.enrich()).asked == 1


async def test_the_figures_are_written_once_with_all_that_belongs_to_them(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    laboratory = observatory.laboratory
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        laboratory.typesense_url = proxy.url
        await observatory.enrich()
    imports = [record for record in proxy.requests if record.path.endswith("/documents/import")]
    assert (len(imports), observatory.get_stars()) == (1, {"a": 4})


async def test_each_run_counts_its_own_requests(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    order = EnrichOrder(target=observatory.laboratory.collection, max_age=DAY)
    async with observatory.open_resources() as resources:
        for _ in range(2):
            assert (await enrich_from_github(order, resources)).requests == 1
            observatory.clock.pass_by(DAY)


async def test_a_renamed_repository_is_one_row_and_is_followed_by_its_id(observatory: Observatory) -> None:
    observatory.hub.add("old/name", stars=4)
    observatory.add_project("a", "old/name")
    observatory.add_project("b", "now/name")
    await observatory.fill()
    await observatory.enrich()
    assert observatory.get_stars() == {"a": 4}
    observatory.hub.rename("old/name", "Now/Name")
    observatory.hub.add("old/name", stars=90)
    observatory.clock.pass_by(7 * DAY)
    observatory.github.asked.clear()
    await observatory.enrich()
    figures = observatory.get_figures()
    assert observatory.get_stars() == {"a": 4, "b": 4}
    assert figures["a"]["github_url"] == "https://github.com/Now/Name"
    repositories = observatory.open_repositories()
    names = [Slug("old/name"), Slug("now/name")]
    assert {known.slug for known in repositories.load(names).values()} == {"now/name"}
    repositories.close()
    # From now on the two projects name one repository, which is asked for once.
    observatory.clock.pass_by(DAY)
    observatory.github.asked.clear()
    summary = await observatory.enrich()
    assert (summary.repositories, observatory.github.asked) == (1, {"now/name": 1})


async def test_what_is_gone_by_its_id_is_looked_for_by_its_name(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    observatory.hub.remove("o/a")
    observatory.hub.add("o/a", stars=1)
    observatory.clock.pass_by(DAY)
    summary = await observatory.enrich()
    assert (observatory.get_stars(), summary.requests, summary.unavailable) == ({"a": 1}, 2, [])


async def test_figures_go_after_two_absences_a_day_apart_and_no_sooner(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    figures = observatory.get_figures()
    observatory.hub.remove("o/a")
    observatory.clock.pass_by(DAY)
    assert name_all((await observatory.enrich()).unavailable) == {"o/a": "missing"}
    assert observatory.get_figures() == figures
    # Within the day nobody asks again, and asking on demand proves nothing.
    observatory.clock.pass_by(timedelta(hours=12))
    assert (await observatory.enrich()).requests == 0
    assert (await observatory.enrich(renew=True)).asked == 1
    assert observatory.get_figures() == figures
    observatory.clock.pass_by(timedelta(hours=12))
    assert (await observatory.enrich(renew=True)).written == 1
    assert observatory.get_figures() == {"a": {}}
    # Then it is asked for rarely, and shown again when it comes back.
    observatory.hub.add("o/a", stars=5)
    observatory.clock.pass_by(6 * DAY)
    assert (await observatory.enrich()).asked == 0
    observatory.clock.pass_by(DAY)
    assert (await observatory.enrich()).asked == 1
    assert observatory.get_stars() == {"a": 5}


async def test_what_is_not_available_or_not_named_is_listed_by_name(observatory: Observatory) -> None:
    slugs, silent = ["o/d", "o/b", "o/a", "o/c", "o/e"], ["z", "w", "x", "v", "y"]
    for number, slug in enumerate(slugs):
        observatory.add_project(f"p{number}", slug)
    for name in silent:
        observatory.add_project(name)
    await observatory.fill()
    summary = await observatory.enrich()
    assert [failure.name for failure in summary.unavailable] == sorted(slugs)
    assert [failure.name for failure in summary.without] == sorted(silent)


async def test_an_absence_in_between_is_forgotten(observatory: Observatory) -> None:
    repository = observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    for blocked in (True, False, True):
        repository.blocked = blocked
        observatory.clock.pass_by(DAY)
        await observatory.enrich()
    assert observatory.get_stars() == {"a": 4}


async def test_a_lost_cache_takes_no_figures_away(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    await observatory.enrich()
    observatory.hub.remove("o/a")
    for path in observatory.laboratory.folder.glob("catalogue.sqlite*"):
        path.unlink()
    await observatory.enrich()
    assert observatory.get_stars() == {"a": 4}


async def test_a_clock_that_was_wrong_does_not_freeze_the_figures(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    observatory.clock.pass_by(400 * DAY)
    await observatory.enrich()
    observatory.clock.pass_by(-400 * DAY)
    assert (await observatory.enrich()).asked == 1


# The collection


async def test_a_collection_of_an_older_version_gains_the_fields(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    laboratory = observatory.laboratory
    path = f"/collections/{laboratory.collection}"
    laboratory.ask("PATCH", path, {"fields": [{"name": "github_stars", "drop": True}]})
    await observatory.enrich()
    assert laboratory.search(q="*", query_by="name", filter_by="github_stars:=4") == ["a"]


async def test_an_alias_is_followed(observatory: Observatory) -> None:
    observatory.hub.add("o/a", stars=4)
    observatory.add_project("a", "o/a")
    await observatory.fill()
    laboratory = observatory.laboratory
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    assert (await observatory.enrich(target=alias)).written == 1


async def test_a_collection_that_is_not_there_is_refused_with_those_that_are(
    observatory: Observatory,
) -> None:
    observatory.add_project("a")
    await observatory.fill()
    with pytest.raises(CollectionNotFound) as refusal:
        await observatory.enrich(target="nowhere")
    assert observatory.laboratory.collection in refusal.value.existing
    assert observatory.github.requests == []


async def test_a_document_removed_meanwhile_is_no_failure(observatory: Observatory) -> None:
    for name in "ab":
        observatory.hub.add(f"o/{name}", stars=4)
        observatory.add_project(name, f"o/{name}")
    await observatory.fill()
    laboratory = observatory.laboratory
    path = f"/collections/{laboratory.collection}/documents/a"

    def remove(_: Record) -> None:
        laboratory.ask("DELETE", path)

    observatory.github.on_request = remove
    summary = await observatory.enrich()
    assert (summary.rejected, summary.exit_code) == ([], 0)
    assert observatory.get_stars() == {"b": 4}


@pytest.mark.parametrize("renew", [False, True], ids=["what is old", "all"])
async def test_what_another_run_has_asked_meanwhile_is_not_asked_again(
    observatory: Observatory, *, renew: bool
) -> None:
    """A run for another profile has the same cache."""
    for number in range(2):
        observatory.hub.add(f"tidy/p{number}", stars=number)
        observatory.add_project(f"p{number}", f"tidy/p{number}")
    await observatory.fill()
    observatory.token = None
    await observatory.enrich()
    observatory.clock.pass_by(timedelta(days=2))
    observatory.github.clear_requests()

    def learn(_: Record) -> None:
        observatory.github.on_request = None
        repositories = observatory.open_repositories()
        known = repositories.load([Slug("tidy/p0"), Slug("tidy/p1")])
        now = observatory.clock.now
        later = {name: replace(row, checked_at=now, confirmed_at=now) for name, row in known.items()}
        repositories.save(later)
        repositories.close()

    observatory.github.on_request = learn
    summary = await observatory.enrich(renew=renew)
    assert (summary.stopped, summary.asked) == (None, 1)
    assert len(observatory.github.requests) == 1
    checked = {item["github_checked"] for item in observatory.get_figures().values()}
    assert checked == {int(observatory.clock.now.timestamp())}
