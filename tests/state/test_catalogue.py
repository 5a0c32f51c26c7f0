import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.metadata.model import NormalizedName, Serial, Slug
from pyf.aggregator.sources.pypi.project_list import ProjectListPage
from pyf.aggregator.state.catalogue import UNANSWERED, Catalogue, KnownProject, open_catalogue
from pyf.aggregator.state.database import open_database
from pyf.aggregator.state.repositories import open_repositories


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = open_catalogue(tmp_path / "data" / "catalogue.sqlite")
    yield opened
    opened.close()


def known(name: str, serial: int, *classifiers: str) -> KnownProject:
    return KnownProject(name=NormalizedName(name), serial=Serial(serial), classifiers=classifiers)


def test_projects_are_remembered_and_a_later_serial_is_never_replaced_by_an_earlier(
    catalogue: Catalogue,
) -> None:
    catalogue.save_projects([known("a", 5, "X"), known("b", 5)])
    catalogue.save_projects([known("a", 4, "OLD"), known("b", 6, "Y")])
    assert list(catalogue.load_projects([NormalizedName(n) for n in "abc"])) == [
        known("a", 5, "X"),
        known("b", 6, "Y"),
    ]


def test_many_names_are_looked_up_at_once(catalogue: Catalogue) -> None:
    projects = [known(f"p{number}", number + 1, "C") for number in range(1203)]
    catalogue.save_projects(projects)
    found = catalogue.load_projects(project.name for project in projects)
    assert sorted(found, key=lambda project: project.serial) == projects


def test_a_project_without_an_answer_is_asked_again_until_it_gives_one(catalogue: Catalogue) -> None:
    catalogue.save_projects([known("a", 5)])
    catalogue.save_projects([known("a", UNANSWERED), known("b", UNANSWERED)])
    assert catalogue.load_unanswered() == ["a", "b"]
    catalogue.save_projects([known("a", 7)])
    assert catalogue.load_unanswered() == ["b"]


def test_what_releases_declared_is_joined_over_the_profiles_that_saw_them(catalogue: Catalogue) -> None:
    name = NormalizedName("a")
    catalogue.save_releases({name: {"1.0": ("F :: A",), "2.0": ("F :: A",)}})
    catalogue.save_releases({name: {"1.0": ("F :: B",)}})
    assert catalogue.load_releases([name, NormalizedName("b")]) == {
        name: {"1.0": ("F :: A", "F :: B"), "2.0": ("F :: A",)}
    }


def test_the_project_list_is_kept_for_the_next_conditional_request(catalogue: Catalogue) -> None:
    assert catalogue.load_project_list() is None
    page = ProjectListPage(etag='"1"', body=b"{}" * 1000)
    catalogue.save_project_list(ProjectListPage(etag='"0"', body=b"old"))
    catalogue.save_project_list(page)
    assert catalogue.load_project_list() == page


def test_a_damaged_copy_of_the_project_list_counts_as_none(tmp_path: Path, catalogue: Catalogue) -> None:
    catalogue.save_project_list(ProjectListPage(etag='"1"', body=b"list"))
    with sqlite3.connect(tmp_path / "data" / "catalogue.sqlite") as connection:
        connection.execute("UPDATE project_lists SET body = x'00'")
    connection.close()
    assert catalogue.load_project_list() is None


def open_at_once(path: Path, gate: Barrier, outcomes: "SimpleQueue[str]") -> None:
    gate.wait()
    try:
        open_catalogue(path).close()
    except DataFolderUnusable as error:
        outcomes.put(str(error))
    else:
        outcomes.put("opened")


def test_a_file_that_several_programs_create_at_one_moment_opens_for_each(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    outcomes: SimpleQueue[str] = processes.SimpleQueue()
    for round_ in range(30):  # before it was mended, one round in four refused a program
        gate = processes.Barrier(4)
        path = tmp_path / str(round_) / "catalogue.sqlite"
        openers = [processes.Process(target=open_at_once, args=(path, gate, outcomes)) for _ in range(4)]
        for opener in openers:
            opener.start()
        assert [outcomes.get() for _ in openers] == ["opened"] * 4
        for opener in openers:
            opener.join()


def test_two_commands_share_the_file(tmp_path: Path, catalogue: Catalogue) -> None:
    other = open_catalogue(tmp_path / "data" / "catalogue.sqlite")
    other.save_projects([known("a", 1)])
    catalogue.save_projects([known("b", 2)])
    assert list(other.load_projects([NormalizedName("a"), NormalizedName("b")])) == [
        known("a", 1),
        known("b", 2),
    ]
    other.close()


def test_a_failed_write_leaves_nothing_of_itself(catalogue: Catalogue) -> None:
    def broken() -> Iterator[KnownProject]:
        yield known("a", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        catalogue.save_projects(broken())
    assert list(catalogue.load_projects([NormalizedName("a")])) == []


def test_a_file_that_is_no_catalogue_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 50)
    with pytest.raises(DataFolderUnusable, match="it only saves requests, delete it and run again"):
        open_catalogue(path)
    with pytest.raises(DataFolderUnusable, match="cannot be used"):
        open_catalogue(path / "below-a-file" / "catalogue.sqlite")


def test_a_full_disk_is_thought_of(tmp_path: Path) -> None:
    database = open_database(tmp_path / "full.sqlite", "CREATE TABLE IF NOT EXISTS rows (content BLOB)")
    with closing(database):
        assert list(database.read("PRAGMA max_page_count = 20")) == [(20,)]
        with (
            pytest.raises(DataFolderUnusable, match="full; look whether the disk is full"),
            database.writing() as connection,
        ):
            connection.execute("INSERT INTO rows VALUES (zeroblob(1000000))")


def test_a_catalogue_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DataFolderUnusable, match="it has format 99"):
        open_catalogue(path)


def test_a_catalogue_of_an_earlier_format_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    earlier = open_catalogue(path)
    earlier.save_projects([known("a", 1)])
    earlier.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    repositories = open_repositories(path, origin="https://api.example")
    assert repositories.load([Slug("o/n")]) == {}
    repositories.close()
    catalogue = open_catalogue(path)
    assert list(catalogue.load_projects([NormalizedName("a")])) == [known("a", 1)]
    catalogue.close()
