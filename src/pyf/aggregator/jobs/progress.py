"""How a job tells what it is doing, and the summary that it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pyf.aggregator.metadata.model import NormalizedName, Serial


class Progress(Protocol):
    """Where a job reports its steps; it neither knows nor cares whether anybody watches."""

    def start(self, step: str, total: int | None) -> None:
        """Begin a step of ``total`` items, ``None`` when their number is unknown."""

    def advance(self, count: int = 1) -> None:
        """Count items of the current step as done."""


class NullProgress:
    """A progress that nobody watches."""

    def start(self, step: str, total: int | None) -> None:
        """Begin a step unseen."""

    def advance(self, count: int = 1) -> None:
        """Advance unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFailure:
    """A project or a repository, and what went wrong with it, as a sentence."""

    name: str
    reason: str


@dataclass(slots=True, kw_only=True)
class RunSummary:
    """The counts and failures of one execution.

    ``matched``: projects looked at that the selection wants. ``unchanged``: documents that were current
    already. ``absent``: projects that the list names and PyPI shows nothing of. ``not_on_pypi``: projects
    that the selection includes by name and PyPI does not have, which is no failure. ``checkpoint``: the
    serial the collection is now known to equal, ``None`` when the run did not move it. ``generation``: the
    fresh collection that a rebuild put in place, ``moved`` the names that lead to it now, ``kept`` the
    documents it took over whole because their projects could not be fetched. ``assessed``: documents whose
    assessment changed with the run. ``changes``: what was recorded of packages, by the assessment, too.
    ``stopped``: why the run could not go on.
    """

    collection: str
    mode: str
    discovery: str | None = None
    target_serial: Serial | None = None
    listed: int = 0
    looked_at: int = 0
    matched: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    absent: int = 0
    not_on_pypi: list[ItemFailure] = field(default_factory=list)
    rejected: list[ItemFailure] = field(default_factory=list)
    failed: list[ItemFailure] = field(default_factory=list)
    requests: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    checkpoint: Serial | None = None
    generation: str | None = None
    moved: list[str] = field(default_factory=list)
    kept: int = 0
    assessed: int = 0
    changes: int = 0
    stopped: str | None = None

    @property
    def begun(self) -> bool:
        """There is something to tell of the run, be it that it went well."""
        return self.target_serial is not None or not self.stopped

    @property
    def complete(self) -> bool:
        """Everything the run set out to do was done."""
        return not (self.rejected or self.failed or self.stopped)

    @property
    def exit_code(self) -> int:
        """0 when complete, 1 otherwise."""
        return 0 if self.complete else 1


@dataclass(slots=True, kw_only=True)
class ForgeSummary:
    """One forge's part of an enrichment; the words are those of :class:`EnrichSummary`.

    ``stopped``: why this forge could not be asked on; the others were.
    """

    host: str
    repositories: int = 0
    asked: int = 0
    from_cache: int = 0
    failed: list[ItemFailure] = field(default_factory=list)
    left: int = 0
    resume_at: datetime | None = None
    requests: int = 0
    stopped: str | None = None


@dataclass(slots=True, kw_only=True)
class EnrichPart:
    """What one enrichment of a collection did, whatever it asks for: the counts and failures that all have.

    ``seen``: documents of the collection. ``asked``: what was asked for now and answered. ``unchanged``:
    documents that said all of it already. ``changes``: what was recorded of packages. ``left`` is for the
    next run, from ``resume_at`` on. ``stopped``: why it could not go on.
    """

    collection: str
    seen: int = 0
    asked: int = 0
    written: int = 0
    unchanged: int = 0
    changes: int = 0
    rejected: list[ItemFailure] = field(default_factory=list)
    failed: list[ItemFailure] = field(default_factory=list)
    left: int = 0
    resume_at: datetime | None = None
    seconds: float = 0.0
    stopped: str | None = None

    @property
    def begun(self) -> bool:
        """There is something to tell of the enrichment, be it that it went well."""
        return bool(self.asked or self.written or self.failed) or not self.stopped

    @property
    def complete(self) -> bool:
        """Everything it set out to do was done."""
        return self.exit_code == 0 and not self.left

    @property
    def exit_code(self) -> int:
        """0 when nothing failed; what a limit left for the next run is no failure."""
        return 1 if self.rejected or self.failed or self.stopped else 0


@dataclass(slots=True, kw_only=True)
class EnrichSummary(EnrichPart):
    """The counts and failures of one enrichment from the forges, or from GitHub alone.

    ``without``: projects that have no repository to ask for, and why. ``repositories``: different ones,
    ``asked`` of which were asked for now and answered, ``from_cache`` known from before; those ``left`` are
    repositories, too. ``unavailable``: repositories that their forge shows nothing of. ``points_left`` is
    what GitHub still grants within the hour, ``None`` when it was not asked. ``forges``: the part of each
    forge where several were asked; the counts beside it are those of all.
    """

    with_repository: int = 0
    without: list[ItemFailure] = field(default_factory=list)
    repositories: int = 0
    from_cache: int = 0
    unavailable: list[ItemFailure] = field(default_factory=list)
    requests: int = 0
    points: int = 0
    points_left: int | None = None
    forges: list[ForgeSummary] = field(default_factory=list)

    def add_up(self, forges: Sequence[ForgeSummary]) -> None:
        """Take over what became of each forge; what stopped one is told, though the others went on."""
        self.forges = list(forges) if len(forges) > 1 else []
        self.repositories = sum(forge.repositories for forge in forges)
        self.asked = sum(forge.asked for forge in forges)
        self.from_cache = sum(forge.from_cache for forge in forges)
        self.failed = [failure for forge in forges for failure in forge.failed]
        self.left = sum(forge.left for forge in forges)
        self.resume_at = min((forge.resume_at for forge in forges if forge.resume_at), default=None)
        self.requests = sum(forge.requests for forge in forges)
        stops = [self.stopped, *(forge.stopped for forge in forges)]
        self.stopped = " ".join(stop for stop in stops if stop) or None


@dataclass(slots=True, kw_only=True)
class SourceSummary(EnrichPart):
    """The counts and failures of one source of facts at work on one collection.

    ``due``: projects that had to be asked for, ``asked`` of which were answered now; ``absent``: those that
    the source has nothing of. ``requests`` are those sent, by kind. ``off``: why the source is not asked at
    all, which is no failure.
    """

    source: str
    due: int = 0
    absent: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    off: str | None = None


@dataclass(slots=True, kw_only=True)
class MigrateSummary:
    """The counts and failures of one migration.

    ``copied``: documents of the source that the target has now, ``converted`` of them on the way; ``moved``
    also counts those copied again, or removed, because the source changed meanwhile. ``failed``: documents
    that arrived without a field. ``missing`` ones did not arrive, ``differing`` ones of the ``compared``
    sample arrived otherwise.
    """

    source: str
    target: str
    copied: int = 0
    converted: int = 0
    moved: int = 0
    passes: int = 0
    compared: int = 0
    rejected: list[ItemFailure] = field(default_factory=list)
    failed: list[ItemFailure] = field(default_factory=list)
    missing: list[NormalizedName] = field(default_factory=list)
    differing: list[NormalizedName] = field(default_factory=list)
    stopped: str | None = None

    @property
    def begun(self) -> bool:
        """There is something to tell of the migration, be it that it went well."""
        return bool(self.copied or self.rejected or self.failed) or not self.stopped

    @property
    def complete(self) -> bool:
        """The target holds all that the source does."""
        return not (self.rejected or self.failed or self.missing or self.differing or self.stopped)

    @property
    def exit_code(self) -> int:
        """0 when complete, 1 otherwise."""
        return 0 if self.complete else 1


@dataclass(slots=True, kw_only=True)
class EnrichAccount:
    """What several sources of facts did for one collection, in their order: a part for each, by its name."""

    collection: str
    sources: dict[str, EnrichPart] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """There is something to tell of one source at least."""
        return any(part.begun for part in self.sources.values())

    @property
    def complete(self) -> bool:
        """Every source did all that it set out to do."""
        return all(part.complete for part in self.sources.values())

    @property
    def exit_code(self) -> int:
        """1 when any source failed; what a limit left for the next run is no failure."""
        return max((part.exit_code for part in self.sources.values()), default=0)


type Summary = RunSummary | EnrichSummary | EnrichAccount | MigrateSummary
