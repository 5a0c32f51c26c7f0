"""Assessments that the queue makes: of profiles that changed, and of each once a day."""

import pytest

from pyf.aggregator.state.redis.changes import ChangedProfiles
from tests.servers.faults import Fault, Hang, Status
from tests.servers.typesense_proxy import TypesenseProxy
from tests.workshop import Workshop


@pytest.fixture
def changes(filled: Workshop) -> ChangedProfiles:
    return ChangedProfiles(filled.store)


def find_life(workshop: Workshop) -> set[str]:
    return {str(document.get("life")) for document in workshop.laboratory.get_documents().values()}


def test_a_profile_is_assessed_once_a_day_and_whenever_it_changed(
    filled: Workshop, changes: ChangedProfiles
) -> None:
    filled.start_workers()
    filled.send("queue_all_assessment_updates")
    filled.wait_for_log(f"{filled.profile} has its assessment: 0 asked for, 10 written")
    assert find_life(filled) == {"unknown"}
    # Nothing has changed since then, and it is the same day.
    filled.send("queue_all_assessment_updates")
    filled.laboratory.world.release("p1", "2.0")
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(lambda: changes.load() == {filled.profile}, "the change is noted")
    assert filled.read_logs().count(" has its assessment: ") == 1
    filled.send("queue_all_assessment_updates")
    filled.wait(lambda: filled.read_logs().count(" has its assessment: ") == 2, "it is assessed again")
    assert changes.load() == set()
    assert filled.failures.load() == []


def test_a_reconciling_and_a_removal_are_changes(filled: Workshop, changes: ChangedProfiles) -> None:
    filled.start_workers()
    filled.laboratory.world.remove_project("p1")
    filled.send("reconcile_profile", filled.profile)
    filled.wait(lambda: changes.load() == {filled.profile}, "the removal is noted")


def test_a_profile_without_a_collection_is_left_alone(workshop: Workshop) -> None:
    workshop.start_workers()
    workshop.send("queue_all_assessment_updates")
    workshop.send("update_assessment", workshop.profile)
    workshop.wait_for_log(f"{workshop.profile} has no collection yet, so nothing is asked for.")
    assert workshop.read_logs().count("has no collection yet") == 1
    assert workshop.failures.load() == []


REFUSED = Status(status=400, body=b'{"message": "no"}')


@pytest.mark.parametrize("fault", [REFUSED, Hang()], ids=["refused", "out of time"])
def test_a_failed_assessment_leaves_its_profile_among_those_that_changed(
    filled: Workshop, changes: ChangedProfiles, fault: Fault
) -> None:
    with TypesenseProxy(behind=filled.laboratory.typesense.url) as proxy:
        filled.environment["TYPESENSE_PORT"] = proxy.url.rpartition(":")[2]
        filled.start_workers(PYF_TASK_SECONDS="1", PYF_RUN_SECONDS="2")
        proxy.fail("*/documents/import", fault)
        filled.send("update_assessment", filled.profile)
        filled.wait(lambda: changes.load() == {filled.profile}, "the change is noted again")
        proxy.mend()
        filled.send("queue_all_assessment_updates")
        filled.wait_for_log(f"{filled.profile} has its assessment: ")
    assert find_life(filled) == {"unknown"}
    assert changes.load() == set()
