"""The command as a person meets it: every mistake is one sentence, every run ends with its summary."""

import json
import os
from pathlib import Path

import pytest

from pyf.aggregator.cli.aggregator import pyfaggregator
from pyf.aggregator.cli.search import pyfsearch
from tests.commands import NOBODY, Commands, Run
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Status
from tests.servers.pypi import PyPIServer


@pytest.fixture
def run(commands: Commands) -> Run:
    """Run ``pyfaggregator`` in an empty folder, with no settings but those of the test."""
    return commands.choose(pyfaggregator)


MISTAKES = {
    "no mode": (["-p", "plone"], {}, "Choose -f (full run) or -i"),
    "both modes": (["-f", "-i", "-p", "plone"], {}, "Choose -f (full run) or -i"),
    "nothing to aggregate": (["-f"], {}, "Name a profile with -p (known: django, flask, plone), or"),
    "an unknown profile": (["-f", "-p", "plon"], {}, "did you mean 'plone'?"),
    "an unknown default profile": (["-f"], {"DEFAULT_PROFILE": "x"}, "There is no profile 'x'"),
    "classifiers without a target": (["-f", "-ft", PLONE], {}, "name it with -t"),
    "a profile and classifiers": (["-f", "-p", "plone", "-ft", PLONE], {}, "not both"),
    "an empty classifier": (["-f", "-ft", " ", "-t", "x"], {}, "-ft needs a classifier"),
    "an empty name filter": (["-f", "-p", "plone", "-fn", " "], {}, "-fn needs some text"),
    "a limit of nothing": (["-f", "-p", "plone", "-l", "0"], {}, "'-l'"),
    "a limit that is no number": (["-f", "-p", "plone", "-l", "many"], {}, "'many' is not a valid integer"),
    "an unknown discovery": (["-f", "-p", "plone", "--discovery", "guess"], {}, "'guess' is not one of"),
    "a target with a slash": (["-f", "-p", "plone", "-t", "a/b"], {}, "'a/b' cannot name a collection"),
    "a target with a space": (["-f", "-p", "plone", "-t", "a b"], {}, "'a b' cannot name a collection"),
    "a target of dots": (["-f", "-p", "plone", "-t", ".."], {}, "'..' cannot name a collection"),
    "an unknown option": (["-f", "-p", "plone", "--bogus"], {}, "--bogus"),
    "a surplus word": (["-f", "-p", "plone", "word"], {}, "unexpected extra argument (word)"),
    "no earlier run": (["-i", "-p", "plone"], {}, "run with -f first"),
    "a port that is none": (["-f", "-p", "plone"], {"TYPESENSE_PORT": "eighty"}, "TYPESENSE_PORT"),
    "a rate that is none": (["-f", "-p", "plone"], {"PYPI_MAX_RPS": "-1"}, "PYPI_MAX_RPS"),
    "a server without a key": (["-f", "-p", "plone"], {"TYPESENSE_HOST": "localhost"}, "TYPESENSE_API_KEY"),
    "profiles that are not there": (["-f", "-p", "plone"], {"PYF_PROFILES": "none.yaml"}, "none.yaml"),
    "a since-file in no folder": (["-f", "-p", "plone", "-s", "no/since"], {}, "no/since cannot be used"),
    "a since-file that is a folder": (["-f", "-p", "plone", "-s", "/"], {}, "/ cannot be used"),
    "a data folder that is a file": (["-f", "-p", "plone"], {"PYF_DATA_DIR": __file__}, "cannot be used"),
}


@pytest.mark.parametrize(("arguments", "settings", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_with_two_and_one_sentence(
    run: Run, arguments: list[str], settings: dict[str, str], sentence: str
) -> None:
    ended = run(*arguments, **settings)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith("Error: ")
    assert sentence in line


def test_a_wrong_value_in_the_env_file_is_named(run: Run) -> None:
    Path(".env").write_text("PYPI_MAX_CONNECTIONS=lots\nTYPESENSE_PROTOCOL=gopher\n")
    ended = run("-f", "-p", "plone")
    assert ended.exit_code == 2
    (line,) = ended.talk.splitlines()
    assert "PYPI_MAX_CONNECTIONS" in line
    assert "TYPESENSE_PROTOCOL" in line


def test_a_since_file_that_is_none_is_refused(run: Run) -> None:
    Path(".pyaggregator.since").write_text("yesterday")
    ended = run("-i", "-p", "plone")
    assert (ended.exit_code, "is not a since-file" in ended.talk) == (2, True)


def test_a_wrong_key_ends_with_one_and_nothing_moved(run: Run, configured: dict[str, str]) -> None:
    ended = run("-f", "-p", "plone", **{**configured, "TYPESENSE_API_KEY": "wrong"})
    assert (ended.exit_code, ended.answer) == (1, "")
    assert "refuses the API key; set TYPESENSE_API_KEY" in ended.talk
    assert "wrong" not in ended.talk
    assert not Path(".pyaggregator.since").exists()


def test_nothing_listening_ends_with_one_and_says_where(run: Run) -> None:
    ended = run(
        "-f", "-p", "plone", "--json", TYPESENSE_HOST="127.0.0.1", TYPESENSE_PORT="9", TYPESENSE_API_KEY="k"
    )
    assert ended.exit_code == 1
    assert "Typesense at http://127.0.0.1:9 is unavailable (nothing answers there)" in ended.talk
    assert json.loads(ended.answer)["complete"] is False


def test_pypi_away_is_one_sentence_at_once(run: Run, configured: dict[str, str], collection: str) -> None:
    settings = {**configured, "PYPI_URL": NOBODY}
    ended = run("-f", "-p", "plone", "-t", collection, **settings)
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk == (
        f"Error: {NOBODY}/simple/ is unavailable (nothing answers there: connection refused);"
        " check the address and the network.\n"
    )
    ended = run("-f", "-p", "plone", "-t", collection, "--json", **settings)
    answer = json.loads(ended.answer)
    # Asked once: a second question to a wrong address would take time and change nothing.
    assert (answer["requests"], answer["complete"]) == ({"project list": 1}, False)
    assert ended.talk == f"Error: {answer['stopped']}\n"


def test_a_typesense_away_is_one_sentence(run: Run, configured: dict[str, str]) -> None:
    settings = {**configured, "TYPESENSE_NODES": NOBODY}
    ended = run("-f", "-p", "plone", **settings)
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk.startswith(f"Error: Typesense at {NOBODY} is unavailable (nothing answers there); ")
    assert len(ended.talk.splitlines()) == 1
    assert json.loads(run("-f", "-p", "plone", "--json").answer)["complete"] is False


def test_a_run_ends_with_its_summary(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    ended = run("-f", "-p", "plone", "-t", laboratory.collection, **configured)
    lines = ended.answer.splitlines()
    assert lines[0].startswith(f"{laboratory.collection}: full run, discovery by browse, ")
    assert lines[1:] == [
        "  PyPI's serial  1001 (the collection equals it)",
        "  requests       21 (project list 1, browse 19, project 1)",
        "  listed         1",
        "  looked at      1",
        "  matched        1",
        "  written        1",
        "  unchanged      0",
        "  removed        0",
        "  absent         0",
        "  assessed       1",
        "  rejected       0",
        "  failed         0",
    ]
    assert (ended.exit_code, ended.talk) == (0, f"Next: pyfsearch WORDS -t {laboratory.collection}\n")


def test_quiet_prints_nothing_unless_something_failed(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    arguments = ("-f", "-p", "plone", "-t", laboratory.collection, "-q")
    assert run(*arguments, **configured) == (0, "", "")
    laboratory.world.add_project("broken", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi/broken/json", Status(status=403))
    ended = run(*arguments)
    assert (ended.exit_code, ended.talk) == (1, "")
    assert "  failed         1\n    broken: " in ended.answer


@pytest.mark.parametrize(
    ("arguments", "spelling"),
    [(["-p", "test-shop"], "-p test-shop"), (["-p", "plone", "-t", "test-shop"], "-t test-shop")],
)
def test_the_next_step_is_named_as_one_would_type_it(
    run: Run,
    laboratory: Laboratory,
    configured: dict[str, str],
    arguments: list[str],
    spelling: str,
) -> None:
    name = laboratory.collection
    words = [word.replace("test-shop", name) for word in arguments]
    Path("own.yaml").write_text(f"profiles: {{{name}: {{name: Shop, classifiers: ['{PLONE}']}}}}")
    laboratory.world.add_project("a")
    settings = {**configured, "PYF_PROFILES": "own.yaml"}
    # There is nothing to be found yet.
    assert run("-f", *words, **settings).talk == ""
    laboratory.world.add_project("b", classifiers=[PLONE])
    assert run("-i", *words).talk == f"Next: pyfsearch WORDS {spelling.replace('test-shop', name)}\n"
    assert run("-i", *words, "--json").talk == ""


def test_an_incremental_run_says_that_it_looked_at_what_changed(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    target = ("-p", "plone", "-t", laboratory.collection)
    run("-f", *target, **configured)
    laboratory.world.release("a", "2.0")
    first, *_ = run("-i", *target).answer.splitlines()
    assert first.startswith(f"{laboratory.collection}: incremental run from what changed, ")
    assert json.loads(run("-i", *target, "--json").answer)["discovery"] == "changes"


def test_the_included_that_pypi_does_not_have_are_named(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    name = laboratory.collection
    profile = f"{{name: Own, classifiers: ['{PLONE}'], include: [Not.There, bare, there]}}"
    Path("own.yaml").write_text(f"profiles: {{{name}: {profile}}}")
    laboratory.world.add_project("there")
    laboratory.world.add_project("bare")
    laboratory.world.remove_releases("bare")
    settings = {**configured, "PYF_PROFILES": "own.yaml"}
    ended = run("-f", "-p", name, **settings)
    assert ended.answer.partition("  absent         0\n")[2].splitlines() == [
        "  assessed       1",
        "  not on PyPI    2",
        "    not-there: it is included by name, but PyPI does not list it",
        "    bare: it is included by name, but PyPI has no release of it",
        "  rejected       0",
        "  failed         0",
    ]
    assert (ended.exit_code, laboratory.get_names()) == (0, {"there"})
    said = json.loads(run("-i", "-p", name, "--json").answer)
    assert [item["name"] for item in said["not_on_pypi"]] == ["not-there", "bare"]
    assert said["complete"] is True


def test_the_summary_is_one_json_object(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    run("-f", "-ft", PLONE, "-t", laboratory.collection, **configured)
    # Somebody wants numbers in a field that we fill with words.
    odd = {"name": "yanked_reason", "type": "int64", "optional": True}
    laboratory.ask("PATCH", f"/collections/{laboratory.collection}", {"fields": [odd]})
    laboratory.world.add_project("bad", classifiers=[PLONE], yanked_reason="it does not start")
    laboratory.world.add_project("broken", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi/broken/json", Status(status=403))
    ended = run("-f", "-ft", PLONE, "-t", laboratory.collection, "--json", "-q", **configured)
    summary = json.loads(ended.answer)
    assert summary.pop("seconds") > 0
    url = f"{laboratory.pypi.url}/pypi/broken/json"
    assert summary == {
        "collection": laboratory.collection,
        "mode": "full",
        "discovery": "browse",
        "target_serial": 1003,
        "listed": 3,
        "looked_at": 3,
        "matched": 2,
        "written": 1,
        "unchanged": 0,
        "removed": 0,
        "absent": 0,
        "not_on_pypi": [],
        "rejected": [{"name": "bad", "reason": "Field `yanked_reason` must be an int64."}],
        "failed": [
            {
                "name": "broken",
                "reason": f"{url} is unavailable (HTTP 403); try again later.",
            }
        ],
        "requests": {"project list": 1, "browse": 19, "project": 3},
        "checkpoint": None,
        "generation": None,
        "moved": [],
        "kept": 0,
        "assessed": 0,
        "changes": 0,
        "stopped": None,
        "complete": False,
    }
    assert (ended.exit_code, ended.talk) == (1, "")


def test_changes_that_are_recorded_are_counted_those_of_the_assessment_too(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    name = laboratory.collection
    arguments = ("-p", "plone", "-t", name, "-s", str(laboratory.since_file))
    laboratory.world.add_project("a", classifiers=[PLONE, f"{PLONE} :: 6.0"])
    assert "  changes " not in run("-f", *arguments, **configured).answer
    laboratory.world.release("a", "2.0", classifiers=[PLONE, f"{PLONE} :: 6.0", f"{PLONE} :: 6.1"])
    ended = run("-i", *arguments)
    assert {record["kind"] for record in laboratory.get_records()} == {"released", "works-with"}
    assert "  changes        2\n" in ended.answer
    assert "  changes " not in run("-i", *arguments).answer


def test_troubles_are_listed_for_a_person_too(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("broken", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi/broken/json", Status(status=403))
    ended = run("-f", "-ft", PLONE, "-t", laboratory.collection, **configured)
    assert "  failed         1\n    broken: " in ended.answer
    assert "(checkpoint not moved)" in ended.answer


def test_a_default_profile_and_the_seed_spellings_are_understood(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    target = ["-t", laboratory.collection]
    assert run("-f", *target, DEFAULT_PROFILE="plone", **configured).exit_code == 0
    assert laboratory.get_names() == {"a"}
    for spelling in ("-ft", "--filter-troove", "--filter-trove"):
        # Given by hand, classifiers are all there is: the default profile adds nothing.
        ended = run("-f", spelling, "Framework :: Flask", "--force", *target, **configured)
        assert ended.exit_code == 0
        assert laboratory.get_names() == set()


REFUSED = {
    "Plone": "PyPI has no classifier 'Plone'; did you mean 'Framework :: Plone'?",
    "framework::plone": "did you mean 'Framework :: Plone'?",
    "Framework :: Ploen": "did you mean 'Framework :: Plone'?",
    "Framework :: New Thing": "PyPI has no classifier 'Framework :: New Thing'. If it is new there,",
    "Acme :: Thing": "update trove-classifiers or add --force.",
}


@pytest.mark.parametrize(("classifier", "sentence"), REFUSED.items(), ids=REFUSED)
def test_a_classifier_that_pypi_does_not_know_is_refused_before_anything_is_made(
    run: Run, laboratory: Laboratory, configured: dict[str, str], classifier: str, sentence: str
) -> None:
    arguments = ("-ft", PLONE, "-ft", classifier, "-t", laboratory.collection)
    ended = run("-f", *arguments, **configured)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert sentence in line
    assert laboratory.pypi.requests == []
    assert run("-i", *arguments).talk == ended.talk


def test_force_takes_a_classifier_that_nobody_knows(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=["Framework :: New Thing"])
    arguments = ("-f", "-ft", "Framework :: New Thing", "-t", laboratory.collection)
    assert run(*arguments, "--force", **configured).exit_code == 0
    assert laboratory.get_names() == {"a"}


def test_a_classifier_below_a_known_one_may_be_new_and_is_reported(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[f"{PLONE} :: 99.9"])
    ended = run("-f", "-ft", f" {PLONE}  ::  99.9 ", "-t", laboratory.collection, **configured)
    warning = "Warning: -ft: PyPI has no classifier 'Framework :: Plone :: 99.9'"
    # The one above it is no other spelling of it.
    assert ended.talk.splitlines()[0] == warning
    assert (ended.exit_code, laboratory.get_names()) == (0, {"a"})


def test_private_classifiers_are_for_an_index_of_ones_own(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=["Private :: Acme"])
    arguments = ("-f", "-ft", "Private :: Acme", "-t", laboratory.collection)
    ended = run(*arguments, **{**configured, "PYPI_URL": "https://pypi.org"})
    assert (ended.exit_code, ended.answer) == (2, "")
    assert "PyPI takes no package with 'Private :: Acme'; an index of your own" in ended.talk
    ended = run(*arguments, **configured)
    assert ended.talk == f"Next: pyfsearch WORDS -t {laboratory.collection}\n"
    assert laboratory.get_names() == {"a"}


def test_a_profile_that_matches_nothing_is_refused_and_one_that_matches_something_is_not(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    name = laboratory.collection
    profile = "{{name: Own, classifiers: [{}]}}"
    refusal = (
        "PyPI has no classifier 'Plone'; did you mean 'Framework :: Plone'?"
        " If it is new there, update trove-classifiers or add --force."
    )
    settings = {**configured, "PYF_PROFILES": "own.yaml"}
    laboratory.world.add_project("a", classifiers=[PLONE])
    Path("own.yaml").write_text(f"profiles: {{{name}: {profile.format('Plone, Zope')}}}")
    ended = run("-f", "-p", name, **settings)
    assert (ended.exit_code, laboratory.pypi.requests) == (2, [])
    assert ended.talk.splitlines() == [
        "Warning: own.yaml:1: PyPI has no classifier 'Plone'; did you mean 'Framework :: Plone'?",
        "Warning: own.yaml:1: PyPI has no classifier 'Zope'; did you mean 'Framework :: Zope'?",
        f"Error: Profile '{name}' matches nothing. {refusal}",
    ]
    including = profile.format("Plone], include: [a")
    Path("own.yaml").write_text(f"profiles: {{{name}: {including}}}")
    ended = run("-f", "-p", name)
    assert (ended.exit_code, laboratory.pypi.requests) == (2, [])
    assert ended.talk.endswith(f"Error: Profile '{name}' matches nothing. {refusal}\n")
    Path("own.yaml").write_text(f"profiles: {{{name}: {profile.format(f"Plone, '{PLONE}'")}}}")
    assert run("-f", "-p", name).exit_code == 0
    assert laboratory.get_names() == {"a"}


def test_verbose_says_more_and_no_secret(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    ended = run("-f", "-p", "plone", "-t", laboratory.collection, "-v", **configured)
    assert ended.exit_code == 0
    assert ended.talk.splitlines() == [
        "Listed at serial 1001: 1; indexed: 0.",
        "To look at: 1 projects; to remove: 0 documents.",
        f"Next: pyfsearch WORDS -t {laboratory.collection}",
    ]
    assert laboratory.typesense.api_key not in ended.talk + ended.answer


def test_nothing_configured_runs_a_typesense_of_our_own(
    run: Run, commands: Commands, typesense_binary: Path, pypi: PyPIServer, tmp_path: Path
) -> None:
    pypi.world.add_project("Flask-Example", classifiers=["Framework :: Flask"])
    first = run("-f", "-p", "flask", "--json", PYPI_URL=pypi.url)
    assert (first.exit_code, json.loads(first.answer)["written"]) == (0, 1)
    pypi.world.release("flask-example", "2.0")
    second = run("-i", "-p", "flask", "--json")
    assert (second.exit_code, json.loads(second.answer)["written"]) == (0, 1)
    third = run("-i", "-p", "flask", "--json")
    assert (third.exit_code, json.loads(third.answer)["unchanged"]) == (0, 1)
    found = commands.choose(pyfsearch)("example", "-p", "flask", "-q")
    assert found.answer.split("\t")[:2] == ["Flask-Example", "2.0"]
    record = json.loads((tmp_path / "data" / "typesense" / "server.json").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(record["pid"], 0)


def test_the_version_and_the_help_are_answers(run: Run) -> None:
    assert run("--version").answer == "pyfaggregator 1.0.0b1\n"
    for spelling in ("--help", "-h"):
        ended = run(spelling)
        assert (ended.exit_code, "Examples:" in ended.answer) == (0, True)


def test_who_asks_says_so(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    run("-f", "-p", "plone", "-t", laboratory.collection, **configured)
    agents = {record.headers["User-Agent"] for record in laboratory.pypi.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("pyf.aggregator/1.0.0b1 (+https://pypi.org/project/pyf.aggregator/) ")
    assert {record.headers["Accept-Encoding"] for record in laboratory.pypi.requests} == {"gzip"}
