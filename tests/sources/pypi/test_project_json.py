"""From PyPI's bytes to documents, whatever somebody once uploaded."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import distributions
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.documents.project import (
    PYPI_FIELDS,
    SCHEMA,
    encode_document,
)
from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.pypi.project_json import (
    ProjectPage,
    parse_project,
    read_page,
)
from pyf.aggregator.sources.pypi.project_list import ProjectListPage, parse_project_list
from tests.made_up import build_whole_document
from tests.servers.world import World

URL = "https://pypi.invalid/pypi/easy-form/json"
FILE = {"filename": "a.whl", "upload_time_iso_8601": "2026-01-02T03:04:05.000000Z", "yanked": False}


def build_page(body: bytes, name: str = "easy-form") -> ProjectPage:
    return read_page(body, URL, NormalizedName(name))


def build_body(releases: Any = None, **info: Any) -> bytes:
    files = {"1.0": [FILE]} if releases is None else releases
    return json.dumps(
        {
            "info": {"name": "easy.form", "version": "1.0", **info},
            "releases": files,
            "last_serial": 7,
        }
    ).encode()


def build_from(page: ProjectPage, known: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Any]:
    return build_whole_document(parse_project(page), known)


def build(releases: Any = None, **info: Any) -> dict[str, Any]:
    return build_from(build_page(build_body(releases, **info)))


CLASSIFIERS = [
    "Development Status :: 5 - Production/Stable",
    "Framework :: Plone :: 6.1",
    "Framework :: Plone :: Addon",
    "Programming Language :: Python :: 3.12",
]
URLS = {
    "Source": "https://github.com/x/easy",
    "Bug Tracker": "https://github.com/x/easy/issues",
    "Change log": "https://x.example/changes",
    "Docs": "https://x.example/docs",
    "Donate": "https://x.example/give",
}


def test_a_full_answer_becomes_a_full_document() -> None:
    world = World(serial=6)
    world.add_project(
        "Easy.Form",
        version="2.0",
        classifiers=CLASSIFIERS,
        summary="Forms",
        description="# Title\n\nCall `plone.api(url)`",
        description_content_type="text/markdown; charset=UTF-8",
        keywords="forms,easy",
        author="",
        author_email="Some Body <some@body.example>",
        license_expression="MIT",
        project_urls=URLS,
        requires_dist=["plone.api"],
        requires_python=">=3.10",
    )
    world.add_older_release("easy-form", "1.0", ["Framework :: Plone :: 5.2"])
    project = world.get("easy-form")
    project.organization = "plone"
    project.vulnerabilities = [
        {
            "id": "PYSEC-1",
            "aliases": ["CVE-1"],
            "summary": "Bad",
            "link": "https://x.example",
            "fixed_in": ["3"],
        },
        {"id": "PYSEC-2", "withdrawn": "2026-01-01T00:00:00Z"},
    ]
    found = world.build_json("easy-form")
    assert found is not None
    page = build_page(found[1])
    document = build_from(page, {"1.0": ("Framework :: Plone :: 5.2",)})
    html = document.pop("description_html")
    assert isinstance(html, str)
    assert "<code>plone.api(url)</code>" in html
    releases: Any = document["releases"]
    written = [datetime.fromisoformat(release.pop("upload_time")) for release in releases]
    assert document["upload_time"] == f"{written[0]:%Y-%m-%dT%H:%M:%SZ}"
    assert datetime.fromisoformat(str(document.pop("upload_time"))) == written[0]
    times = [release.pop("upload_timestamp") for release in releases]
    assert times == [time.timestamp() for time in written]
    assert document.pop("upload_timestamp") == times[0]
    assert document.pop("first_upload_timestamp") == times[1] < times[0]
    assert document == {
        "id": "easy-form",
        "name": "Easy.Form",
        "name_alt": ["easyform", "easy form"],
        "name_sortable": "easy-form",
        "version": "2.0",
        "version_sortable": document["version_sortable"],
        "serial": 8,
        "summary": "Forms",
        "description": "Title\n\nCall plone.api(url)",
        "words": "+ #",
        "description_content_type": "text/markdown; charset=UTF-8",
        "keywords": ["forms", "easy"],
        "author": "Some Body",
        "people_alt": ["Some Body", "S Body"],
        "author_email": "Some Body <some@body.example>",
        "license": "MIT",
        "license_expression": "MIT",
        "license_spdx": ["MIT"],
        "classifiers": CLASSIFIERS,
        "framework_versions": ["Plone 6.1"],
        "python_versions": ["Python 3.12"],
        "kinds": ["Addon"],
        "development_status": "Production/Stable",
        "requires_python": ">=3.10",
        "requires_dist": ["plone.api"],
        "package_url": "https://pypi.org/project/easy-form/",
        "project_url": "https://pypi.org/project/easy-form/",
        "project_urls": URLS,
        "issues_url": "https://github.com/x/easy/issues",
        "changelog_url": "https://x.example/changes",
        "documentation_url": "https://x.example/docs",
        "funding_url": "https://x.example/give",
        "release_url": "https://pypi.org/project/easy-form/2.0/",
        "owners": ["somebody"],
        "organization": "plone",
        "yanked": False,
        "vulnerable": True,
        "has_wheel": True,
        "has_sdist": False,
        "releases": [
            {
                "version": "2.0",
                "requires_python": ">=3.10",
                "framework_versions": ["Plone 6.1"],
                "yanked": False,
                "prerelease": False,
            },
            {
                "version": "1.0",
                "requires_python": ">=3.10",
                "framework_versions": ["Plone 5.2"],
                "yanked": False,
                "prerelease": False,
            },
        ],
        "vulnerabilities": [
            {
                "id": "PYSEC-1",
                "aliases": ["CVE-1"],
                "summary": "Bad",
                "link": "https://x.example",
                "fixed_in": ["3"],
            }
        ],
    }
    assert document.keys() <= {"id", *PYPI_FIELDS}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("", None),
        (None, None),
        ("a, b;c", ["a", "b", "c"]),
        (["a", None, "", "b"], ["a", "b"]),
        (3, None),
        ({"a": 1}, None),
    ],
)
def test_keywords_become_a_list_whatever_was_sent(sent: object, stored: list[str] | None) -> None:
    assert build(keywords=sent).get("keywords") == stored


ODDITIES: dict[str, dict[str, Any]] = {
    "nothing but the least": {},
    "null everywhere": dict.fromkeys(
        (
            "summary",
            "description",
            "author",
            "classifiers",
            "requires_dist",
            "project_urls",
            "license",
            "yanked",
        )
    ),
    "empty texts": dict.fromkeys(
        ("summary", "description", "author", "license", "home_page", "docs_url"), ""
    ),
    "lists where texts were": {"summary": ["a"], "author": ["b"], "license": ["c"], "description": ["d"]},
    "texts where lists were": {
        "classifiers": "Framework :: Plone",
        "requires_dist": "x",
        "project_urls": "y",
    },
    "numbers": {"summary": 1, "author": 2.5, "home_page": True},
    "surrogates": {"summary": "a\ud800b", "author": "\udfff"},
    "control characters": {"summary": "a\x00b"},
    "a description of two megabytes": {
        "description": "word " * 400_000,
        "description_content_type": "text/x-rst",
    },
    "an unknown media type": {"description": "hello", "description_content_type": "application/x-troff; x"},
    "a version that is none": {"version": "1.0-final-really"},
    "a deep description": {"description": "> " * 5000, "description_content_type": "text/markdown"},
}


@pytest.mark.parametrize("info", ODDITIES.values(), ids=ODDITIES)
def test_an_oddity_makes_a_document_of_the_right_types(info: dict[str, Any]) -> None:
    check_types(build(**info))


ADVISORY = {"id": "PYSEC-1", "withdrawn": None}
WITHDRAWN = {"id": "PYSEC-2", "withdrawn": "2026-01-01T00:00:00Z"}
LEFT_OUT = "the key is left out"


@pytest.mark.parametrize(
    ("advisories", "vulnerable"),
    [
        (LEFT_OUT, None),
        (None, None),
        ({}, None),
        ("PYSEC-1", None),
        ([], False),
        ([WITHDRAWN], False),
        ([ADVISORY], True),
        ([WITHDRAWN, ADVISORY], True),
        ([{"summary": "no id, and still one"}], True),
        ([WITHDRAWN, 3], None),
        ([None, ADVISORY], True),
        ([{}], None),
    ],
    ids=lambda value: "left out" if value is LEFT_OUT else str(value),
)
def test_a_package_is_vulnerable_while_an_advisory_stands_and_unknown_where_pypi_does_not_say(
    advisories: object, vulnerable: bool | None
) -> None:
    content = json.loads(build_body())
    if advisories is not LEFT_OUT:
        content["vulnerabilities"] = advisories
    assert build_from(build_page(json.dumps(content).encode())).get("vulnerable") is vulnerable


WHEEL = {"packagetype": "bdist_wheel", "filename": "a-1.0-py3-none-any.whl"}
SDIST = {"packagetype": "sdist", "filename": "a-1.0.tar.gz"}


@pytest.mark.parametrize(
    ("files", "wheel", "sdist"),
    [
        ([WHEEL, SDIST], True, True),
        ([WHEEL], True, False),
        ([SDIST], False, True),
        ([{**SDIST, "packagetype": "bdist_dumb"}], False, False),
        ([{"packagetype": "bdist_egg", "filename": "a-1.0-py2.7.egg"}], False, False),
        ([{"filename": "a-1.0-py3-none-any.WHL"}, {"filename": "a-1.0.zip"}], True, True),
        ([{"packagetype": None, "filename": "a-1.0.win32.exe"}], False, False),
        ([{"packagetype": 3, "filename": "a-1.0"}, WHEEL], True, None),
        ([{}], None, None),
        ([], None, None),
    ],
    ids=str,
)
def test_the_files_of_the_latest_release_tell_whether_it_has_a_wheel_and_an_sdist(
    files: list[dict[str, object]], wheel: bool | None, sdist: bool | None
) -> None:
    document = build({"0.9": [WHEEL, SDIST], "1.0": files})
    assert (document.get("has_wheel"), document.get("has_sdist")) == (wheel, sdist)


def test_kinds_are_those_of_the_frameworks_that_the_collection_is_about() -> None:
    body = build_body(classifiers=["Framework :: Plone :: Theme", "Framework :: Sphinx :: Extension"])
    project = parse_project(build_page(body))
    assert build_whole_document(project, selected=["Framework :: Plone"])["kinds"] == ["Theme"]
    assert "kinds" not in build_whole_document(project, selected=["Framework :: Flask"])


def test_the_documentation_is_where_a_label_says_else_where_pypi_hosts_it() -> None:
    hosted = "https://pythonhosted.org/easy.form/"
    assert build(docs_url=hosted)["documentation_url"] == hosted
    named = build(docs_url=hosted, project_urls={"Docs": "https://x.example"})
    assert named["documentation_url"] == "https://x.example"


ADDRESSES = ("home_page", "docs_url", "package_url", "project_url", "release_url")
LINKS = ("documentation_url", "changelog_url", "issues_url", "funding_url")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x"])
def test_no_field_stores_an_address_that_does_more_than_open_a_page(address: str) -> None:
    labels = ("Source", "Homepage", "Docs", "Issues", "Changelog", "Funding")
    info = dict.fromkeys(ADDRESSES, address) | {"project_urls": dict.fromkeys(labels, address)}
    content = json.loads(build_body(**info))
    content["vulnerabilities"] = [{"id": "PYSEC-1", "link": address}]
    project = parse_project(build_page(json.dumps(content).encode()))
    document = build_whole_document(project)
    assert document.keys() & {*ADDRESSES, *LINKS, "project_urls"} == set()
    (advisory,) = project.vulnerabilities
    assert (advisory.id, advisory.link) == ("PYSEC-1", None)
    assert address not in json.dumps(document)


def test_all_addresses_are_cleaned_by_one_rule() -> None:
    sent = "HTTPS://user:secret@example.org/x"
    document = build(**dict.fromkeys(ADDRESSES, sent), project_urls={"Source": sent})
    assert {document[field] for field in ADDRESSES} == {"https://example.org/x"}
    assert document["project_urls"] == {"Source": "https://example.org/x"}


@pytest.mark.parametrize(
    "releases",
    [
        {},
        {"1.0": []},
        {"1.0": None},
        {"1.0": [{}]},
        {"1.0": [{**FILE, "upload_time_iso_8601": "yesterday"}]},
        {"1.0": [{**FILE, "upload_time_iso_8601": "0001-01-01T00:00:00+23:00"}]},
        {"1.0": [{**FILE, "upload_time_iso_8601": None, "upload_time": "2026-01-02T03:04:05"}]},
        {"not a version": [FILE], "": [FILE], "1.0": [FILE]},
    ],
    ids=str,
)
def test_odd_releases_make_a_document_too(releases: dict[str, Any]) -> None:
    document = build(releases)
    check_types(document)
    assert len(document.get("releases", [])) == len(releases)


def check_types(document: dict[str, Any]) -> None:
    """Compare with the schema what Typesense would."""
    kinds = {"string": str, "string[]": list, "int64": int, "bool": bool}
    json.loads(encode_document(document, content_hash="x", replaces=False))
    for field in SCHEMA:
        assert isinstance(document.get(field.name, kinds[field.type]()), kinds[field.type]), field
        assert field.optional or field.name in document, field
        if field.type == "string[]":
            assert all(isinstance(item, str) and item for item in document.get(field.name, []))
    assert None not in document.values()


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock shows the time of Auckland."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", "NZST-12")
        time.tzset()
        assert time.timezone == -12 * 3600
        yield
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_times_are_utc_whatever_the_machine_thinks() -> None:
    expected = int(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp())
    zoneless = {**FILE, "upload_time_iso_8601": None, "upload_time": "2026-01-02T03:04:05"}
    for file in (FILE, zoneless):
        assert build({"1.0": [file]})["upload_timestamp"] == expected


@pytest.mark.parametrize(
    ("releases", "versions"),
    [
        (None, ["1.0"]),
        ({}, ["1.0"]),
        ({"1.0": []}, ["1.0"]),
        ({" 1.0 ": None}, ["1.0"]),
        ({"0.9": [], "2.0a1": []}, ["2.0a1", "1.0", "0.9"]),
    ],
)
def test_where_releases_tell_no_file_of_the_latest_it_is_read_from_urls(
    releases: dict[str, Any] | None, versions: list[str]
) -> None:
    content = {**json.loads(build_body()), "releases": releases, "urls": [FILE]}
    document: dict[str, Any] = build_from(build_page(json.dumps(content).encode()))
    uploaded = {release["version"]: release.get("upload_timestamp") for release in document["releases"]}
    assert list(uploaded) == versions
    assert uploaded["1.0"] == document["upload_timestamp"] == document["first_upload_timestamp"]


def test_texts_are_shown_as_lines_without_anything_invisible() -> None:
    document = build(
        summary="Forms\n  for\u2028all\u202e",
        author="Ana\u200b Kern",
        author_email="Ana Kern\n <ana@x.example>",
        description="One\n\ntwo\u202e",
        description_content_type="text/plain",
        requires_python=">=3.10,\n <4",
        yanked_reason="a\x1b[31m\nb",
    )
    wanted = ("summary", "author", "author_email", "requires_python", "yanked_reason")
    assert {field: document[field] for field in wanted} == {
        "summary": "Forms for all",
        "author": "Ana Kern",
        "author_email": "Ana Kern <ana@x.example>",
        "requires_python": ">=3.10, <4",
        "yanked_reason": "a[31m b",
    }
    assert document["description_html"] == "One<br><br>two"


def test_a_collection_has_one_bucket_for_each_licence_however_it_is_spelt() -> None:
    spelt: list[dict[str, Any]] = [
        {"license": "MIT"},
        {"license": "MIT License"},
        {"license_expression": "MIT"},
        {"license": "see LICENSE", "classifiers": ["License :: OSI Approved :: MIT License"]},
    ]
    assert [build(**info)["license_spdx"] for info in spelt] == [["MIT"]] * 4
    assert "license_spdx" not in build(license="BSD")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "truncated|JSON|Expecting"),
        (b"[]", "Expected `object`"),
        (b'{"info": null}', "Expected `object`"),
        (b'{"info": {}}', "it has no serial"),
        (b'{"info": {}, "last_serial": "x"}', "Expected `int"),
        (b"\xff\xfe", "JSON|utf-8|Expecting"),
        (b"[" * 100_000, "JSON|recursion|Expected"),
    ],
    ids=repr,
)
def test_an_answer_that_makes_no_sense_is_reported(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedResponse, match=reason):
        build_page(body)


@pytest.mark.parametrize(
    ("info", "reason"),
    [({"version": None}, "it has no version"), ({"name": "other"}, "it describes 'other'")],
)
def test_a_project_that_is_not_itself_is_reported(info: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedResponse, match=reason):
        build(**info)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = (
    *("summary", "description", "description_content_type", "keywords", "author", "author_email"),
    *("maintainer", "license", "classifiers", "license_expression", "requires_dist", "requires_python"),
    *("home_page", "project_urls", "yanked", "yanked_reason"),
)


@given(info=st.dictionaries(st.sampled_from(KEYS), anything))
def test_any_info_makes_a_document_of_the_right_types(info: dict[str, Any]) -> None:
    check_types(build(**info))


@given(ownership=anything, vulnerabilities=anything)
def test_any_ownership_and_advisories_are_survived(ownership: object, vulnerabilities: object) -> None:
    content = json.loads(build_body())
    content |= {"ownership": ownership, "vulnerabilities": vulnerabilities}
    check_types(build_from(build_page(json.dumps(content).encode())))


def test_every_distribution_installed_here_makes_a_document() -> None:
    world = World.from_installed()
    assert len(world.projects) >= 40
    assert len({distribution.metadata["Name"] for distribution in distributions()}) >= 40
    for name, project in world.projects.items():
        found = world.build_json(name)
        assert found is not None
        document = build_from(build_page(found[1], name))
        check_types(document)
        assert (document["name"], document["serial"]) == (project.display_name, project.serial)
        assert ("description" in document) == bool(
            project.releases[str(document["version"])].info["description"]
        )


# The project list


def test_the_project_list_has_normal_names_once_with_their_highest_serial() -> None:
    body = (
        b'{"meta":{"_last-serial":9},"projects":[{"_last-serial":3,"name":"Easy.Form"},'
        b'{"_last-serial":5,"name":"easy_form"},{"_last-serial":4,"name":"a"}]}'
    )
    found = parse_project_list(ProjectListPage(etag="", body=body), URL)
    assert found.serial == 9
    assert found.serials == {"easy-form": 5, "a": 4}


def test_without_a_serial_of_its_own_the_list_has_its_highest() -> None:
    body = b'{"meta":{},"projects":[{"_last-serial":3,"name":"a"}]}'
    assert parse_project_list(ProjectListPage(etag="", body=body), URL).serial == Serial(3)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"meta":{},"projects":null}', b'{"meta":{},"projects":[{}]}'])
def test_a_list_that_is_none_is_reported(body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        parse_project_list(ProjectListPage(etag="", body=body), URL)


def test_header_and_body_serials_that_differ_count_as_the_lower(world: World) -> None:
    assert read_page(build_body(), URL, NormalizedName("easy-form"), serial="5").serial == Serial(5)
    assert msgspec.json.decode(build_body())["last_serial"] == 7
