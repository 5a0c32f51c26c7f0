"""The examples of docs/clients.md run as they stand there, with a search-only key on an alias."""

import json
import re
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.changes import Change, build_change_schema, build_record, name_changes
from pyf.aggregator.documents.enrichments import ENRICHED_FIELDS
from pyf.aggregator.documents.project import DISPLAY_FIELDS, PYPI_FIELDS, SCHEMA
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.metadata.changes import ChangeKind
from pyf.aggregator.metadata.model import Distribution, NormalizedName, Project, Release
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client, filled_collection, make_project

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
EXAMPLES = re.findall(r"```http\n(.*?)```", PAGE, flags=re.DOTALL)
UPLOADED = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)


def release(version: str) -> Release:
    file = Distribution(
        filename=version, upload_time=UPLOADED, requires_python=None, yanked=False, yanked_reason=None
    )
    return Release(version=version, distributions=(file,))


PROJECTS: tuple[Project, ...] = (
    make_project(
        "collective.easyform",
        summary="A form for every page",
        description="# Easyform\n\nForms and `<more>`",
        description_content_type="text/markdown",
        keywords=("contact", "c++"),
        classifiers=(
            "Framework :: Plone",
            "Framework :: Plone :: 6.1",
            "Programming Language :: Python :: 3.12",
        ),
        license="GPLv3",
        releases=(release("1.0"),),
    ),
    make_project("form-tools", summary="Forms in a file", license="MIT"),
    make_project("plone-volto", summary="План: 日本語処理", license="GPLv3+"),
    make_project("a-tool", summary="Instruments"),
)


def record(name: str, noticed: int, change: Change) -> Document:
    """Return the record of a change, with an id that a page can show."""
    document = build_record(change, {}, {"name": name, "version": "1.0"}, noticed).document
    assert document is not None
    return {**document, "id": f"{change.project}.{change.kind}.{noticed % 10}"}


def change(project: str, kind: ChangeKind, sentence: str, **shows: object) -> Change:
    return Change(project=NormalizedName(project), kind=kind, sentence=sentence, shows=dict(shows))


CHANGES = name_changes("plone")
RECORDS = (
    record("form-tools", 1_763_000_001, change("form-tools", ChangeKind.ADDED, "Added with 1.0.")),
    record(
        "collective.easyform",
        1_763_000_002,
        change("collective-easyform", ChangeKind.RELEASED, "Released 2.0, a major release.", major=True),
    ),
    record(
        "collective.easyform",
        1_764_000_001,
        change("collective-easyform", ChangeKind.WORKS_WITH, "Works with Plone 6.2.", cycle="Plone 6.2"),
    ),
    record(
        "a-tool",
        1_765_000_001,
        change("a-tool", ChangeKind.LEFT, "Left: gone from PyPI.", reason="gone from PyPI"),
    ),
)


@pytest.fixture(scope="module")
def visitor(typesense: EmbeddedServer) -> Iterator[Client]:
    """A client that has nothing but a key for the alias; the preset is called like what was filled."""
    with filled_collection(typesense, "plone", PROJECTS) as admin:
        admin.ask("PUT", "/aliases/packages", {"collection_name": "plone"})
        for name, stars in (("collective-easyform", 99), ("plone-volto", 7)):
            admin.ask("PATCH", f"/collections/plone/documents/{name}", {"github_stars": stars})
        admin.ask("POST", "/collections", {**build_change_schema(), "name": CHANGES})
        for record in RECORDS:
            admin.ask("POST", f"/collections/{CHANGES}/documents", record)
        names = ["packages", CHANGES]
        wanted = {"description": "x", "actions": ["documents:search"], "collections": names}
        key = admin.ask("POST", "/keys", wanted)
        yield Client(typesense.url, key["value"])
        admin.ask("DELETE", f"/keys/{key['id']}")
        admin.ask("DELETE", "/aliases/packages")
        admin.ask("DELETE", f"/collections/{CHANGES}")


def send(visitor: Client, example: str) -> Any:
    """Send an example; of several searches, return what the first one answers."""
    first, *lines = [line for line in example.splitlines() if not line.startswith("#")]
    method, path = first.split()
    if method == "POST":
        return visitor.ask(method, path, json.loads("\n".join(lines)))["results"][0]
    return visitor.ask(method, path, **dict(line.split("=", 1) for line in lines))


def find_ids(answer: Any) -> list[str]:
    groups = answer.get("grouped_hits") or [answer]
    return [hit["document"]["id"] for group in groups for hit in group["hits"]]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_finds_what_the_page_says(visitor: Client, example: str) -> None:
    (said,) = re.findall(r"^# finds (.*)$", example, flags=re.MULTILINE)
    assert find_ids(send(visitor, example)) == said.split(", ")


def test_the_page_has_examples_for_each_of_its_parts() -> None:
    assert len(EXAMPLES) >= 9


def test_one_package_comes_whole(visitor: Client) -> None:
    (example,) = [each for each in EXAMPLES if "exclude_fields=\n" in each]
    (hit,) = send(visitor, example)["hits"]
    document = hit["document"]
    assert document["description"] == "Easyform\n\nForms and &lt;more&gt;"
    assert (document["upload_timestamp"], document["upload_time"]) == (
        UPLOADED.timestamp(),
        "2026-11-25T17:30:00Z",
    )
    assert document["releases"][0]["upload_time"] == "2026-11-25T17:30:00Z"
    assert "description_html" in document
    hidden = send(visitor, example.replace("exclude_fields=", "include_fields=name,description"))
    assert hidden["hits"][0]["document"] == {"name": "collective.easyform"}


@pytest.mark.parametrize(
    "path",
    [
        "/collections/packages/documents/a-tool",
        "/collections/packages",
        "/collections/plone/documents/search?q=*",
        "/aliases",
        "/presets",
    ],
)
def test_a_search_only_key_is_refused_anything_else(visitor: Client, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        visitor.ask("GET", path)
    with refused.value as answer:
        assert answer.code == 401


def test_other_fields_to_search_need_other_weights(visitor: Client) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        visitor.ask("GET", "/collections/packages/documents/search", q="x", preset="plone", query_by="name")
    with refused.value as answer:
        assert "query_by_weights" in json.loads(answer.read())["message"]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("instruments", [("summary", "<mark>Instruments</mark>")]),
        ("日本語", [("summary", "План: <mark>日本語</mark>処理")]),
        ("処理", []),
        ("план", []),
    ],
)
def test_what_is_found_in_what_is_shown_is_marked(
    visitor: Client, query: str, marked: list[tuple[str, str]]
) -> None:
    answer = visitor.ask("GET", "/collections/packages/documents/search", q=query, preset="plone")
    (hit,) = answer["hits"]
    assert [(item["field"], item["snippet"]) for item in hit["highlights"]] == marked


def test_facets_count_what_differs_in_symbols_apart(visitor: Client) -> None:
    assert visitor.count("packages", "license") == {"GPLv3": 1, "GPLv3+": 1, "MIT": 1}


@pytest.mark.parametrize("query", ["пЛАН", "nai\u0308f"])
def test_what_the_page_says_is_not_found_is_not_found(visitor: Client, query: str) -> None:
    assert (
        find_ids(visitor.ask("GET", "/collections/packages/documents/search", q=query, preset="plone")) == []
    )


FOR_THE_SEARCH = {
    *("name_alt", "people_alt", "words", "description_words"),
    *("name_sortable", "version_sortable"),
}
FOR_NO_CLIENT = {
    *("serial", "content_hash", "description_content_type", "author_email", "maintainer_email"),
    *("docs_url", "project_url"),
}
"""What the aggregator itself needs, nobody should show, or another field says."""


def test_every_field_that_the_page_names_is_one() -> None:
    table = PAGE.partition("## What a gallery reads")[2]
    named = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    fields = {"id", *(field.name for field in SCHEMA), *DISPLAY_FIELDS, *ENRICHED_FIELDS}
    assert named - fields == set()
    kept = FOR_THE_SEARCH | FOR_NO_CLIENT | {"assessed_by", "history_week"}
    assert {*PYPI_FIELDS, *ASSESSMENT_FIELDS.names} - named == kept, (
        "Give each field a row in docs/clients.md, or name it here among those that are not for clients."
    )


def test_the_page_for_instantsearch_asks_for_fields_that_are_there_and_shows_them_where_it_says() -> None:
    part = PAGE.partition("## InstantSearch")[2]
    (html,) = re.findall(r"```html\n(.*?)```", part, flags=re.DOTALL)
    (script,) = re.findall(r"```js\n(.*?)```", part, flags=re.DOTALL)
    assert re.findall(r'container: "#(\w+)"', script) == re.findall(r'<div id="(\w+)">', html)
    (included,) = re.findall(r'include_fields: "(.*?)"', script)
    facets = set(re.findall(r'attribute: "(\w+)"', script))
    order = set(re.findall(r'"plone/sort/(\w+):desc"', script))
    fields = {"id", *(field.name for field in SCHEMA), *ENRICHED_FIELDS}
    assert {*included.split(","), *facets, *order} <= fields
    assert set(re.findall(r"hit\.(\w+)", script)) < set(included.split(","))
    imported = re.findall(r'^import .* from "([\w.-]+)', script, flags=re.MULTILINE)
    (installed,) = re.findall(r"^npm install (.*)$", part, flags=re.MULTILINE)
    assert set(imported) < {re.sub(r"(?<=.)@.*", "", package) for package in installed.split()}


def test_the_request_that_a_gallery_sends_since_long_works(visitor: Client) -> None:
    common = {
        "collection": "packages",
        "exclude_fields": "description",
        "group_by": "name_sortable",
        "group_limit": 1,
        "per_page": 100,
    }
    search = {
        "q": "easyform",
        "query_by": "name,keywords,summary,description",
        "sort_by": "_text_match:desc,name_sortable:asc,version_sortable:desc",
        "facet_by": "framework_versions,python_versions",
        "filter_by": "classifiers:=Framework :: Plone && framework_versions:=['Plone 6.1','Plone 5.2']",
    }
    (answer,) = visitor.ask("POST", "/multi_search", {"searches": [search]}, **common)["results"]
    assert find_ids(answer) == ["collective-easyform"]
    counted = {facet["field_name"]: facet["counts"][0]["value"] for facet in answer["facet_counts"]}
    assert counted == {"framework_versions": "Plone 6.1", "python_versions": "Python 3.12"}
