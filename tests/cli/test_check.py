"""``pyfcheck`` for names and whole collections: what the catalogue knows of a package, and why."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from pyf.aggregator.assessment.assess import assess_collection, build_assessment_fields
from pyf.aggregator.assessment.checks import RULES_VERSION
from pyf.aggregator.assessment.world import build_world
from pyf.aggregator.cli.check import pyfcheck
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import normalize
from tests.commands import NOBODY, Commands, Run
from tests.laboratory import PLONE, Laboratory
from tests.packages import LISTS, README, make_sdist, make_wheel, write_metadata

type Assess = Callable[[], None]


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfcheck)


@pytest.fixture
def profile(commands: Commands, laboratory: Laboratory, configured: dict[str, str]) -> dict[str, str]:
    """Settings with a profile that fills the test's collection."""
    path = commands.folder / "profiles.yaml"
    path.write_text(
        f"profiles:\n  {laboratory.collection}:\n    name: Ours\n    classifiers: ['{PLONE}']\n"
        "    include: [taken]\n    exclude: [left-out]\n"
        "    framework:\n      distributions: [Products.CMFPlone]\n      product: plone\n"
    )
    return {**configured, "PYF_PROFILES": str(path)}


@pytest.fixture
def filled(laboratory: Laboratory, profile: dict[str, str]) -> dict[str, str]:
    """Settings for a collection of four packages, of which one waits for another."""
    add = laboratory.world.add_project
    urls = {"Source": "https://github.com/tidy/tidy.forms"}
    add(
        "tidy.forms",
        version="3.0",
        classifiers=[PLONE, f"{PLONE} :: 6.1"],
        summary="Forms made in the browser",
        requires_dist=["Products.CMFPlone<6.2,>=6.0"],
        project_urls=urls,
        license="BSD",
    )
    laboratory.world.add_older_release("tidy.forms", "1.0", [PLONE, f"{PLONE} :: 5.2"])
    add("tidy.more", classifiers=[PLONE, f"{PLONE} :: 6.2"], requires_dist=["tidy.forms"])
    add("tidy.theme", classifiers=[PLONE, f"{PLONE} :: 6.2"], requires_dist=["tidy.more"])
    add("taken", classifiers=["Topic :: Utilities"])
    asyncio.run(laboratory.run_full(include=["taken"]))
    return profile


@pytest.fixture
def assess(laboratory: Laboratory) -> Assess:
    """Write what the assessment says of every document, as it stands when this is called."""

    def write() -> None:
        world = build_world(
            framework="Plone",
            distributions=[normalize("Products.CMFPlone")],
            cycles=get_floor("plone"),
            pythons=get_floor("python"),
            today=datetime.now(UTC).date(),
        )
        read = [msgspec.convert(item, AssessmentInput) for item in laboratory.get_documents().values()]
        for name, fields in build_assessment_fields(assess_collection(read, world)).items():
            change(laboratory, name, **fields)

    return write


def change(laboratory: Laboratory, name: str, **fields: Any) -> None:
    laboratory.ask("PATCH", f"/collections/{laboratory.collection}/documents/{name}", fields)


def read_section(answer: str, title: str) -> list[str]:
    """Return the lines below a title, up to the next one."""
    _, found, below = f"\n{answer}".partition(f"\n{title}\n")
    assert found, answer
    lines: list[str] = []
    for line in below.splitlines():
        if line and not line.startswith(" "):
            break
        lines.append(line)
    return lines


MISTAKES = {
    "nothing to check": ([], "Name a package, such as plone.restapi, or files, such as dist/*."),
    "a name and a file": (["a", "dist/b.whl", "-p", "plone"], "'a' is a name and 'dist/b.whl' a file"),
    "a file and a collection": (["b.whl", "-p", "plone", "-t", "x"], "files are not compared with"),
    "no name": (["a b", "-p", "plone"], "'a b' is no name that a package can have"),
    "no profile": (["a"], "Name a profile with -p (known: django, flask, plone), or a collection with -t"),
    "no profile for a file": (["./x.whl"], "or in DEFAULT_PROFILE"),
    "an unknown profile": (["a", "-p", "plon"], "did you mean 'plone'?"),
    "a target with a slash": (["a", "-t", "a/b"], "'a/b' cannot name a collection"),
    "too many points": (["a", "-p", "plone", "--min-quality", "101"], "'--min-quality'"),
    "readiness of one package": (["a", "--readiness", "6.2"], "--readiness is about the whole collection"),
    "readiness with points": (["--readiness", "6.2", "--min-quality", "1"], "about the whole collection"),
    "readiness for nothing": (["--readiness", " ", "-p", "plone"], "--readiness needs a cycle, such as 6.2."),
    "an unknown option": (["a", "--bogus"], "--bogus"),
}


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_with_two_and_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith("Error: ")
    assert sentence in line


def test_a_collection_that_is_not_there_is_told_with_the_command_that_fills_it(
    run: Run, laboratory: Laboratory, profile: dict[str, str]
) -> None:
    for arguments in (["tidy.forms"], ["--readiness", "6.2"]):
        ended = run(*arguments, "-p", laboratory.collection, **profile)
        assert (ended.exit_code, ended.answer) == (1, "")
        assert f"pyfaggregator -f -p {laboratory.collection}" in ended.talk


def test_a_package_is_told_with_all_that_the_catalogue_knows(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    checked = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    change(
        laboratory,
        "tidy-forms",
        status="active",
        provenance_checked=checked,
        repository_url="https://github.com/tidy/tidy.forms",
        repository_evidence="owner",
        repository_stars=12,
        downloads_month=3456,
    )
    change(laboratory, "tidy-more", downloads_month=10)
    assess()
    ended = run("Tidy_Forms", "-p", laboratory.collection, **filled)
    document = laboratory.get_documents()["tidy-forms"]
    assert (ended.exit_code, ended.talk) == (0, "")
    facts = ended.answer.partition("\nWorks with\n")[0]
    uploaded = datetime.fromtimestamp(document["upload_timestamp"], UTC).date()
    assert facts.splitlines() == [
        "tidy.forms 3.0",
        "Forms made in the browser",
        "",
        f"  listed      yes, by its classifier '{PLONE}' and 1 more like it",
        f"  release     3.0 of {uploaded}, as PyPI had it at serial {document['serial']}",
        "  repository  https://github.com/tidy/tidy.forms (its owner is called like an owner of the package,",
        "              or both like the package)",
        "  status      active on PyPI, asked on 2026-11-01",
        f"  life        alive: {document['life_reason']}",
        f"  quality     {document['quality']} of 100 ({document['quality_known']} % of the weight is known)",
        f"  use         {document['use']} of 100, the mean of what is known of these:",
        "              downloads a month: 3,456, above 100 % of the collection",
        "              dependents in the collection: 1, above 83 % of the collection",
        "              stars: 12, above 50 % of the collection",
    ]
    table = read_section(ended.answer, "Works with")
    assert table[0] == "  Plone 6.2  excluded         requires Products.CMFPlone>=6.0,<6.2"
    assert any(
        line.startswith("  Plone 5.2  excluded  ended") and line.endswith("; for it: 1.0") for line in table
    )
    to_mend = read_section(ended.answer, "To mend, the heaviest first")
    assert to_mend[:4] == [
        "  12  Is it for the newest supported version of Plone?",
        "      requires Products.CMFPlone>=6.0,<6.2",
        "      Test it with Plone 6.2, admit that in the requirements, and add the classifier:",
        '          "Framework :: Plone :: 6.2",',
    ]
    assert '          license = "BSD-3-Clause"' in to_mend
    assert max(map(len, ended.answer.splitlines())) <= 100


def test_as_json_all_of_it_comes_in_one_value(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    ended = run("tidy.forms", "tidy.theme", "-p", laboratory.collection, "--json", **filled)
    forms, theme = json.loads(ended.answer)["packages"]
    stored = laboratory.get_documents()
    for package, document in ((forms, stored["tidy-forms"]), (theme, stored["tidy-theme"])):
        for field in ("name", "version", "serial", "life", "life_reason", "quality", "use", "compatibility"):
            assert package[field] == document[field]
        told = [{key: check[key] for key in ("id", "outcome", "evidence")} for check in package["checks"]]
        assert told == document["checks"]
    newest = next(check for check in forms["checks"] if check["id"] == "newest_cycle")
    assert (newest["weight"], newest["line"]) == (12, '"Framework :: Plone :: 6.2",')
    assert forms["use_parts"]["dependents"] == {"value": 1, "percentile": 83}
    assert forms["use_parts"]["stars"] == {"value": None, "percentile": None}
    verdicts = {item["version"]: item for item in theme["compatibility"]}
    assert verdicts["Plone 6.2"]["path"] == ["tidy-more", "tidy-forms"]
    assert {item["what"] for item in forms["unknown"]} >= {"status", "repository", "downloads", "attested"}


def test_what_no_source_told_yet_is_unknown_and_the_command_that_asks_is_named(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    name = laboratory.collection
    ended = run("tidy.forms", "-p", name, "--min-quality", "1", **filled)
    assert read_section(ended.answer, "Not known")[:3] == [
        f"  {what:<10}  nobody was asked yet; pyfenrich -p {name} --only {source} asks"
        for what, source in (("status", "status"), ("repository", "forges"), ("downloads", "downloads"))
    ]
    words = " ".join(ended.answer.split())
    assert (
        f"It was not assessed yet, so nothing is judged; pyfenrich -p {name} --only assessment does it."
        in words
    )
    assert (ended.exit_code, ended.talk) == (
        1,
        "The quality of tidy.forms is not known; --min-quality 1 wants some.\n",
    )


UNASKED = dict.fromkeys(
    (
        "status",
        "provenance_checked",
        "repository_url",
        "github_url",
        "repository_missing",
        "downloads_month",
    )
)


def test_a_source_that_told_anything_was_asked(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    tidy = ("tidy.more", "-p", laboratory.collection, "--json")
    change(laboratory, "tidy-more", provenance_checked=1, repository_missing="no URL", downloads_month=0)
    (package,) = json.loads(run(*tidy, **filled).answer)["packages"]
    assert package["unknown"] == []
    for field, value, what in (
        ("status", "active", "status"),
        ("repository_url", "https://github.com/tidy/tidy.more", "repository"),
        ("github_url", "https://github.com/tidy/tidy.more", "repository"),
    ):
        change(laboratory, "tidy-more", **{**UNASKED, field: value})
        (package,) = json.loads(run(*tidy).answer)["packages"]
        assert {item["what"] for item in package["unknown"]} == {"status", "repository", "downloads"} - {what}


@pytest.mark.parametrize(
    "own",
    [{"repository_stars": 500}, {"repository_evidence": "owner"}],
    ids=["of nobody's repository", "not counted"],
)
def test_only_the_stars_of_its_own_repository_count(
    run: Run, laboratory: Laboratory, filled: dict[str, str], own: dict[str, object]
) -> None:
    change(laboratory, "tidy-more", github_stars=7, **own)
    answer = run("tidy.more", "-p", laboratory.collection, "--json", **filled).answer
    (package,) = json.loads(answer)["packages"]
    assert package["use_parts"]["stars"]["value"] == 7


def test_a_package_that_the_profile_does_not_want_any_more_is_listed_until_the_next_full_run(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    change(laboratory, "tidy-more", classifiers=["Topic :: Utilities"])
    ended = run("tidy.more", "-p", laboratory.collection, "--json", **filled)
    (package,) = json.loads(ended.answer)["packages"]
    assert (ended.exit_code, package["listed"]) == (0, True)
    assert package["listed_because"] == (
        f"though it has no classifier of the profile {laboratory.collection}, which takes"
        f" {PLONE!r}; the next full run removes it"
    )


FAILED = [
    {"id": name, "outcome": "fail", "evidence": "as it was"} for name in ("newest_cycle", "newest_python")
]


def test_the_cycles_of_a_document_are_those_that_it_names(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    judged = [{"version": "Good Thing 2.0", "verdict": "untested", "supported": True}]
    change(laboratory, "tidy-more", compatibility=judged, checks=FAILED)
    (package,) = json.loads(run("tidy.more", "-t", alias, "--json", **filled).answer)["packages"]
    newest = package["checks"][0]
    assert newest["question"] == "Is it for the newest supported version of Good Thing?"
    assert newest["line"] == '"Good Thing>=2.0",'


def test_rules_that_changed_since_are_told(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    change(
        laboratory,
        "tidy-forms",
        assessed_by="0",
        checks=[{"id": "gone", "outcome": "fail", "evidence": "as it was"}],
    )
    ended = run("tidy.forms", "-p", laboratory.collection, **filled)
    assert read_section(ended.answer, "To mend, the heaviest first")[:2] == ["      gone", "      as it was"]
    rules = f"It was assessed by the rules 0, and those of today are {RULES_VERSION}"
    again = f"{rules}; pyfenrich -p {laboratory.collection} --only assessment does it again."
    assert " ".join(ended.answer.split()).endswith(again)


def test_what_others_wrote_into_a_document_ends_nothing(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    odd = {"home_page": 5, "compatibility": "x", "repository_doubt": ["?"], "downloads_month": 10**18}
    change(laboratory, "tidy-forms", upload_timestamp=10**17, **odd)
    ended = run("tidy.forms", "-p", laboratory.collection, **filled)
    assert (ended.exit_code, ended.talk) == (0, "")
    assert "\n  12  newest_cycle\n" in ended.answer
    assert "Works with" not in ended.answer


def test_why_there_is_no_repository_stands_beside_the_line_that_would_name_it(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    change(
        laboratory,
        "tidy-more",
        repository_missing="no URL",
        repository_missing_reason="the project names no URL",
    )
    answer = run("tidy.more", "-p", laboratory.collection, **filled).answer
    assert "  repository  none: the project names no URL\n" in answer
    assert (
        'Name the repository in [project.urls]:\n    Source = "https://github.com/OWNER/tidy-more"\n'
        in answer
    )


def test_the_line_that_would_name_the_repository_stands_there_once(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    change(laboratory, "tidy-more", repository_missing="no URL")
    answer = run("tidy.more", "-p", laboratory.collection, **filled).answer
    assert answer.count("Name the repository in [project.urls]") == 1


def test_where_a_link_leads_to_no_repository_the_line_that_would_name_it_stands_there(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    change(laboratory, "tidy-forms", repository_missing="gone")
    ended = run("tidy.forms", "-p", laboratory.collection, "-v", **filled)
    assert any(line.startswith("  source_link ") for line in read_section(ended.answer, "As it should be"))
    assert ended.answer.count("Name the repository in [project.urls]") == 1


def test_quality_below_the_minimum_fails(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    quality = laboratory.get_documents()["tidy-forms"]["quality"]
    arguments = ("tidy.forms", "-p", laboratory.collection, "-q", "--min-quality")
    assert run(*arguments, str(quality), **filled).exit_code == 0
    assert run(*arguments, str(quality + 1), **filled).exit_code == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("taken", "yes, the profile {} includes it by name (include)"),
        ("tidy.theme", "yes, by its classifier 'Framework :: Plone' and 1 more like it"),
    ],
)
def test_what_lists_a_package_is_named(
    run: Run, laboratory: Laboratory, filled: dict[str, str], name: str, reason: str
) -> None:
    answer = run(name, "-p", laboratory.collection, "--json", **filled).answer
    (package,) = json.loads(answer)["packages"]
    assert f"yes, {package['listed_because']}" == reason.format(f"{laboratory.collection}")
    assert laboratory.pypi.counts.project_json == 4


LATE = "it would be, by its classifier 'Framework :: Plone': {0} is behind PyPI, and {1} mends that"
ABSENT = {
    "with other classifiers": (
        "other",
        "it has no classifier of the profile {0}, which takes 'Framework :: Plone'",
        f'"{PLONE}",',
    ),
    "excluded": ("left.out", "the profile {0} excludes it by name (exclude)", None),
    "newer than the collection": (
        "late",
        LATE.format("{0}", "pyfaggregator -i -p {0}"),
        None,
    ),
    "unknown to PyPI": ("nobody", "PyPI has no package of this name with a release", None),
}


@pytest.mark.parametrize("case", ABSENT)
def test_of_a_package_that_is_not_listed_pypi_is_asked_once_and_the_reason_is_told(
    run: Run, laboratory: Laboratory, filled: dict[str, str], case: str
) -> None:
    name, reason, line = ABSENT[case]
    topic, uploaded = ["Topic :: Utilities"], datetime(2025, 5, 1, tzinfo=UTC)
    laboratory.world.add_project("other", version="1.0", upload_time=datetime(2020, 1, 1, tzinfo=UTC))
    laboratory.world.release("other", "7.0", classifiers=topic, summary="Else", upload_time=uploaded)
    laboratory.world.add_project("left-out", classifiers=[PLONE])
    laboratory.world.add_project("late", classifiers=[PLONE])
    before = laboratory.pypi.counts.project_json
    ended = run(name, "-p", laboratory.collection, "--json", **filled)
    (package,) = json.loads(ended.answer)["packages"]
    assert ended.exit_code == 1
    assert laboratory.pypi.counts.project_json == before + 1
    assert (package["listed"], package["listing_line"]) == (False, line)
    assert package["listed_because"] == reason.format(laboratory.collection)
    assert package["remarks"] == [
        f"pyfsearch nobody -p {laboratory.collection} looks for similar names."
        if name == "nobody"
        else "What stands here is what PyPI says; it was not judged."
    ]
    if name == "other":
        assert (package["version"], package["summary"]) == ("7.0", "Else")
        assert (package["classifiers"], package["upload_timestamp"]) == (topic, int(uploaded.timestamp()))
        assert package["serial"] == laboratory.world.get("other").serial


def test_of_what_pypi_does_not_say_nothing_is_told(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    laboratory.world.add_project("bare", summary=None)
    answer = run("bare", "-p", laboratory.collection, "--json", **filled).answer
    (package,) = json.loads(answer)["packages"]
    assert {"summary", "classifiers"}.isdisjoint(package)


def test_where_pypi_cannot_be_asked_that_is_unknown(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    ended = run("other", "-p", laboratory.collection, "--json", **{**filled, "PYPI_URL": NOBODY})
    (package,) = json.loads(ended.answer)["packages"]
    assert (ended.exit_code, package["listed"]) == (1, False)
    assert package["listed_because"] == f"it is not in {laboratory.collection}"
    (unknown,) = package["unknown"]
    assert unknown["what"] == "PyPI"
    assert "is unavailable" in unknown["why"]


def test_without_a_profile_a_collection_is_looked_up_all_the_same(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    ended = run("tidy.forms", "-t", alias, **filled)
    assert ended.exit_code == 0
    assert "  listed   yes, -p PROFILE tells by what\n" in ended.answer
    assert '          "Framework :: Plone :: 6.2",\n' in ended.answer
    laboratory.world.add_project("other")
    (absent,) = json.loads(run("other", "-t", alias, "--json", **filled).answer)["packages"]
    assert absent["listed"] is False
    assert absent["listed_because"] == f"it is not in {alias}; -p PROFILE tells which line would list it"


def test_without_judgements_the_cycles_that_are_packaged_say_what_would_mend_a_check(
    run: Run, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    change(laboratory, "tidy-more", checks=[*FAILED, {"id": "summary", "outcome": "fail"}])
    (package,) = json.loads(run("tidy.more", "-p", laboratory.collection, "--json", **filled).answer)[
        "packages"
    ]
    newest, python, summary = package["checks"]
    assert (newest["question"], newest["line"]) == (
        "Is it for the newest supported version of Plone?",
        '"Framework :: Plone :: 6.2",',
    )
    assert python["line"] == '"Programming Language :: Python :: 3.14",'
    assert summary["evidence"] == ""
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    (package,) = json.loads(run("tidy.more", "-t", alias, "--json").answer)["packages"]
    assert package["checks"][0]["question"] == "Is it for the newest supported version of its framework?"


def test_a_folder_that_may_have_been_meant_is_named(
    run: Run, commands: Commands, laboratory: Laboratory, filled: dict[str, str]
) -> None:
    (folder := commands.folder / "work" / "nobody").mkdir()
    for file, naming in (
        (None, "nobody/ checks that"),
        ("nobody-1.0.tar.gz", "nobody/* checks the files in it"),
        ("pyproject.toml", "nobody/ checks that"),
    ):
        if file is not None:
            (folder / file).touch()
        ended = run("nobody", "-p", laboratory.collection, **filled)
        assert (ended.exit_code, ended.talk) == (1, f"nobody is also a folder; {naming}.\n")


def test_a_folder_that_may_have_been_meant_is_named_where_there_is_no_collection_either(
    run: Run, commands: Commands, laboratory: Laboratory, profile: dict[str, str]
) -> None:
    (commands.folder / "work" / "good").mkdir()
    ended = run("good", "-p", laboratory.collection, **profile)
    hint, error = ended.talk.splitlines()
    assert (ended.exit_code, hint) == (1, "good is also a folder; good/ checks that.")
    assert error.startswith(f"Error: There is no collection '{laboratory.collection}'")
    (error,) = run("good", "-p", laboratory.collection, "-q").talk.splitlines()
    assert error.startswith("Error: ")


def test_readiness_counts_every_verdict_and_names_what_others_wait_for(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    ended = run("--readiness", "6.2", "-p", laboratory.collection, **filled)
    assert (ended.exit_code, ended.talk) == (0, "")
    assert ended.answer.splitlines()[0] == "Plone 6.2 and the 4 packages of the collection"
    counted = {line.split()[0]: int(line.split()[1]) for line in ended.answer.splitlines()[2:9]}
    assert counted == {
        "declared": 0,
        "allowed": 0,
        "untested": 0,
        "contradicted": 0,
        "excluded": 1,
        "blocked": 2,
        "unknown": 1,
    }
    assert read_section(ended.answer, "What others wait for, the most awaited first") == [
        "  2  tidy.forms  requires Products.CMFPlone>=6.0,<6.2; for it wait tidy-more, tidy-theme"
    ]


def test_readiness_as_json_has_every_blocker_with_all_that_wait(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    assess()
    answer = json.loads(
        run("--readiness", "PLONE  6.2", "-t", laboratory.collection, "--json", **filled).answer
    )
    assert (answer["version"], answer["total"], answer["counts"]["blocked"]) == ("Plone 6.2", 4, 2)
    (blocker,) = answer["blockers"]
    assert (blocker["id"], blocker["waiting"]) == ("tidy-forms", ["tidy-more", "tidy-theme"])


def test_readiness_of_what_was_not_judged_is_a_mistake_that_names_what_was(
    run: Run, laboratory: Laboratory, filled: dict[str, str], assess: Assess
) -> None:
    arguments = ("--readiness", "9.9", "-p", laboratory.collection)
    ended = run(*arguments, **filled)
    assert ended.exit_code == 2
    name = laboratory.collection
    filling = f"pyfenrich -p {name} --only assessment does it."
    assert ended.talk == f"Error: Nothing in {name} was assessed yet; {filling}\n"
    assess()
    ended = run(*arguments, **filled)
    assert (ended.exit_code, ended.answer) == (2, "")
    cycles = ", ".join(f"Plone {cycle.name}" for cycle in get_floor("plone"))
    assert ended.talk == f"Error: No package of {name} was judged for '9.9'; the cycles are {cycles}.\n"


def test_files_say_before_what_the_catalogue_says_afterwards(
    run: Run, laboratory: Laboratory, profile: dict[str, str], assess: Assess
) -> None:
    metadata = write_metadata(lists=[*LISTS[:4], *LISTS[5:]], readme=README[:200])
    files = [str(make(laboratory.folder, metadata)) for make in (make_wheel, make_sdist)]
    (before,) = json.loads(run(*files, "-p", laboratory.collection, "--json", **profile).answer)["packages"]
    values = [value for name, value in LISTS[:4] if name == "Classifier"]
    urls = dict(value.split(", ") for name, value in LISTS[5:] if name == "Project-URL")
    laboratory.world.add_project(
        "tidy.forms",
        version="3.0",
        classifiers=values,
        summary="Forms made in the browser",
        license_expression="MIT",
        requires_python=">=3.10",
        requires_dist=[LISTS[3][1]],
        project_urls=urls,
        description=README[:200],
        description_content_type="text/markdown",
    )
    laboratory.world.release("tidy.forms", "3.0", upload_time=datetime.now(UTC))
    asyncio.run(laboratory.run_full())
    assess()
    (after,) = json.loads(run("tidy.forms", "-p", laboratory.collection, "--json", **profile).answer)[
        "packages"
    ]
    assert (before["compatibility"], before["life"]) == (after["compatibility"], after["life"])
    later = {"wheel", "sdist", "no_vulnerability", "owners", "attested"}
    assert [check for check in before["checks"] if check["id"] not in later] == [
        check for check in after["checks"] if check["id"] not in later
    ]
    assert {check["outcome"] for check in before["checks"]} == {"pass", "fail", "unknown"}
