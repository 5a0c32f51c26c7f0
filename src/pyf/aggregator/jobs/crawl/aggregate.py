"""The main job: make a collection equal to PyPI.

Full and incremental runs are one reconciliation: what PyPI lists, what discovery finds and what the
collection holds decide what is fetched and what is removed. The order of writes is what makes a crash
harmless: a document is acknowledged, then remembered in the catalogue, and only a complete run moves the
checkpoint.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.errors.jobs import RemovalRefused
from pyf.aggregator.errors.root import AggregatorError, ConfigurationError, UsageError
from pyf.aggregator.jobs.changes import ChangeRecorder, open_recorder
from pyf.aggregator.jobs.collections.switch import finish_switch, list_moved
from pyf.aggregator.jobs.crawl.crawl import Crawl
from pyf.aggregator.jobs.crawl.discovery import Discovery
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import (
    AggregateOrder,
    Removal,
    RunStart,
    RunState,
    build_plan,
    find_reason,
    is_suspicious,
    list_learnt,
)
from pyf.aggregator.jobs.crawl.rebuild import Rebuild
from pyf.aggregator.jobs.crawl.trust import find_least_serial, find_since, is_ahead_of_pypi, note_unreadable
from pyf.aggregator.jobs.progress import ItemFailure, RunSummary
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.model import NormalizedName, ProjectList
from pyf.aggregator.state.checkpoints import Checkpoint, digest_selection

logger = logging.getLogger(__name__)


def check_order(order: AggregateOrder) -> Checkpoint | None:
    """Refuse what cannot be done before any server is opened; return the checkpoint to start from.

    Raises :class:`ConfigurationError` for a since-file that cannot be used, :class:`UsageError` for an
    incremental run of what was never run in full.
    """
    order.checkpoints.check()
    checkpoint = order.checkpoints.load(order.target)
    if order.mode is Mode.INCREMENTAL and checkpoint is None and not order.adopt:
        raise _first_run_missing(order)
    return checkpoint


async def aggregate(order: AggregateOrder, resources: Resources) -> RunSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises only what its user has to mend: :class:`UsageError` and :class:`ConfigurationError`.
    """
    summary = RunSummary(collection=order.target, mode=order.mode)
    try:
        await reconcile(order, resources, summary)
    except (UsageError, ConfigurationError):
        raise
    except AggregatorError as error:
        summary.stopped = str(error)
    except asyncio.CancelledError:
        logger.warning("Interrupted after writing %d documents; run again to continue.", summary.written)
        raise
    return summary


async def reconcile(order: AggregateOrder, resources: Resources, summary: RunSummary) -> None:
    """Carry out ``order`` and keep its account in ``summary``; raises whatever stops the run."""
    started = resources.now()
    checkpoint = check_order(order)
    sent_before = resources.pypi.requests
    try:
        await _reconcile(order, checkpoint, resources, summary)
    finally:
        summary.requests = dict(resources.pypi.requests - sent_before)
        summary.seconds = round((resources.now() - started).total_seconds(), 3)


async def _reconcile(
    order: AggregateOrder, checkpoint: Checkpoint | None, resources: Resources, summary: RunSummary
) -> None:
    # A server that is still loading does not know all its collections yet.
    await resources.search.wait_until_applied()
    finished = await finish_switch(resources.search, order.target)
    await _update_presets([] if finished is None else list_moved(finished), resources)
    live = await resources.search.find_collection(order.target)
    if live is None and order.mode is Mode.INCREMENTAL and not order.adopt:
        raise _first_run_missing(order)
    if live is not None and await resources.search.changes.is_log(live):
        raise UsageError(
            f"{order.target!r} holds the changes of another collection; give another one with -t."
        )
    listed_at = resources.now()
    # The list comes before the collection: when PyPI is away, nothing is created.
    project_list = await _fetch_project_list(order, checkpoint, resources)
    summary.target_serial, summary.listed = project_list.serial, len(project_list.serials)
    ahead = is_ahead_of_pypi(order, checkpoint, project_list, listed_at)
    start = RunStart(
        order=order,
        checkpoint=None if ahead else checkpoint,
        live=live,
        project_list=project_list,
        listed_at=listed_at,
        ahead=ahead,
    )
    note_unreadable(project_list, summary)
    work = _rebuild if order.rebuild else _update
    await work(start, resources, summary)


async def _update(start: RunStart, resources: Resources, summary: RunSummary) -> None:
    """Make the collection that clients see equal to PyPI."""
    order, collection = start.order, start.live or start.order.target
    remedy = f"run pyfaggregator -f {order.options or f'-t {order.target}'} --rebuild to fill it again"
    await resources.search.collections.ensure(collection, build_schema(), remedy=remedy)
    # Clients name what they search: the preset is called after the target, be it a collection or an alias.
    await resources.search.ensure_preset(order.target, build_preset(), replace=order.mode is Mode.FULL)
    indexed = await resources.search.contents.fetch_indexed(collection)
    state = RunState(
        start=start,
        collection=collection,
        indexed=indexed,
        since=find_since(order, start.checkpoint, collection, len(indexed)),
    )
    # What fills a collection that is empty is no change.
    recorder = await open_recorder(resources.search, start.live if indexed else None, summary)
    removals = await _crawl(state, resources, recorder, summary)
    await _remove(state, removals, resources, recorder, summary)
    await _begin_changes(state, resources, summary)
    if summary.written or summary.removed:
        await resources.search.snapshot()
    if summary.complete and not order.partial:
        await _move_checkpoint(state, resources, summary)


async def _rebuild(start: RunStart, resources: Resources, summary: RunSummary) -> None:
    """Fill a fresh collection and put it in place of the one that clients see."""
    order = start.order
    rebuild = Rebuild(order.target, start.live, resources)
    indexed = await resources.search.contents.fetch_indexed(start.live) if start.live else {}
    collection = await rebuild.begin()
    try:
        state = RunState(
            start=start,
            collection=collection,
            indexed=indexed,
            since=None,
        )
        recorder = await open_recorder(resources.search, start.live if indexed else None, summary)
        removals = await _crawl(state, resources, recorder, summary)
        _refuse_suspicious(state, removals)
        await rebuild.complete(state, removals, recorder, summary)
    except BaseException:
        await rebuild.abandon()
        raise
    resources.catalogue.save_projects(list_learnt(removals))
    await _update_presets(summary.moved, resources)
    await _begin_changes(state, resources, summary)
    await resources.search.snapshot()
    # Left where it is, the checkpoint speaks of the old collection, and the next run considers all anew.
    if summary.complete:
        await _move_checkpoint(state, resources, summary)


async def _update_presets(names: Iterable[str], resources: Resources) -> None:
    """Let what clients send along by these names fit the schema of today."""
    for name in names:
        await resources.search.ensure_preset(name, build_preset(), replace=True)


async def _crawl(
    state: RunState, resources: Resources, recorder: ChangeRecorder, summary: RunSummary
) -> dict[NormalizedName, Removal]:
    """Discover, plan and fetch; return what to remove."""
    logger.debug(
        "Listed at serial %d: %d; indexed: %d.",
        state.project_list.serial,
        summary.listed,
        len(state.indexed),
    )
    scope = await Discovery(state=state, resources=resources).find_scope()
    plan = build_plan(state, scope.names)
    summary.not_on_pypi.extend(_find_unlisted(state))
    summary.discovery, summary.unchanged = scope.method, plan.unchanged
    logger.debug("To look at: %d projects; to remove: %d documents.", len(plan.look), len(plan.remove))
    crawl = Crawl(state=state, resources=resources, recorder=recorder, summary=summary)
    await crawl.run(plan.look)
    planned = {name: Removal(reason=find_reason(state, name)) for name in plan.remove}
    return planned | {
        project.name: Removal(
            reason=find_reason(state, project.name, released=project.name not in crawl.unreleased),
            learnt=project,
        )
        for project in crawl.dropped
    }


def _find_unlisted(state: RunState) -> Iterator[ItemFailure]:
    """Yield the projects that the selection includes and PyPI does not list."""
    for name in sorted(state.order.selection.include - state.project_list.serials.keys()):
        yield ItemFailure(name=name, reason="it is included by name, but PyPI does not list it")


async def _fetch_project_list(
    order: AggregateOrder, checkpoint: Checkpoint | None, resources: Resources
) -> ProjectList:
    """Fetch the list, never one that is older than what the collection already equals.

    With ``--force`` an older list counts: after a change of ``PYPI_URL`` its serials start elsewhere.
    """
    resources.progress.start("fetching the project list", None)
    cached = resources.catalogue.load_project_list()
    least = None if order.force else find_least_serial(checkpoint, resources.now())
    project_list, page = await resources.pypi.fetch_project_list(cached, least_serial=least)
    if page is not cached and page.etag:
        resources.catalogue.save_project_list(page)
    return project_list


async def _remove(
    state: RunState,
    removals: Mapping[NormalizedName, Removal],
    resources: Resources,
    recorder: ChangeRecorder,
    summary: RunSummary,
) -> None:
    """Remove what is gone from PyPI or not wanted any more; suspiciously much only with ``--force``."""
    if state.order.partial or not removals:
        return
    _refuse_suspicious(state, removals)
    await recorder.record_removed({name: removal.reason for name, removal in removals.items()})
    await resources.search.wait_until_applied()
    await resources.search.contents.remove(state.collection, sorted(removals))
    resources.catalogue.save_projects(list_learnt(removals))
    summary.removed = len(removals)


async def _begin_changes(state: RunState, resources: Resources, summary: RunSummary) -> None:
    """From now on whatever differs is a change: the collection is filled, but for a few failures at most."""
    failures = len(summary.failed) + len(summary.rejected)
    if not state.order.partial and not is_suspicious(failures, summary.looked_at):
        await resources.search.changes.begin(state.order.target)


def _refuse_suspicious(state: RunState, names: Collection[NormalizedName]) -> None:
    if is_suspicious(len(names), len(state.indexed)) and not state.order.force:
        raise RemovalRefused(state.order.target, len(names), len(state.indexed))


async def _move_checkpoint(state: RunState, resources: Resources, summary: RunSummary) -> None:
    """Let the since-file say that the collection equals PyPI at the run's serial."""
    order, serial = state.order, state.project_list.serial
    checkpoint = Checkpoint(
        serial=serial,
        timestamp=state.start.listed_at,
        selection=digest_selection(order.selection),
        documents=await resources.search.collections.count(state.collection),
        collection=state.collection,
    )
    order.checkpoints.save(order.target, checkpoint, backwards=order.force or state.start.ahead)
    summary.checkpoint = serial


def _first_run_missing(order: AggregateOrder) -> UsageError:
    return UsageError(
        f"No complete run of {order.target!r} is on record to continue from; run with -f first."
    )
