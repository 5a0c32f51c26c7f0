"""What a job tells whoever watches: its steps, how much there is to each, and that it gets there."""

import pytest

from pyf.aggregator.jobs.collections.migrate import MigrateOrder, migrate
from tests.jobs.rebuilding import rebuild
from tests.laboratory import PLONE, Laboratory
from tests.lookout import Lookout
from tests.observatory import Observatory
from tests.steps import NotedProgress

pytestmark = pytest.mark.asyncio


@pytest.fixture
def noted(laboratory: Laboratory) -> NotedProgress:
    laboratory.progress = noted = NotedProgress()
    return noted


async def test_a_run_browses_classifiers_and_fetches_projects(
    laboratory: Laboratory, noted: NotedProgress
) -> None:
    for number in range(7):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    await laboratory.run_full(classifiers=["Framework :: Plone :: Core", "Framework :: Plone :: Addon"])
    assert noted.steps == {
        "fetching the project list": (None, 0),
        "browsing classifiers": (2, 2),
        "fetching projects": (0, 0),
    }
    noted.steps.clear()
    await laboratory.run_index()
    assert noted.steps == {"fetching the project list": (None, 0), "fetching projects": (7, 7)}
    await rebuild(laboratory)
    assert noted.steps["carrying over"] == (None, 0)


async def test_a_migration_passes_over_all_until_nothing_moves(
    laboratory: Laboratory, noted: NotedProgress
) -> None:
    for number in range(7):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    await laboratory.run_full()
    noted.steps.clear()
    async with laboratory.open_search() as search:
        order = MigrateOrder(source=laboratory.collection, target=f"{laboratory.collection}-target")
        await migrate(order, search, noted)
    assert noted.steps == {
        "copying, pass 1": (7, 7),
        "copying, pass 2": (7, 7),
        "comparing": (None, 0),
    }


async def test_status_asks_for_each_page(lookout: Lookout, noted: NotedProgress) -> None:
    lookout.add_many(12)
    await lookout.fill()
    noted.steps.clear()
    await lookout.run()
    assert noted.steps == {
        "reading the collection": (None, 0),
        "asking PyPI for project pages": (12, 12),
    }


async def test_what_a_forge_is_asked_for_twice_counts_once(
    observatory: Observatory, noted: NotedProgress
) -> None:
    for number in range(12):
        observatory.hub.add(f"o/p{number}", stars=number)
        observatory.add_project(f"p{number}", f"o/p{number}")
    await observatory.fill()
    noted.steps.clear()
    observatory.github.silent = {"o/p3", "o/p7"}
    await observatory.enrich()
    assert noted.steps == {"reading the collection": (None, 0), "asking GitHub": (12, 12)}
