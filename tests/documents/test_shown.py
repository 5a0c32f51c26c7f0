"""Documents as the gallery reads them, whoever wrote them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.documents.shown import (
    Package,
    Row,
    ShownChange,
    ShownCheck,
    ShownJudgement,
    ShownPoint,
    ShownRelease,
    ShownVulnerability,
    decode_change,
    decode_package,
    decode_row,
)
from pyf.aggregator.metadata.model import NormalizedName

EASY = NormalizedName("easy-form")
PAGE = Path(__file__).parents[2] / "docs" / "documents.md"

SEARCHED_ALONE = {"description", "description_words", "name_alt", "people_alt", "words"}
SORTED_ALONE = {"name_sortable", "rank", "version_sortable"}
SAID_ELSEWHERE = {"upload_time", "docs_url", "project_url", "release_url"}
"""Other spellings of what ``upload_timestamp``, ``documentation_url`` and ``package_url`` say."""
FOR_NOBODY_TO_SEE = {"author_email", "maintainer_email", "content_hash", "description_content_type"}


def write(document: Mapping[str, Any]) -> bytes:
    return json.dumps({"id": "easy-form", **document}).encode()


def test_a_package_has_every_documented_field_that_anybody_may_see() -> None:
    tables = PAGE.read_text().partition("## Declared fields")[2].partition("\n## Changes")[0]
    tables = re.sub(r"\n### .*?(?=\n## )", "", tables, flags=re.DOTALL)
    firsts = re.findall(r"^\| (`[^|]*)\|", tables, flags=re.MULTILINE)
    documented = {name for first in firsts for name in re.findall(r"`([a-z_]+)(?:\[\])?`", first)}
    documented |= {"id", "compatibility", "required_by", "checks", "life_reason", "history"}
    # Those of GitHub are what the fields of the repository say, too.
    documented = {name for name in documented if not name.startswith("github_")}
    left_out = SEARCHED_ALONE | SORTED_ALONE | SAID_ELSEWHERE | FOR_NOBODY_TO_SEE
    assert documented - left_out == set(Package.__struct_fields__)
    assert left_out <= documented


def test_what_a_document_lacks_is_unknown() -> None:
    assert decode_row(write({})) == Row(id=EASY)
    assert decode_package(write({})) == Package(id=EASY)
    parts = (ShownCheck, ShownJudgement, ShownRelease, ShownVulnerability, ShownPoint, ShownChange)
    for shown in (Row, Package, *parts):
        assert not any(msgspec.structs.asdict(shown()).values())


def test_a_whole_document_is_read() -> None:
    document = {
        "name": "Easy.Form",
        "version": "2.0",
        "description": "fields that no page shows are passed over",
        "use": 50,
        "allowed_versions": ["Plone 6.1", "Plone 6.2"],
        "project_urls": {"Source": "https://example.org"},
        "releases": [{"version": "2.0", "upload_timestamp": 1_700_000_000, "upload_time": "x"}],
        "compatibility": [{"version": "Plone 6.2", "verdict": "blocked", "blocked_by": ["old"], "path": []}],
        "checks": [{"id": "renders", "outcome": "pass", "evidence": "yes"}],
    }
    assert decode_package(msgspec.Raw(write(document))) == Package(
        id=EASY,
        name="Easy.Form",
        version="2.0",
        use=50,
        allowed_versions=("Plone 6.1", "Plone 6.2"),
        project_urls={"Source": "https://example.org"},
        releases=(ShownRelease(version="2.0", upload_timestamp=1_700_000_000),),
        compatibility=(
            ShownJudgement(version="Plone 6.2", verdict="blocked", blocked_by=(NormalizedName("old"),)),
        ),
        checks=(ShownCheck(id="renders", outcome="pass", evidence="yes"),),
    )


def test_the_record_of_a_change_is_read() -> None:
    record = {
        "id": "easy-form.released.1",
        "project": "easy-form",
        "name": "Easy.Form",
        "sentence": "Released 2.0.",
        "kind": "released",
        "version": 2.0,
        "major": True,
        "happened": 5,
        "noticed": 7,
        "chain": "released 2.0",
    }
    assert decode_change(json.dumps(record).encode()) == ShownChange(
        id="easy-form.released.1",
        project=EASY,
        name="Easy.Form",
        sentence="Released 2.0.",
        kind="released",
        major=True,
        happened=5,
        noticed=7,
    )


WRONG: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": None, "summary": 5, "version": ["1.0"]}, {}),
    ({"use": "50", "quality": True, "upload_timestamp": "2026-01-01"}, {}),
    ({"use": 1.5, "quality": 90.0}, {}),
    ({"yanked": "no", "vulnerable": 0}, {}),
    ({"kinds": "Addon"}, {}),
    ({"kinds": {"Addon": 1}}, {}),
    ({"kinds": ["Addon", 5, None, ["Theme"]]}, {"kinds": ("Addon",)}),
    ({"project_urls": ["Source, https://x"]}, {}),
    (
        {"project_urls": {"Source": "https://x", "Home": None, "Docs": {}}},
        {"project_urls": {"Source": "https://x"}},
    ),
    ({"releases": "1.0"}, {}),
    ({"releases": ["1.0", {"version": "2.0"}, 7]}, {"releases": (ShownRelease(version="2.0"),)}),
    (
        {
            "releases": [
                {"version": "2.0", "yanked": "no", "upload_timestamp": 5, "framework_versions": ["a", 1]}
            ]
        },
        {"releases": (ShownRelease(version="2.0", upload_timestamp=5, framework_versions=("a",)),)},
    ),
    (
        {"compatibility": [{"version": "Plone 6.2", "verdict": 1, "blocked_by": "old"}]},
        {"compatibility": (ShownJudgement(version="Plone 6.2"),)},
    ),
    ({"checks": [[]], "vulnerabilities": {"id": "x"}}, {}),
]


@pytest.mark.parametrize(("wrong", "kept"), WRONG)
def test_what_is_of_another_type_is_unknown_and_the_rest_stays(
    wrong: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert decode_package(write({"version": "1.0", "author": "Ana", **wrong})) == Package(
        **{"id": EASY, "version": "" if "version" in wrong else "1.0", "author": "Ana", **kept}
    )


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "version", "x"]), inner)
    ),
    max_leaves=6,
)


@given(document=st.dictionaries(st.sampled_from(Package.__struct_fields__), ANYTHING, max_size=8))
def test_whatever_stands_in_a_document_it_is_read_and_every_value_is_of_its_type(
    document: dict[str, Any],
) -> None:
    raw = json.dumps(document, allow_nan=False).encode() if _is_finite(document) else b"{}"
    for found in (decode_row(raw), decode_package(raw)):
        assert msgspec.convert(msgspec.to_builtins(found), type(found)) == found


def _is_finite(value: object) -> bool:
    return "Infinity" not in json.dumps(value)
