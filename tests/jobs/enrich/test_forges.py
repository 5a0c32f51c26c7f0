"""Figures from all forges: what documents say of their repository, why, and what stays as it was."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from pyf.aggregator.metadata.repositories.claims import NAME_ALONE, UNRELATED
from tests.observatory import DAY, Observatory
from tests.servers.forge import Yard
from tests.servers.forgejo import ForgejoServer
from tests.servers.gitlab import GitLabServer
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

ACTIVE = 1790848800  # The stand-ins' repositories were active on 2026-10-01 at ten.


@pytest.fixture
def gitlab(observatory: Observatory) -> Iterator[Yard]:
    """The projects of gitlab.com, which is open beside GitHub."""
    with GitLabServer() as server:
        observatory.others.append(server)
        yield server.yard


@pytest.fixture
def codeberg(observatory: Observatory) -> Iterator[Yard]:
    """The repositories of codeberg.org, which is open, too."""
    with ForgejoServer() as server:
        observatory.others.append(server)
        yield server.yard


def add(observatory: Observatory, name: str, url: str | None, *owners: str, **info: Any) -> None:
    """Add a project whose source is at ``url``, and which PyPI says is these accounts'."""
    urls = {"Source": url} if url else {}
    observatory.add_project(name, **{"project_urls": urls, **info})
    observatory.let_own(name, *owners)


def get_said(observatory: Observatory) -> dict[str, Mapping[str, Any]]:
    """Return what each document says of its repository."""
    return {
        name: {
            key.removeprefix("repository_"): value
            for key, value in document.items()
            if key.startswith("repository_")
        }
        for name, document in observatory.laboratory.get_documents().items()
    }


async def test_documents_gain_the_figures_of_every_forge(
    observatory: Observatory, gitlab: Yard, codeberg: Yard
) -> None:
    gitlab.add("Band/tools/web/lab", stars=12, forks=4, issues=5, archived=True)
    codeberg.add("Ana/berg", stars=7, forks=2, issues=3)
    observatory.hub.add("o/hub", stars=9, forks=1, issues=2, pushed="2025-01-02T03:04:05Z")
    add(observatory, "lab", "https://gitlab.com/band/tools/web/lab/-/tree/main", "band")
    add(observatory, "berg", "https://codeberg.org/Ana/berg.git", "ana")
    add(observatory, "hub", "https://github.com/o/hub", "o")
    await observatory.fill()
    before = observatory.laboratory.get_documents()
    summary = await observatory.enrich_from_all()
    checked = int(observatory.clock.now.timestamp())
    assert get_said(observatory) == {
        "lab": {
            "url": "https://gitlab.com/Band/tools/web/lab",
            "host": "gitlab.com",
            "evidence": "owner",
            "stars": 12,
            "forks": 4,
            "open_issues": 5,
            "pushed": ACTIVE,
            "archived": True,
            "checked": checked,
        },
        "berg": {
            "url": "https://codeberg.org/Ana/berg",
            "host": "codeberg.org",
            "evidence": "owner",
            "stars": 7,
            "forks": 2,
            "open_issues": 3,
            "pushed": ACTIVE,
            "archived": False,
            "checked": checked,
        },
        "hub": {
            "url": "https://github.com/o/hub",
            "host": "github.com",
            "evidence": "owner",
            "stars": 9,
            "forks": 1,
            "open_issues": 2,
            "pushed": 1735787045,
            "archived": False,
            "checked": checked,
        },
    }
    github = observatory.get_figures()
    assert {name for name, figures in github.items() if figures} == {"hub"}
    assert {key: github["hub"][f"github_{key}"] for key in ("stars", "forks", "open_issues", "checked")} == {
        "stars": 9,
        "forks": 1,
        "open_issues": 2,
        "checked": checked,
    }
    after = observatory.laboratory.get_documents()
    for name, document in before.items():
        assert {key: after[name][key] for key in document} == document
    assert [(forge.host, forge.repositories, forge.asked) for forge in summary.forges] == [
        ("github.com", 1, 1),
        ("gitlab.com", 1, 1),
        ("codeberg.org", 1, 1),
    ]
    # GitLab redirects another case to the id.
    assert (summary.asked, summary.written, summary.requests, summary.exit_code) == (3, 3, 4, 0)


async def test_what_a_forge_does_not_say_is_absent_and_never_zero(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("band/lab", has_issues=False)
    add(observatory, "lab", "https://gitlab.com/band/lab", "band")
    await observatory.fill()
    await observatory.enrich_from_all()
    said = get_said(observatory)["lab"]
    assert "open_issues" not in said
    assert said["stars"] == 0


async def test_the_evidence_is_the_strongest_and_a_stranger_shows_an_address_alone(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("band/attested", stars=1)
    gitlab.add("band/labelled", stars=2)
    observatory.hub.add("ana/from-readme", stars=3)
    observatory.hub.add("torvalds/linux", stars=200_000)
    add(observatory, "attested", "https://github.com/somebody/else", "stranger")
    add(observatory, "labelled", "https://gitlab.com/band/labelled")
    readme = {
        "description": "See https://github.com/ana/from-readme/issues",
        "description_content_type": "text/markdown",
    }
    add(observatory, "from-readme", None, **readme)
    add(observatory, "linux", "https://github.com/torvalds/linux", "stranger")
    gitlab.add("ana/kit", stars=4)
    add(observatory, "kit", "https://gitlab.com/ana/kit", "ana")
    add(observatory, "kit-copy", "https://gitlab.com/ana/kit", "stranger")
    add(observatory, "shiny", "https://gitlab.com/band/tools", "stranger")
    await observatory.fill()
    path = f"/collections/{observatory.laboratory.collection}/documents/attested"
    observatory.laboratory.ask("PATCH", path, {"attested_by": ["gitlab.com/band/attested"]})
    summary = await observatory.enrich_from_all()
    said = get_said(observatory)
    assert {name: (it.get("evidence"), it.get("stars")) for name, it in said.items()} == {
        "attested": ("attested", 1),
        "labelled": ("labelled", 2),
        "from-readme": ("readme", 3),
        "linux": ("labelled", None),
        "kit": ("owner", 4),
        "kit-copy": (None, None),
        "shiny": ("labelled", None),
    }
    assert said["linux"] == {
        "url": "https://github.com/torvalds/linux",
        "host": "github.com",
        "evidence": "labelled",
        "doubt": NAME_ALONE,
    }
    assert said["shiny"]["doubt"] == UNRELATED
    assert said["kit-copy"] == {
        "missing": "another project's",
        "missing_reason": "gitlab.com/ana/kit is the repository of kit",
    }
    assert {trouble.name for trouble in summary.without} == {"linux", "kit-copy", "shiny"}
    assert observatory.github.asked == {"ana/from-readme": 1}


async def test_where_there_is_none_the_document_says_why(observatory: Observatory, gitlab: Yard) -> None:
    del gitlab
    for name, url in {
        "nothing": None,
        "on-pypi": "https://pypi.org/project/on-pypi/",
        "elsewhere": "https://bitbucket.org/ana/elsewhere",
        "odd": "https://gitlab.com/groups/band",
        "template": "https://github.com/your-name/your-repo",
    }.items():
        add(observatory, name, url)
    add(observatory, "no-promise", None, home_page="https://plone.example")
    await observatory.fill()
    summary = await observatory.enrich_from_all()
    assert get_said(observatory) == {
        "nothing": {"missing": "no URL", "missing_reason": "no URL"},
        "on-pypi": {"missing": "only PyPI's own page", "missing_reason": "only PyPI's own page"},
        "elsewhere": {"missing": "another host", "missing_reason": "on bitbucket.org"},
        "odd": {
            "missing": "malformed",
            "missing_reason": "on gitlab.com, but no repository: groups/band",
        },
        "template": {
            "missing": "a template's example",
            "missing_reason": "a template's example: your-name/your-repo",
        },
        "no-promise": {
            "missing": "URLs, but none of a repository",
            "missing_reason": "URLs, but none of a repository: home page",
        },
    }
    assert (summary.requests, summary.written, summary.with_repository) == (0, 6, 0)
    search = {"q": "*", "query_by": "name", "sort_by": "name_sortable:asc"}
    assert observatory.laboratory.search(**search, filter_by="repository_missing:=`no URL`") == ["nothing"]
    assert (await observatory.enrich_from_all()).written == 0


async def test_clients_sort_and_filter_by_the_fields(
    observatory: Observatory, gitlab: Yard, codeberg: Yard
) -> None:
    gitlab.add("o/a", stars=3, archived=True)
    codeberg.add("o/b", stars=5)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    add(observatory, "b", "https://codeberg.org/o/b", "o")
    await observatory.fill()
    await observatory.enrich_from_all()

    def search(**query: str) -> list[str]:
        return observatory.laboratory.search(q="*", query_by="name", **query)

    assert search(sort_by="repository_stars:desc") == ["b", "a"]
    assert search(filter_by="repository_archived:=true") == ["a"]
    assert search(filter_by="repository_host:=codeberg.org && repository_evidence:=owner") == ["b"]


# Memory


async def test_a_second_run_within_a_day_asks_no_forge(
    observatory: Observatory, gitlab: Yard, codeberg: Yard
) -> None:
    gitlab.add("o/a", stars=3)
    codeberg.add("o/b", stars=5)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    add(observatory, "b", "https://codeberg.org/o/b", "o")
    await observatory.fill()
    await observatory.enrich_from_all()
    observatory.clock.pass_by(DAY - timedelta(minutes=1))
    summary = await observatory.enrich_from_all()
    assert (summary.requests, summary.from_cache, summary.written) == (0, 2, 0)
    observatory.clock.pass_by(timedelta(minutes=2))
    summary = await observatory.enrich_from_all()
    # Neither has changed: both say so by their ETags.
    assert (summary.asked, summary.requests) == (2, 2)
    assert [server.statuses[304] for server in observatory.others] == [1, 1]
    observatory.clock.pass_by(timedelta(minutes=1))
    assert (await observatory.enrich_from_all(renew=True)).asked == 2


async def test_a_moved_project_is_one_repository_under_all_its_names(
    observatory: Observatory, gitlab: Yard, codeberg: Yard
) -> None:
    gitlab.add("old/lab", stars=4)
    codeberg.add("old/berg", stars=5)
    for name, url in {
        "lab": "https://gitlab.com/old/lab",
        "lab-two": "https://gitlab.com/now/group/lab",
        "berg": "https://codeberg.org/old/berg",
        "berg-two": "https://codeberg.org/now/berg",
    }.items():
        add(observatory, name, url, "old", "now")
    await observatory.fill()
    await observatory.enrich_from_all()
    said = get_said(observatory)
    assert {name: it.get("stars") for name, it in said.items()} == {
        "lab": 4,
        "lab-two": None,
        "berg": 5,
        "berg-two": None,
    }
    assert said["lab-two"] == {
        "url": "https://gitlab.com/now/group/lab",
        "host": "gitlab.com",
        "evidence": "owner",
    }
    gitlab.rename("old/lab", "now/group/lab")
    codeberg.rename("old/berg", "now/berg")
    observatory.clock.pass_by(7 * DAY)
    await observatory.enrich_from_all()
    observatory.clock.pass_by(DAY)
    for server in observatory.others:
        server.asked.clear()
    summary = await observatory.enrich_from_all()
    said = get_said(observatory)
    assert {name: (it["stars"], it["url"]) for name, it in said.items()} == {
        "lab": (4, "https://gitlab.com/now/group/lab"),
        "lab-two": (4, "https://gitlab.com/now/group/lab"),
        "berg": (5, "https://codeberg.org/now/berg"),
        "berg-two": (5, "https://codeberg.org/now/berg"),
    }
    assert (summary.repositories, [sum(server.asked.values()) for server in observatory.others]) == (
        2,
        [1, 1],
    )


async def test_what_is_gone_by_its_id_is_looked_for_by_its_path(
    observatory: Observatory, gitlab: Yard, codeberg: Yard
) -> None:
    gitlab.add("o/a", stars=4)
    codeberg.add("o/b", stars=4)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    add(observatory, "b", "https://codeberg.org/o/b", "o")
    await observatory.fill()
    await observatory.enrich_from_all()
    gitlab.remove("o/a")
    gitlab.add("o/a", stars=1)
    codeberg.remove("o/b")
    observatory.clock.pass_by(DAY)
    summary = await observatory.enrich_from_all()
    # Forgejo is asked by name: a name that is not there need not be asked for twice.
    assert [forge.requests for forge in summary.forges] == [0, 2, 1]
    assert get_said(observatory)["a"]["stars"] == 1
    assert [(trouble.name, trouble.reason) for trouble in summary.unavailable] == [
        ("codeberg.org/o/b", "missing")
    ]


async def test_figures_go_after_two_absences_a_day_apart_and_the_document_says_why(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("o/a", stars=4)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    await observatory.fill()
    await observatory.enrich_from_all()
    said = get_said(observatory)
    gitlab.remove("o/a")
    observatory.clock.pass_by(DAY)
    await observatory.enrich_from_all()
    assert get_said(observatory) == said
    observatory.clock.pass_by(DAY)
    await observatory.enrich_from_all()
    gone = {"missing": "unavailable", "missing_reason": "gitlab.com shows nothing of o/a"}
    assert get_said(observatory) == {"a": gone}
    gitlab.add("o/a", stars=5)
    observatory.clock.pass_by(7 * DAY)
    await observatory.enrich_from_all()
    assert get_said(observatory)["a"]["stars"] == 5
    assert "missing" not in get_said(observatory)["a"]


async def test_a_lost_memory_takes_no_figures_away(observatory: Observatory, gitlab: Yard) -> None:
    gitlab.add("o/a", stars=4)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    await observatory.fill()
    await observatory.enrich_from_all()
    said = get_said(observatory)
    gitlab.remove("o/a")
    for path in observatory.laboratory.folder.glob("catalogue.sqlite*"):
        path.unlink()
    await observatory.enrich_from_all()
    assert get_said(observatory) == said


# GitHub alone


async def test_github_alone_leaves_the_figures_of_other_forges(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("o/a", stars=4)
    observatory.hub.add("o/b", stars=5)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    add(observatory, "b", "https://github.com/o/b", "o")
    add(observatory, "c", None)
    await observatory.fill()
    server = observatory.others[0]
    summary = await observatory.enrich()
    # Which repository it is, it says at once; whoever asks GitHub alone learns no more of it.
    assert get_said(observatory)["a"] == {
        "url": "https://gitlab.com/o/a",
        "host": "gitlab.com",
        "evidence": "owner",
    }
    assert get_said(observatory)["b"]["stars"] == 5
    assert get_said(observatory)["c"]["missing"] == "no URL"
    assert {trouble.name: trouble.reason for trouble in summary.without} == {
        "a": "on gitlab.com",
        "c": "no URL",
    }
    assert (summary.repositories, summary.forges, server.requests) == (1, [], [])
    await observatory.enrich_from_all()
    said = get_said(observatory)
    assert said["a"]["stars"] == 4
    summary = await observatory.enrich()
    assert (summary.written, get_said(observatory)) == (0, said)


async def test_a_project_that_left_github_loses_the_figures_from_there_whoever_looks(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("o/a", stars=4)
    observatory.hub.add("o/a", stars=5)
    add(observatory, "a", "https://github.com/o/a", "o")
    await observatory.fill()
    await observatory.enrich()
    assert observatory.get_stars() == {"a": 5}
    urls = {"Source": "https://gitlab.com/o/a"}
    observatory.laboratory.world.release("a", "2.0", project_urls=urls)
    await observatory.fill()
    await observatory.enrich()
    assert observatory.get_figures() == {"a": {}}
    assert get_said(observatory)["a"] == {
        "url": "https://gitlab.com/o/a",
        "host": "gitlab.com",
        "evidence": "owner",
    }
    await observatory.enrich_from_all()
    assert get_said(observatory)["a"]["stars"] == 4


async def test_figures_from_before_other_forges_were_asked_stay_until_github_answers(
    observatory: Observatory,
) -> None:
    add(observatory, "a", "https://github.com/o/a", "o")
    await observatory.fill()
    path = f"/collections/{observatory.laboratory.collection}/documents/a"
    figures = {"github_stars": 3, "github_checked": 1700000000}
    observatory.laboratory.ask("PATCH", path, figures)
    await observatory.enrich_from_all()
    assert observatory.get_figures() == {"a": figures}


# The collection


async def test_a_recrawl_leaves_the_fields_and_a_rebuild_takes_them_over(
    observatory: Observatory, gitlab: Yard
) -> None:
    gitlab.add("o/a", stars=4)
    add(observatory, "a", "https://gitlab.com/o/a", "o")
    add(observatory, "b", None)
    await observatory.fill()
    await observatory.enrich_from_all()
    said = get_said(observatory)
    observatory.laboratory.world.release("a", "2.0")
    await observatory.fill()
    assert observatory.laboratory.get_documents()["a"]["version"] == "2.0"
    assert get_said(observatory) == said
    assert (await observatory.laboratory.run_full(rebuild=True)).complete
    assert get_said(observatory) == said


async def test_only_readmes_of_projects_without_a_repository_url_are_read(observatory: Observatory) -> None:
    readme = {"description": "https://github.com/o/b", "description_content_type": "text/markdown"}
    observatory.hub.add_many(3)
    for name in ("a", "c"):
        add(observatory, name, f"https://github.com/o/{name}", "o", **readme)
    add(observatory, "b", None, "o", **readme)
    add(observatory, "on-bitbucket", "https://bitbucket.org/o/d", "o", **readme)
    await observatory.fill()
    with TypesenseProxy(behind=observatory.laboratory.typesense.url) as proxy:
        observatory.laboratory.typesense_url = proxy.url
        await observatory.enrich_from_all()
    asked = [record.body.decode() for record in proxy.requests if "multi_search" in record.path]
    (search,) = [body for body in asked if "description_html" in body]
    assert "[`b`]" in search
    exports = [record for record in proxy.requests if record.path.endswith("/export")]
    assert len(exports) == 1
