"""The main job between the stand-in for PyPI and a real Typesense."""

import pytest

from tests.laboratory import PLONE, Laboratory

pytestmark = pytest.mark.asyncio

DJANGO = "Framework :: Django"


async def test_a_full_run_makes_the_collection_equal_to_pypi(laboratory: Laboratory) -> None:
    world = laboratory.world
    world.add_project("collective.easyform", classifiers=[PLONE, f"{PLONE} :: 6.1"])
    world.add_project("Plone_Theme", classifiers=[f"{PLONE} :: Theme"])
    world.add_project("django-thing", classifiers=[DJANGO])
    summary = await laboratory.run_full()
    documents = laboratory.get_documents()
    assert {name: document["name"] for name, document in documents.items()} == {
        "collective-easyform": "collective.easyform",
        "plone-theme": "Plone_Theme",
    }
    assert documents["collective-easyform"]["framework_versions"] == ["Plone 6.1"]
    assert (summary.matched, summary.written, summary.removed, summary.listed) == (2, 2, 0, 3)
    assert summary.exit_code == 0
    assert laboratory.checkpoint == summary.checkpoint == world.serial
    assert laboratory.pypi.counts.redirects == 0


async def test_an_incremental_run_brings_what_changed_and_nothing_else(laboratory: Laboratory) -> None:
    world = laboratory.world
    for name in ("a", "b", "c", "d"):
        world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    world.release("b", "2.0")
    world.remove_project("c")
    world.release("d", "2.0", classifiers=[DJANGO])
    world.add_project("e", classifiers=[PLONE])
    world.add_project("other", classifiers=[DJANGO])
    laboratory.pypi.clear_requests()
    summary = await laboratory.run_incremental()
    assert {name: document["version"] for name, document in laboratory.get_documents().items()} == {
        "a": "1.0.0",
        "b": "2.0",
        "e": "1.0.0",
    }
    assert (summary.written, summary.removed, summary.unchanged) == (2, 2, 1)
    assert summary.exit_code == 0
    assert laboratory.checkpoint == world.serial
    # Four changed names are fewer than Plone's classifiers: one list, one JSON each, no browsing.
    assert (laboratory.pypi.counts.project_list, laboratory.pypi.counts.project_json) == (1, 4)
    assert laboratory.pypi.counts.browse == 0


async def test_a_run_without_changes_asks_one_conditional_question(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.pypi.clear_requests()
    summary = await laboratory.run_incremental()
    assert summary.requests == {"project list": 1}
    assert "If-None-Match" in laboratory.pypi.requests[0].headers
    assert (summary.written, summary.unchanged, summary.checkpoint) == (0, 1, laboratory.world.serial)


async def test_django_does_not_take_django_cms(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[f"{DJANGO} :: 5.2"])
    laboratory.world.add_project("b", classifiers=["Framework :: Django CMS :: 3.4"])
    for discover in (laboratory.run_full, laboratory.run_index):
        await discover(classifiers=[DJANGO])
        assert laboratory.get_names() == {"a"}
