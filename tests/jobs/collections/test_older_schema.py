"""A collection of an earlier version: every command says in one sentence what to do, and doing it helps."""

import asyncio
import json
from pathlib import Path

import pytest

from pyf.aggregator.cli.aggregator import pyfaggregator
from pyf.aggregator.cli.github import pyfgithub
from pyf.aggregator.cli.updater import pyfupdater
from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.progress import NullProgress
from tests.commands import NOBODY, Commands
from tests.laboratory import PLONE, Document, Laboratory
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy
from tests.workshop import Workshop

LATER_FIELDS = {"words", "description_words"}
FIGURES = {"github_stars": 7, "github_checked": 1_700_000_000, "github_url": "https://github.com/o/n"}
MISFITS = (
    "token_separators: lacks ! $ % & ? \\ ^ | ~, has #; symbols_to_index: lacks # +",
    "has another schema than this version wants",
)


def make_older(laboratory: Laboratory, name: str) -> dict[str, Document]:
    """Make a collection as the version before made it, with figures of GitHub's; return its documents."""
    laboratory.world.add_project("cpp.tools", classifiers=[PLONE], summary="Bindings for C++", keywords="c++")
    laboratory.world.add_project("plain", classifiers=[PLONE], summary="План", keywords="c")
    asyncio.run(laboratory.run_full())
    documents = laboratory.get_documents()
    laboratory.ask("DELETE", f"/collections/{laboratory.collection}")
    fields = [field for field in build_schema()["fields"] if field["name"] not in LATER_FIELDS]  # type: ignore[attr-defined]
    separators = list(".-_@/()[]{}<>=\"'`,;:#*")
    laboratory.ask("POST", "/collections", {"name": name, "fields": fields, "token_separators": separators})
    for document in documents.values():
        older = {key: value for key, value in document.items() if key not in {*LATER_FIELDS, "upload_time"}}
        laboratory.ask("POST", f"/collections/{name}/documents", {**older, **FIGURES})
    return documents


def get_facts(laboratory: Laboratory) -> dict[str, Document]:
    """Return the documents without what commands make of them all."""
    found = set(ASSESSMENT_FIELDS.names)
    return {
        name: {key: value for key, value in document.items() if key not in found}
        for name, document in laboratory.get_documents().items()
    }


@pytest.fixture
def settings(laboratory: Laboratory, environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Settings of commands that know the collection as a profile's."""
    profiles = tmp_path / "profiles.yaml"
    profiles.write_text(f'profiles:\n  {laboratory.collection}:\n    name: T\n    classifiers: ["{PLONE}"]\n')
    return {**environment, "PYF_PROFILES": str(profiles), "GITHUB_API_URL": NOBODY}


@pytest.mark.parametrize("mode", ["-i", "-f"])
def test_a_run_tells_the_command_that_helps(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands, mode: str
) -> None:
    name = laboratory.collection
    make_older(laboratory, name)
    ended = commands.choose(pyfaggregator)(
        mode, "-p", name, "-s", str(laboratory.since_file), "-q", **settings
    )
    assert ended.exit_code == 1
    assert f"run pyfaggregator -f -p {name} -s {laboratory.since_file} --rebuild to fill it again." in (
        ended.answer + ended.talk
    )
    for part in MISFITS:
        assert part in ended.answer + ended.talk


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ("-p {0}", "run pyfaggregator -f -p {0} --rebuild to fill it again."),
        (
            "-t {0}",
            "run pyfaggregator -f -t {0} --rebuild, with the -p or -ft that it was filled with.",
        ),
    ],
)
def test_pyfgithub_tells_the_command_that_helps(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands, options: str, advice: str
) -> None:
    name = laboratory.collection
    make_older(laboratory, name)
    ended = commands.choose(pyfgithub)(*options.format(name).split(), "-q", **settings)
    assert ended.exit_code == 1
    assert advice.format(name) in ended.answer + ended.talk


def test_a_migration_into_it_asks_for_another_name(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands
) -> None:
    older = f"{laboratory.collection}-older"
    make_older(laboratory, older)
    asyncio.run(laboratory.run_full())
    ended = commands.choose(pyfupdater)("--migrate", "-s", laboratory.collection, "-t", older, **settings)
    assert ended.exit_code == 1
    assert "give with -t a name that no collection has yet." in ended.answer + ended.talk


FACTS = {
    *("kinds", "development_status", "vulnerable", "has_wheel", "has_sdist"),
    *("documentation_url", "issues_url", "changelog_url", "funding_url"),
}


def test_fields_that_are_only_new_are_added_in_place_and_a_full_run_fills_them(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands
) -> None:
    urls = {"Docs": "https://x.example/d", "Issues": "https://x.example/i"}
    urls |= {"Changes": "https://x.example/c", "Funding": "https://x.example/f"}
    classifiers = [f"{PLONE} :: Addon", "Development Status :: 4 - Beta"]
    for name in ("old", "moved"):
        laboratory.world.add_project(name, classifiers=classifiers, project_urls=urls)
    name, since = laboratory.collection, ("-s", str(laboratory.since_file))
    asyncio.run(laboratory.run_full())
    documents = laboratory.get_documents()
    assert documents["old"].keys() >= FACTS
    schema = build_schema()
    fields = [field for field in schema["fields"] if field["name"] not in FACTS]  # type: ignore[attr-defined]
    laboratory.ask("DELETE", f"/collections/{name}")
    laboratory.ask("POST", "/collections", {**schema, "name": name, "fields": fields})
    older = {key: {k: v for k, v in item.items() if k not in FACTS} for key, item in documents.items()}
    for document in older.values():
        laboratory.ask("POST", f"/collections/{name}/documents", document)
    laboratory.world.touch("moved")
    run = commands.choose(pyfaggregator)
    ended = run("-i", "-p", name, *since, **settings)
    assert ended.exit_code == 0
    assert f"Adding to {name}: kinds, development_status, vulnerable, has_wheel, has_sdist." in ended.talk
    assert get_facts(laboratory)["old"] == older["old"]
    assert laboratory.get_documents()["moved"].keys() >= FACTS
    facts = {
        "q": "*",
        "query_by": "name",
        "filter_by": "kinds:=Addon && vulnerable:=false && has_wheel:=true",
    }
    assert laboratory.search(**facts) == ["moved"]
    assert run("-f", "-p", name, *since, "-q", **settings).exit_code == 0
    assert get_facts(laboratory)["old"] == documents["old"]
    assert sorted(laboratory.search(**facts)) == ["moved", "old"]


def test_the_queue_tells_the_command_that_helps(workshop: Workshop) -> None:
    make_older(workshop.laboratory, workshop.profile)
    workshop.start_workers()
    workshop.send("reconcile_profile", workshop.profile)
    workshop.wait(lambda: workshop.failures.count() > 0, "the reconciling is given up")
    ended = workshop.run("failed")
    assert f"run pyfaggregator -f -p {workshop.profile} --rebuild to fill it again." in ended.answer


def test_a_rebuild_brings_everything(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands
) -> None:
    name = laboratory.collection
    documents = make_older(laboratory, name)
    run = commands.choose(pyfaggregator)
    ended = run("-f", "-p", name, "-s", str(laboratory.since_file), "--rebuild", "-q", **settings)
    assert ended.exit_code == 0
    assert get_facts(laboratory) == {key: {**value, **FIGURES} for key, value in documents.items()}
    assert laboratory.search(q="c++", preset=name) == ["cpp-tools"]
    assert laboratory.search(q="план", preset=name) == ["plain"]
    assert run("-i", "-p", name, "-s", str(laboratory.since_file), "-q", **settings).exit_code == 0


def test_a_roll_back_to_it_is_searched_with_what_it_has_and_says_what_is_next(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands
) -> None:
    name, older = laboratory.collection, f"{laboratory.collection}-older"
    make_older(laboratory, older)
    laboratory.ask("DELETE", f"/presets/{name}")
    run, update = commands.choose(pyfaggregator), commands.choose(pyfupdater)
    assert update("--add-alias", "-s", name, "-t", older, **settings).exit_code == 0
    assert laboratory.search(q="bindings", preset=name) == ["cpp-tools"]
    since = ("-s", str(laboratory.since_file))
    assert run("-f", "-p", name, *since, "--rebuild", "-q", **settings).exit_code == 0
    assert laboratory.search(q="план", preset=name) == ["plain"]
    ended = update("--rollback", "-p", name, **settings)
    assert ended.answer.endswith(
        "It has the schema of an earlier version: the next run has to be one with -f --rebuild.\n"
    )
    assert laboratory.search(q="bindings", preset=name) == ["cpp-tools"]
    # Back again, with all that the fresh one has.
    assert "The next run moves on from there" in update("--rollback", "-p", name, **settings).answer
    assert laboratory.search(q="план", preset=name) == ["plain"]
    assert {"name": name, "value": build_preset()} in laboratory.get_presets()


def test_while_a_roll_back_moves_a_name_clients_send_along_what_fits_both(
    laboratory: Laboratory, settings: dict[str, str], commands: Commands
) -> None:
    name, older = laboratory.collection, f"{laboratory.collection}-older"
    make_older(laboratory, older)
    run, update = commands.choose(pyfaggregator), commands.choose(pyfupdater)
    assert update("--add-alias", "-s", name, "-t", older, **settings).exit_code == 0
    since = ("-s", str(laboratory.since_file))
    assert run("-f", "-p", name, *since, "--rebuild", "-q", **settings).exit_code == 0
    schema = json.loads(laboratory.ask("GET", f"/collections/{older}"))
    seen: list[object] = []

    def look(record: Record) -> None:
        if (record.method, record.path) == ("PUT", f"/aliases/{name}"):
            seen.extend(preset["value"] for preset in laboratory.get_presets() if preset["name"] == name)

    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        proxy.on_request = look
        port = proxy.url.rpartition(":")[2]
        ended = update("--rollback", "-p", name, **{**settings, "TYPESENSE_PORT": port})
    assert (ended.exit_code, seen) == (0, [build_preset(schema)])


async def migrate_older(laboratory: Laboratory, source: str, target: str) -> None:
    async with laboratory.open_search() as search:
        summary = await migrate(MigrateOrder(source=source, target=target), search, NullProgress())
    assert (summary.copied, summary.exit_code) == (2, 0)


def test_a_migration_brings_everything_too(laboratory: Laboratory) -> None:
    older, name = f"{laboratory.collection}-older", laboratory.collection
    documents = make_older(laboratory, older)
    asyncio.run(migrate_older(laboratory, older, name))
    assert get_facts(laboratory) == {key: {**value, **FIGURES} for key, value in documents.items()}
    assert laboratory.search(q="c++", preset=name) == ["cpp-tools"]
    assert laboratory.search(q="план", preset=name) == ["plain"]
