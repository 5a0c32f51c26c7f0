"""What a run believes: of its checkpoint, and of the list that PyPI's edge shows.

A list below the checkpoint is either an old copy in a cache, which passes, or the checkpoint is not PyPI's:
somebody once sent a serial that was believed, a clock was wrong, another index was asked. The two are told
apart by what a cache can explain, in serials and in days. So every run finds its way out, in the queue, too.
"""

import logging
from datetime import datetime, timedelta

from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.jobs.progress import ItemFailure, RunSummary
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.state.checkpoints import Checkpoint, digest_selection

logger = logging.getLogger(__name__)

LONGEST_LAG = timedelta(days=2)
"""PyPI's edge shows a list of half an hour ago, and one of a day ago in an outage. A checkpoint older than
this that a list still does not reach was never PyPI's."""
CLOCKS_DIFFER = timedelta(days=1)
"""A checkpoint from further in the future than this is not the work of a clock that is a little fast."""


def find_least_serial(checkpoint: Checkpoint | None, now: datetime) -> Serial | None:
    """Return the serial below which a list is one that a cache kept, ``None`` where no list can be. Pure."""
    if checkpoint is None or not -CLOCKS_DIFFER <= now - checkpoint.timestamp <= LONGEST_LAG:
        return None
    return checkpoint.serial


def is_ahead_of_pypi(
    order: AggregateOrder, checkpoint: Checkpoint | None, project_list: ProjectList, now: datetime
) -> bool:
    """Tell whether the checkpoint lies in the future, and say so: PyPI never was there."""
    if checkpoint is None or order.force or _is_credible(checkpoint, project_list.serial, now):
        return False
    logger.warning(
        "The checkpoint of %s (serial %s of %s) is ahead of PyPI, which is at serial %d now, so it does not"
        " count. Every project is looked at again, and a complete run sets it right.",
        order.target,
        checkpoint.serial,
        f"{checkpoint.timestamp:%Y-%m-%d %H:%M} UTC",
        project_list.serial,
    )
    return True


def _is_credible(checkpoint: Checkpoint, serial: Serial, now: datetime) -> bool:
    """Tell whether PyPI, whose list is at ``serial``, can have been where the checkpoint says. Pure.

    ``serial`` is that of a list that was not refused as stale: one that is still below the checkpoint is too
    far below it for any cache, or for too long.
    """
    if checkpoint.timestamp - now > CLOCKS_DIFFER:
        return False
    return checkpoint.serial is None or checkpoint.serial <= serial


def note_unreadable(project_list: ProjectList, summary: RunSummary) -> None:
    """Note the rows that could not be read: with them the run is not complete, and absence proves nothing."""
    if project_list.unreadable:
        reason = (
            f"{project_list.unreadable} of its rows cannot be read, so this run removes nothing that the list"
            " lacks and does not move the checkpoint; the next run asks again."
        )
        summary.failed.append(ItemFailure(name=NormalizedName("PyPI's project list"), reason=reason))


def find_since(
    order: AggregateOrder, checkpoint: Checkpoint | None, collection: str, indexed: int
) -> Serial | None:
    """Return the serial the collection equals for this very selection, ``None`` when that is unknown."""
    if checkpoint is None or checkpoint.serial is None:
        return None
    if checkpoint.collection not in {None, collection}:
        # The alias was moved, by a roll-back for instance: this one may never have come as far.
        logger.info("Another collection stands behind the name now; every project is looked at again.")
        return None
    if indexed < checkpoint.documents:
        # Another server, or one that lost its data: the since-file knows of neither.
        logger.info("The collection lost documents since the last run; every project is looked at again.")
        return None
    if checkpoint.selection != digest_selection(order.selection):
        logger.info("The classifiers changed since the last run; every project is looked at again.")
        return None
    return checkpoint.serial
