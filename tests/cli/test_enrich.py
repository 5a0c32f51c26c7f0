"""``pyfenrich`` as a person meets it."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NoReturn

import pytest

from pyf.aggregator.cli.enrich import pyfenrich
from pyf.aggregator.cli.github import pyfgithub
from pyf.aggregator.cli.work.enrich import SOURCES
from pyf.aggregator.jobs.enrich.source_names import SourceName
from tests.commands import NOBODY, Commands, Run
from tests.laboratory import PLONE, Laboratory
from tests.observatory import Observatory
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.faults import Status
from tests.servers.github import TOKEN


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfenrich)


@pytest.fixture
def ready(
    observatory: Observatory, clickhouse: ClickHouseServer, configured: dict[str, str]
) -> dict[str, str]:
    """Settings for a collection of three projects, one of them without a repository."""
    observatory.hub.add("o/a", stars=5)
    observatory.hub.add("o/b", stars=7)
    for name in "ab":
        observatory.add_project(name, f"o/{name}")
    observatory.laboratory.world.add_project("c", classifiers=[PLONE])
    asyncio.run(observatory.fill())
    observatory.laboratory.pypi.clear_requests()
    return {
        **configured,
        "GITHUB_API_URL": observatory.github.url,
        "GITHUB_TOKEN": TOKEN,
        "DOWNLOADS_URL": f"{clickhouse.url}/?user=demo",
    }


def get_downloads(observatory: Observatory) -> dict[str, int]:
    documents = observatory.laboratory.get_documents().items()
    return {name: said["downloads_month"] for name, said in documents if "downloads_month" in said}


def find_errors(talk: str) -> list[str]:
    return [line for line in talk.splitlines() if line.startswith("Error: ")]


DOWNLOADS = {"a": 98, "b": 99, "c": 100}
STARS = {"a": 5, "b": 7}


# The command line


def test_every_source_that_can_be_named_is_there_in_its_order() -> None:
    assert list(SOURCES) == list(SourceName)


MISTAKES = {
    "nothing to enrich": ([], {}, "Name a profile with -p (known: django, flask, plone), or a collection"),
    "an unknown profile": (["-p", "plon"], {}, "did you mean 'plone'?"),
    "a target with a slash": (["-t", "a/b"], {}, "'a/b' cannot name a collection"),
    "a surplus word": (["-p", "plone", "word"], {}, "unexpected extra argument (word)"),
    "an unknown source": (
        ["-p", "plone", "--only", "forges,stars"],
        {},
        "--only does not know 'stars'; known are status, forges, downloads, assessment.",
    ),
    "two unknown sources": (
        ["-p", "plone", "--only", "stars", "--only", "likes"],
        {},
        "does not know 'likes', 'stars'; known are status, forges, downloads, assessment.",
    ),
    "no source": (
        ["-p", "plone", "--only", " , "],
        {},
        "--only needs a source; known are status, forges, downloads, assessment.",
    ),
    "an address that is none": (["-p", "plone"], {"DOWNLOADS_URL": "clickhouse"}, "DOWNLOADS_URL is"),
    "a password in the address": (
        ["-p", "plone"],
        {"DOWNLOADS_URL": "https://x.example/?user=me&password=geheim"},
        "'https://x.example/?...' (expected: an http or https URL without a password, or empty)",
    ),
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
    assert "geheim" not in line


def test_a_collection_that_is_not_there_is_told_once(run: Run, ready: dict[str, str]) -> None:
    ended = run("-p", "plone", **ready)
    assert (ended.exit_code, ended.answer) == (1, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith("Error: There is no collection 'plone'; those that exist: ")
    assert line.endswith(" Fill it first: pyfaggregator -f -p plone")


def test_a_server_that_is_away_is_told_once(
    run: Run, ready: dict[str, str], observatory: Observatory
) -> None:
    ended = run("-p", "plone", "--json", **{**ready, "TYPESENSE_NODES": NOBODY})
    assert len(find_errors(ended.talk)) == 1
    assert (ended.exit_code, json.loads(ended.answer)["complete"]) == (1, False)
    assert observatory.github.requests == []


# What a run tells


def test_a_run_names_the_collection_once_and_has_a_block_for_each_source(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    ended = run("-t", collection, **ready)
    assert (ended.exit_code, ended.talk) == (0, "")
    lines = re.sub(r"\d+\.\d s", "0.1 s", ended.answer).splitlines()
    assert lines == [
        f"{collection}: 4 sources, 0.1 s",
        "status: done, 0.1 s",
        "  requests       3 (project page 3)",
        "  projects       3",
        "  due            3",
        "  asked          3",
        "  written        3",
        "  unchanged      0",
        "  rejected       0",
        "  failed         0",
        "forges: done, 0.1 s",
        "  requests       1 (1 point, 4,999 left)",
        "  projects       3 (2 with a repository)",
        "  without        1 (-v lists them, and why)",
        "  repositories   2",
        "  asked          2",
        "  from cache     0",
        "  not available  0",
        "  written        3",
        "  unchanged      0",
        "  rejected       0",
        "  failed         0",
        "downloads: done, 0.1 s",
        "  requests       1 (downloads 1)",
        "  projects       3",
        "  due            3",
        "  asked          3",
        "  written        3",
        "  unchanged      0",
        "  rejected       0",
        "  failed         0",
        "assessment: switched off, no profile is named whose framework packages could be judged for; add -p",
    ]
    assert (observatory.get_stars(), get_downloads(observatory)) == (STARS, DOWNLOADS)
    assert "    c: no URL" in run("-t", collection, "-v", **ready).answer.splitlines()


@pytest.mark.parametrize("command", [pyfenrich, pyfgithub])
def test_of_an_empty_collection_one_sentence_says_that_there_is_nothing_to_enrich(
    commands: Commands,
    laboratory: Laboratory,
    configured: dict[str, str],
    command: Callable[[Sequence[str]], NoReturn],
) -> None:
    run = commands.choose(command)
    laboratory.world.add_project("other", classifiers=[])
    asyncio.run(laboratory.run_full())
    name = laboratory.collection
    ended = run("-p", "plone", "-t", name, **{**configured, "DOWNLOADS_URL": ""})
    filling = f"pyfaggregator -f -p plone -t {name} fills it"
    assert ended == (0, f"{name} is empty, so there is nothing to enrich; {filling}.\n", "")
    assert run("-p", "plone", "-t", name, "-q") == (0, "", "")
    assert json.loads(run("-p", "plone", "-t", name, "--json").answer)["complete"] is True


def test_json_is_one_object_with_a_part_for_each_source(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    (line,) = run("-t", collection, "--json", **ready).answer.splitlines()
    said = json.loads(line)
    assert said.keys() == {"collection", "complete", "sources"}
    assert (said["collection"], said["complete"], list(said["sources"])) == (
        collection,
        True,
        ["status", "forges", "downloads", "assessment"],
    )
    status, forges, downloads, _ = said["sources"].values()
    assert (status["asked"], status["requests"], status["complete"]) == (3, {"project page": 3}, True)
    assert (forges["asked"], forges["repositories"], forges["complete"]) == (2, 2, True)
    assert (downloads["asked"], downloads["requests"], downloads["complete"]) == (3, {"downloads": 1}, True)


def test_quiet_says_nothing_of_what_went_well(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    assert run("-t", observatory.laboratory.collection, "-q", **ready) == (0, "", "")
    assert get_downloads(observatory) == DOWNLOADS


# Which sources, and when


@pytest.mark.parametrize(
    "words",
    [
        ["--only", "downloads,forges"],
        ["--only", "downloads", "--only", "forges"],
        ["--only", " Forges , downloads,"],
    ],
    ids=str,
)
def test_sources_may_be_named_with_commas_and_again_and_keep_their_order(
    run: Run, observatory: Observatory, ready: dict[str, str], words: list[str]
) -> None:
    ended = run("-t", observatory.laboratory.collection, "--json", *words, **ready)
    assert list(json.loads(ended.answer)["sources"]) == ["forges", "downloads"]


def test_only_what_is_named_is_opened_and_asked(
    run: Run,
    observatory: Observatory,
    clickhouse: ClickHouseServer,
    ready: dict[str, str],
    commands: Commands,
) -> None:
    collection = observatory.laboratory.collection
    run("-t", collection, "--only", "downloads", **ready)
    assert (observatory.github.requests, observatory.laboratory.pypi.requests) == ([], [])
    # Nor the catalogue, where what GitHub said is remembered
    assert not (commands.folder / "data").exists()
    assert (observatory.get_stars(), get_downloads(observatory)) == ({}, DOWNLOADS)
    clickhouse.clear_requests()
    run("-t", collection, "--only", "forges", **ready)
    assert (observatory.get_stars(), clickhouse.requests) == (STARS, [])


def test_what_is_not_due_is_not_asked_unless_all_is(
    run: Run, observatory: Observatory, clickhouse: ClickHouseServer, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection

    def count() -> tuple[int, int]:
        observatory.github.clear_requests()
        clickhouse.clear_requests()
        assert run("-t", collection, *words, **ready).exit_code == 0
        return len(observatory.github.requests), len(clickhouse.requests)

    words: list[str] = []
    assert [count(), count()] == [(1, 1), (0, 0)]
    words = ["--all"]
    assert count() == (1, 1)


def test_pyfgithub_and_the_forges_of_pyfenrich_are_one_job(
    run: Run, commands: Commands, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    assert commands.choose(pyfgithub)("-t", collection, **ready).exit_code == 0
    observatory.github.clear_requests()
    ended = run("-t", collection, "--json", "--only", "forges", **ready)
    assert json.loads(ended.answer)["sources"]["forges"]["from_cache"] == 2
    assert observatory.github.requests == []


# What goes wrong with one source


def test_a_source_that_is_switched_off_is_no_failure(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    ended = run("-t", collection, **{**ready, "DOWNLOADS_URL": ""})
    assert (ended.exit_code, ended.talk) == (0, "")
    assert ended.answer.splitlines()[-2] == "downloads: switched off, DOWNLOADS_URL is empty"
    assert observatory.get_stars() == STARS
    part = json.loads(run("-t", collection, "--json").answer)["sources"]["downloads"]
    assert (part["off"], part["complete"]) == ("DOWNLOADS_URL is empty", True)


@pytest.mark.parametrize("away", ["GITHUB_API_URL", "DOWNLOADS_URL"])
def test_a_source_that_is_away_leaves_the_other_alone(
    run: Run, observatory: Observatory, ready: dict[str, str], away: str
) -> None:
    ended = run("-t", observatory.laboratory.collection, **{**ready, away: NOBODY})
    assert ended.exit_code == 1
    stopped, other = ("forges", "downloads") if away == "GITHUB_API_URL" else ("downloads", "forges")
    (line,) = find_errors(ended.talk)
    assert line.startswith(f"Error: {stopped}: {NOBODY}")
    assert "connection refused" in line
    heads = [text.partition(",")[0] for text in ended.answer.splitlines() if not text.startswith(" ")]
    assert heads[1:] == [
        "status: done",
        *sorted([f"{stopped}: stopped", f"{other}: done"], reverse=True),
        "assessment: switched off",
    ]
    stars, downloads = observatory.get_stars(), get_downloads(observatory)
    assert (stars, downloads) == (({}, DOWNLOADS) if stopped == "forges" else (STARS, {}))


def test_two_sources_that_are_away_are_two_sentences_even_when_quiet(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    settings = {**ready, "GITHUB_API_URL": NOBODY, "DOWNLOADS_URL": NOBODY}
    ended = run("-t", observatory.laboratory.collection, "-q", "--only", "forges,downloads", **settings)
    assert ended.exit_code == 1
    assert [line.split()[1] for line in ended.talk.splitlines()] == ["forges:", "downloads:"]


def test_a_wrong_token_stops_the_forges_alone_and_is_not_shown(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    secret = "a-token-that-nobody-should-see"
    ended = run("-t", observatory.laboratory.collection, "-v", **{**ready, "GITHUB_TOKEN": secret})
    assert ended.exit_code == 1
    assert "forges: " in find_errors(ended.talk)[0]
    assert secret not in ended.answer + ended.talk
    assert get_downloads(observatory) == DOWNLOADS


def test_what_a_limit_leaves_is_told_with_its_time_and_is_no_failure(
    run: Run, observatory: Observatory, clickhouse: ClickHouseServer, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    clickhouse.fail("*", Status(status=429, headers={"Retry-After": "900"}))
    ended = run("-t", collection, **ready)
    assert ended.exit_code == 0
    (line,) = [line for line in ended.answer.splitlines() if line.startswith("  left ")]
    assert re.fullmatch(r"  left           3 projects; run again from 20[\d :-]+ UTC on", line)
    said = json.loads(run("-t", collection, "--json").answer)
    assert (said["complete"], said["sources"]["downloads"]["left"]) == (False, 3)


def test_a_copy_that_stands_still_is_told_and_nothing_is_written(
    run: Run, observatory: Observatory, clickhouse: ClickHouseServer, ready: dict[str, str]
) -> None:
    clickhouse.ends -= timedelta(days=4)
    ended = run("-t", observatory.laboratory.collection, **ready)
    (line,) = find_errors(ended.talk)
    assert "sent counts that are not provably whole and recent (it ends on " in line
    assert (ended.exit_code, get_downloads(observatory)) == (1, {})


# The assessment


def test_a_profile_s_collection_is_assessed_after_any_source_that_changed_it(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    ended = run("-p", "plone", "-t", collection, "--only", "downloads", **ready)
    assert (ended.exit_code, ended.talk) == (0, "")
    heads = [text.partition(",")[0] for text in ended.answer.splitlines() if not text.startswith(" ")]
    assert heads[1:] == ["downloads: done", "assessment: done"]
    documents = observatory.laboratory.get_documents()
    assert {name: document["life"] for name, document in documents.items()} == dict.fromkeys("abc", "unknown")
    assert all(document["use"] for document in documents.values())
    # Nothing is due, so nothing changes, so nothing is assessed.
    ended = run("-p", "plone", "-t", collection, "--only", "downloads", "--json")
    assert list(json.loads(ended.answer)["sources"]) == ["downloads"]


def test_the_assessment_alone_asks_nobody(run: Run, observatory: Observatory, ready: dict[str, str]) -> None:
    settings = {**ready, "GITHUB_API_URL": NOBODY, "DOWNLOADS_URL": NOBODY, "PYPI_URL": NOBODY}
    collection = observatory.laboratory.collection
    ended = run("-p", "plone", "-t", collection, "--only", "assessment", "--json", **settings)
    part = json.loads(ended.answer)["sources"]["assessment"]
    assert (ended.exit_code, part["seen"], part["written"], part["requests"]) == (0, 3, 3, {})
    assert {len(said["history"]) for said in observatory.laboratory.get_documents().values()} == {1}
    ended = run("-p", "plone", "-t", collection, "--only", "assessment", "--json")
    assert json.loads(ended.answer)["sources"]["assessment"]["written"] == 0


def test_an_assessment_says_where_its_cycles_are_those_that_are_packaged(
    run: Run, observatory: Observatory, ready: dict[str, str]
) -> None:
    where = ("-p", "plone", "-t", observatory.laboratory.collection)
    ended = run(*where, "--only", "assessment", **{**ready, "END_OF_LIFE_URL": NOBODY})
    assert ended.exit_code == 0
    assert "The cycles of plone are those that are packaged: " in ended.talk


def test_pyfgithub_leaves_an_assessment_behind(
    commands: Commands, observatory: Observatory, ready: dict[str, str]
) -> None:
    collection = observatory.laboratory.collection
    ended = commands.choose(pyfgithub)("-p", "plone", "-t", collection, **ready)
    assert (ended.exit_code, ended.talk) == (0, "")
    documents = observatory.laboratory.get_documents()
    assert documents["b"]["use"] > documents["a"]["use"]
