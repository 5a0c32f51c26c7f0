"""The tasks: a few lines each around a job. Their arguments are plain names."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyf.aggregator.errors import LeaseHeld, RateLimited, RunIncomplete
from pyf.aggregator.jobs.aggregate import aggregate
from pyf.aggregator.jobs.inspect import Destination, inspect
from pyf.aggregator.jobs.plan import AggregateOrder, Mode
from pyf.aggregator.jobs.updates import Batch, find_due, split, update
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.profiles import get_profile, load_profiles
from pyf.aggregator.queue.configuration import app
from pyf.aggregator.queue.job_task import JobTask
from pyf.aggregator.queue.process import process
from pyf.aggregator.services import Worker
from pyf.aggregator.settings import Settings, load_settings
from pyf.aggregator.shared.leases import hold_lease
from pyf.aggregator.sources.feeds import Feed

logger = logging.getLogger(__name__)


def _task(name: str) -> Callable[[Callable[..., Any]], Any]:
    return app.task(name=name, base=JobTask)  # type: ignore[no-any-return]


def find_destinations(settings: Settings) -> list[Destination]:
    """Return the profiles that the queue keeps fresh; those without a collection are passed over later."""
    profiles = load_profiles(settings.pyf_profiles)
    keys = settings.pyf_queue_profiles or tuple(profiles)
    return [
        Destination(target=profile.key, selection=profile.selection)
        for profile in (get_profile(profiles, key) for key in keys)
    ]


# Projects


@_task("inspect_project")
def inspect_project(name: str, version: str | None = None) -> None:
    """Fetch a project and decide for every profile: write its document, or remove it.

    ``version`` is what a feed announced, empty for a new project; what was done since then is not done again.
    """

    async def job(worker: Worker) -> None:
        project = normalize(name)
        if version is not None and worker.ledger.is_done(f"{project}:{version}"):
            return
        destinations = find_destinations(load_settings())
        done = await inspect(project, destinations, worker.resources, version=version or None)
        # One look serves the entry of the new project and that of its release.
        for seen in {version or "", "", done.version or ""}:
            worker.ledger.note_done(f"{project}:{seen}")
        worker.ledger.note_success("inspect_project")

    process.run(job)


@_task("update_project")
def update_project(name: str) -> None:
    """Index a known project anew, whatever its serial."""

    async def job(worker: Worker) -> None:
        await inspect(normalize(name), find_destinations(load_settings()), worker.resources, renew=True)
        worker.ledger.note_success("update_project")

    process.run(job)


def _read_feed(feed: Feed, task: str) -> None:
    async def job(worker: Worker) -> None:
        page = await worker.resources.pypi.fetch_feed(feed, etag=worker.ledger.load_etag(feed))
        if page is not None:
            for entry in page.entries:
                version = entry.version or ""
                if worker.ledger.claim(f"{entry.name}:{version}"):
                    inspect_project.delay(entry.name, version)
            worker.ledger.save_etag(feed, page.etag or "")
        worker.ledger.note_success(task)

    process.run(job)


@_task("read_rss_new_projects_and_queue")
def read_rss_new_projects_and_queue() -> None:
    """Queue what PyPI's feed of new projects names."""
    _read_feed(Feed.PROJECTS, "read_rss_new_projects_and_queue")


@_task("read_rss_new_releases_and_queue")
def read_rss_new_releases_and_queue() -> None:
    """Queue what PyPI's feed of new releases names."""
    _read_feed(Feed.RELEASES, "read_rss_new_releases_and_queue")


# Profiles


@_task("queue_all_reconciles")
def queue_all_reconciles() -> None:
    """Queue the reconciling of every profile that has a collection."""

    async def job(worker: Worker) -> None:
        for destination in find_destinations(load_settings()):
            if await worker.resources.search.find_collection(destination.target) is not None:
                reconcile_profile.delay(destination.target)
        worker.ledger.note_success("queue_all_reconciles")

    process.run(job)


@_task("reconcile_profile")
def reconcile_profile(profile: str) -> None:
    """Make a profile's collection equal to PyPI: the record behind the feeds, which may lose something."""

    async def job(worker: Worker) -> None:
        settings = load_settings()
        found = get_profile(load_profiles(settings.pyf_profiles), profile)
        order = AggregateOrder(
            target=found.key,
            selection=found.selection,
            mode=Mode.INCREMENTAL,
            checkpoints=worker.checkpoints,
            adopt=True,
        )
        try:
            async with hold_lease(worker.store, f"reconcile:{found.key}"):
                summary = await aggregate(order, worker.resources)
        except LeaseHeld as held:
            logger.info("%s", held)
            return
        if not summary.complete:
            troubles = [*summary.rejected, *summary.failed]
            first = f"{troubles[0].name}: {troubles[0].reason}" if troubles else ""
            raise RunIncomplete(summary.stopped or f"{len(troubles)} projects failed, such as {first}")
        worker.ledger.note_success(f"reconcile_profile {found.key}")

    process.run(job)


# GitHub


@_task("queue_all_github_updates")
def queue_all_github_updates() -> None:
    """Queue what is due on GitHub, a hundred repositories a task."""

    async def job(worker: Worker) -> None:
        settings = load_settings()
        targets = [destination.target for destination in find_destinations(settings)]
        due = await find_due(targets, worker.enrichment, _find_max_age(settings))
        for batch in split(due):
            update_github.delay(batch)
        worker.ledger.note_success("queue_all_github_updates")

    process.run(job)


@_task("update_github")
def update_github(repositories: Batch) -> None:
    """Ask GitHub for a batch of repositories and write their figures."""

    async def job(worker: Worker) -> None:
        # Serial requests, as GitHub asks, whatever the number of workers.
        try:
            async with hold_lease(worker.store, "github"):
                summary = await update(repositories, worker.enrichment, _find_max_age(load_settings()))
        except LeaseHeld as held:
            raise RateLimited("GitHub", datetime.now(UTC) + timedelta(seconds=5)) from held
        if summary.left and summary.resume_at is not None:
            raise RateLimited("GitHub", summary.resume_at)
        if summary.exit_code:
            raise RunIncomplete(f"{len(summary.failed) + len(summary.rejected)} repositories failed")
        worker.ledger.note_success("update_github")

    process.run(job)


def _find_max_age(settings: Settings) -> timedelta:
    return timedelta(hours=settings.github_max_age_hours)
