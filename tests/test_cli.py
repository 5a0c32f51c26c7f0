"""The command as a person meets it: every mistake is one sentence, every run ends with its summary."""

import json
import os
from pathlib import Path

import pytest

from pyf.aggregator.cli.aggregator import pyfaggregator
from tests.commands import NOBODY, Commands, Run
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Serial, Status
from tests.servers.pypi import PyPIServer


@pytest.fixture
def run(commands: Commands) -> Run:
    """Run ``pyfaggregator`` in an empty folder, with no settings but those of the test."""
    return commands.choose(pyfaggregator)


MISTAKES = {
    "no mode": (["-p", "plone"], {}, "Say either -f (full run) or -i"),
    "both modes": (["-f", "-i", "-p", "plone"], {}, "Say either -f (full run) or -i"),
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
    assert (ended.exit_code, "is no since-file" in ended.talk) == (2, True)


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


def test_pypi_away_ends_with_one_and_a_summary(run: Run, configured: dict[str, str], collection: str) -> None:
    ended = run("-f", "-p", "plone", "-t", collection, **{**configured, "PYPI_URL": NOBODY})
    assert ended.exit_code == 1
    assert f"{NOBODY}/simple/ is unavailable (nothing answers there" in ended.talk
    assert "checkpoint" not in ended.answer
    assert "requests       4 (project list 4)" in ended.answer


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
        "  rejected       0",
        "  failed         0",
    ]
    assert (ended.exit_code, ended.talk) == (0, "")


def test_the_summary_is_one_json_object(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.world.add_project("bad", classifiers=[PLONE])
    laboratory.world.add_project("broken", classifiers=[PLONE])
    laboratory.pypi.fail("/pypi/bad/json", Serial(serial=2**70))
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
        "rejected": [{"name": "bad", "reason": "Field `serial` must be an int64."}],
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
        "stopped": None,
        "complete": False,
    }
    assert (ended.exit_code, ended.talk) == (1, "")


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


def test_a_classifier_that_pypi_does_not_know_is_reported(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a")
    ended = run("-f", "-ft", "Framework :: Ploen", "-t", laboratory.collection, **configured)
    assert ended.talk.startswith("Warning: -ft: PyPI has no classifier 'Framework :: Ploen'; did you mean")


def test_verbose_says_more_and_no_secret(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    ended = run("-f", "-p", "plone", "-t", laboratory.collection, "-v", **configured)
    assert ended.exit_code == 0
    assert ended.talk.splitlines() == [
        "Listed at serial 1001: 1; held: 0.",
        "To look at: 1 projects; to remove: 0 documents.",
    ]
    assert laboratory.typesense.api_key not in ended.talk + ended.answer


def test_nothing_configured_runs_a_typesense_of_our_own(
    run: Run, typesense_binary: Path, pypi: PyPIServer, tmp_path: Path
) -> None:
    pypi.world.add_project("Flask-Example", classifiers=["Framework :: Flask"])
    first = run("-f", "-p", "flask", "--json", PYPI_URL=pypi.url)
    assert (first.exit_code, json.loads(first.answer)["written"]) == (0, 1)
    pypi.world.release("flask-example", "2.0")
    second = run("-i", "-p", "flask", "--json")
    assert (second.exit_code, json.loads(second.answer)["written"]) == (0, 1)
    third = run("-i", "-p", "flask", "--json")
    assert (third.exit_code, json.loads(third.answer)["unchanged"]) == (0, 1)
    record = json.loads((tmp_path / "data" / "typesense" / "server.json").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(record["pid"], 0)


def test_the_version_and_the_help_are_answers(run: Run) -> None:
    assert run("--version").answer == "pyfaggregator 0.1.0\n"
    ended = run("--help")
    assert (ended.exit_code, "Examples:" in ended.answer) == (0, True)


def test_who_asks_says_so(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    run("-f", "-p", "plone", "-t", laboratory.collection, **configured)
    agents = {record.headers["User-Agent"] for record in laboratory.pypi.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("pyf.aggregator/0.1.0 (+https://pypi.org/project/pyf.aggregator/) ")
    assert {record.headers["Accept-Encoding"] for record in laboratory.pypi.requests} == {"gzip"}
