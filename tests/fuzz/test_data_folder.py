"""Whatever became of the files in the data folder: a run ends as it should, or with one sentence."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.errors.root import AggregatorError, DataFolderUnusable
from pyf.aggregator.metadata.model import NormalizedName, Slug
from pyf.aggregator.state.catalogue import open_catalogue
from pyf.aggregator.state.project_pages import open_project_pages
from pyf.aggregator.state.repositories import open_repositories
from tests.fuzz.values import ANY_BYTES, find_faults, try_examples
from tests.laboratory import PLONE, Laboratory

SPLICES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5000), ANY_BYTES), min_size=1, max_size=3)


def spoil(file: Path, content: bytes, splices: list[tuple[float, int, bytes]]) -> None:
    """Write the content with other bytes at some places, and nothing of a journal beside it."""
    for share, length, other in splices:
        place = int(len(content) * share)
        content = content[:place] + other.ljust(length, b"\x00")[:length] + content[place + length :]
    for journal in file.parent.glob(f"{file.name}-*"):
        journal.unlink()
    file.write_bytes(content)


@try_examples(6)
@given(splices=SPLICES)
def test_a_spoilt_catalogue_ends_a_run_in_order(
    laboratory: Laboratory, splices: list[tuple[float, int, bytes]]
) -> None:
    file = laboratory.folder / "catalogue.sqlite"
    for path in laboratory.folder.glob(f"{file.name}*"):
        path.unlink()
    laboratory.world.add_project(f"p{laboratory.world.serial}", classifiers=[PLONE])
    assert asyncio.run(laboratory.run_full()).complete
    spoil(file, file.read_bytes(), splices)
    said = ""
    laboratory.world.release("p1000", f"2.{laboratory.world.serial}", classifiers=[PLONE])
    try:
        summary = asyncio.run(laboratory.run_incremental())
        said = summary.stopped or ""
    except AggregatorError as error:
        said = str(error)
    if said:
        assert find_faults(said) == []
    assert laboratory.get_names() == set(laboratory.world.projects)


def load_all(file: Path) -> None:
    """Load what every module keeps in the file of one project and one repository."""
    name = NormalizedName("a")
    with closing(open_catalogue(file)) as catalogue:
        catalogue.load_project_list()
        list(catalogue.load_projects([name]))
        catalogue.load_releases([name])
    with closing(open_project_pages(file)) as pages:
        pages.load([name])
        pages.load_provenances(["a"])
    with closing(open_repositories(file, origin="o")) as repositories:
        repositories.load([Slug("a")])


ROWS = {
    "projects": ("a", 1, "?"),
    "releases": ("a", "1.0", "?"),
    "project_pages": ("a", "?"),
    "provenances": ("a", "?"),
    "repositories": ("o", "a", None, "?", "known", "?", None, None, None),
}


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("text", ["x", "", "{}", "[1]", "null", b"\xff", 7])
def test_a_row_that_cannot_be_read_names_the_file(tmp_path: Path, table: str, text: object) -> None:
    file = tmp_path / "catalogue.sqlite"
    load_all(file)
    row = [text if value == "?" else value for value in ROWS[table]]
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
    with pytest.raises(DataFolderUnusable) as refusal:
        load_all(file)
    assert str(refusal.value) == (
        f"{file} cannot be used: it has a row that cannot be read;"
        " it only saves requests, delete it and run again."
    )
