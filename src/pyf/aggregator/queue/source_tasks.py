"""The tasks of sources of facts that are asked for a whole profile: a pair for each source."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pyf.aggregator.documents.assessment import ASSESSMENT_FIELDS
from pyf.aggregator.errors.jobs import RunIncomplete
from pyf.aggregator.errors.sources import RateLimited
from pyf.aggregator.jobs.enrich import downloads, status
from pyf.aggregator.jobs.enrich.assessment import assess
from pyf.aggregator.jobs.enrich.downloads import enrich_downloads
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, ensure_collection
from pyf.aggregator.jobs.enrich.status import enrich_status
from pyf.aggregator.jobs.progress import SourceSummary
from pyf.aggregator.queue.job_task import declare_task
from pyf.aggregator.queue.served import queue_for_served
from pyf.aggregator.services.worker import Worker

logger = logging.getLogger(__name__)

EXPIRES_SECONDS = 6 * 24 * 3600
"""By then the next week's is about to come."""
ASSESSMENT_EXPIRES_SECONDS = 3600
MARGIN = timedelta(hours=12)
"""A weekly look has to find due what another weekly look has found, which a limit may have kept waiting."""


# Status and provenance


@declare_task("queue_all_status_updates", cron="pyf_status_cron", expires_seconds=EXPIRES_SECONDS)
async def queue_all_status_updates(worker: Worker) -> list[str]:
    """Queue the update of status and provenance of every profile."""
    return await queue_for_served(worker, update_status)


@declare_task("update_status", long=True, expires_seconds=EXPIRES_SECONDS)
async def update_status(worker: Worker, profile: str) -> int:
    """Ask PyPI's project pages for status and provenance of a profile's projects, as far as that is due."""
    return await _update(
        worker,
        profile,
        "status",
        lambda order: enrich_status(order, worker.status),
        status.MAX_AGE - MARGIN,
    )


# Downloads


@declare_task("queue_all_downloads_updates", cron="pyf_downloads_cron", expires_seconds=EXPIRES_SECONDS)
async def queue_all_downloads_updates(worker: Worker) -> list[str]:
    """Queue the update of downloads of every profile."""
    return await queue_for_served(worker, update_downloads)


@declare_task("update_downloads", long=True, expires_seconds=EXPIRES_SECONDS)
async def update_downloads(worker: Worker, profile: str) -> int:
    """Ask how often the projects of a profile were downloaded, as far as that is due."""
    return await _update(
        worker,
        profile,
        "downloads",
        lambda order: enrich_downloads(order, worker.downloads),
        downloads.MAX_AGE - MARGIN,
    )


# Assessment


@declare_task(
    "queue_all_assessment_updates", cron="pyf_assessment_cron", expires_seconds=ASSESSMENT_EXPIRES_SECONDS
)
async def queue_all_assessment_updates(worker: Worker) -> list[str]:
    """Queue the assessment of every profile that changed, or was not assessed today."""
    changed, today = worker.changes.load(), datetime.now(UTC).date()
    fresh = {
        success.profile
        for success in worker.heartbeats.load_successes()
        if success.task == "update_assessment" and success.time.date() == today
    }
    asked = [item.key for item in worker.profiles if item.key in changed or item.key not in fresh]
    search = worker.resources.search
    due = [profile for profile in asked if await search.find_collection(profile) is not None]
    for profile in due:
        update_assessment.send(profile)
    return due


@declare_task("update_assessment", long=True, expires_seconds=ASSESSMENT_EXPIRES_SECONDS)
async def update_assessment(worker: Worker, profile: str) -> int:
    """Assess a profile's collection; return how many documents say something new."""

    async def assess_collection(order: EnrichOrder) -> SourceSummary:
        # What changes from now on may not be in what is read: it is noted anew.
        worker.changes.forget(profile)
        try:
            summary = await assess(order, worker.get_profile(profile), worker.assessment)
        except BaseException:
            worker.changes.note([profile])
            raise
        if summary.exit_code:
            worker.changes.note([profile])
        return summary

    return await _update(worker, profile, ASSESSMENT_FIELDS.source, assess_collection, timedelta())


# What they share


async def _update(
    worker: Worker,
    profile: str,
    source: str,
    job: Callable[[EnrichOrder], Awaitable[SourceSummary]],
    max_age: timedelta,
) -> int:
    """Ask a source for what is due in a profile's collection; return how many documents were written.

    Raises :class:`RateLimited` for what a limit leaves, :class:`RunIncomplete` for what failed.
    """
    order = EnrichOrder(target=worker.get_profile(profile).key, max_age=max_age, profile=profile)
    search = worker.resources.search
    if await search.find_collection(profile) is None:
        logger.info("%s has no collection yet, so nothing is asked for.", profile)
        return 0
    # Here rather than in the job, which takes it for one more reason to stop: no repeat mends a schema, and
    # where the server is away the next task has to look for it anew.
    await ensure_collection(search, order.target, order.remedy)
    async with worker.hold(f"{source} {profile}", dispensable=True):
        summary = await job(order)
    if summary.written and source != ASSESSMENT_FIELDS.source:
        worker.changes.note([profile])
    if summary.off:
        logger.info("Nothing is asked for %s: %s.", profile, summary.off)
        return 0
    if summary.stopped:
        raise RunIncomplete(f"{profile}: {summary.stopped}")
    if troubles := [*summary.rejected, *summary.failed]:
        first = f"{troubles[0].name}: {troubles[0].reason}"
        raise RunIncomplete(f"{profile}: {len(troubles)} failed, such as {first}")
    if summary.left and summary.resume_at is not None:
        raise RateLimited(f"The source of {source}", summary.resume_at)
    worker.heartbeats.note_success(f"update_{source}", profile)
    logger.info(
        "%s has its %s: %d asked for, %d written, %d unchanged; requests: %d.",
        profile,
        source,
        summary.asked,
        summary.written,
        summary.unchanged,
        sum(summary.requests.values()),
    )
    return summary.written
