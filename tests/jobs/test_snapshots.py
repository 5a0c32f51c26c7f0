"""After it wrote much, a job lets a Typesense of our own write its state down: its next start is quicker."""

from pathlib import Path
from shutil import rmtree

import pytest

from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from pyf.aggregator.jobs.progress import NullProgress
from tests.jobs.rebuilding import rebuild
from tests.laboratory import PLONE, Laboratory
from tests.observatory import Observatory

pytestmark = pytest.mark.asyncio


@pytest.fixture
def folder(laboratory: Laboratory, tmp_path: Path) -> Path:
    laboratory.snapshot_folder = tmp_path / "snapshot"
    return laboratory.snapshot_folder


def is_taken(folder: Path) -> bool:
    """Tell whether a snapshot was taken since the last time."""
    found = (folder / "state").is_dir()
    rmtree(folder, ignore_errors=True)
    return found


async def test_a_run_that_wrote_or_removed_takes_one(laboratory: Laboratory, folder: Path) -> None:
    for name in ("stays", "goes"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    assert is_taken(folder)
    await laboratory.run_incremental()
    assert not is_taken(folder)
    laboratory.world.release("stays", "2.0", classifiers=[PLONE])
    await laboratory.run_incremental()
    assert is_taken(folder)
    laboratory.world.remove_project("goes")
    summary = await laboratory.run_incremental()
    assert (summary.written, summary.removed, is_taken(folder)) == (0, 1, True)
    await rebuild(laboratory)
    assert is_taken(folder)
    async with laboratory.open_search() as search:
        order = MigrateOrder(source=laboratory.collection, target=f"{laboratory.collection}-target")
        await migrate(order, search, NullProgress())
    assert is_taken(folder)


async def test_an_enrichment_that_wrote_takes_one(observatory: Observatory, folder: Path) -> None:
    observatory.add_project("tidy.forms", "tidy/tidy.forms")
    await observatory.fill()
    assert is_taken(folder)
    await observatory.enrich()
    assert is_taken(folder)
    await observatory.enrich()
    assert not is_taken(folder)
