"""A project becomes a document: all that PyPI says of it, field by field."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pyf.aggregator.documents.project import (
    DISPLAY_FIELDS,
    MAX_MISSED_LENGTH,
    PYPI_FIELDS,
    SCHEMA,
    build_document,
    build_people,
    build_words,
    encode_document,
    hash_content,
)
from pyf.aggregator.metadata.model import (
    Distribution,
    DistributionKind,
    NormalizedName,
    Project,
    Release,
    Serial,
    Vulnerability,
)
from pyf.aggregator.metadata.readme.description import Description
from pyf.aggregator.metadata.versions import sort_key

MARCH = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)

EAST = timezone(timedelta(hours=2))


def make_file(name: str, kind: DistributionKind, day: datetime, **said: Any) -> Distribution:
    fields = {"requires_python": ">=3.10", "yanked": False, "yanked_reason": None, **said}
    return Distribution(filename=name, kind=kind, upload_time=day, **fields)


EASY_FORM = Project(
    name=NormalizedName("easy-form"),
    display_name="Easy.Form",
    serial=Serial(7),
    version="2.0",
    summary="Forms, the easy way",
    description="*unused here*",
    description_content_type="text/markdown",
    keywords=("form", "mail"),
    author="Ana Kern",
    author_email="Ana Kern <ana@x.example>",
    maintainer="Bo Lind",
    maintainer_email="bo@x.example",
    license="MIT License",
    license_expression="MIT",
    classifiers=(
        "Development Status :: 4 - Beta",
        "Framework :: Plone :: 6.2",
        "Framework :: Plone :: Addon",
        "Framework :: Sphinx :: Extension",
        "Programming Language :: Python :: 3.12",
    ),
    requires_python=">=3.10",
    requires_dist=("tidy>=1",),
    home_page="https://x.example",
    docs_url="https://x.example/old-docs",
    package_url="https://pypi.org/project/Easy.Form/",
    project_url="https://pypi.org/project/easy-form/",
    project_urls={
        "Documentation": "https://x.example/docs",
        "Changelog": "https://x.example/changes",
        "Issues": "https://x.example/issues",
        "Funding": "https://x.example/money",
    },
    release_url="https://pypi.org/project/Easy.Form/2.0/",
    yanked=False,
    yanked_reason="it was",
    owners=("ana", "bo"),
    organization="tidy",
    vulnerable=True,
    vulnerabilities=(
        Vulnerability(
            id="PYSEC-1",
            aliases=("CVE-1",),
            summary="A fault",
            link="https://x.example/1",
            fixed_in=("2.1",),
        ),
    ),
    releases=(
        Release(version="0.9", distributions=()),
        Release(
            version="1.0",
            distributions=(
                make_file(
                    "easy_form-1.0.tar.gz",
                    DistributionKind.SDIST,
                    MARCH - timedelta(days=10),
                    requires_python=None,
                    yanked=True,
                ),
            ),
        ),
        Release(
            version="2.0",
            distributions=(
                make_file("easy_form-2.0-py3-none-any.whl", DistributionKind.WHEEL, MARCH),
                make_file("easy_form-2.0.tar.gz", DistributionKind.SDIST, MARCH + timedelta(days=1)),
            ),
        ),
        Release(
            version="2.1a1",
            distributions=(
                make_file(
                    "easy_form-2.1a1.tar.gz",
                    DistributionKind.SDIST,
                    MARCH.astimezone(EAST),
                ),
            ),
        ),
    ),
)


def build(project: Project = EASY_FORM, text: str | None = "Forms & <mail>, ПЛАН") -> dict[str, Any]:
    description = Description(text=text, html="<p>Forms</p>", problem="PyPI refuses it.")
    known = {"1.0": ("Framework :: Plone :: 5.2",), "2.0": ("Framework :: Plone :: 4.3",)}
    return build_document(project, known, description, selected=["Framework :: Plone"])


def test_a_document_says_all_that_pypi_says() -> None:
    assert build() == {
        "version_sortable": sort_key("2.0"),
        "id": "easy-form",
        "name": "Easy.Form",
        "name_alt": ["easyform", "easy form"],
        "name_sortable": "easy-form",
        "version": "2.0",
        "serial": 7,
        "summary": "Forms, the easy way",
        "description": "Forms &amp; &lt;mail&gt;, ПЛАН",
        "description_html": "<p>Forms</p>",
        "description_content_type": "text/markdown",
        "description_problem": "PyPI refuses it.",
        "keywords": ["form", "mail"],
        "words": "+ #",
        "description_words": "план План",
        "author": "Ana Kern",
        "author_email": "Ana Kern <ana@x.example>",
        "maintainer": "Bo Lind",
        "maintainer_email": "bo@x.example",
        "license": "MIT",
        "license_expression": "MIT",
        "license_spdx": ["MIT"],
        "classifiers": list(EASY_FORM.classifiers),
        "framework_versions": ["Plone 6.2"],
        "python_versions": ["Python 3.12"],
        "kinds": ["Addon"],
        "development_status": "Beta",
        "requires_python": ">=3.10",
        "requires_dist": ["tidy>=1"],
        "home_page": "https://x.example",
        "docs_url": "https://x.example/old-docs",
        "package_url": "https://pypi.org/project/Easy.Form/",
        "project_url": "https://pypi.org/project/easy-form/",
        "project_urls": EASY_FORM.project_urls,
        "release_url": "https://pypi.org/project/Easy.Form/2.0/",
        "documentation_url": "https://x.example/docs",
        "changelog_url": "https://x.example/changes",
        "issues_url": "https://x.example/issues",
        "funding_url": "https://x.example/money",
        "owners": ["ana", "bo"],
        "organization": "tidy",
        "people_alt": ["Ana Kern", "A Kern", "Bo Lind", "B Lind"],
        "upload_timestamp": int(MARCH.timestamp()),
        "upload_time": "2026-03-01T12:00:05Z",
        "first_upload_timestamp": int(MARCH.timestamp()) - 10 * 86_400,
        "yanked": False,
        "yanked_reason": "it was",
        "vulnerable": True,
        "has_wheel": True,
        "has_sdist": True,
        "releases": [
            {
                "version": "2.1a1",
                "upload_timestamp": int(MARCH.timestamp()),
                "upload_time": "2026-03-01T12:00:05Z",
                "requires_python": ">=3.10",
                "yanked": False,
                "prerelease": True,
            },
            {
                "version": "2.0",
                "upload_timestamp": int(MARCH.timestamp()),
                "upload_time": "2026-03-01T12:00:05Z",
                "requires_python": ">=3.10",
                "framework_versions": ["Plone 6.2"],
                "yanked": False,
                "prerelease": False,
            },
            {
                "version": "1.0",
                "upload_timestamp": int(MARCH.timestamp()) - 10 * 86_400,
                "upload_time": "2026-02-19T12:00:05Z",
                "framework_versions": ["Plone 5.2"],
                "yanked": True,
                "prerelease": False,
            },
            {"version": "0.9", "yanked": False, "prerelease": False},
        ],
        "vulnerabilities": [
            {
                "id": "PYSEC-1",
                "aliases": ["CVE-1"],
                "summary": "A fault",
                "link": "https://x.example/1",
                "fixed_in": ["2.1"],
            }
        ],
    }


def test_every_field_that_the_pass_over_pypi_owns_can_be_filled() -> None:
    assert build().keys() == {"id", *PYPI_FIELDS} - {"content_hash"}
    assert len({*PYPI_FIELDS}) == len(PYPI_FIELDS)
    assert not {field.name for field in SCHEMA} & {*DISPLAY_FIELDS}


def test_what_pypi_does_not_say_is_left_out() -> None:
    bare = Project(
        name=NormalizedName("a"), display_name="a", serial=Serial(1), version="1.0", project_urls={}
    )
    document = build_document(bare, {}, Description(text=None, html=None, problem=None), selected=())
    assert document == {
        "id": "a",
        "name": "a",
        "name_alt": ["a"],
        "name_sortable": "a",
        "version": "1.0",
        "version_sortable": sort_key("1.0"),
        "serial": 1,
        "words": "+ #",
        "yanked": False,
    }


@pytest.mark.parametrize(
    ("last", "more", "kept"),
    [(8, "", 20_000), (9, "", 19_991), (8, " x+", 20_000), (9, " x+", 19_991), (7, " x+", 19_999)],
)
def test_words_that_would_be_too_many_are_cut_between_two(last: int, more: str, kept: int) -> None:
    # The server does not fold these: each is stored small, and with one capital.
    words = " ".join(f"Ж{number:04}Я" for number in range(1_428))
    found = build_words(None, (), f"{words} {'x' * last}+{more}")["description_words"]
    whole = [form for number in range(1_428) for form in (f"ж{number:04}я", f"Ж{number:04}я")]
    assert found == " ".join([*whole, *(["x" * last] if last < 9 else [])])
    assert len(str(found)) == kept <= MAX_MISSED_LENGTH


def test_an_organization_is_found_in_any_letters() -> None:
    assert build_people(None, None, "ПЛАН") == ["план План"]
    assert build_people("Ana Kern", None, None) == ["Ana Kern", "A Kern"]


def test_a_line_for_the_server_has_the_digest_and_clears_what_is_not_said_any_more() -> None:
    document: dict[str, object] = {"id": "a", "name": "a"}
    assert json.loads(encode_document(document, content_hash="x", replaces=False)) == {
        **document,
        "content_hash": "x",
    }
    replacing = json.loads(encode_document(document, content_hash="x", replaces=True))
    # What other sources fill is not among them.
    assert replacing == {**dict.fromkeys(PYPI_FIELDS), **document, "content_hash": "x"}
    assert not any(field.startswith(("github_", "repository_")) for field in replacing)


def test_the_digest_is_of_what_is_said_in_whatever_order() -> None:
    assert hash_content({"a": 1, "b": [2]}) == hash_content({"b": [2], "a": 1})
    assert hash_content({"a": 1}) != hash_content({"a": 2})
    assert len(hash_content({})) == 16
