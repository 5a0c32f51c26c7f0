"""The API's lists beside the search: changes, topics and people, and what it says of what has left."""

from collections.abc import Iterator

import pytest

from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.wares import CHANGES, build_profile

API = "/api/v1/profiles/wares"


def test_changes_are_those_of_the_page_the_latest_first(visitor: Visitor) -> None:
    told = visitor.get(f"{API}/changes").json()
    changes = [change for change in told["changes"] if change["id"] in {record["id"] for record in CHANGES}]
    assert changes == [
        {
            "major": False,
            "prerelease": False,
            **record,
            "url": f"{visitor.url}/wares/packages/{record['project']}/",
        }
        for record in sorted(CHANGES, key=lambda record: -int(str(record["happened"])))
    ]
    assert told["total"] == len(told["changes"]) == sum(told["kinds"].values())
    assert (told["page"], told["pages"], "next" in told) == (1, 1, False)


def test_changes_are_of_the_kinds_and_the_time_that_are_asked_for(visitor: Visitor) -> None:
    whole = visitor.get(f"{API}/changes").json()
    told = visitor.get(f"{API}/changes?kind=released&kind=left").json()
    assert {change["kind"] for change in told["changes"]} == {"released", "left"}
    assert told["kinds"] == whole["kinds"]
    noticed = max(int(str(record["noticed"])) for record in CHANGES)
    recent = visitor.get(f"{API}/changes?since={noticed}").json()
    assert [change["id"] for change in recent["changes"]] == ["released-tidy-forms-3.0"]
    assert visitor.get(f"{API}/changes?since={noticed + 1}").json()["changes"] == []
    for wrong in ("kind=gone", "since=yesterday", "since=-1", "page=0"):
        assert visitor.get(f"{API}/changes?{wrong}").status_code == 400


def test_changes_of_a_package_are_its_own(visitor: Visitor) -> None:
    told = visitor.get(f"{API}/packages/Collective.Calendar/changes").json()
    assert {change["project"] for change in told["changes"]} == {"collective-calendar"}
    assert told["total"] == len(told["changes"]) == 1


@pytest.fixture
def busy(typesense: EmbeddedServer, visitor: Visitor) -> Iterator[Visitor]:
    """A gallery of a collection with more changes than a page has."""
    del visitor
    client = Client(typesense.url, typesense.api_key)
    schema = client.ask("GET", "/collections/wares-changes")
    client.ask("PUT", "/aliases/wares-busy", {"collection_name": "wares"})
    client.ask("POST", "/collections", {"name": "wares-busy-changes", "fields": schema["fields"]})
    for number in range(60):
        record = {**CHANGES[0], "id": f"released-{number}", "happened": number, "chain": "released"}
        client.ask("POST", "/collections/wares-busy-changes/documents", record)
    try:
        with serve_gallery(typesense, [build_profile("wares-busy")], path="/catalogue") as served:
            yield served
    finally:
        client.ask("DELETE", "/aliases/wares-busy")
        client.ask("DELETE", "/collections/wares-busy-changes")


@pytest.mark.parametrize("below", ["", "/packages/tidy-forms"])
def test_pages_of_changes_lead_on_with_all_that_was_asked(busy: Visitor, below: str) -> None:
    path = f"{busy.url}/api/v1/profiles/wares-busy{below}/changes"
    first = busy.client.get(f"{path}?kind=released&since=5").json()
    assert first["next"] == f"{path}?kind=released&page=2&since=5"
    second = busy.client.get(first["next"]).json()
    assert [len(page["changes"]) for page in (first, second)] == [50, 10]
    assert [change["happened"] for change in first["changes"] + second["changes"]] == list(range(59, -1, -1))
    assert "next" not in second


def test_topics_count_what_their_pages_show(visitor: Visitor) -> None:
    told = visitor.get(f"{API}/topics").json()
    assert [(topic["key"], topic["title"], topic["url"]) for topic in told["topics"]] == [
        ("forms", "Forms", f"{visitor.url}/wares/for/forms/"),
        ("events", "Events", f"{visitor.url}/wares/for/events/"),
    ]
    assert any(topic["ended"] for topic in told["topics"])
    for topic in told["topics"]:
        found = visitor.get(f"{API}/topics/{topic['key']}/packages").json()
        assert (found["total"], found["ended"]) == (topic["packages"], topic["ended"])
        assert found == visitor.get(f"/wares/for/{topic['key']}.json").json()


def test_a_search_in_a_topic_leads_on_within_it(visitor: Visitor) -> None:
    first = visitor.get(f"{API}/topics/events/packages?sort=name").json()
    names = [package["id"] for package in first["packages"]]
    following = first.get("next")
    while following:
        assert following.startswith(f"{visitor.url}{API}/topics/events/packages?sort=name&page=")
        page = visitor.client.get(following).json()
        names += [package["id"] for package in page["packages"]]
        following = page.get("next")
    assert names == sorted(names)
    assert len(names) == first["total"]


def test_people_are_listed_by_how_many_packages_they_own(visitor: Visitor) -> None:
    told = visitor.get(f"{API}/people").json()
    counts = [person["packages"] for person in told["people"]]
    assert counts == sorted(counts, reverse=True)
    for person in told["people"]:
        name = person["name"]
        listing = visitor.get(f"{API}/people/{name}").json()
        assert listing == visitor.get(f"/wares/people/{name}.json").json()
        assert (listing["total"], person["url"]) == (
            person["packages"],
            f"{visitor.url}/wares/people/{name}/",
        )
    assert {person["kind"] for person in told["people"]} == {"account", "organization"}


@pytest.mark.parametrize("below", ["", "/checks", "/changes"])
def test_of_what_has_left_the_api_says_what_the_page_does(visitor: Visitor, below: str) -> None:
    answer = visitor.get(f"{API}/packages/Gone.Forms{below}")
    assert (answer.status_code, answer.json()) == (
        410,
        {"error": "This package was in this profile and has left it."},
    )


@pytest.mark.parametrize(
    "path",
    ["/packages/nothing/changes", "/topics/nothing/packages", "/people/nobody", "/topics/forms", "/change"],
)
def test_what_is_not_there_is_told_in_json(visitor: Visitor, path: str) -> None:
    answer = visitor.get(API + path)
    assert answer.status_code == 404
    assert answer.json()["error"].endswith(".")
