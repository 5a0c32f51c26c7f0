"""What counts as a change, as tables, and the ids that records of changes have."""

from typing import Any

import msgspec
import pytest

from pyf.aggregator.documents.changes import (
    BOOKKEEPING_FIELDS,
    CHANGE_SCHEMA,
    Change,
    ChangeRecord,
    Ends,
    KnownChange,
    build_change_schema,
    build_record,
    find_ends,
    holds_changes,
    name_changes,
)
from pyf.aggregator.documents.fact_changes import compare_facts
from pyf.aggregator.documents.package_changes import (
    COMPARED_FIELDS,
    PackageFacts,
    build_leaving,
    compare_packages,
    read_facts,
)
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.metadata.changes import ArchivedWhere, ChangeKind, LeavingReason
from pyf.aggregator.metadata.model import NormalizedName

NAME = NormalizedName("a")


def show(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.kind.value, change.sentence) for change in changes]


def release(version: str, day: int, **more: Any) -> dict[str, Any]:
    return {"version": version, "upload_timestamp": day * 86_400, **more}


OLD = release("1.0", 1)
BASE = {
    "version": "1.0",
    "releases": [OLD],
    "license_spdx": ["MIT"],
    "owners": ["jane"],
    "vulnerable": False,
}


def published(*releases: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**BASE, "version": releases[0]["version"], "releases": list(releases), **more}


ADVISED = {"vulnerable": True, "vulnerabilities": [{"id": "PYSEC-1"}]}

PACKAGES: dict[str, tuple[dict[str, Any] | None, dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": (BASE, BASE, []),
    "a new package, whatever else is new of it": (
        None,
        published(release("2.0", 2), OLD, **ADVISED),
        [("added", "Added with 2.0.")],
    ),
    "a release": (BASE, published(release("1.1", 2), OLD), [("released", "Released 1.1.")]),
    "a major release": (
        BASE,
        published(release("2.0", 2), OLD),
        [("released", "Released 2.0, a major release.")],
    ),
    "a prerelease of a major release, which the document does not turn to": (
        BASE,
        {**published(release("2.0a1", 2, prerelease=True), OLD), "version": "1.0"},
        [("released", "Released 2.0a1, a prerelease of a major release.")],
    ),
    "the final release after a prerelease is the major one": (
        {**published(release("2.0a1", 2, prerelease=True), OLD), "version": "1.0"},
        published(release("2.0", 3), release("2.0a1", 2, prerelease=True), OLD),
        [("released", "Released 2.0, a major release.")],
    ),
    "two releases at once, the second of which is not major": (
        BASE,
        published(release("2.0.1", 3), release("2.0", 2), OLD),
        [("released", "Released 2.0.1."), ("released", "Released 2.0, a major release.")],
    ),
    "a release of an older line": (
        published(release("2.0", 2), OLD),
        {**published(release("1.1", 3), release("2.0", 2), OLD), "version": "2.0"},
        [("released", "Released 1.1.")],
    ),
    "a first release, of which no earlier one tells whether it is major": (
        published(release("1.0a1", 1, prerelease=True)),
        published(OLD, release("1.0a1", 1, prerelease=True)),
        [("released", "Released 1.0.")],
    ),
    "an epoch": (
        BASE,
        published(release("1!0.1", 2), OLD),
        [("released", "Released 1!0.1, a major release.")],
    ),
    "a version that nobody can read": (
        BASE,
        published(release("final", 2), OLD),
        [("released", "Released final.")],
    ),
    "an old release that the page had left out": (
        published(release("1.1", 2)),
        published(release("1.1", 2), OLD),
        [],
    ),
    "a release between those that were known": (
        published(release("2.0", 3), OLD),
        published(release("2.0", 3), release("1.5", 2), OLD),
        [],
    ),
    "a release without files": (BASE, published({"version": "3.0"}, OLD), []),
    "releases that the document did not name": (
        {"version": "1.0"},
        published(release("1.1", 2), OLD),
        [],
    ),
    "releases that the document does not name now": (BASE, {**BASE, "releases": None}, []),
    "releases without times": (
        {**BASE, "releases": [{"version": "1.0"}]},
        published(release("1.1", 2), OLD),
        [],
    ),
    "a yank": (
        published(release("1.1", 2), OLD),
        {**BASE, "releases": [release("1.1", 2, yanked=True), OLD]},
        [("yanked", "Yanked 1.1.")],
    ),
    "a yank of the latest release says why": (
        BASE,
        {**BASE, "releases": [{**OLD, "yanked": True}], "yanked_reason": "broken"},
        [("yanked", "Yanked 1.0: broken")],
    ),
    "a yank taken back": ({**BASE, "releases": [{**OLD, "yanked": True}]}, BASE, []),
    "an advisory": (BASE, {**BASE, **ADVISED}, [("vulnerable", "1.0 is vulnerable: PYSEC-1.")]),
    "one more advisory": (
        {**BASE, **ADVISED},
        {**BASE, "vulnerable": True, "vulnerabilities": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]},
        [("vulnerable", "1.0 is vulnerable: PYSEC-2.")],
    ),
    "the same advisory against the next release": (
        {**BASE, **ADVISED},
        published(release("1.1", 2), OLD, **ADVISED),
        [("released", "Released 1.1.")],
    ),
    "an advisory without an id": (
        BASE,
        {**BASE, "vulnerable": True},
        [("vulnerable", "1.0 is vulnerable.")],
    ),
    "a fix": (
        {**BASE, **ADVISED},
        published(release("1.1", 2), OLD),
        [("released", "Released 1.1."), ("fixed", "No advisory stands against 1.1.")],
    ),
    "advisories unknown before": ({"version": "1.0"}, {"version": "1.0", **ADVISED}, []),
    "advisories unknown now": ({**BASE, **ADVISED}, {**BASE, "vulnerable": None}, []),
    "another licence": (
        BASE,
        {**BASE, "license_spdx": ["GPL-2.0-only", "GPL-3.0-only"]},
        [("license-changed", "Licence: GPL-2.0-only and GPL-3.0-only (before: MIT).")],
    ),
    "a licence of one's own": (
        BASE,
        {**BASE, "license_spdx": None, "license_expression": "LicenseRef-Ours"},
        [("license-changed", "Licence: LicenseRef-Ours (before: MIT).")],
    ),
    "the same licence as an expression": (BASE, {**BASE, "license_expression": "MIT"}, []),
    "a licence that is not certain any more": (BASE, {**BASE, "license_spdx": None, "license": "BSD"}, []),
    "another owner": (
        BASE,
        {**BASE, "owners": ["zoe", "jane"]},
        [("owner-changed", "Owners: jane, zoe (before: jane).")],
    ),
    "an organization": (
        BASE,
        {**BASE, "organization": "plone"},
        [("owner-changed", "Owners: organization plone, jane (before: jane).")],
    ),
    "owners in another order": ({**BASE, "owners": ["b", "a"]}, {**BASE, "owners": ["a", "b"]}, []),
    "owners unknown before": ({**BASE, "owners": None}, BASE, []),
    "owners unknown now": (BASE, {**BASE, "owners": None}, []),
    "a document of somebody else's": ({**BASE, "owners": "jane", "releases": "1.0"}, BASE, []),
}


@pytest.mark.parametrize(("before", "after", "expected"), PACKAGES.values(), ids=PACKAGES)
def test_what_changes_with_a_document_from_pypi(
    before: dict[str, Any] | None, after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    facts = read_facts(NAME, after)
    assert facts is not None
    assert show(compare_packages(read_facts(NAME, before), facts)) == expected


WHOLE_PACKAGES: dict[str, tuple[dict[str, Any] | None, dict[str, Any], Change]] = {
    "added": (
        None,
        BASE,
        Change(project=NAME, kind=ChangeKind.ADDED, value="present", sentence="Added with 1.0."),
    ),
    "added without a version": (
        None,
        {},
        Change(project=NAME, kind=ChangeKind.ADDED, value="present", sentence="Added."),
    ),
    "released": (
        BASE,
        published(release("2.0a1", 2, prerelease=True), OLD),
        Change(
            project=NAME,
            kind=ChangeKind.RELEASED,
            subject="2.0a1",
            sentence="Released 2.0a1, a prerelease of a major release.",
            happened=2 * 86_400,
            shows={"version": "2.0a1", "major": True, "prerelease": True},
        ),
    ),
    "released at the time of the newest one that was known": (
        BASE,
        published(release("1.1", 1), OLD),
        Change(
            project=NAME,
            kind=ChangeKind.RELEASED,
            subject="1.1",
            sentence="Released 1.1.",
            happened=86_400,
            shows={"version": "1.1", "major": False, "prerelease": False},
        ),
    ),
    "a release that nobody can read": (
        BASE,
        published(release("final", 2), OLD),
        Change(
            project=NAME,
            kind=ChangeKind.RELEASED,
            subject="final",
            sentence="Released final.",
            happened=2 * 86_400,
            shows={"version": "final", "major": False, "prerelease": False},
        ),
    ),
    "a release after one that nobody can read": (
        published(OLD, release("final", 1)),
        published(release("2.0", 2), OLD, release("final", 1)),
        Change(
            project=NAME,
            kind=ChangeKind.RELEASED,
            subject="2.0",
            sentence="Released 2.0, a major release.",
            happened=2 * 86_400,
            shows={"version": "2.0", "major": True, "prerelease": False},
        ),
    ),
    "a prerelease": (
        BASE,
        published(release("1.1a1", 2, prerelease=True), OLD),
        Change(
            project=NAME,
            kind=ChangeKind.RELEASED,
            subject="1.1a1",
            sentence="Released 1.1a1, a prerelease.",
            happened=2 * 86_400,
            shows={"version": "1.1a1", "major": False, "prerelease": True},
        ),
    ),
    "yanked": (
        BASE,
        {**BASE, "releases": [{**OLD, "yanked": True}], "yanked_reason": "broken"},
        Change(
            project=NAME,
            kind=ChangeKind.YANKED,
            subject="1.0",
            sentence="Yanked 1.0: broken",
            shows={"version": "1.0"},
        ),
    ),
    "an older one yanked, and the reason is that of the latest": (
        published(release("1.1", 2), OLD),
        published(release("1.1", 2), {**OLD, "yanked": True}, yanked_reason="broken"),
        Change(
            project=NAME,
            kind=ChangeKind.YANKED,
            subject="1.0",
            sentence="Yanked 1.0.",
            shows={"version": "1.0"},
        ),
    ),
    "vulnerable": (
        {**BASE, **ADVISED},
        {**BASE, "vulnerable": True, "vulnerabilities": [{"id": "PYSEC-2"}, {"id": ""}, {"id": "PYSEC-1"}]},
        Change(
            project=NAME,
            kind=ChangeKind.VULNERABLE,
            value="PYSEC-1, PYSEC-2",
            sentence="1.0 is vulnerable: PYSEC-2.",
            shows={"advisories": ["PYSEC-2"]},
        ),
    ),
    "vulnerable to many": (
        BASE,
        {**BASE, "vulnerable": True, "vulnerabilities": [{"id": name} for name in "fbdaec"]},
        Change(
            project=NAME,
            kind=ChangeKind.VULNERABLE,
            value="a, b, c, d, e, f",
            sentence="1.0 is vulnerable: a, b, c, d, e, f.",
            shows={"advisories": [*"abcdef"]},
        ),
    ),
    "vulnerable to what has no id": (
        BASE,
        {**BASE, "vulnerable": True, "vulnerabilities": [{}]},
        Change(
            project=NAME,
            kind=ChangeKind.VULNERABLE,
            value="unnamed",
            sentence="1.0 is vulnerable.",
            shows={"advisories": []},
        ),
    ),
    "fixed": (
        {**BASE, **ADVISED},
        BASE,
        Change(
            project=NAME,
            kind=ChangeKind.FIXED,
            value="none",
            sentence="No advisory stands against 1.0.",
            shows={"advisories": ["PYSEC-1"]},
        ),
    ),
    "a licence": (
        BASE,
        {**BASE, "license_spdx": ["ZPL-2.1", "BSD-3-Clause"]},
        Change(
            project=NAME,
            kind=ChangeKind.LICENSE_CHANGED,
            value="BSD-3-Clause and ZPL-2.1",
            sentence="Licence: BSD-3-Clause and ZPL-2.1 (before: MIT).",
            shows={"before": "MIT", "after": "BSD-3-Clause and ZPL-2.1"},
        ),
    ),
    "owners": (
        BASE,
        {**BASE, "owners": ["zoe", "bo"], "organization": "plone"},
        Change(
            project=NAME,
            kind=ChangeKind.OWNER_CHANGED,
            value="organization plone, bo, zoe",
            sentence="Owners: organization plone, bo, zoe (before: jane).",
            shows={"before": "jane", "after": "organization plone, bo, zoe"},
        ),
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), WHOLE_PACKAGES.values(), ids=WHOLE_PACKAGES)
def test_a_change_on_pypi_says_all_that_its_record_shows(
    before: dict[str, Any] | None, after: dict[str, Any], expected: Change
) -> None:
    facts = read_facts(NAME, after)
    assert facts is not None
    assert compare_packages(read_facts(NAME, before), facts) == [expected]


def test_records_show_the_name_the_summary_and_the_version_of_a_package() -> None:
    facts = read_facts(NAME, {**BASE, "name": "A", "summary": "Forms"})
    assert facts is not None
    assert facts.shown == {"name": "A", "summary": "Forms", "version": "1.0"}
    assert read_facts(NAME, None) is None
    assert {*COMPARED_FIELDS} == {*PackageFacts.__struct_fields__} - {"id"}


def test_a_package_that_leaves_says_why() -> None:
    assert build_leaving(NAME, LeavingReason.GONE) == Change(
        project=NAME,
        kind=ChangeKind.LEFT,
        value="absent",
        sentence="Left: gone from PyPI.",
        shows={"reason": "gone from PyPI"},
    )


def assessed(allowed: list[str], excluded: list[str], *judged: str, by: str = "1") -> dict[str, Any]:
    return {
        "assessed_by": by,
        "allowed_versions": [f"Plone {cycle}" for cycle in allowed],
        "excluded_versions": [f"Plone {cycle}" for cycle in excluded],
        "compatibility": [{"version": f"Plone {cycle}"} for cycle in (*allowed, *excluded, *judged)],
    }


HERE, THERE = "https://github.com/plone/a", "https://codeberg.org/plone/a"

FACTS: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": ({}, {}, []),
    "archived on PyPI": (
        {"status": "active"},
        {"status": "archived"},
        [("archived", "The project is archived on PyPI.")],
    ),
    "archived when first asked": ({}, {"status": "archived"}, []),
    "no longer archived": (
        {"status": "archived"},
        {"status": "deprecated"},
        [("unarchived", "The project is no longer archived on PyPI.")],
    ),
    "a status that is lost": ({"status": "archived"}, {}, []),
    "quarantined": (
        {"status": "active"},
        {"status": "quarantined"},
        [("quarantined", "Quarantined by PyPI.")],
    ),
    "quarantined when first asked": (
        {},
        {"status": "quarantined"},
        [("quarantined", "Quarantined by PyPI.")],
    ),
    "out of quarantine": (
        {"status": "quarantined"},
        {"status": "active"},
        [("unquarantined", "No longer quarantined by PyPI.")],
    ),
    "still quarantined": ({"status": "quarantined"}, {"status": "quarantined"}, []),
    "from archive into quarantine": (
        {"status": "archived"},
        {"status": "quarantined"},
        [("quarantined", "Quarantined by PyPI.")],
    ),
    "its repository archived": (
        {"repository_archived": False},
        {"repository_archived": True},
        [("archived", "Its repository is archived.")],
    ),
    "its repository back": (
        {"repository_archived": True},
        {"repository_archived": False},
        [("unarchived", "Its repository is no longer archived.")],
    ),
    "its repository archived since only GitHub was asked": (
        {"github_archived": False},
        {"github_archived": True, "repository_archived": True},
        [("archived", "Its repository is archived.")],
    ),
    "its repository as before": ({"repository_archived": True}, {"repository_archived": True}, []),
    "an answer about its repository that is none": (
        {"repository_archived": False},
        {"repository_archived": "yes"},
        [],
    ),
    "its repository's first answer": ({}, {"repository_archived": True}, []),
    "another repository": (
        {"repository_url": HERE},
        {"repository_url": THERE},
        [("repository-moved", f"Repository: {THERE} (before: {HERE}).")],
    ),
    "the same repository in its forge's spelling": (
        {"repository_url": HERE},
        {"repository_url": HERE.replace("plone", "Plone")},
        [],
    ),
    "a repository that is not believed": (
        {"repository_url": HERE},
        {"repository_url": THERE, "repository_doubt": "somebody else's"},
        [],
    ),
    "a first repository": ({}, {"repository_url": HERE}, []),
    "a cycle gained": (
        assessed(["6.0"], [], "6.1"),
        assessed(["6.0", "6.1"], []),
        [("works-with", "Works with Plone 6.1.")],
    ),
    "a cycle lost": (
        assessed(["6.0"], []),
        assessed([], ["6.0"]),
        [("no-longer-works-with", "No longer works with Plone 6.0.")],
    ),
    "a cycle of which nothing is said any more": (assessed(["6.0"], []), assessed([], [], "6.0"), []),
    "a cycle that is judged for the first time": (assessed(["6.0"], []), assessed(["6.0", "6.2"], []), []),
    "a cycle that is over": (assessed(["5.2", "6.0"], []), assessed(["6.0"], []), []),
    "an assessment by nobody knows which rules": (
        {**assessed(["6.0"], []), "assessed_by": None},
        {**assessed([], ["6.0"]), "assessed_by": None},
        [],
    ),
    "an assessment that somebody else wrote": (
        {"assessed_by": "1", "allowed_versions": [5], "compatibility": ["Plone 6.0"]},
        {"assessed_by": "1", "allowed_versions": ["Plone 6.0"], "excluded_versions": [5]},
        [],
    ),
    "the first assessment": ({}, assessed(["6.0"], ["6.1"]), []),
    "an assessment by other rules": (assessed(["6.0"], []), assessed([], ["6.0"], by="2"), []),
}


@pytest.mark.parametrize(("before", "after", "expected"), FACTS.values(), ids=FACTS)
def test_what_changes_with_the_facts_of_a_source(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert show(compare_facts(NAME, before, after)) == expected


def build_archiving(kind: ChangeKind, where: str, sentence: str) -> Change:
    return Change(
        project=NAME, kind=kind, subject=where, value=kind.value, sentence=sentence, shows={"reason": where}
    )


WHOLE_FACTS: dict[str, tuple[dict[str, Any], dict[str, Any], Change]] = {
    "archived on PyPI": (
        {"status": "active"},
        {"status": "archived"},
        build_archiving(ChangeKind.ARCHIVED, "on PyPI", "The project is archived on PyPI."),
    ),
    "its repository back": (
        {"repository_archived": True},
        {"repository_archived": False},
        build_archiving(ChangeKind.UNARCHIVED, "its repository", "Its repository is no longer archived."),
    ),
    "quarantined": (
        {"status": "archived"},
        {"status": "quarantined"},
        Change(
            project=NAME, kind=ChangeKind.QUARANTINED, value="quarantined", sentence="Quarantined by PyPI."
        ),
    ),
    "out of quarantine": (
        {"status": "quarantined"},
        {"status": "active"},
        Change(
            project=NAME,
            kind=ChangeKind.UNQUARANTINED,
            value="free",
            sentence="No longer quarantined by PyPI.",
        ),
    ),
    "another repository": (
        {"repository_url": HERE},
        {"repository_url": "https://codeberg.org/Plone/A"},
        Change(
            project=NAME,
            kind=ChangeKind.REPOSITORY_MOVED,
            value=THERE,
            sentence=f"Repository: https://codeberg.org/Plone/A (before: {HERE}).",
            shows={"before": HERE, "after": "https://codeberg.org/Plone/A"},
        ),
    ),
    "a cycle gained": (
        assessed(["6.0"], [], "6.1"),
        assessed(["6.0", "6.1"], []),
        Change(
            project=NAME,
            kind=ChangeKind.WORKS_WITH,
            subject="Plone 6.1",
            value="works-with",
            sentence="Works with Plone 6.1.",
            shows={"cycle": "Plone 6.1"},
        ),
    ),
    "a cycle lost": (
        assessed(["6.0"], []),
        assessed([], ["6.0"]),
        Change(
            project=NAME,
            kind=ChangeKind.NO_LONGER_WORKS_WITH,
            subject="Plone 6.0",
            value="no-longer-works-with",
            sentence="No longer works with Plone 6.0.",
            shows={"cycle": "Plone 6.0"},
        ),
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), WHOLE_FACTS.values(), ids=WHOLE_FACTS)
def test_a_change_that_a_source_tells_says_all_that_its_record_shows(
    before: dict[str, Any], after: dict[str, Any], expected: Change
) -> None:
    assert compare_facts(NAME, before, after) == [expected]


# Records


def make(kind: ChangeKind, value: str, **more: Any) -> Change:
    return Change(project=NAME, kind=kind, sentence="Something.", value=value, **more)


ARCHIVED = make(ChangeKind.ARCHIVED, "archived", subject=ArchivedWhere.PYPI.value)
UNARCHIVED = make(ChangeKind.UNARCHIVED, "unarchived", subject=ArchivedWhere.PYPI.value)
ADDED = make(ChangeKind.ADDED, "present")
LEFT = make(ChangeKind.LEFT, "absent")
YANKED = make(ChangeKind.YANKED, "", subject="1.0")


def tell(changes: list[Change], *, twice: bool) -> list[ChangeRecord]:
    """Record one change after the other, or each as often as a crash has it found again."""
    known: list[KnownChange] = []
    records = []
    for number, change in enumerate(changes):
        for again in (False, True)[: 1 + twice]:
            record = build_record(change, find_ends(known), {}, number)
            assert (record.document is None) == (again and change.kind is not ChangeKind.YANKED)
            if record.document is not None and record.id not in {item.id for item in known}:
                known.append(KnownChange(**{key: record.document.get(key, "") for key in READ}))  # type: ignore[arg-type]
            if not again:
                records.append(record)
    return records


READ = ("id", "project", "kind", "chain", "value", "follows")


def test_a_change_that_comes_again_has_an_id_of_its_own_and_one_found_again_has_not() -> None:
    story = [ARCHIVED, UNARCHIVED, ARCHIVED, LEFT, ADDED, YANKED, ARCHIVED, LEFT, ADDED]
    once, twice = tell(story, twice=False), tell(story, twice=True)
    assert [record.id for record in once] == [record.id for record in twice]
    assert len({record.id for record in once}) == len(story)


CHAINS = {
    ChangeKind.ADDED: "membership s",
    ChangeKind.LEFT: "membership s",
    ChangeKind.RELEASED: "released s",
    ChangeKind.YANKED: "yanked s",
    ChangeKind.ARCHIVED: "archive s x",
    ChangeKind.UNARCHIVED: "archive s x",
    ChangeKind.QUARANTINED: "quarantine s x",
    ChangeKind.UNQUARANTINED: "quarantine s x",
    ChangeKind.WORKS_WITH: "compatibility s x",
    ChangeKind.NO_LONGER_WORKS_WITH: "compatibility s x",
    ChangeKind.VULNERABLE: "advisories s x",
    ChangeKind.FIXED: "advisories s x",
    ChangeKind.LICENSE_CHANGED: "license-changed s x",
    ChangeKind.OWNER_CHANGED: "owner-changed s x",
    ChangeKind.REPOSITORY_MOVED: "repository-moved s x",
}
"""What records that are there already call the chain of a subject ``s``, after the membership ``x``."""


def test_chains_are_called_what_records_that_are_there_call_them() -> None:
    added = KnownChange(id="x", project=NAME, kind="added", chain="membership", value="present")
    assert {kind: make(kind, "", subject="s").name_chain(added) for kind in ChangeKind} == CHAINS
    assert ARCHIVED.name_chain(None) == "archive on PyPI"


def test_the_id_of_a_change_is_that_of_its_record_which_is_there() -> None:
    ends: Ends = {(NAME, "archive on PyPI"): KnownChange(id="before", project=NAME, kind="unarchived")}
    ids = [build_record(ARCHIVED, known, {}, 0).id for known in ({}, ends)]
    assert ids == ["a.archived.c799a645892bb9b1", "a.archived.7f000ff15506f1d6"]
    assert (
        build_record(make(ChangeKind.LICENSE_CHANGED, "\ud800"), {}, {}, 0).id
        == "a.license-changed.e6a76dd0ecfa83ab"
    )


def test_what_a_record_leaves_out_is_empty() -> None:
    record = build_record(YANKED, {}, {}, 0)
    assert record.document is not None
    assert msgspec.convert(record.document, KnownChange) == KnownChange(
        id=record.id, project=NAME, kind="yanked", chain="yanked 1.0", value="", follows="", noticed=0
    )
    bare = msgspec.convert({"id": "x", "project": "a", "kind": "y"}, KnownChange)
    assert bare == KnownChange(id="x", project=NAME, kind="y", chain="", value="", follows="", noticed=0)


def test_what_happens_to_a_version_is_told_once() -> None:
    first, second = tell([YANKED, YANKED], twice=False)
    assert first.id == second.id


def test_what_is_told_once_has_one_id_whatever_else_is_known_of_its_package() -> None:
    added = KnownChange(id="x", project=NAME, kind="added", chain="membership", value="present")
    alone, beside = (build_record(YANKED, ends, {}, 0) for ends in ({}, find_ends([added])))
    assert alone == beside
    assert build_record(ARCHIVED, {}, {}, 0) != build_record(ARCHIVED, find_ends([added]), {}, 0)


def test_of_two_ends_the_later_one_counts() -> None:
    both = [
        KnownChange(id=name, project=NAME, kind="x", chain="c", noticed=noticed)
        for name, noticed in (("late", 2), ("early", 1))
    ]
    ends: Ends = {(NAME, "c"): both[0]}
    assert find_ends(both) == ends


def test_a_record_says_what_happened_and_when_and_nothing_that_is_not_known() -> None:
    change = make(
        ChangeKind.RELEASED, "", subject="2.0", happened=5, shows={"version": "2.0", "major": False}
    )
    record = build_record(change, {}, {"name": "A", "summary": "Forms", "version": "1.0"}, 9)
    assert record.document == {
        "id": record.id,
        "project": "a",
        "name": "A",
        "summary": "Forms",
        "version": "2.0",
        "kind": "released",
        "sentence": "Something.",
        "happened": 5,
        "noticed": 9,
        "chain": "released 2.0",
        "major": False,
    }
    # Where nobody says when it was, it was when it was noticed.
    noticed = build_record(ARCHIVED, {}, {"name": "A", "summary": None, "version": "1.0"}, 9)
    assert noticed.document == {
        "id": noticed.id,
        "project": "a",
        "name": "A",
        "version": "1.0",
        "kind": "archived",
        "sentence": "Something.",
        "happened": 9,
        "noticed": 9,
        "chain": "archive on PyPI",
        "value": "archived",
    }
    # What stands alone has neither a subject nor a value.
    alone = build_record(
        Change(project=NAME, kind=ChangeKind.OWNER_CHANGED, sentence="Something."), {}, {}, 9
    )
    assert alone.document == {
        "id": alone.id,
        "project": "a",
        "kind": "owner-changed",
        "sentence": "Something.",
        "happened": 9,
        "noticed": 9,
        "chain": "owner-changed",
    }
    # A clock that is wrong is no reason to be ahead of ours.
    ahead = build_record(make(ChangeKind.RELEASED, "", happened=99), {}, {}, 9)
    assert ahead.document is not None
    assert ahead.document["happened"] == 9


def test_collections_of_changes_are_told_from_others_by_their_schema() -> None:
    assert holds_changes(build_change_schema())
    assert not holds_changes(build_schema())
    required = [{"name": field.name} for field in CHANGE_SCHEMA if not field.optional]
    assert holds_changes({"fields": required})
    assert not holds_changes({"fields": required[1:]})
    assert {*BOOKKEEPING_FIELDS} < {*KnownChange.__struct_fields__}
    assert name_changes("plone") == "plone-changes"
    assert {field.name for field in CHANGE_SCHEMA if not field.optional} == {
        "project",
        "kind",
        "happened",
        "noticed",
    }
