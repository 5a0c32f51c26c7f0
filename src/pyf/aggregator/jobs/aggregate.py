"""The main job: make a collection equal to PyPI.

Full and incremental runs are one reconciliation: what PyPI lists, what discovery finds and what the
collection holds decide what is fetched and what is removed. The order of writes is what makes a crash
harmless: a document is acknowledged, then remembered in the catalogue, and only a complete run moves the
checkpoint.
"""

import asyncio
import logging

from pyf.aggregator.errors import (
    AggregatorError,
    ConfigurationError,
    RemovalRefused,
    UsageError,
)
from pyf.aggregator.jobs.checkpoint import (
    Checkpoint,
    digest_selection,
    ensure_writable,
    load_checkpoint,
    save_checkpoint,
)
from pyf.aggregator.jobs.crawl import Crawl
from pyf.aggregator.jobs.discovery import Discovery
from pyf.aggregator.jobs.plan import AggregateOrder, Mode, Plan, Situation, build_plan, is_suspicious
from pyf.aggregator.jobs.progress import RunSummary
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.model import ProjectList, Serial
from pyf.aggregator.search.documents import build_preset, build_schema

logger = logging.getLogger(__name__)


def check_order(order: AggregateOrder) -> Checkpoint | None:
    """Refuse what cannot be done before any server is opened; return the checkpoint to start from.

    Raises :class:`ConfigurationError` for a since-file that cannot be used, :class:`UsageError` for an
    incremental run of what was never run in full.
    """
    ensure_writable(order.since_file)
    checkpoint = load_checkpoint(order.since_file, order.target)
    if order.mode is Mode.INCREMENTAL and checkpoint is None:
        raise _first_run_missing(order)
    return checkpoint


async def aggregate(order: AggregateOrder, resources: Resources) -> RunSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises only what its user has to mend: :class:`UsageError` and :class:`ConfigurationError`.
    """
    started = resources.now()
    checkpoint = check_order(order)
    summary = RunSummary(collection=order.target, mode=order.mode)
    sent_before = resources.pypi.requests
    try:
        await _reconcile(order, checkpoint, resources, summary)
    except (UsageError, ConfigurationError):
        raise
    except AggregatorError as error:
        summary.stopped = str(error)
    except asyncio.CancelledError:
        logger.warning("Interrupted: %d documents are written; run again to go on.", summary.written)
        raise
    summary.requests = dict(resources.pypi.requests - sent_before)
    summary.seconds = round((resources.now() - started).total_seconds(), 3)
    return summary


async def _reconcile(
    order: AggregateOrder, checkpoint: Checkpoint | None, resources: Resources, summary: RunSummary
) -> None:
    situation = await _find_situation(order, checkpoint, resources, summary)
    scope = await Discovery(situation=situation, resources=resources).find_scope()
    plan = build_plan(situation, scope.names)
    summary.discovery, summary.unchanged = scope.method, plan.unchanged
    logger.debug("To look at: %d projects; to remove: %d documents.", len(plan.look), len(plan.remove))
    crawl = Crawl(situation=situation, resources=resources, summary=summary)
    await crawl.run(plan.look)
    await _remove(plan, crawl)
    if summary.written or summary.removed:
        await resources.search.snapshot()
    await _finish(situation, resources, summary)


async def _find_situation(
    order: AggregateOrder, checkpoint: Checkpoint | None, resources: Resources, summary: RunSummary
) -> Situation:
    # A server that is still loading does not know all its collections yet.
    await resources.search.wait_until_settled()
    existing = await resources.search.find_collection(order.target)
    if existing is None and order.mode is Mode.INCREMENTAL:
        raise _first_run_missing(order)
    # The list comes before the collection: when PyPI is away, nothing is created.
    project_list = await _fetch_project_list(order, checkpoint, resources)
    summary.target_serial, summary.listed = project_list.serial, len(project_list.serials)
    collection = existing or order.target
    await resources.search.collections.ensure(collection, build_schema())
    # Clients name what they search: the preset is called after the target, be it a collection or an alias.
    await resources.search.ensure_preset(order.target, build_preset(), replace=order.mode is Mode.FULL)
    held = await resources.search.contents.fetch_held(collection)
    logger.debug("Listed at serial %d: %d; held: %d.", project_list.serial, summary.listed, len(held))
    return Situation(
        order=order,
        collection=collection,
        project_list=project_list,
        held=held,
        since=_find_since(order, checkpoint, len(held)),
    )


async def _fetch_project_list(
    order: AggregateOrder, checkpoint: Checkpoint | None, resources: Resources
) -> ProjectList:
    """Fetch the list, never one that is older than what the collection already equals.

    With ``--force`` an older list counts: after a change of ``PYPI_URL`` its serials start elsewhere.
    """
    resources.progress.start("fetching the project list", None)
    cached = resources.catalogue.load_project_list()
    least = None if checkpoint is None or order.force else checkpoint.serial
    project_list, page = await resources.pypi.fetch_project_list(cached, least_serial=least)
    if page is not cached and page.etag:
        resources.catalogue.save_project_list(page)
    return project_list


def _find_since(order: AggregateOrder, checkpoint: Checkpoint | None, held: int) -> Serial | None:
    """Return the serial the collection equals for this very selection, ``None`` when that is unknown."""
    if checkpoint is None or checkpoint.serial is None:
        return None
    if held < checkpoint.documents:
        # Another server, or one that lost its data: the since-file knows of neither.
        logger.info("The collection lost documents since the last run; every project is considered anew.")
        return None
    if checkpoint.selection != digest_selection(order.selection):
        logger.info("The classifiers changed since the last run; every project is considered anew.")
        return None
    return checkpoint.serial


async def _remove(plan: Plan, crawl: Crawl) -> None:
    """Remove what is gone from PyPI or not wanted any more; suspiciously much only with ``--force``."""
    order, collection, held = crawl.situation.order, crawl.situation.collection, crawl.situation.held
    names = sorted({*plan.remove, *(project.name for project in crawl.dropped)})
    if order.partial or not names:
        return
    if is_suspicious(len(names), len(held)) and not order.force:
        raise RemovalRefused(collection, len(names), len(held))
    await crawl.resources.search.wait_until_settled()
    await crawl.resources.search.contents.remove(collection, names)
    crawl.resources.catalogue.save_projects(crawl.dropped)
    crawl.summary.removed = len(names)


async def _finish(situation: Situation, resources: Resources, summary: RunSummary) -> None:
    """Move the checkpoint, if this was a whole run and everything in it succeeded."""
    order, serial = situation.order, situation.project_list.serial
    if order.partial or not summary.complete:
        return
    checkpoint = Checkpoint(
        serial=serial,
        timestamp=resources.now(),
        selection=digest_selection(order.selection),
        documents=await resources.search.collections.count(situation.collection),
    )
    save_checkpoint(order.since_file, order.target, checkpoint, backwards=order.force)
    summary.checkpoint = serial


def _first_run_missing(order: AggregateOrder) -> UsageError:
    return UsageError(
        f"There is no earlier complete run for {order.target!r} to go on from; run with -f first."
    )
