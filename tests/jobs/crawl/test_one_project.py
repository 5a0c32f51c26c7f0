"""One project brought up to date in every collection; and each fault of PyPI as a task meets it."""

import pytest

from pyf.aggregator.errors.jobs import ReleaseMissing
from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.jobs.crawl.one_project import ProjectSync, sync_project
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.model import Serial as ProjectSerial
from pyf.aggregator.metadata.profile import Profile
from tests.jobs.crawl.test_failures import (
    FAILING,
    HARMLESS,
    NOT_FOUND,
    Case,
    changed,
    get_versions,
    plan_fault,
)
from tests.laboratory import PLONE, Laboratory
from tests.servers.faults import Body, Serial, Status

pytestmark = pytest.mark.asyncio

__all__ = ["changed"]

DJANGO = "Framework :: Django"
KEPT = {"same": "1.0.0", "moved": "1.0.0", "gone": "1.0.0"}


async def run(
    laboratory: Laboratory, name: str, *, version: str | None = None, rewrite: bool = False
) -> ProjectSync:
    profiles = [
        Profile(key=laboratory.collection, name="Plone", selection=Selection((PLONE,))),
        Profile(key="a-profile-without-a-collection", name="Others", selection=Selection((PLONE,))),
    ]
    async with laboratory.open_resources() as resources:
        return await sync_project(NormalizedName(name), profiles, resources, version=version, rewrite=rewrite)


@pytest.mark.parametrize("case", HARMLESS.values(), ids=HARMLESS)
async def test_what_passes_or_means_nothing(changed: Laboratory, case: Case) -> None:
    plan_fault(changed, case)
    await run(changed, "moved")
    # A task knows no serial to expect: an older answer is taken for what it is, but never over a newer one.
    stale = isinstance(case.fault, Serial) and case.fault.serial is not None
    expected = KEPT if case.fault == NOT_FOUND or stale else {**KEPT, "moved": "2.0"}
    assert get_versions(changed) == expected


@pytest.mark.parametrize(
    "case",
    [case for case in FAILING.values() if not isinstance(case.fault, Serial) and case.fault != NOT_FOUND],
    ids=[
        name
        for name, case in FAILING.items()
        if not isinstance(case.fault, Serial) and case.fault != NOT_FOUND
    ],
)
async def test_what_fails_is_raised_for_another_attempt_and_changes_nothing(
    changed: Laboratory,
    case: Case,
) -> None:
    plan_fault(changed, case)
    with pytest.raises(SourceError):
        await run(changed, "moved")
    assert get_versions(changed) == KEPT


async def test_each_collection_has_the_kinds_of_its_own_frameworks(laboratory: Laboratory) -> None:
    name = laboratory.collection
    laboratory.world.add_project("a", classifiers=[PLONE, DJANGO, f"{PLONE} :: Theme"])
    plone, django = Selection((PLONE,)), Selection((DJANGO,))
    await laboratory.run_full()
    assert laboratory.get_documents()["a"]["kinds"] == ["Theme"]
    async with laboratory.open_resources() as resources:
        for selection, kinds in ((django, None), (plone, ["Theme"])):
            profile = Profile(key=name, name=name, selection=selection)
            await sync_project(NormalizedName("a"), [profile], resources, rewrite=True)
            assert laboratory.get_documents()["a"].get("kinds") == kinds
    await laboratory.run_full(classifiers=[DJANGO])
    assert "kinds" not in laboratory.get_documents()["a"]


@pytest.mark.parametrize("changes_days", [400, 0])
async def test_a_project_is_written_left_and_removed(laboratory: Laboratory, changes_days: int) -> None:
    laboratory.changes_days = changes_days
    world = laboratory.world
    world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    world.release("a", "2.0")
    assert (await run(laboratory, "a")).written == [laboratory.collection]
    assert (await run(laboratory, "a")).unchanged == [laboratory.collection]
    assert (await run(laboratory, "a", rewrite=True)).written == [laboratory.collection]
    world.release("a", "3.0", classifiers=[DJANGO])
    assert (await run(laboratory, "a")).removed == [laboratory.collection]
    assert await run(laboratory, "a") == ProjectSync(version="3.0", serial=ProjectSerial(world.serial))
    assert laboratory.get_names() == set()


async def test_a_run_asks_for_nothing_that_was_learnt_of_one_project(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_index()
    laboratory.world.add_project("other", classifiers=[DJANGO])
    laboratory.world.release("a", "2.0", classifiers=[PLONE])
    for name in ("a", "other"):
        await run(laboratory, name)
    laboratory.pypi.clear_requests()
    await laboratory.run_index()
    # A full run looks at every document.
    assert laboratory.list_asked() == ["/pypi/a/json"]


async def test_what_an_older_release_declares_is_learnt_of_one_project_too(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", version="1.0", classifiers=[PLONE])
    await laboratory.run_index()
    laboratory.world.release("a", "2.0", classifiers=[PLONE, f"{PLONE} :: 5.2"])
    await run(laboratory, "a")
    laboratory.world.release("a", "3.0", classifiers=[PLONE, f"{PLONE} :: 6.1"])
    await run(laboratory, "a")
    releases = laboratory.get_documents()["a"]["releases"]
    assert [release.get("framework_versions") for release in releases[:2]] == [["Plone 6.1"], ["Plone 5.2"]]


async def test_a_later_state_is_never_replaced_by_an_earlier(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    before = laboratory.get_documents()
    laboratory.pypi.fail("/pypi/a/json", Serial(serial=7))
    assert await run(laboratory, "a", rewrite=True) == ProjectSync(version="1.0.0", serial=ProjectSerial(7))
    assert laboratory.get_documents() == before


async def test_a_page_of_a_serial_far_beyond_pypi_is_not_believed(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    before, serial = laboratory.get_documents(), ProjectSerial(laboratory.world.serial)
    laboratory.pypi.fail("/pypi/a/json", Serial(serial=serial * 1000))
    profile = Profile(key=laboratory.collection, name="Plone", selection=Selection((PLONE,)))
    async with laboratory.open_resources() as resources:
        with pytest.raises(SourceError, match="far beyond"):
            await sync_project(NormalizedName("a"), [profile], resources, list_serial=serial)
    assert laboratory.get_documents() == before


async def test_a_project_without_a_version_is_no_release_to_remember(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.world.add_project("b", classifiers=[DJANGO])
    await laboratory.run_full()
    body = b'{"info": {"name": "b", "version": null, "classifiers": []}}'
    laboratory.pypi.fail("/pypi/b/json", Body(body=body))
    serial = ProjectSerial(laboratory.world.projects["b"].serial)
    assert await run(laboratory, "b") == ProjectSync(serial=serial)
    assert laboratory.get_names() == {"a"}


async def test_a_release_that_is_not_to_be_seen_is_told(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE], version="1.0.0")
    await laboratory.run_full()
    await run(laboratory, "a", version="1.0")
    with pytest.raises(ReleaseMissing, match=r"a 2\.0 was announced"):
        await run(laboratory, "a", version="2.0")
    laboratory.world.release("a", "2.0")
    for version in ("1.0", "2.0.0"):
        assert (await run(laboratory, "a", version=version)).version == "2.0"
    laboratory.pypi.fail("/pypi/a/json", Status(status=404, body=b"{}"))
    with pytest.raises(ReleaseMissing):
        await run(laboratory, "a", version="1.0")
    assert await run(laboratory, "a") == ProjectSync()
    assert laboratory.get_names() == {"a"}


async def test_a_removal_leaves_the_document_of_a_later_serial(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    serial = laboratory.world.serial
    async with laboratory.open_search() as search:
        name = NormalizedName("a")
        await search.contents.remove_outdated(laboratory.collection, name, ProjectSerial(serial - 1))
        assert laboratory.get_names() == {"a"}
        await search.contents.remove_outdated(laboratory.collection, name, ProjectSerial(serial))
    assert laboratory.get_names() == set()
