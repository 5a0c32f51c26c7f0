"""``pyfgithub`` as a person meets it."""

import asyncio
import json
import time

import pytest

from pyf.aggregator.cli.github import pyfgithub
from tests.commands import NOBODY, Commands, Run
from tests.observatory import Observatory
from tests.servers.github import TOKEN

SECRET = "a-token-that-nobody-should-see"


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfgithub)


@pytest.fixture
def ready(observatory: Observatory, configured: dict[str, str]) -> dict[str, str]:
    """Settings for a collection of three projects, one of them without a repository."""
    observatory.hub.add("o/a", stars=5)
    observatory.hub.add("o/b", stars=7)
    for name in "ab":
        observatory.add_project(name, f"o/{name}")
    observatory.add_project("c", home_page="https://plone.org")
    asyncio.run(observatory.fill())
    return {**configured, "GITHUB_API_URL": observatory.github.url, "GITHUB_TOKEN": TOKEN}


MISTAKES = {
    "nothing to enrich": ([], {}, "Name a profile with -p (known: django, flask, plone), or a collection"),
    "an unknown profile": (["-p", "plon"], {}, "did you mean 'plone'?"),
    "an unknown profile beside a target": (["-p", "plon", "-t", "x"], {}, "did you mean 'plone'?"),
    "a target with a slash": (["-t", "a/b"], {}, "'a/b' cannot name a collection"),
    "an unknown option": (["-p", "plone", "--bogus"], {}, "--bogus"),
    "a surplus word": (["-p", "plone", "word"], {}, "unexpected extra argument (word)"),
    "a pause that is none": (["-p", "plone"], {"GITHUB_COOLOFFTIME": "soon"}, "GITHUB_COOLOFFTIME"),
    "an age that is none": (["-p", "plone"], {"GITHUB_MAX_AGE_HOURS": "-1"}, "GITHUB_MAX_AGE_HOURS"),
    "an address that is none": (["-p", "plone"], {"GITHUB_API_URL": "github"}, "GITHUB_API_URL"),
    "a token with a line break in it": (
        ["-p", "plone"],
        {"GITHUB_TOKEN": "a\nb"},
        "GITHUB_TOKEN is not usable",
    ),
    "a server without a key": (["-p", "plone"], {"TYPESENSE_HOST": "localhost"}, "TYPESENSE_API_KEY"),
    "a data folder that is a file": (["-p", "plone"], {"PYF_DATA_DIR": __file__}, "cannot be used"),
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


def test_a_run_ends_with_its_account(run: Run, observatory: Observatory, ready: dict[str, str]) -> None:
    ended = run("-t", observatory.laboratory.collection, **ready)
    lines = [line.split(None, 1) for line in ended.answer.splitlines()[1:]]
    assert ended.exit_code == 0
    assert lines == [
        ["requests", "1 (1 point, 4,999 left)"],
        ["projects", "3 (2 with a repository)"],
        ["without", "1 (-v lists them, and why)"],
        ["repositories", "2"],
        ["asked", "2"],
        ["from", "cache     0"],
        ["not", "available  0"],
        ["written", "3"],
        ["unchanged", "0"],
        ["rejected", "0"],
        ["failed", "0"],
    ]
    assert observatory.get_stars() == {"a": 5, "b": 7}
    assert ended.talk == ""
    assert run("-t", observatory.laboratory.collection, "--all", "-q") == (0, "", "")


def test_verbose_lists_who_has_no_repository_and_why(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    observatory.hub.remove("o/b")
    ended = run("-t", observatory.laboratory.collection, "-v", **ready)
    assert "    c: URLs, but none of a repository: home page" in ended.answer.splitlines()
    assert "    o/b: missing" in ended.answer.splitlines()


def test_json_is_one_object_on_one_line(run: Run, observatory: Observatory, ready: dict[str, str]) -> None:
    ended = run("-t", observatory.laboratory.collection, "--json", **ready)
    (line,) = ended.answer.splitlines()
    said = json.loads(line)
    assert (said["asked"], said["written"], said["complete"]) == (2, 3, True)
    assert "forges" not in said
    assert said["without"] == [{"name": "c", "reason": "URLs, but none of a repository: home page"}]


def test_the_profile_names_the_collection(run: Run, configured: dict[str, str]) -> None:
    ended = run("-p", "plone", **configured)
    assert ended.exit_code == 1
    assert "There is no collection 'plone'; those that exist: " in ended.talk
    assert len(ended.talk.splitlines()) == 1
    assert ended.talk.endswith(" Fill it first: pyfaggregator -f -p plone\n")
    elsewhere = run("-p", "plone", "-t", "elsewhere", **configured)
    assert elsewhere.talk.endswith(" Fill it first: pyfaggregator -f -p plone -t elsewhere\n")
    assert run("-t", "plone", **configured).talk == ended.talk
    nobodys = run("-t", "nobodys", **configured)
    assert nobodys.talk.endswith(" Fill it first: pyfaggregator -f -p PROFILE -t nobodys\n")


def test_the_default_profile_stands_in(run: Run, configured: dict[str, str]) -> None:
    ended = run(DEFAULT_PROFILE="flask", **configured)
    assert "There is no collection 'flask'" in ended.talk


def test_all_asks_again(run: Run, observatory: Observatory, ready: dict[str, str]) -> None:
    collection = observatory.laboratory.collection
    run("-t", collection, **ready)
    assert json.loads(run("-t", collection, "--json", **ready).answer)["requests"] == 0
    assert json.loads(run("-t", collection, "--json", "--all", **ready).answer)["asked"] == 2


def test_the_age_is_a_setting(run: Run, observatory: Observatory, ready: dict[str, str]) -> None:
    collection = observatory.laboratory.collection
    run("-t", collection, **ready)
    ended = run("-t", collection, "--json", **ready, GITHUB_MAX_AGE_HOURS="0")
    assert json.loads(ended.answer)["asked"] == 2


def test_a_wrong_token_ends_with_one_sentence_that_does_not_show_it(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    ended = run("-t", observatory.laboratory.collection, "-v", **{**ready, "GITHUB_TOKEN": SECRET})
    assert ended.exit_code == 1
    errors = [line for line in ended.talk.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert "refuses the token (Bad credentials)" in errors[0]
    assert SECRET not in ended.answer + ended.talk


def test_without_a_token_it_says_what_is_left_and_when_to_come_back(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    observatory.github.rest.remaining = 1
    ended = run("-t", observatory.laboratory.collection, **{**ready, "GITHUB_TOKEN": ""})
    assert ended.exit_code == 0
    assert "GITHUB_TOKEN is not set" in ended.talk
    (line,) = [line for line in ended.answer.splitlines() if line.startswith("  left ")]
    assert line.startswith("  left           1 repository; run again from 20")


@pytest.mark.parametrize("token", [TOKEN, ""])
def test_a_github_that_is_away_is_one_sentence_at_once(
    run: Run, observatory: Observatory, ready: dict[str, str], token: str
) -> None:
    settings = {**ready, "GITHUB_API_URL": NOBODY, "GITHUB_TOKEN": token}
    ended = run("-t", observatory.laboratory.collection, "--json", **settings)
    said = json.loads(ended.answer)
    assert (ended.exit_code, said["requests"], said["failed"]) == (1, 1, [])
    assert "is unavailable (nothing answers there: connection refused); check" in said["stopped"]
    ended = run("-t", observatory.laboratory.collection, "-q")
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk == f"Error: {said['stopped']}\n"
    assert observatory.get_stars() == {}


def test_the_pause_between_requests_is_kept(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    moments: list[float] = []
    observatory.github.on_request = lambda _: moments.append(time.monotonic())
    run("-t", observatory.laboratory.collection, **{**ready, "GITHUB_TOKEN": ""}, GITHUB_COOLOFFTIME="0.5")
    first, second = moments
    # A bound from below: a slow machine only makes it longer.
    assert second - first > 0.45
