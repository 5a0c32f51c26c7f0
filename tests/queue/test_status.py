"""Status and provenance as workers ask for it: at the pace of all, with a memory of all."""

import asyncio

import pytest

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.status import MAX_AGE, enrich_status
from pyf.aggregator.jobs.progress import SourceSummary
from pyf.aggregator.services.worker import open_worker
from tests.lookout import Lookout
from tests.servers.faults import Status
from tests.workshop import Workshop


@pytest.mark.asyncio
async def test_workers_share_pace_and_memory(
    workshop: Workshop, lookout: Lookout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookout.add_many(3)
    await lookout.fill()
    for name, value in workshop.environment.items():
        monkeypatch.setenv(name, value)

    async def run(machine: str) -> SourceSummary:
        monkeypatch.setenv("PYF_DATA_DIR", str(workshop.folder / machine))
        async with open_worker(load_settings(), workshop.store) as worker:
            order = EnrichOrder(target=workshop.profile, max_age=MAX_AGE, profile=workshop.profile)
            return await enrich_status(order, worker.status)

    assert (await run("one")).requests == {"project page": 3, "provenance": 3}
    for name in lookout.get():
        change = {"id": name, "provenance_checked": 1}
        lookout.laboratory.ask("POST", f"/collections/{workshop.profile}/documents", change, action="update")
    # Another machine has a file of its own, and knows all the same.
    summary = await run("two")
    assert (summary.written, summary.requests) == (3, {})
    assert lookout.get()["p0001"]["attested_by"] == ["github.com/o/p0001"]
    # A limit that PyPI names to one of them is that of all, and no failure.
    lookout.add("late")
    await lookout.fill()
    lookout.laboratory.pypi.fail("/simple/late/", Status(status=429, headers={"Retry-After": "600"}))
    for machine in ("one", "two"):
        summary = await run(machine)
        assert (summary.left, summary.exit_code, summary.resume_at is not None) == (1, 0, True)
    assert lookout.count_sent()["pages"] == 1


def test_each_profile_is_asked_for_once_a_week(workshop: Workshop, lookout: Lookout) -> None:
    lookout.add_many(3)
    asyncio.run(lookout.fill())
    workshop.start_workers()
    workshop.send("queue_all_status_updates")
    workshop.wait_for_log(f"{workshop.profile} has its status: 3 asked for, 3 written")
    assert [document["status"] for document in lookout.get().values()] == ["active"] * 3
    assert f"update_status {workshop.profile} last succeeded at " in workshop.run("status").answer
    workshop.send("update_status", workshop.profile)
    workshop.wait_for_log(f"{workshop.profile} has its status: 0 asked for, 0 written, 3 unchanged")
    assert workshop.failures.load() == []
