"""``pyfsearch`` as a person meets it: what clients find, and a sentence about it."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from pyf.aggregator.cli.search import pyfsearch
from tests.commands import NOBODY, Commands, Run
from tests.laboratory import PLONE, Laboratory


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfsearch)


@pytest.fixture
def ready(laboratory: Laboratory, configured: dict[str, str]) -> dict[str, str]:
    """Settings for a collection of four packages, released one after the other, and their preset."""
    for number, (name, summary) in enumerate(
        {
            "collective.easyform": "Forms made in the browser",
            "plone.api": "One way to\tdo it\r\nfor easy things",
            "plone.easy": "",
            "Products.Zeta": "Unlike the others",
        }.items(),
        start=1,
    ):
        versions = "6.1" if number > 1 else "6.0"
        laboratory.world.add_project(
            name, version=f"{number}.0", classifiers=[PLONE, f"{PLONE} :: {versions}"], summary=summary
        )
    asyncio.run(laboratory.run_full())
    return configured


def read_names(answer: str) -> list[str]:
    return [line.split("\t")[0] for line in answer.splitlines()]


MISTAKES = {
    "nothing to search": (
        [],
        "Name a profile with -p (known: django, flask, plone), or a collection with -t",
    ),
    "an unknown profile": (["-p", "plon"], "did you mean 'plone'?"),
    "a target with a slash": (["x", "-t", "a/b"], "'a/b' cannot name a collection"),
    "no package at all": (["x", "-p", "plone", "-n", "0"], "'-n'"),
    "more than a page": (["x", "-p", "plone", "-n", "251"], "251 is not in the range 1<=x<=250"),
    "an empty filter": (["x", "-p", "plone", "--filter", " "], "--filter needs a field"),
    "an empty order": (["x", "-p", "plone", "--sort", ""], "--sort needs a field"),
    "an unknown topic": (["-p", "plone", "--topic", "form"], "no topic 'form' (did you mean 'forms'?)"),
    "a topic of nobody": (["-t", "packages1", "--topic", "forms"], "--topic needs the profile"),
    "an unknown option": (["x", "-p", "plone", "--bogus"], "--bogus"),
}


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_with_two_and_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith("Error: ")
    assert sentence in line


WRONG_PARAMETERS = {
    "a filter by what is no field": (["--filter", "nope:=1"], "Could not find a filter field named `nope`"),
    "a filter that is none": (["--filter", "nonsense"], "Could not parse the filter query"),
    "a filter of a number by text": (["--filter", "github_stars:>many"], "Not an int64"),
    "two filters that close each other": (["--filter", "serial:>1)", "--filter", "(serial:>1"], "pars"),
    "an order by what is no field": (["--sort", "nope"], "'nope' is not a field to sort by"),
    "an order by what has none": (["--sort", "summary:asc"], "'summary' is not a field to sort by"),
    "a direction that is none": (["--sort", "serial:up"], "'up' is neither asc nor desc"),
    "more orders than are allowed": (["--sort", "serial,yanked,name,version"], "Only upto 3 sort fields"),
    "a function that is none": (["--sort", "_nope(x):asc"], "--sort '_nope(x):asc'"),
}


@pytest.mark.parametrize(("arguments", "reason"), WRONG_PARAMETERS.values(), ids=WRONG_PARAMETERS)
def test_a_wrong_filter_or_order_is_told_with_the_reason_and_the_fields(
    run: Run, laboratory: Laboratory, ready: dict[str, str], arguments: list[str], reason: str
) -> None:
    ended = run("x", "-t", laboratory.collection, *arguments, **ready)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    values = " ".join(repr(value) for value in arguments[1::2])
    assert line.startswith(f"Error: {arguments[0]} {values} is not understood: ")
    assert reason in line
    fields = line.partition("the fields are ")[2].removesuffix(".").split(", ")
    assert "github_stars" in fields
    assert ("summary" in fields) is (arguments[0] == "--filter")


@pytest.mark.parametrize(("option", "text"), [("--filter", "github_star:>1"), ("--sort", "github_star")])
def test_a_field_that_resembles_what_was_written_is_named_first(
    run: Run, laboratory: Laboratory, ready: dict[str, str], option: str, text: str
) -> None:
    ended = run("x", "-t", laboratory.collection, option, text, **ready)
    assert ended.talk.partition("the fields are ")[2].startswith("github_stars, ")


def test_what_exists_is_told_with_its_aliases(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    ended = run("x", "-t", "nowhere", **ready)
    assert alias in ended.talk.partition("those that exist: ")[2]


def test_verbose_says_what_is_asked_in_words(run: Run, laboratory: Laboratory, ready: dict[str, str]) -> None:
    name = laboratory.collection
    ended = run("easy", "-t", name, "-v", **ready)
    assert f" with preset '{name}', q 'easy', per_page 10." in ended.talk
    assert "{" not in ended.talk
    assert f" with preset '{name}', q '*', per_page 10." in run("-t", name, "-v").talk


def test_a_preset_that_cannot_be_followed_is_nobodys_option(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    for preset, what in (({"sort_by": "nope:asc"}, "sort"), ({"filter_by": "nope:=1"}, "filter")):
        value = {"query_by": "summary", **preset}
        laboratory.ask("PUT", f"/presets/{laboratory.collection}", {"value": value})
        ended = run("easy", "-t", laboratory.collection, **ready)
        assert (ended.exit_code, ended.answer) == (1, "")
        assert f"--{what}" not in ended.talk


def test_it_finds_what_clients_find_in_their_order(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    ended = run("plone", "easy", "-t", laboratory.collection, **ready)
    expected = laboratory.search(q="plone easy", preset=laboratory.collection)
    assert len(expected) > 1
    assert [name.replace(".", "-") for name in read_names(ended.answer)] == expected
    assert (ended.exit_code, ended.talk) == (0, f"{len(expected)} packages found.\n")


def test_the_stored_preset_decides(run: Run, laboratory: Laboratory, ready: dict[str, str]) -> None:
    preset = {"query_by": "summary", "sort_by": "upload_timestamp:asc"}
    laboratory.ask("PUT", f"/presets/{laboratory.collection}", {"value": preset})
    ended = run("easy", "-t", laboratory.collection, **ready)
    assert read_names(ended.answer) == ["plone.api"]
    assert read_names(run("-t", laboratory.collection).answer)[0] == "collective.easyform"


def test_without_a_preset_ours_is_used_and_it_is_said(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    with_preset = run("plone", "easy", "-t", laboratory.collection, **ready).answer
    laboratory.ask("DELETE", f"/presets/{laboratory.collection}")
    ended = run("plone", "easy", "-t", laboratory.collection)
    assert ended.answer == with_preset
    assert ended.talk.splitlines()[0] == (
        f"No preset is stored for {laboratory.collection}, so clients search with other settings;"
        " pyfaggregator -f stores one."
    )


def test_an_alias_is_searched_by_its_own_preset(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    alias = f"{laboratory.collection}-alias"
    laboratory.ask("PUT", f"/aliases/{alias}", {"collection_name": laboratory.collection})
    laboratory.ask("PUT", f"/presets/{alias}", {"value": {"query_by": "summary"}})
    assert read_names(run("easy", "-t", alias, **ready).answer) == ["plone.api"]


def test_in_a_pipe_each_package_is_one_line_of_five_cells(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    ended = run("plone.api", "-n", "1", "-t", laboratory.collection, "-q", **ready)
    uploaded = laboratory.get_documents()["plone-api"]["upload_timestamp"]
    time = f"{datetime.fromtimestamp(uploaded, UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert ended.answer == f"plone.api\t2.0\t{time}\t\tOne way to do it for easy things\n"
    assert (ended.exit_code, ended.talk) == (0, "")


def test_without_words_the_newest_come_first_and_the_rest_is_counted(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    ended = run("-t", laboratory.collection, "-n", "2", **ready)
    assert read_names(ended.answer) == ["Products.Zeta", "plone.easy"]
    assert ended.talk == "4 packages found, 2 shown; -n 4 shows all.\n"


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "collective.easyform"),
        ("name:desc", "Products.Zeta"),
        ("serial", "Products.Zeta"),
        ("serial:ASC", "collective.easyform"),
        ("yanked, version:asc", "collective.easyform"),
        ("_text_match, upload_timestamp:asc", "collective.easyform"),
        ("_eval(name_sortable:=plone-api):desc", "plone.api"),
    ],
)
def test_another_order_needs_no_more_than_a_field(
    run: Run, laboratory: Laboratory, ready: dict[str, str], sort: str, first: str
) -> None:
    ended = run("-t", laboratory.collection, "--sort", sort, **ready)
    assert ended.exit_code == 0
    assert read_names(ended.answer)[0] == first


def test_filters_hold_all_at_once(run: Run, laboratory: Laboratory, ready: dict[str, str]) -> None:
    target = ("-t", laboratory.collection, "--sort", "name", "--filter", "framework_versions:=Plone 6.1")
    assert read_names(run(*target, **ready).answer) == ["plone.api", "plone.easy", "Products.Zeta"]
    both = run(*target, "--filter", "version:=3.0 || version:=1.0")
    assert read_names(both.answer) == ["plone.easy"]
    neither = run("zeta", *target, "--filter", "version:=1.0")
    assert (neither.exit_code, neither.answer) == (0, "")
    assert neither.talk == (
        f"Nothing found for 'zeta' among the 4 of {laboratory.collection};"
        " try fewer or other words or without --filter.\n"
    )


def test_as_json_every_field_comes_with_the_count(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    ended = run(" collective ", "easyform", "-n", "1", "-t", laboratory.collection, "--json", **ready)
    answer = json.loads(ended.answer)
    (package,) = answer.pop("packages")
    assert answer == {"collection": laboratory.collection, "words": "collective easyform", "found": 1}
    stored = laboratory.get_documents()["collective-easyform"]
    hidden = {"description", "description_html", "releases", "words", "description_words"}
    assert package == {field: value for field, value in stored.items() if field not in hidden}
    assert (ended.exit_code, ended.talk) == (0, "")


def test_a_collection_that_is_not_there_comes_with_the_command_that_fills_it(
    run: Run, laboratory: Laboratory, configured: dict[str, str]
) -> None:
    ended = run("x", "-t", laboratory.collection, **configured)
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk.endswith(f" Fill it first: pyfaggregator -f -p PROFILE -t {laboratory.collection}\n")
    ended = run("x", "-p", "flask", "-t", laboratory.collection)
    assert ended.talk.endswith(f" Fill it first: pyfaggregator -f -p flask -t {laboratory.collection}\n")
    ended = run("x", "-p", "flask")
    assert ended.talk.startswith("Error: There is no collection 'flask'; those that exist: ")
    assert ended.talk.endswith(". Fill it first: pyfaggregator -f -p flask\n")
    ended = run("x", "-p", "flask", "--json")
    assert json.loads(ended.answer) == {"stopped": ended.talk[7:].rstrip(), "complete": False}


def test_a_typesense_away_is_one_sentence(run: Run) -> None:
    ended = run("x", "-p", "plone", TYPESENSE_NODES=NOBODY, TYPESENSE_API_KEY="k")
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk.startswith(f"Error: Typesense at {NOBODY} is unavailable (nothing answers there); ")
    assert len(ended.talk.splitlines()) == 1


def test_an_empty_collection_says_so(run: Run, laboratory: Laboratory, configured: dict[str, str]) -> None:
    laboratory.world.add_project("another")
    asyncio.run(laboratory.run_full())
    ended = run("x", "-t", laboratory.collection, **configured)
    name = laboratory.collection
    assert (ended.exit_code, ended.answer) == (0, "")
    assert ended.talk == f"{name} is empty; pyfaggregator -f -p PROFILE -t {name} fills it.\n"


def test_a_topic_finds_what_belongs_to_it_among_what_else_is_asked_for(
    run: Run, laboratory: Laboratory, ready: dict[str, str]
) -> None:
    where = ("-p", "plone", "-t", laboratory.collection)
    ended = run(*where, "--topic", "forms", **ready)
    assert (ended.exit_code, read_names(ended.answer)) == (0, ["collective.easyform"])
    assert "1 package found." in ended.talk
    assert read_names(run(*where, "--topic", "apis", **ready).answer) == ["plone.api"]
    for more in (["--filter", "version:=2.0"], ["nothing"]):
        ended = run(*more, *where, "--topic", "forms", **ready)
        assert (ended.exit_code, ended.answer) == (0, "")
        assert "without --topic" in ended.talk
