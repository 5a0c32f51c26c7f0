"""``pyfupdater`` as a person meets it."""

import asyncio
import json
import os
import pty
import subprocess
import sys
import threading
import urllib.error
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.cli.actions import WANTS, Action
from pyf.aggregator.cli.output.tables import Table, write_rows
from pyf.aggregator.cli.updater import pyfupdater, updater_command
from pyf.aggregator.cli.work.updater import RUNS
from pyf.aggregator.typesense.embedded.sharing import open_embedded
from tests.clients import Client
from tests.commands import Commands, Run
from tests.laboratory import PLONE, Laboratory

COMMAND = Path(sys.executable).with_name("pyfupdater")


@pytest.fixture
def run(commands: Commands) -> Run:
    return commands.choose(pyfupdater)


@pytest.fixture
def filled(laboratory: Laboratory) -> Laboratory:
    """A collection with two documents."""
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    asyncio.run(laboratory.run_full())
    return laboratory


ALIAS = ["--add-alias", "-s", "x", "-t", "y"]
KEY = ["--add-search-only-apikey", "-t", "x"]
MISTAKES = {
    "no action": (["-v"], "Choose one action: --list-collections, "),
    "two actions": (["-ls", "--migrate"], "Choose one action instead of --list-collections and --migrate"),
    "a migration without names": (["--migrate"], "--migrate needs -s and -t (or -p)."),
    "a migration without target": (["--migrate", "-s", "x"], "--migrate needs -t (or -p)."),
    "a migration with a key": (
        ["--migrate", "-s", "x", "-t", "y", "-key", "z"],
        "--migrate does not take -key",
    ),
    "an alias without a name": (["--add-alias", "-t", "x"], "--add-alias needs -s."),
    "an alias of itself": (["--add-alias", "-s", "x", "-t", "x"], "cannot point at itself"),
    "an alias that expires": ([*ALIAS, "--expires", "3d"], "--add-alias does not take --expires"),
    "a list with names": (["-lsa", "-s", "x", "-t", "y"], "--list-aliases does not take -s, -t."),
    "a list with a profile": (["-lsn", "-p", "plone"], "--list-collection-names does not take -p."),
    "a key for nothing": (
        ["--add-search-only-apikey"],
        "Name a profile with -p (known: django, flask, plone)",
    ),
    "a key for an unknown profile": (["--add-search-only-apikey", "-p", "plon"], "did you mean 'plone'?"),
    "changes since a day that is none": (
        ["--list-changes", "-t", "x", "--since", "2026-02-30"],
        "--since '2026-02-30' is not a time; write 12h, 7d, 8w or 2026-06-30.",
    ),
    "changes of an unknown kind": (
        ["--list-changes", "-t", "x", "--kind", "gone"],
        "Invalid value for '--kind'",
    ),
    "collections of a kind": (["-ls", "--kind", "left"], "--list-collections does not take --kind"),
    "an alias with changes": ([*ALIAS, "--with-changes"], "--add-alias does not take --with-changes"),
    "a key with a source": ([*KEY, "-s", "y"], "--add-search-only-apikey does not take -s"),
    "a short key": ([*KEY, "-key", "a" * 15], "-key needs 16 characters or more"),
    "an empty key": ([*KEY, "-key", ""], "-key needs 16 characters or more"),
    "a key with a space": ([*KEY, "-key", "a key with spaces in it"], "visible ASCII without spaces"),
    "a key of other letters": ([*KEY, "-key", "schlüsselschlüssel"], "visible ASCII without spaces"),
    "an expiry that is none": (
        [*KEY, "--expires", "soon"],
        "'soon' is not a time; write 12h, 90d, 8w",
    ),
    "an expiry in no unit": ([*KEY, "--expires", "90"], "--expires '90' is not a time"),
    "an expiry that is over": ([*KEY, "--expires", "2020-01-01"], "is in the past"),
    "an expiry of nothing": ([*KEY, "--expires", "0d"], "is in the past"),
    "an expiry beyond all time": ([*KEY, "--expires", "99999w"], "is too far away"),
    "no key to remove": (["--delete-search-only-apikey", "x"], "'x' is not a valid integer"),
    "no alias to remove": (["--delete-alias"], "--delete-alias needs -s."),
    "an alias to remove by target": (["--delete-alias", "-s", "x", "-t", "y"], "does not take -t"),
    "no collection to drop": (["--delete-collection"], "--delete-collection needs -t"),
    "a collection to drop by profile": (["--delete-collection", "-p", "plone"], "does not take -p"),
    "a drop that nobody confirms": (["--delete-collection", "-t", "x"], "add --yes where nobody can answer"),
    "a name with a slash": (["--add-alias", "-s", "a/b", "-t", "x"], "'a/b' cannot name a collection"),
    "a name with a space": (["--migrate", "-s", "a b", "-t", "x"], "'a b' cannot name a collection"),
    "a name with quotes": (["--delete-alias", "-s", "a'`\""], "cannot name a collection"),
    "a name in other letters": (
        ["--add-search-only-apikey", "-t", "käse"],
        "'käse' cannot name a collection",
    ),
    "a name that climbs": (["--delete-collection", "-t", "../keys", "--yes"], "cannot name a collection"),
    "an unknown option": (["--bogus"], "--bogus"),
    "a surplus word": (["-ls", "word"], "unexpected extra argument (word)"),
}


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_ends_with_two_and_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)
    assert (ended.exit_code, ended.answer) == (2, "")
    (line,) = ended.talk.splitlines()
    assert line.startswith("Error: ")
    assert sentence in line


def test_lists_are_plain_where_they_are_piped(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    name = filled.collection
    alias = f"{name}-alias"
    assert (
        run("--add-alias", "-s", alias, "-t", name, **configured).answer == f"{alias} points at {name} now.\n"
    )
    assert name in run("-lsn", **configured).answer.splitlines()
    assert [alias, name, "2"] in [line.split("\t") for line in run("-lsa", **configured).answer.splitlines()]
    rows = [line.split("\t") for line in run("-ls", **configured).answer.splitlines()]
    (row,) = [row for row in rows if row[0] == name]
    assert (row[1], row[4]) == ("2", alias)
    fields = [line.split("\t") for line in run("-ls", "-v", **configured).answer.splitlines()]
    assert [name, "serial", "int64", "sort"] in fields


def test_lists_are_json_where_json_is_wanted(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    name = filled.collection
    assert name in json.loads(run("-lsn", "--json", **configured).answer)
    (item,) = [item for item in json.loads(run("-ls", "--json", **configured).answer) if item["name"] == name]
    assert (item["documents"], item["aliases"], item["schema"]["name"]) == (2, [], name)
    run("--add-search-only-apikey", "-t", name, **configured)
    keys = json.loads(run("-lssoa", "--json", **configured).answer)
    assert [name] in [key["collections"] for key in keys]
    assert all("value" not in key for key in keys)
    assert isinstance(json.loads(run("-lsa", "--json", **configured).answer), list)


def test_lists_are_tables_at_a_terminal(filled: Laboratory, environment: dict[str, str]) -> None:
    master, slave = pty.openpty()
    written: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(master, 65536):
                written.append(chunk)
        except OSError:
            return

    reader = threading.Thread(target=read)
    reader.start()
    subprocess.run([COMMAND, "-ls"], env={**environment, "COLUMNS": "300"}, stdout=slave, check=True)
    os.close(slave)
    reader.join()
    os.close(master)
    lines = b"".join(written).decode().splitlines()
    assert lines[0].split() == ["collection", "documents", "fields", "created", "aliases"]
    assert filled.collection in {line.split()[0] for line in lines}


def test_a_row_stays_a_row_whatever_is_in_it() -> None:
    table = Table(("a", "b"), [("x\ty\n", "2"), ("longer", "")])
    assert list(write_rows(table, for_person=False)) == ["x y\t2", "longer\t"]
    assert list(write_rows(table, for_person=True))[0::2] == ["a       b", "longer"]


def test_a_key_is_shown_once_alone_on_stdout(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    value = f"{filled.collection}-my-own-value"
    ended = run("--add-search-only-apikey", "-t", filled.collection, "-key", value, **configured)
    assert (ended.exit_code, ended.answer) == (0, f"{value}\n")
    assert value not in ended.talk
    assert value not in run("-lssoa", **configured).answer
    ended = run("--add-search-only-apikey", "-t", filled.collection, "-key", value, **configured)
    assert (ended.exit_code, ended.answer) == (2, "")
    assert "A key with this value exists already" in ended.talk
    assert value not in ended.talk
    made = run("--add-search-only-apikey", "-t", filled.collection, "-q", **configured)
    assert len(made.answer.strip()) >= 16
    assert made.talk == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12h", timedelta(hours=12)), ("90d", timedelta(days=90)), ("8w", timedelta(weeks=8))],
)
def test_a_key_ends_after_a_while(
    run: Run, filled: Laboratory, configured: dict[str, str], text: str, expected: timedelta
) -> None:
    ended = run(
        "--add-search-only-apikey", "-t", filled.collection, "--expires", text, "--json", **configured
    )
    key = json.loads(ended.answer)
    ends = datetime.fromisoformat(key["expires_at"])
    assert abs(ends - datetime.now(UTC) - expected) < timedelta(minutes=5)
    assert len(key["value"]) >= 16


def test_a_key_ends_with_a_day(run: Run, filled: Laboratory, configured: dict[str, str]) -> None:
    arguments = ("--add-search-only-apikey", "-t", filled.collection, "--json", "--expires", "2099-12-31")
    assert json.loads(run(*arguments, **configured).answer)["expires_at"] == "2100-01-01T00:00:00Z"


def test_a_key_is_removed_by_its_id_even_by_0(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    arguments = ("--add-search-only-apikey", "-t", filled.collection, "--json")
    number = str(json.loads(run(*arguments, **configured).answer)["id"])
    ended = run("--delete-search-only-apikey", number, **configured)
    assert ended.answer == f"The key {number} (search-only key for {filled.collection}) is gone.\n"
    ended = run("--delete-search-only-apikey", number, **configured)
    assert ended.exit_code == 1
    ended = run("--delete-search-only-apikey", "0", **configured)
    assert ended.exit_code in {0, 1}


def test_what_does_not_exist_ends_with_one(run: Run, configured: dict[str, str]) -> None:
    for arguments in (
        ("--add-alias", "-s", "x", "-t", "nowhere"),
        ("--add-search-only-apikey", "-p", "django"),
        ("--migrate", "-s", "nowhere", "-t", "x"),
        ("--delete-alias", "-s", "nowhere"),
        ("--delete-collection", "-t", "nowhere", "--yes"),
        ("--rollback", "-t", "nowhere"),
    ):
        ended = run(*arguments, **configured)
        assert (ended.exit_code, ended.answer) == (1, "")
        (line,) = ended.talk.splitlines()
        assert line.startswith("Error: ")


def test_what_cannot_be_deleted_is_told_with_what_there_is_and_nobody_is_told_to_fill_it(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    name, there = filled.collection, f"those that exist: {filled.collection}.\n"
    ended = run("--delete-collection", "-t", "nope", "--yes", **configured)
    assert (ended.exit_code, ended.talk) == (1, f"Error: There is no collection 'nope'; {there}")
    ended = run("--delete-alias", "-s", "nope", **configured)
    assert (ended.exit_code, ended.talk) == (1, "Error: There is no alias 'nope'; those that exist: none.\n")
    ended = run("--delete-alias", "-s", name, **configured)
    assert (ended.exit_code, ended.talk) == (
        1,
        f"Error: {name!r} is no alias but a collection; --delete-collection drops one with its documents.\n",
    )
    assert run("--add-alias", "-s", f"{name}-x", "-t", name, **configured).exit_code == 0
    filled.ask(
        "POST", "/collections", {"name": f"{name}-x-changes", "fields": [{"name": "a", "type": "auto"}]}
    )
    ended = run("--delete-collection", "-t", "nope", "--yes", **configured)
    assert ended.talk == f"Error: There is no collection 'nope'; {there}"
    ended = run("--delete-alias", "-s", "nope", **configured)
    assert ended.talk == f"Error: There is no alias 'nope'; those that exist: {name}-x.\n"


def test_changes_are_listed_latest_first_of_the_kinds_and_the_time_that_are_wanted(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    listing = ("--list-changes", "-t", filled.collection)
    assert (run(*listing, **configured).answer, run(*listing, "--json", **configured).answer) == ("", "[]\n")
    filled.world.release("a", "2.0")
    filled.world.remove_project("b")
    asyncio.run(filled.run_incremental(force=True))
    left, released = sorted(filled.get_records(), key=lambda record: str(record["kind"]))
    # A second may begin between the two.
    times = [
        datetime.fromtimestamp(record["noticed"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for record in (left, released)
    ]
    rows = [line.split("\t") for line in run(*listing, **configured).answer.splitlines()]
    assert sorted(rows, key=lambda row: row[1]) == [
        [times[0], "left", "b", "1.0.0", "Left: gone from PyPI."],
        [times[1], "released", "a", "2.0", "Released 2.0, a major release."],
    ]
    some = ("--kind", "left", "--kind", "added", "--since", "1h", "--json")
    (change,) = json.loads(run(*listing, *some, **configured).answer)
    bookkeeping = {"chain", "value", "follows"}
    assert change == {key: value for key, value in left.items() if key not in bookkeeping}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    assert run(*listing, "--since", tomorrow, **configured).answer == ""
    assert released["happened"] < released["noticed"]


def test_where_no_changes_are_recorded_it_says_when_they_are(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    filled.ask("DELETE", f"/collections/{filled.collection}-changes")
    ended = run("--list-changes", "-t", filled.collection, **configured)
    assert (ended.exit_code, ended.answer) == (1, "")
    assert ended.talk == (
        f"Error: No changes of '{filled.collection}' are recorded yet: that begins when a complete run of"
        " pyfaggregator has ended, unless PYF_CHANGES_DAYS is 0.\n"
    )
    ended = run("--list-changes", "-t", "nothing-there", **configured)
    assert (ended.exit_code, ended.answer) == (1, "")


def test_a_key_with_changes_searches_both_and_one_without_does_not(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    both = ("--add-search-only-apikey", "-t", filled.collection, "--with-changes")
    with_changes = run(*both, **configured)
    without = run(*both[:-1], **configured).answer.strip()
    names = f"{filled.collection} and {filled.collection}-changes"
    assert f"This key may search {names}" in with_changes.talk

    def search(name: str, key: str) -> int:
        path = f"/collections/{name}/documents/search"
        found: int = json.loads(filled.ask("GET", path, key=key, q="*", query_by="name"))["found"]
        return found

    key = with_changes.answer.strip()
    assert [search(filled.collection, key), search(f"{filled.collection}-changes", key)] == [2, 0]
    assert search(filled.collection, without) == 2
    with pytest.raises(urllib.error.HTTPError, match="401"):
        search(f"{filled.collection}-changes", without)


def test_a_migration_ends_with_its_account(run: Run, filled: Laboratory, configured: dict[str, str]) -> None:
    target = f"{filled.collection}-target"
    ended = run("--migrate", "-s", filled.collection, "-t", target, **configured)
    assert ended.answer.splitlines()[0] == f"{filled.collection} to {target}: 2 passes"
    assert "  copied         2 (0 converted)" in ended.answer.splitlines()
    assert (ended.exit_code, ended.talk) == (0, "")
    assert run("--migrate", "-s", filled.collection, "-t", target, "-q") == (0, "", "")
    ended = run("--migrate", "-s", filled.collection, "-t", target, "--json", **configured)
    assert json.loads(ended.answer)["complete"] is True


def test_a_collection_is_dropped_with_yes(run: Run, filled: Laboratory, configured: dict[str, str]) -> None:
    ended = run("--delete-collection", "-t", filled.collection, "--yes", **configured)
    assert ended.answer == f"{filled.collection} is dropped, with 2 documents.\n"
    assert filled.collection not in run("-lsn", **configured).answer.splitlines()


@pytest.mark.parametrize(
    ("said", "exit_code", "there"), [(b"n\n", 1, True), (b"\x04", 130, True), (b"y\n", 0, False)]
)
def test_a_person_is_asked_before_a_collection_goes(
    filled: Laboratory, environment: dict[str, str], said: bytes, exit_code: int, there: bool
) -> None:
    master, slave = pty.openpty()
    command = [str(COMMAND), "--delete-collection", "-t", filled.collection]
    with subprocess.Popen(
        command, env=environment, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        os.write(master, said)
        _, talk = process.communicate(timeout=60)
    os.close(slave)
    os.close(master)
    assert f"Drop {filled.collection} with its 2 documents?" in talk.decode()
    assert ("Nothing was changed." in talk.decode()) is there
    assert process.returncode == exit_code
    assert (filled.collection in json.loads(_list_names(filled))) is there


def _list_names(laboratory: Laboratory) -> str:
    return json.dumps([item["name"] for item in json.loads(laboratory.ask("GET", "/collections"))])


def test_alone_it_shows_what_it_can_do_and_fails(run: Run) -> None:
    ended = run()
    assert (ended.exit_code, ended.answer) == (2, "")
    assert ended.talk.startswith("Usage: pyfupdater [OPTIONS]")
    assert ended.talk.endswith("\nError: pyfupdater does nothing by itself; add one of the options above.\n")


def test_every_action_has_its_own_function_and_one_that_is_missing_runs_none() -> None:
    assert set(WANTS) == set(RUNS) == set(Action)
    assert len(set(RUNS.values())) == len(Action)
    options = {parameter.name for parameter in updater_command.params}
    assert {*Action} <= options
    assert {name for wants in WANTS.values() for name in (*wants.needs, *wants.takes)} <= options


def test_nothing_but_the_action_of_that_name_drops_a_collection(
    run: Run, filled: Laboratory, configured: dict[str, str]
) -> None:
    name = filled.collection
    for action in Action:
        if action is Action.DELETE_COLLECTION:
            continue
        given: dict[str, list[str]] = {
            "source": ["-s", f"{name}-other" if action is Action.ADD_ALIAS else name],
            "target": ["-t", f"{name}-target" if action is Action.MIGRATE else name],
        }
        number = ["1000000"] if action is Action.DELETE_KEY else []
        needed = [word for need in WANTS[action].needs for word in given[need]]
        assert run(action.spelling, *number, *needed, **configured).exit_code in {0, 1}
        assert name in json.loads(_list_names(filled))


def test_the_default_profile_drops_nothing(run: Run, configured: dict[str, str]) -> None:
    ended = run("--delete-collection", "--yes", **configured, DEFAULT_PROFILE="plone")
    assert ended.exit_code == 2
    assert "--delete-collection needs -t" in ended.talk


def test_rolling_back_says_what_happened(run: Run, filled: Laboratory, configured: dict[str, str]) -> None:
    name = filled.collection
    for _ in range(2):
        filled.ahead += timedelta(seconds=1)
        asyncio.run(filled.run_full(rebuild=True))
    ended = run("--rollback", "-t", name, **configured)
    assert ended.exit_code == 0
    assert ended.answer.startswith(f"{name} points at {name}-20")
    assert ", before at " in ended.answer
    assert ended.answer.endswith(
        " The next run moves on from there: -i and -f bring it up to date with PyPI, -f --rebuild makes a new"
        " one.\n"
    )
    assert json.loads(run("--rollback", "-t", name, "--json", **configured).answer)["name"] == name
    # And that is so: what was released meanwhile is there after the next run, and what was there still is.
    filled.world.add_project("newer", classifiers=[PLONE])
    summary = asyncio.run(filled.run_incremental())
    assert (summary.complete, summary.written) == (True, 1)
    assert "newer" in filled.get_names()
    assert run("--rollback", "-t", name, "-q", **configured) == (0, "", "")


def test_it_works_with_a_typesense_of_our_own(run: Run, typesense_binary: Path) -> None:
    """The embedded server keeps what one command made for the next."""
    assert run("-lsn").answer == ""
    ended = run("--add-search-only-apikey", "-p", "plone")
    assert (ended.exit_code, ended.answer) == (1, "")
    assert "There is no collection 'plone'; those that exist: none." in ended.talk
    assert ended.talk.endswith(" Fill it first: pyfaggregator -f -p plone\n")


def test_a_key_is_told_with_the_address_that_it_is_for(
    run: Run, filled: Laboratory, configured: dict[str, str], commands: Commands, typesense_binary: Path
) -> None:
    adding = ("--add-search-only-apikey", "-t", filled.collection)
    ended = run(*adding, **configured)
    assert ended.talk == (
        f"This key may search {filled.collection} at {filled.typesense.url}. It is shown this once:\n"
    )
    assert json.loads(run(*adding, "--json").answer)["url"] == filled.typesense.url
    for name in configured:
        commands.monkeypatch.delenv(name)
    folder = commands.folder / "data"
    asyncio.run(make_collection(folder, "own"))
    ended = run("--add-search-only-apikey", "-t", "own", PYF_DATA_DIR=str(folder))
    port = json.loads((folder / "typesense" / "server.json").read_text())["port"]
    assert ended.talk == (
        f"This key may search own at http://127.0.0.1:{port}, which is there while a command uses it."
        " It is shown this once:\n"
    )


async def make_collection(folder: Path, name: str) -> None:
    """Make an empty collection in the embedded server of a data folder."""
    async with open_embedded(folder) as server:
        schema = {"name": name, "fields": [{"name": "name", "type": "string"}]}
        Client(server.url, server.api_key).ask("POST", "/collections", schema)
