"""Documents of another schema become documents of ours."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pyf.aggregator.documents.conversion import Converted, convert_document
from pyf.aggregator.documents.enrichments import ENRICHED_FIELDS
from pyf.aggregator.documents.project import PYPI_FIELDS, build_schema
from pyf.aggregator.metadata.versions import sort_key
from tests.clients import make_project
from tests.documents.test_project import build as build_easy_form
from tests.made_up import build_whole_document


def build(field_type: str) -> dict[str, Any]:
    return {"fields": [{"name": "x", "type": field_type, "optional": True}]}


@pytest.mark.parametrize(
    ("field_type", "value", "expected"),
    [
        ("string", "a", "a"),
        ("string", 3, "3"),
        ("string", 2.5, "2.5"),
        ("string", True, "true"),
        ("string", ["a", "b"], "a, b"),
        ("string[]", ["a"], ["a"]),
        ("string[]", "a", ["a"]),
        ("string[]", "", []),
        ("string[]", ["a", None, 3], ["a", "3"]),
        ("int64", 3, 3),
        ("int64", 3.0, 3),
        ("int64", " -12 ", -12),
        ("int64", True, 1),
        ("int64", "2026-11-23T07:00:00Z", 1795417200),
        ("int64", "2026-11-23T07:00:00", 1795417200),
        ("int32[]", ["1", 2], [1, 2]),
        ("float", "2.5", 2.5),
        ("float", 2, 2.0),
        ("bool", "True", True),
        ("bool", " TRUE ", True),
        ("bool", " false ", False),
        ("bool", 1, True),
        ("bool", 0, False),
        ("bool", False, False),
    ],
)
def test_a_value_takes_the_type_that_is_wanted(field_type: str, value: object, expected: object) -> None:
    converted = convert_document({"id": "a", "x": value}, build(field_type))
    assert converted.document == {"id": "a", "x": expected}
    assert type(converted.document["x"]) is type(expected)
    assert converted.lost == ()


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("int64", "many"),
        ("int64", 2.5),
        ("int64", [1]),
        ("int64", {"a": 1}),
        ("float", "x"),
        ("float", [1.5]),
        ("bool", "perhaps"),
        ("bool", 2),
        ("bool", [True]),
        ("string", {"a": 1}),
        ("string[]", [{"a": 1}]),
    ],
)
def test_what_cannot_be_converted_goes_and_is_named(field_type: str, value: object) -> None:
    assert convert_document({"id": "a", "x": value}, build(field_type)) == Converted(
        document={"id": "a"}, changed=True, lost=("x",)
    )


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock shows the time of Auckland."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", "NZST-12")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_a_time_without_a_zone_is_utc_whatever_the_machine_thinks() -> None:
    assert time.timezone == -12 * 3600
    converted = convert_document({"id": "a", "x": " 2026-11-23T07:00:00 "}, build("int64"))
    assert converted.document["x"] == 1795417200


def test_what_fits_is_left_alone() -> None:
    document: dict[str, object] = {"id": "a", "x": "text", "undeclared": {"any": [1, None]}}
    assert convert_document(document, build("string")) == Converted(document=document, changed=False, lost=())


def test_a_type_that_nobody_knows_here_is_left_to_the_server() -> None:
    document = {"id": "a", "x": [1.5, 2.5]}
    assert convert_document(document, build("geopoint")).document == document


def test_nulls_are_left_out() -> None:
    assert convert_document({"id": "a", "x": None}, build("string")).document == {"id": "a"}


def test_what_older_collections_lack_is_derived() -> None:
    document = {"id": "a", "name": "Easy.Form", "version": "1.10", "keywords": "x"}
    converted = convert_document(document, build_schema()).document
    assert converted["name_sortable"] == "easy-form"
    assert (converted["serial"], converted["yanked"], converted["keywords"]) == (0, False, ["x"])
    older = convert_document({**document, "version": "1.9"}, build_schema()).document
    assert str(older["version_sortable"]) < str(converted["version_sortable"])


def test_a_document_without_a_name_is_called_by_its_id() -> None:
    converted = convert_document({"id": "easy-form"}, build_schema()).document
    required = ("name", "name_sortable", "version", "version_sortable", "serial", "yanked")
    assert [converted[field] for field in required] == [
        *("easy-form", "easy-form", "", sort_key(""), 0, False)
    ]


def test_what_the_schema_does_not_require_is_not_made_up() -> None:
    schema = {"fields": [{"name": "serial", "type": "int64", "optional": True}]}
    assert convert_document({"id": "a"}, schema) == Converted(document={"id": "a"}, changed=False, lost=())


def test_texts_that_pages_put_in_as_html_run_nothing() -> None:
    document = {
        "id": "a",
        "description": "<script>x</script> Tom & Jerry&#x27;s",
        "description_html": '<p onclick="x">a</p><script>x</script><a href="javascript:x">b</a>',
    }
    converted = convert_document(document, {"fields": []}).document
    assert converted["description"] == "&lt;script&gt;x&lt;/script&gt; Tom &amp; Jerry&#x27;s"
    assert converted["description_html"] == "<p>a</p>b"
    assert convert_document(converted, {"fields": []}).document == converted
    deep = {"id": "a", "description_html": "<div>" * 5_000}
    assert convert_document(deep, {"fields": []}).document == {"id": "a"}


def test_people_and_licences_of_older_documents_are_read_anew() -> None:
    document = {
        "id": "a",
        "author": "Ana Kern <ana@x.example>",
        "author_email": "Bo Lind <bo@x.example>",
        "license": "MIT License",
    }
    converted = convert_document(document, build_schema()).document
    assert (converted["author"], converted["license_spdx"]) == ("Ana Kern, Bo Lind", ["MIT"])
    declared = {"id": "a", "classifiers": ["License :: OSI Approved :: MIT License"], "maintainer": "Bo Lind"}
    other = convert_document(declared, build_schema()).document
    assert (other["maintainer"], other["license_spdx"]) == ("Bo Lind", ["MIT"])
    assert "author" not in other
    expression = convert_document({"id": "a", "license_expression": "Zlib"}, build_schema()).document
    assert expression["license_spdx"] == ["Zlib"]
    older: dict[str, Any] = build_schema()
    fields = [field for field in older["fields"] if field["name"] != "license_spdx"]
    assert "license_spdx" not in convert_document(document, {"fields": fields}).document


@pytest.mark.parametrize(
    "said",
    [
        {"summary": "A rest framework"},
        {"description": "A rest framework"},
        {"keywords": ["rest framework"]},
        {"classifiers": ["Topic :: Rest Framework"]},
    ],
)
def test_whatever_a_document_says_of_itself_tells_which_words_its_name_has(said: dict[str, object]) -> None:
    named = {"id": "restframework", "name": "restframework"}
    spellings = convert_document({**named, **said}, build_schema()).document["name_alt"]
    assert spellings == ["restframework", "rest framework"]
    assert convert_document(named, build_schema()).document["name_alt"] == ["restframework"]


def test_addresses_of_another_collection_are_held_to_the_rule_for_ours() -> None:
    document = {
        "id": "a",
        "home_page": "javascript:alert(1)",
        "docs_url": "www.example.org",
        "github_url": "https://github.com/o/a",
        "repository_url": "javascript:alert(1)",
        "project_urls": {"Source": "data:text/html,x", "Docs": "https://example.org"},
        "issues_url": "javascript:alert(1)",
        "funding_url": "www.example.org",
        "vulnerabilities": [{"id": "PYSEC-1", "link": "javascript:alert(1)"}, "a link", 3, {}],
    }
    converted = convert_document(document, {"fields": []})
    assert converted.document == {
        "id": "a",
        "docs_url": "http://www.example.org",
        "github_url": "https://github.com/o/a",
        "project_urls": {"Docs": "https://example.org"},
        "funding_url": "http://www.example.org",
        "vulnerabilities": [{"id": "PYSEC-1", "link": None}, "a link", 3, {}],
    }
    assert (converted.changed, converted.lost) == (True, ())


def test_no_field_of_an_address_is_forgotten() -> None:
    names = {*PYPI_FIELDS, *ENRICHED_FIELDS}
    addresses = {name for name in names if "url" in name or "page" in name} - {"project_urls"}
    assert {"home_page", "github_url", "issues_url"} <= addresses
    document = {"id": "a", **dict.fromkeys(addresses, "javascript:alert(1)")}
    assert convert_document(document, {"fields": []}).document == {"id": "a"}


@pytest.mark.parametrize(
    ("document", "added"),
    [
        ({"summary": "ПЛАН", "keywords": ["a\u00a0b"]}, {"words": "+ # план План a b"}),
        ({"description": "don&#x27;t C++"}, {"words": "+ #", "description_words": "c"}),
        ({"summary": 3, "keywords": 4, "description": 5}, {"words": "+ #"}),
        ({"words": "kept"}, {}),
        ({"upload_timestamp": 0}, {"words": "+ #", "upload_time": "1970-01-01T00:00:00Z"}),
        ({"upload_timestamp": 0, "upload_time": "x"}, {"words": "+ #", "upload_time": "x"}),
        ({"upload_timestamp": 10**15}, {"words": "+ #"}),
        ({"releases": [{"version": "1", "upload_timestamp": 0}, 3]}, {"words": "+ #"}),
        ({"releases": {"version": "1"}}, {"words": "+ #"}),
    ],
)
def test_what_older_documents_do_not_have_yet_is_derived_from_what_they_say(
    document: dict[str, object], added: dict[str, object]
) -> None:
    base: dict[str, object] = {"id": "a", "name": "A", "version": "1"}
    converted = convert_document({**base, **document}, build_schema()).document
    assert {
        key: converted[key] for key in ("words", "description_words", "upload_time") if key in converted
    } == (added or {"words": "kept"})


def test_older_documents_get_the_spellings_and_the_people_that_a_run_would_give_them() -> None:
    project = make_project(
        "collective.easyform",
        summary="Forms &amp; mail, the easy way",
        keywords=("form",),
        description="An easy form",
        author="Иван Петров",
        maintainer="Bo Lind",
        organization="ПЛАН",
    )
    today = build_whole_document(project)
    older = {**today, "name_alt": ["collectiveeasyform", "collective easyform"]}
    del older["people_alt"]
    assert "collective easy form" in today["name_alt"]
    assert convert_document(older, build_schema()).document == today
    assert not convert_document(today, build_schema()).changed


def test_releases_get_their_time_as_text() -> None:
    release = {"version": "1", "upload_timestamp": 86_400}
    converted = convert_document({"id": "a", "releases": [release]}, build_schema()).document
    assert converted["releases"] == [{**release, "upload_time": "1970-01-02T00:00:00Z"}]
    assert "upload_time" not in release


@pytest.mark.parametrize(
    ("document", "added"),
    [
        (
            {
                "classifiers": ["Development Status :: 4 - Beta", "Framework :: Plone :: Addon"],
                "project_urls": {"Docs": "https://x.example/d", "Sponsor": "https://x.example/f"},
                "vulnerabilities": [{"id": "PYSEC-1"}],
            },
            {
                "development_status": "Beta",
                "documentation_url": "https://x.example/d",
                "funding_url": "https://x.example/f",
                "vulnerable": True,
            },
        ),
        ({"docs_url": "https://x.example/d"}, {"documentation_url": "https://x.example/d"}),
        ({"vulnerable": False, "vulnerabilities": [{"id": "PYSEC-1"}]}, {"vulnerable": False}),
        ({"classifiers": "Development Status :: 4 - Beta"}, {"development_status": "Beta"}),
        ({"project_urls": 3, "docs_url": 3, "vulnerabilities": []}, {}),
    ],
)
def test_facts_that_older_documents_do_not_state_are_read_from_what_they_say(
    document: dict[str, object], added: dict[str, object]
) -> None:
    base: dict[str, object] = {"id": "a", "name": "A", "version": "1"}
    converted = convert_document({**base, **document}, build_schema()).document
    facts = {"development_status", "documentation_url", "funding_url", "vulnerable", "kinds", "has_wheel"}
    assert {key: value for key, value in converted.items() if key in facts} == added


REQUIRED = {"name", "name_sortable", "version", "version_sortable", "serial", "yanked"}
DERIVED = {
    *("name_alt", "people_alt", "words", "description_words", "author", "license_spdx", "upload_time"),
    *("development_status", "vulnerable"),
    *("documentation_url", "changelog_url", "issues_url", "funding_url"),
}
ONLY_PYPI_TELLS = {
    *("summary", "description", "keywords", "license", "license_expression", "classifiers"),
    *("maintainer", "author_email", "maintainer_email", "owners", "organization"),
    *("requires_python", "requires_dist", "vulnerabilities", "yanked_reason", "has_wheel", "has_sdist"),
    *("home_page", "docs_url", "package_url", "project_url", "project_urls", "release_url"),
    *("releases", "upload_timestamp", "first_upload_timestamp"),
}
LEFT_TO_THE_NEXT_RUN = {
    *("framework_versions", "python_versions", "kinds", "content_hash"),
    *("description_html", "description_content_type", "description_problem"),
}
"""What other fields might tell in part, and what depends on whose collection it is."""


def test_of_every_field_it_is_known_whether_an_older_document_can_tell_it() -> None:
    whole = build_easy_form()

    def tells(field: str) -> bool:
        # All that can be told is told where there are no words yet, as in the oldest documents.
        older = {name: value for name, value in whole.items() if name not in {field, "words"}}
        return field in convert_document(older, build_schema()).document

    told = {field for field in PYPI_FIELDS if tells(field)}
    assert told == REQUIRED | DERIVED
    assert set(PYPI_FIELDS) - told == ONLY_PYPI_TELLS | LEFT_TO_THE_NEXT_RUN, (
        "If older documents say enough to tell a new field, derive it in documents/conversion.py;"
        " else name it here."
    )
