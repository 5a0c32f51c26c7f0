"""The tasks: a few lines each around a job. Their arguments are plain names."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import batched

from pyf.aggregator.errors.jobs import ArgumentsRefused, BrokerUnavailable, RunIncomplete, TaskRefused
from pyf.aggregator.errors.sources import RateLimited
from pyf.aggregator.jobs.crawl.aggregate import reconcile
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.one_project import ProjectSync, sync_project
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.enrich.forges.batch import BATCH_REPOSITORIES, find_due, update
from pyf.aggregator.jobs.enrich.forges.source import list_forges
from pyf.aggregator.jobs.progress import RunSummary
from pyf.aggregator.metadata.feed_entry import name_entry
from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Repository
from pyf.aggregator.metadata.repositories.forges import ForgeKind, name_forge
from pyf.aggregator.queue.job_task import declare_task
from pyf.aggregator.queue.repositories import Batch, read_batch, read_host
from pyf.aggregator.queue.served import is_served, queue_for_served
from pyf.aggregator.services.worker import Worker
from pyf.aggregator.sources.parsing import find_name, find_version
from pyf.aggregator.sources.pypi.feeds import Feed
from pyf.aggregator.state.redis.failures import shorten

logger = logging.getLogger(__name__)

INSPECT_LEASE_SECONDS = 15.0
"""A look takes less than a second; who waits for a dead one's lease need not wait for a minute."""
RECONCILE_RETRIES = 6
"""Some five minutes; the next reconciling comes by the hour."""
FEED_EXPIRES_SECONDS = 600
RECONCILE_EXPIRES_SECONDS = 3600
GITHUB_EXPIRES_SECONDS = 20 * 3600
DUE_SHARE = 0.75
"""A daily look has to find due what another daily look has found, though it did not last a day."""


# Projects


@declare_task("inspect_project")
async def inspect_project(worker: Worker, name: str, version: str | None = None) -> dict[str, object]:
    """Fetch a project and decide for every profile: write its document, or remove it.

    ``version`` is what a feed announced, empty for a new project; what was done since then is not done again.
    """
    project, version = _read_name("inspect_project", name), _read_version(version)
    if version is not None and worker.entries.is_done(name_entry(project, version)):
        return {}
    done = await _inspect(worker, project, version=version or None)
    if version is None:
        _refuse_missing(project, done)
    # One look serves the entry of the new project and that of its release.
    seen = {version or "", "", done.version or ""}
    worker.entries.note_done(name_entry(project, item) for item in seen)
    return _describe(done)


@declare_task("update_project")
async def update_project(worker: Worker, name: str) -> dict[str, object]:
    """Index a known project anew, whatever its serial."""
    project = _read_name("update_project", name)
    done = await _inspect(worker, project, rewrite=True)
    _refuse_missing(project, done)
    return _describe(done)


async def _inspect(
    worker: Worker, project: NormalizedName, *, version: str | None = None, rewrite: bool = False
) -> ProjectSync:
    # Between two looks at one project the earlier one would have the last word.
    async with worker.hold(f"inspect {project}", seconds=INSPECT_LEASE_SECONDS):
        seen = worker.heartbeats.load_serial()
        done = await sync_project(
            project,
            worker.profiles,
            worker.resources,
            version=version,
            rewrite=rewrite,
            list_serial=None if seen is None else seen.serial,
        )
    if done.serial is not None:
        worker.heartbeats.note_serial(done.serial)
    worker.changes.note([*done.written, *done.removed])
    return done


def _refuse_missing(project: NormalizedName, done: ProjectSync) -> None:
    """Tell who asked for a project by hand that there is none; a feed may be earlier than a page."""
    if done.serial is None:
        raise TaskRefused(
            f"PyPI has no page of {project!r}: there is no such project, or it has no release. Check the"
            " name; a document of what was removed goes with the next reconciling."
        )


def _describe(done: ProjectSync) -> dict[str, object]:
    found = {"written": done.written, "removed": done.removed, "unchanged": done.unchanged}
    return {what: profiles for what, profiles in found.items() if profiles}


def _read_name(task: str, name: object) -> NormalizedName:
    """Return a project's name; it goes into addresses, so nothing else may (PEP 508)."""
    if (found := find_name(name)) is None:
        raise ArgumentsRefused(task, f"{_show(name)} is not a project's name")
    return found


def _read_version(version: object) -> str | None:
    """Return the version that a feed announced, as it is spelt there."""
    if version is None or version == "":
        return version
    if (found := find_version(version)) is None:
        raise ArgumentsRefused("inspect_project", f"{_show(version)} is not a version")
    return found


def _show(value: object) -> str:
    return shorten(repr(value), 100)


# Feeds


@declare_task(
    "read_rss_new_projects_and_queue",
    cron="pyf_feeds_cron",
    expires_seconds=FEED_EXPIRES_SECONDS,
    due_at_start=True,
)
async def read_rss_new_projects_and_queue(worker: Worker) -> int:
    """Queue what PyPI's feed of new projects names."""
    return await _read_feed(worker, Feed.PROJECTS)


@declare_task(
    "read_rss_new_releases_and_queue",
    cron="pyf_feeds_cron",
    expires_seconds=FEED_EXPIRES_SECONDS,
    due_at_start=True,
)
async def read_rss_new_releases_and_queue(worker: Worker) -> int:
    """Queue what PyPI's feed of new releases names."""
    return await _read_feed(worker, Feed.RELEASES)


async def _read_feed(worker: Worker, feed: Feed) -> int:
    """Queue each entry that was not queued before; return how many."""
    page = await worker.resources.pypi.fetch_feed(feed, etag=worker.entries.load_etag(feed))
    if page is None:
        return 0
    named = {name_entry(entry.name, entry.version): entry for entry in page.entries}
    waiting = worker.entries.claim(list(named))
    count = len(waiting)
    try:
        while waiting:
            entry = named[waiting[0]]
            inspect_project.send(entry.name, entry.version or "")
            del waiting[0]
    except BaseException:
        with suppress(BrokerUnavailable):
            worker.entries.release(waiting)
        raise
    worker.entries.save_etag(feed, page.etag)
    return count


# Profiles


@declare_task(
    "queue_all_reconciles",
    cron="pyf_reconcile_cron",
    expires_seconds=RECONCILE_EXPIRES_SECONDS,
    due_at_start=True,
)
async def queue_all_reconciles(worker: Worker) -> list[str]:
    """Queue the reconciling of every profile that has a collection, or that the settings name."""
    return await queue_for_served(worker, reconcile_profile)


@declare_task(
    "reconcile_profile", long=True, retries=RECONCILE_RETRIES, expires_seconds=RECONCILE_EXPIRES_SECONDS
)
async def reconcile_profile(worker: Worker, profile: str) -> dict[str, object]:
    """Make a profile's collection equal to PyPI: the record behind the feeds, which may lose something."""
    order = _build_order(worker, profile)
    if not await is_served(worker, profile):
        logger.info("%s has no collection, so it is left alone.", profile)
        return {}
    summary = RunSummary(collection=profile, mode=order.mode)
    async with worker.hold(f"reconcile {profile}", dispensable=True):
        try:
            await reconcile(order, worker.run_resources, summary)
        finally:
            if summary.written or summary.removed:
                worker.changes.note([profile])
    if summary.target_serial is not None:
        worker.heartbeats.note_serial(summary.target_serial, proven=True)
    if troubles := [*summary.rejected, *summary.failed]:
        first = f"{troubles[0].name}: {troubles[0].reason}"
        raise RunIncomplete(f"{profile}: {len(troubles)} projects failed, such as {first}")
    worker.heartbeats.note_success("reconcile_profile", profile)
    logger.info(
        "%s equals PyPI at serial %s: %d written, %d removed, %d unchanged; requests: %s.",
        profile,
        summary.checkpoint,
        summary.written,
        summary.removed,
        summary.unchanged,
        ", ".join(f"{kind} {count:,}" for kind, count in summary.requests.items()) or "none",
    )
    return {"serial": summary.checkpoint, "written": summary.written, "removed": summary.removed}


def _build_order(worker: Worker, profile: str) -> AggregateOrder:
    return AggregateOrder(
        target=profile,
        selection=worker.get_profile(profile).selection,
        mode=Mode.INCREMENTAL,
        checkpoints=worker.checkpoints,
        adopt=True,
        patient=False,
        options=f"-p {profile}",
    )


# Forges


@declare_task(
    "queue_all_github_updates", long=True, cron="pyf_github_cron", expires_seconds=GITHUB_EXPIRES_SECONDS
)
async def queue_all_github_updates(worker: Worker) -> int:
    """Queue what is due on GitHub and every other forge, a hundred repositories a task."""
    targets = [profile.key for profile in worker.profiles]
    due = await find_due(targets, worker.enrichment, _find_max_age(worker))
    worker.repository_documents.save(due.shown_by)
    for host, paths in due.list_by_host().items():
        for batch in batched(paths, BATCH_REPOSITORIES):
            if host == GITHUB_HOST:
                update_github.send(batch)
            else:
                update_repositories.send(host, batch)
    return len(due.repositories)


@declare_task("update_github", long=True, expires_seconds=GITHUB_EXPIRES_SECONDS)
async def update_github(worker: Worker, repositories: Sequence[str]) -> int:
    """Ask GitHub for a batch of repositories, such as ``plone/volto``, and write their documents."""
    batch = read_batch("update_github", repositories, ForgeKind.GITHUB)
    return await _update(worker, "update_github", GITHUB_HOST, batch)


@declare_task("update_repositories", long=True, expires_seconds=GITHUB_EXPIRES_SECONDS)
async def update_repositories(worker: Worker, host: str, paths: Sequence[str]) -> int:
    """Ask another forge, such as ``gitlab.com``, for a batch of repositories, and write their documents."""
    forges = list_forges(worker.enrichment)
    host = read_host("update_repositories", host, forges)
    batch = read_batch("update_repositories", paths, forges[host])
    return await _update(worker, "update_repositories", host, batch)


async def _update(worker: Worker, task: str, host: str, batch: Batch) -> int:
    # Serial requests, as every forge likes them, whatever the number of workers.
    async with worker.hold("github" if host == GITHUB_HOST else f"forge {host}"):
        shown_by = worker.repository_documents.load([Repository(host, path) for path in batch.paths])
        summary = await update(host, batch.paths, shown_by, worker.enrichment, _find_max_age(worker))
    profiles = {showing.document.target for showings in shown_by.values() for showing in showings}
    if summary.written:
        worker.changes.note(profiles)
    if summary.left and summary.resume_at is not None:
        raise RateLimited(name_forge(host), summary.resume_at)
    if troubles := [*summary.rejected, *summary.failed]:
        first = f"{troubles[0].name}: {troubles[0].reason}"
        raise RunIncomplete(f"{len(troubles)} repositories failed, such as {first}")
    for profile in profiles:
        worker.heartbeats.note_success(task, profile)
    if batch.odd is not None:
        raise batch.odd
    return summary.written


def _find_max_age(worker: Worker) -> timedelta:
    return timedelta(hours=worker.settings.github_max_age_hours) * DUE_SHARE
