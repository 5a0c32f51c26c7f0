"""``pyfcheck`` before publishing: what the catalogue will say of a wheel, an sdist or a folder."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyf.aggregator.cli.check import pyfcheck
from pyf.aggregator.jobs.check.unpublished import CHECKS_OF
from pyf.aggregator.sources.distributions import archives
from pyf.aggregator.sources.distributions.source_tree import FIELDS_OF_KEYS
from tests.commands import Commands, Ended, Run
from tests.packages import LISTS, README, make_sdist, make_tar, make_wheel, make_zip, write_metadata

PYPROJECT = """
[project]
name = "tidy.forms"
version = "3.0"
description = "Forms made in the browser"
readme = "README.md"
license = "MIT"
requires-python = ">=3.10"
classifiers = ["Framework :: Plone", "Framework :: Plone :: 6.2", "Programming Language :: Python :: 3.14"]
dependencies = ["Products.CMFPlone>=6.1"]

[project.urls]
Source = "https://github.com/tidy/tidy.forms"
Issues = "https://github.com/tidy/tidy.forms/issues"
Documentation = "https://tidy.example/docs"
Changelog = "https://tidy.example/changes"
"""
(CLASSIFIERS,) = (f"{line}\n" for line in PYPROJECT.splitlines() if line.startswith("classifiers = "))
URLS = "".join(PYPROJECT.partition("[project.urls]\n")[1:])
SEEN_LATER = {"no_vulnerability", "attested", "owners"}


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfcheck)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sources of a package that has nothing to mend."""
    made = tmp_path / "sources"
    made.mkdir()
    (made / "pyproject.toml").write_text(PYPROJECT)
    (made / "README.md").write_text(README)
    return made


def read(ended: Ended) -> dict[str, Any]:
    """Return the one package of an answer in JSON."""
    (package,) = json.loads(ended.answer)["packages"]
    assert isinstance(package, dict)
    return package


def find_outcomes(package: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["outcome"] for check in package["checks"]}


def find_all(package: dict[str, Any], outcome: str) -> set[str]:
    return {check for check, found in find_outcomes(package).items() if found == outcome}


def test_a_release_that_is_as_it_should_be_passes_with_all_that_can_be_known(
    run: Run, tmp_path: Path
) -> None:
    files = [str(make(tmp_path)) for make in (make_sdist, make_wheel)]
    ended = run(*files, "-p", "plone", "--min-quality", "100", "--json")
    package = read(ended)
    assert (ended.exit_code, ended.talk) == (0, "")
    assert (package["name"], package["version"], package["quality"]) == ("tidy.forms", "3.0", 100)
    assert (package["files"], package["listed"], package["life"]) == (files, True, "alive")
    assert find_all(package, "fail") == set()
    assert find_all(package, "unknown") == SEEN_LATER
    verdicts = {item["version"]: item["verdict"] for item in package["compatibility"]}
    assert (verdicts["Plone 6.2"], verdicts["Plone 6.1"], verdicts["Plone 6.0"]) == (
        "declared",
        "allowed",
        "excluded",
    )


@pytest.mark.parametrize(
    ("make", "unknown", "words"),
    [(make_wheel, "sdist", "source distribution"), (make_sdist, "wheel", "wheel")],
    ids=["wheel", "sdist"],
)
def test_a_file_that_is_not_named_is_not_missing(
    run: Run, tmp_path: Path, make: Callable[[Path], Path], unknown: str, words: str
) -> None:
    package = read(run(str(make(tmp_path)), "-p", "plone", "--json"))
    assert find_all(package, "unknown") == SEEN_LATER | {unknown}
    assert find_all(package, "fail") == set()
    (evidence,) = (check["evidence"] for check in package["checks"] if check["id"] == unknown)
    assert evidence == f"no {words} was named; dist/* names all"


def test_a_folder_says_what_it_states_and_what_is_not_built_is_unknown(run: Run, folder: Path) -> None:
    package = read(run(f"{folder}/", "-p", "plone", "--json"))
    assert (package["version"], package["listed"], package["quality"]) == ("3.0", True, 100)
    assert find_all(package, "unknown") == SEEN_LATER | {"wheel", "sdist"}
    assert {"serial", "use"}.isdisjoint(package)


def test_what_is_unknown_is_told_with_the_reason_and_nothing_else_is(run: Run, folder: Path) -> None:
    package = read(run(str(folder), "-p", "plone", "--json"))
    published = "it is known once the release is on PyPI"
    assert {item["what"]: item["why"] for item in package["unknown"]} == {
        **dict.fromkeys((*SEEN_LATER, "status"), published),
        **dict.fromkeys(("wheel", "sdist"), "it is not built yet"),
        "use": "downloads, dependents and stars are counted for what is listed",
        "blocked": "whether something that it requires holds it back is seen within the whole collection",
    }


DYNAMIC = {
    "version": ('version = "3.0"\n', {"final_release"}),
    "description": ('description = "Forms made in the browser"\n', {"summary"}),
    "readme": ('readme = "README.md"\n', {"readme_renders", "readme_substance", "readme_example"}),
    "license": ('license = "MIT"\n', {"license"}),
    "dependencies": (
        'dependencies = ["Products.CMFPlone>=6.1"]\n',
        {"requirements_valid", "newest_cycle", "no_contradiction", "no_needless_cap"},
    ),
    "requires-python": (
        'requires-python = ">=3.10"\n',
        {
            "requires_python",
            "requirements_valid",
            "newest_cycle",
            "no_contradiction",
            "no_needless_cap",
            "newest_python",
        },
    ),
    "classifiers": (
        CLASSIFIERS,
        {"classifiers_valid", "newest_cycle", "no_contradiction", "newest_python"},
    ),
    "urls": (URLS, {"source_link", "issues_link", "documentation", "changelog"}),
}
CALLED = {"description": "summary", "readme": "README", "dependencies": "requirements", "urls": "links"}
"""What people call a key of ``[project]``, where that is not what the key says."""
NO_KEYS = {"license-expression", "home-page"}
"""Fields of core metadata that no key of ``[project]`` of their own leaves to the build."""


def test_every_field_that_a_check_rests_on_is_left_to_the_build_in_a_trial() -> None:
    tried = {FIELDS_OF_KEYS.get(key, key) for key in DYNAMIC}
    assert tried == CHECKS_OF.keys() - NO_KEYS, "Try each field of CHECKS_OF in DYNAMIC."


@pytest.mark.parametrize(
    ("key", "line", "unknown"), [(key, *rest) for key, rest in DYNAMIC.items()], ids=DYNAMIC
)
def test_what_is_left_to_the_build_is_unknown_and_no_fault(
    run: Run, folder: Path, key: str, line: str, unknown: set[str]
) -> None:
    assert line in PYPROJECT
    (folder / "pyproject.toml").write_text(PYPROJECT.replace(line, f'dynamic = ["{key}"]\n'))
    package = read(run(str(folder), "-p", "plone", "--json"))
    assert find_all(package, "unknown") == SEEN_LATER | {"wheel", "sdist"} | unknown
    assert find_all(package, "fail") == set()
    assert "leaves to the build" in package["remarks"][0]
    told = {check["evidence"] for check in package["checks"] if check["id"] in unknown}
    assert told == {f"pyproject.toml leaves its {CALLED.get(key, key)} to the build"}
    assert (package["version"] is None) is (key == "version")


def test_a_classifier_that_pypi_may_not_have_yet_is_remarked_upon(run: Run, folder: Path) -> None:
    young = '"Framework :: Plone :: 99.0", "Framework :: Plone"'
    (folder / "pyproject.toml").write_text(PYPROJECT.replace('"Framework :: Plone"', young))
    package = read(run(str(folder), "-p", "plone", "--json"))
    assert find_outcomes(package)["classifiers_valid"] == "pass"
    (remark,) = package["remarks"]
    assert remark == (
        "Not among the classifiers that PyPI is known to have: 'Framework :: Plone :: 99.0'."
        " It refuses an upload with one that it does not have."
    )


def test_with_dynamic_classifiers_nobody_can_tell_whether_it_would_be_listed(run: Run, folder: Path) -> None:
    text = PYPROJECT.replace("classifiers = [", 'dynamic = ["classifiers"]\n_ = [')
    (folder / "pyproject.toml").write_text(text)
    ended = run(str(folder), "-p", "plone", "--json")
    assert (ended.exit_code, read(ended)["listed"]) == (0, None)


def test_with_dynamic_classifiers_a_name_in_the_profile_decides_all_the_same(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    text = PYPROJECT.replace("classifiers = [", 'dynamic = ["classifiers"]\n_ = [')
    (folder / "pyproject.toml").write_text(text)
    profiles = tmp_path / "profiles.yaml"
    profiles.write_text(
        "profiles:\n  ours:\n    name: Ours\n    classifiers: ['Framework :: Plone']\n"
        "    include: [tidy.forms]\n"
    )
    package = read(run(str(folder), "-p", "ours", "--json", PYF_PROFILES=str(profiles)))
    assert (package["listed"], package["listed_because"]) == (
        True,
        "the profile ours includes it by name (include)",
    )


def test_all_that_is_left_to_the_build_is_named_in_order(run: Run, folder: Path) -> None:
    dynamic = ["urls", "readme", "version", "classifiers", "requires-python", "dependencies"]
    text = PYPROJECT
    for key in dynamic:
        text = text.replace(DYNAMIC[key][0], "")
    text = text.replace("[project]\n", f"[project]\ndynamic = {dynamic}\n")
    (folder / "pyproject.toml").write_text(text)
    (remark,) = read(run(str(folder), "-p", "plone", "--json"))["remarks"]
    assert remark == (
        "What pyproject.toml leaves to the build is unknown here: classifiers, README, links, requirements,"
        " requires-python, version. A wheel tells it all."
    )


def test_a_folder_that_states_no_requirements_and_leaves_none_to_the_build_has_none(
    run: Run, folder: Path
) -> None:
    text = PYPROJECT.replace(DYNAMIC["dependencies"][0], "").replace('"MIT"', '{text = "MIT"}')
    (folder / "pyproject.toml").write_text(text)
    package = read(run(str(folder), "-p", "plone", "--json"))
    assert find_outcomes(package)["requirements_valid"] == "pass"
    assert package["remarks"] == []


def test_an_old_sdist_need_not_say_what_it_requires(run: Run, tmp_path: Path) -> None:
    metadata = write_metadata(Metadata_Version="2.1", lists=LISTS[:3])
    package = read(run(str(make_sdist(tmp_path, metadata)), "-p", "plone", "--json"))
    assert find_outcomes(package)["requirements_valid"] == "unknown"
    newer = write_metadata(Metadata_Version="2.2", lists=LISTS[:3])
    assert (
        find_outcomes(read(run(str(make_sdist(tmp_path, newer)), "-p", "plone", "--json")))[
            "requirements_valid"
        ]
        == "pass"
    )


def test_what_an_sdist_calls_dynamic_and_says_all_the_same_counts(run: Run, tmp_path: Path) -> None:
    metadata = write_metadata(lists=[*LISTS, ("Dynamic", "Classifier"), ("Dynamic", "Summary")])
    package = read(run(str(make_sdist(tmp_path, metadata)), "-p", "plone", "--json"))
    assert find_all(package, "unknown") == SEEN_LATER | {"wheel"}


def test_whether_a_prerelease_follows_a_final_release_is_seen_on_pypi(run: Run, tmp_path: Path) -> None:
    package = read(run(str(make_wheel(tmp_path, write_metadata(Version="4.0b1"))), "-p", "plone", "--json"))
    assert find_outcomes(package)["final_release"] == "unknown"
    assert find_all(package, "fail") == set()


def test_a_wheel_tells_what_its_sdist_left_open(run: Run, tmp_path: Path) -> None:
    bare = write_metadata(lists=[("Dynamic", "Classifier"), ("Dynamic", "Requires-Dist")])
    files = (str(make_sdist(tmp_path, bare)), str(make_wheel(tmp_path)))
    package = read(run(*files, "-p", "plone", "--json"))
    assert (package["listed"], find_all(package, "unknown")) == (True, SEEN_LATER)


def test_every_fault_comes_with_its_evidence_and_the_line_that_mends_it(run: Run, tmp_path: Path) -> None:
    faulty = [item for item in LISTS if "Plone :: 6.2" not in item[1] and "CMFPlone" not in item[1]]
    metadata = write_metadata(
        lists=[*faulty, ("Requires-Dist", "Products.CMFPlone>=6.0,<6.2")],
        without=["License-Expression", "Requires-Python"],
        readme="Forms.",
        License="BSD",
    )
    ended = run(str(make_wheel(tmp_path, metadata)), "-p", "plone")
    to_mend = ended.answer.partition("To mend, the heaviest first\n")[2]
    for part in (
        "  12  Is it for the newest supported version of Plone?\n",
        "      requires Products.CMFPlone>=6.0,<6.2\n",
        '          "Framework :: Plone :: 6.2",\n',
        '          requires-python = ">=3.14"\n',
        '          license = "BSD-3-Clause"\n',
    ):
        assert part in to_mend
    weights = [int(line[:4]) for line in to_mend.splitlines() if line[:4].strip().isdecimal()]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) > 4
    lines = [line for line in ended.answer.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= 100


def test_a_package_that_would_not_be_listed_fails_and_says_which_line_would_list_it(
    run: Run, tmp_path: Path
) -> None:
    ended = run(str(make_wheel(tmp_path)), "-p", "flask")
    assert (ended.exit_code, ended.talk) == (1, "")
    assert (
        "  listed   no, it has no classifier of the profile flask, which takes 'Framework :: Flask'\n"
        in ended.answer
    )
    assert '    "Framework :: Flask",\n' in ended.answer
    assert " ".join(ended.answer.split()).endswith(
        "No versions of Flask are known without asking anybody,"
        " so only the catalogue tells with which of them it works."
    )


@pytest.mark.parametrize(("lists", "expected"), [("include", True), ("exclude", False)])
def test_a_name_in_the_profile_decides_before_its_classifiers(
    run: Run, tmp_path: Path, lists: str, expected: bool
) -> None:
    profiles = tmp_path / "profiles.yaml"
    root = "Framework :: Flask" if expected else "Framework :: Plone"
    profiles.write_text(
        f"profiles:\n  ours:\n    name: Ours\n    classifiers: ['{root}']\n    {lists}: [Tidy_Forms]\n"
    )
    ended = run(str(make_wheel(tmp_path)), "-p", "ours", "--json", PYF_PROFILES=str(profiles))
    package = read(ended)
    assert (package["listed"], package["listing_line"]) == (expected, None)
    assert package["listed_because"].endswith(f"by name ({lists})")
    assert ended.exit_code == (0 if expected else 1)


def test_quality_below_the_minimum_fails_and_quiet_leaves_the_answer_alone(run: Run, tmp_path: Path) -> None:
    metadata = write_metadata(readme="Forms.")
    arguments = (str(make_wheel(tmp_path, metadata)), "-p", "plone", "--min-quality", "100")
    ended = run(*arguments)
    quality = read(run(*arguments, "--json"))["quality"]
    assert (ended.exit_code, ended.talk) == (
        1,
        f"The quality of tidy.forms is {quality}, and 100 is wanted.\n",
    )
    assert run(*arguments, "-q") == (1, ended.answer, "")
    assert run(*arguments[:-1], str(quality)).exit_code == 0


def test_files_of_several_projects_are_checked_one_by_one(run: Run, tmp_path: Path) -> None:
    other = make_wheel(tmp_path, write_metadata(Name="tidy.other"), name="tidy_other-3.0")
    ended = run(str(make_wheel(tmp_path)), str(other), "-p", "plone", "--json")
    assert [package["name"] for package in json.loads(ended.answer)["packages"]] == [
        "tidy.forms",
        "tidy.other",
    ]


def test_verbose_shows_what_is_as_it_should_be(run: Run, tmp_path: Path) -> None:
    file = str(make_wheel(tmp_path))
    assert "As it should be" not in run(file, "-p", "plone").answer
    assert "  license             the SPDX expression is MIT\n" in run(file, "-p", "plone", "-v").answer


def test_text_that_no_terminal_should_see_is_cleaned(run: Run, tmp_path: Path) -> None:
    metadata = write_metadata(Summary="Forms \x1b[31mred\x1b[0m \u202edesrever")
    answer = run(str(make_wheel(tmp_path, metadata)), "-p", "plone").answer
    assert "desrever" in answer
    assert "\x1b" not in answer
    assert "\u202e" not in answer


def make_bomb(folder: Path) -> Path:
    return make_wheel(folder, b"Name: x\n" + b" " * (archives.MAX_METADATA_BYTES + 1))


def make_pipe(folder: Path) -> Path:
    os.mkfifo(path := folder / "pipe.whl")
    return path


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_pyproject(folder: Path, content: str) -> Path:
    write(folder, "pyproject.toml", content)
    return folder


def cut(path: Path, keep: int) -> Path:
    path.write_bytes(path.read_bytes()[:keep])
    return path


WRONG_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing there": (lambda folder: folder / "x.whl", "does not exist"),
    "a folder that is not there": (lambda folder: folder / "x", "does not exist"),
    "a pattern": (lambda folder: folder / "*", "matches no file; python -m build makes some"),
    "a pyproject.toml": (
        lambda folder: write_pyproject(folder, PYPROJECT) / "pyproject.toml",
        "is one file of a package; name its folder, '/",
    ),
    "no pyproject.toml": (lambda folder: folder / "pyproject.toml", "does not exist"),
    "a text": (lambda folder: write(folder, "x.whl", "hello"), "cannot be read as an archive"),
    "no package at all": (lambda folder: write(folder, "x.txt", ""), "is no wheel (.whl) and no source"),
    "an egg": (lambda folder: write(folder, "x.egg", ""), "is no wheel (.whl) and no source distribution"),
    "a pipe": (make_pipe, "cannot be read: it is a pipe"),
    "a wheel without metadata": (
        lambda folder: make_zip(folder / "x.whl", {"a": b""}),
        "no *.dist-info/METADATA",
    ),
    "a wheel with two of them": (
        lambda folder: make_zip(
            folder / "x.whl", dict.fromkeys(("a.dist-info/METADATA", "b.dist-info/METADATA"), b"")
        ),
        "more than one *.dist-info/METADATA",
    ),
    "a zip without metadata": (lambda folder: make_zip(folder / "x.zip", {"a/b": b""}), "no */PKG-INFO"),
    "a tar without metadata": (lambda folder: make_tar(folder / "x.tar.gz", {"a/b": b""}), "no */PKG-INFO"),
    "a tar that is none": (lambda folder: write(folder, "x.tar.gz", "hello"), "cannot be read as an archive"),
    "an sdist that ends early": (lambda folder: cut(make_sdist(folder), 60), "cannot be read as an archive"),
    "metadata without end": (make_bomb, "has metadata of more than 5,000,000 bytes"),
    "no name": (
        lambda folder: make_wheel(folder, b"Version: 1\n\n"),
        "has the name '', which PyPI does not take",
    ),
    "a wrong name": (lambda folder: make_wheel(folder, b"Name: a b\nVersion: 1\n\n"), "has the name 'a b'"),
    "a wrong version": (
        lambda folder: make_wheel(folder, b"Name: a\nVersion: one\n\n"),
        "has the version 'one'",
    ),
    "an empty folder": (lambda folder: folder, "has no pyproject.toml"),
    "a folder of built files": (lambda folder: make_sdist(folder).parent, "name the files in it: "),
    "no TOML": (lambda folder: write_pyproject(folder, "[project"), "pyproject.toml is not TOML"),
    "no project": (lambda folder: write_pyproject(folder, "[tool.x]"), "has no [project]"),
    "an invalid project": (
        lambda folder: write_pyproject(folder, '[project]\nname = "a"\nversion = "one"'),
        'is not valid: Field "project.version"',
    ),
    "a README that is not there": (
        lambda folder: write_pyproject(folder, '[project]\nname = "a"\nversion = "1"\nreadme = "R.md"'),
        "names 'R.md' as its readme, which is not there",
    ),
    "a README that is a folder": (
        lambda folder: write_pyproject(folder, '[project]\nname = "a"\nversion = "1"\nreadme = "."'),
        "cannot be read: Is a directory",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_is_no_package_is_told_in_one_sentence(
    run: Run, tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    (folder := tmp_path / "files").mkdir()
    ended = run(str(make(folder)), "-p", "plone")
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith(f"Error: {folder}")
    assert sentence in line


MEANT = {
    'requires-python = "=>3.9"': 'requires-python = ">=3.9"',
    'requires-python = ">= 3.9 <4"': 'requires-python = ">=3.9,<4"',
    'requires-python = "3.9+"': 'requires-python = ">=3.9"',
    'requires-python = "^3.9"': 'requires-python = ">=3.9"',
    'requires-python = "soon"': None,
    'dependencies = ["a", "Plone =>6; python_version > \'3\'"]': "\"Plone>=6; python_version > '3'\",",
    'dependencies = ["a b"]': None,
    'dependencies = "a"': None,
    'optional-dependencies = {x = ["a =>6"]}': None,
}


@pytest.mark.parametrize(("line", "meant"), MEANT.items(), ids=MEANT)
def test_of_a_line_that_is_wrong_what_was_meant_is_shown_where_it_can_be_guessed(
    run: Run, tmp_path: Path, line: str, meant: str | None
) -> None:
    write_pyproject(tmp_path, f'[project]\nname = "a"\nversion = "1"\n{line}')
    ended = run(f"{tmp_path}/", "-p", "plone")
    assert (ended.exit_code, ended.answer, ended.talk.count("\n")) == (2, "", 1)
    _, told, suggested = ended.talk.partition("; this was probably meant: ")
    assert (suggested if told else None) == (None if meant is None else f"{meant}.\n")


def test_pyproject_toml_is_no_name_of_a_package(run: Run, commands: Commands) -> None:
    write_pyproject(commands.folder / "work", PYPROJECT)
    assert run("pyproject.toml", "-p", "plone") == (
        2,
        "",
        "Error: pyproject.toml is one file of a package; name its folder, './'.\n",
    )


def test_files_of_two_releases_are_not_one(run: Run, tmp_path: Path) -> None:
    newer = make_sdist(tmp_path, write_metadata(Version="3.1"), name="tidy_forms-3.1")
    ended = run(str(make_wheel(tmp_path)), str(newer), "-p", "plone")
    assert ended.exit_code == 2
    assert "is 3.1, and" in ended.talk
    assert ended.talk.endswith("name files of one release.\n")


def test_a_folder_and_what_was_built_of_it_are_not_checked_together(
    run: Run, tmp_path: Path, folder: Path
) -> None:
    ended = run(str(make_wheel(tmp_path)), str(folder), "-p", "plone")
    assert (ended.exit_code, ended.answer) == (2, "")
    assert "name one of them" in ended.talk
