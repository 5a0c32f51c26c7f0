"""What a run has to do, decided before it does anything. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.metadata.changes import LeavingReason
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.sources.pypi.project_list import MOST_SERIALS_AHEAD
from pyf.aggregator.state.catalogue import KnownProject
from pyf.aggregator.state.checkpoints import Checkpoint, Checkpoints
from pyf.aggregator.typesense.documents import IndexedProject

GUARDED_SHARE = 0.10
GUARDED_DOCUMENTS = 20
"""A run may remove this many documents, or this share of them, unasked; beyond both it stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateOrder:
    """What a user asks of one run; with ``rebuild`` a full one goes into a fresh collection.

    With ``adopt`` an incremental one may go without a checkpoint, or even a collection, and then considers
    every project anew. One that is not ``patient`` ends at a limit, for somebody to run it again, rather than
    go on in a way that asks more.

    ``options`` are those of the command line that say what belongs into which collection, such as
    ``-p plone``: a sentence that tells what to run repeats them.

    ``limit`` counts matching projects, ``name_filter`` is a part of a normalized name; either makes the run
    *partial*: it never removes a document and never moves the checkpoint.
    """

    target: str
    selection: Selection
    mode: Mode
    checkpoints: Checkpoints
    discovery: DiscoveryMethod = DiscoveryMethod.AUTO
    limit: int | None = None
    name_filter: str | None = None
    force: bool = False
    rebuild: bool = False
    adopt: bool = False
    patient: bool = True
    options: str = ""

    @property
    def partial(self) -> bool:
        """The run deals with some of the projects only."""
        return self.limit is not None or self.name_filter is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """What a run finds before it looks at any project; ``live`` is the collection that clients see.

    ``checkpoint`` is ``None`` where none counts: there is none, or it is ``ahead`` of PyPI and will be moved
    back. ``listed_at`` is when the list was asked for: what happened on PyPI later is not in it.
    """

    order: AggregateOrder
    checkpoint: Checkpoint | None
    live: str | None
    project_list: ProjectList
    listed_at: datetime
    ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What a run works from: its start, the documents that clients see now, and the serial they equal.

    ``collection`` is written to; it is also what ``indexed`` was read from, but in a rebuild. ``since`` is
    ``None`` when that serial is unknown, or was another selection's.
    """

    start: RunStart
    collection: str
    indexed: Mapping[NormalizedName, IndexedProject]
    since: Serial | None

    @property
    def order(self) -> AggregateOrder:
        """What was asked for."""
        return self.start.order

    @property
    def project_list(self) -> ProjectList:
        """What PyPI lists."""
        return self.start.project_list

    def replaces(self, name: NormalizedName) -> bool:
        """Tell whether the collection that is written to has a document of this name."""
        return name in self.indexed and not self.order.rebuild


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which projects to look at (in order), which documents to remove, and how many stay as they are."""

    look: tuple[NormalizedName, ...]
    remove: tuple[NormalizedName, ...]
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Why a document is to be removed, and what was ``learnt`` of its project where PyPI was asked."""

    reason: LeavingReason
    learnt: KnownProject | None = None


def list_learnt(removals: Mapping[NormalizedName, Removal]) -> list[KnownProject]:
    """Return what was learnt of projects whose documents are removed."""
    return [removal.learnt for removal in removals.values() if removal.learnt is not None]


def find_changed(state: RunState) -> set[NormalizedName]:
    """Return the listed projects that the collection's serial does not account for.

    An incremental run trusts that serial, a full one does not. A document that is newer than its name's
    serial in the list has been dealt with already.
    """
    indexed = state.indexed
    trusted = state.since if state.order.mode is Mode.INCREMENTAL else None
    return {
        name
        for name, serial in state.project_list.serials.items()
        if (trusted is None or serial > trusted)
        if name not in indexed or _is_outdated(indexed[name], state.project_list, name)
    }


def build_plan(state: RunState, scope: Collection[NormalizedName]) -> Plan:
    """Reconcile what PyPI lists, what the collection holds, and the ``scope`` that discovery found."""
    order, indexed, listed = state.order, state.indexed, state.project_list.serials
    full = order.mode is Mode.FULL
    look = {
        name
        for name in {*scope, *indexed}
        if name in listed
        if full or name not in indexed or _is_outdated(indexed[name], state.project_list, name)
        if name not in order.selection.exclude and _passes(name, order.name_filter)
    }
    remove = set() if order.partial else _find_removals(state, look)
    return Plan(
        look=tuple(sorted(look)),
        remove=tuple(sorted(remove)),
        unchanged=len(indexed.keys() - look - remove),
    )


def _find_removals(state: RunState, look: Collection[NormalizedName]) -> set[NormalizedName]:
    """Return the documents whose project is gone from the list or is, as indexed, not wanted any more.

    A document newer than the whole list belongs to a project that the list is too old to know, and a row that
    cannot be read may be that of any project.
    """
    order, project_list = state.order, state.project_list
    return {
        name
        for name, document in state.indexed.items()
        if name not in look
        if (
            not project_list.unreadable and (order.force or document.serial <= project_list.serial)
            if name not in project_list.serials
            else not order.selection.wants(name, document.classifiers)
        )
    }


def _is_outdated(document: IndexedProject, project_list: ProjectList, name: NormalizedName) -> bool:
    """Tell whether a document is older than its project, or of a serial that PyPI has never reached."""
    beyond = project_list.serial + MOST_SERIALS_AHEAD
    return not project_list.serials[name] <= document.serial <= beyond


def find_reason(state: RunState, name: NormalizedName, *, released: bool = True) -> LeavingReason:
    """Return why an indexed project is not wanted any more; ``released``: it still has a release."""
    if name not in state.project_list.serials:
        return LeavingReason.GONE
    if not released:
        return LeavingReason.UNRELEASED
    return explain_unwanted(state.order.selection, name, state.indexed[name].classifiers)


def explain_unwanted(
    selection: Selection, name: NormalizedName, classifiers_before: Collection[str]
) -> LeavingReason:
    """Return whether the package or the selection is another one, now that the one does not fit the other."""
    was_wanted = selection.wants(name, classifiers_before)
    return LeavingReason.CLASSIFIER if was_wanted else LeavingReason.SELECTION


def is_suspicious(removals: int, indexed: int) -> bool:
    """Tell whether a run would remove so much that a mistake is likelier than the truth."""
    return removals > GUARDED_DOCUMENTS and removals > indexed * GUARDED_SHARE


def _passes(name: NormalizedName, name_filter: str | None) -> bool:
    return name_filter is None or name_filter in name
