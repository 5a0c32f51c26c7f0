"""The crawl: fetching the projects of a plan, sorting them, and writing what is wanted.

Several readers ask PyPI at once, sort what comes and build the documents; one writer imports them in batches.
A project's fate is remembered in the catalogue only after its document was acknowledged, so a run that is
killed anywhere is finished by the next one. One project that fails never ends the crawl.
"""

import asyncio
import logging
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from pyf.aggregator.documents.import_lines import Batch, ImportLine
from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.jobs import RendererUnavailable
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.sources import (
    MalformedResponse,
    RateLimited,
    SourceError,
    SourceOutage,
    SourceUnavailable,
)
from pyf.aggregator.jobs.changes import ChangeRecorder
from pyf.aggregator.jobs.crawl.plan import RunState
from pyf.aggregator.jobs.crawl.project_line import build_line
from pyf.aggregator.jobs.progress import ItemFailure, RunSummary
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.classifiers import find_frameworks
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.pypi.project_json import ProjectPage
from pyf.aggregator.state.catalogue import UNANSWERED, KnownProject

logger = logging.getLogger(__name__)

OUTAGE_PROJECTS = 20
"""So many projects in a row without a usable answer, each asked several times, are an outage."""
RECENT_SERIALS = 50_000
"""Some three days of PyPI's journal. A 404 for a project that changed so lately may be a cache that lags."""
REMEMBER_AT_ONCE = 500


type BuiltLine = tuple[ProjectPage, ImportLine]


@dataclass(kw_only=True)
class Crawl:
    """One crawl. After :meth:`run`, ``dropped`` names the documents whose project is not wanted now.

    Those of them that have no release left are ``unreleased``, too.
    """

    state: RunState
    resources: Resources
    recorder: ChangeRecorder
    summary: RunSummary
    dropped: list[KnownProject] = field(default_factory=list)
    unreleased: set[NormalizedName] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._built: asyncio.Queue[tuple[ProjectPage, ImportLine] | None] = asyncio.Queue(
            maxsize=2 * self.resources.readers
        )
        # A place is taken by every project that matched or may yet match, so that a limit is met exactly.
        self._places = asyncio.Semaphore(self.state.order.limit or sys.maxsize)
        self._unwanted: list[KnownProject] = []
        self._batch = Batch()
        self._in_batch: dict[NormalizedName, ProjectPage] = {}
        self._unanswered = 0
        self._stopped: SourceError | RendererUnavailable | None = None

    async def run(self, names: Sequence[NormalizedName]) -> None:
        """Deal with every named project; raises what ends the run, once what it has is written."""
        self.resources.progress.start("fetching projects", len(names))
        queue = iter(names)
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write())
                readers = [group.create_task(self._read(queue)) for _ in range(self.resources.readers)]
                await asyncio.wait(readers)
                await self._built.put(None)
                await writer
        except ExceptionGroup as failures:
            raise _get_first(failures) from failures
        finally:
            self._remember_unwanted()
        if self._stopped is not None:
            raise self._stopped

    # Reading

    async def _read(self, names: Iterator[NormalizedName]) -> None:
        for name in names:
            await self._places.acquire()
            if self._stopped is not None or self.summary.matched == self.state.order.limit:
                self._places.release()
                return
            if not await self._look(name) or self.summary.matched == self.state.order.limit:
                self._places.release()
            self.resources.progress.advance()

    async def _look(self, name: NormalizedName) -> bool:
        """Fetch one project and sort it; return whether it is wanted."""
        self.summary.looked_at += 1
        try:
            page = await self.resources.pypi.fetch_project(
                name,
                least_serial=self.state.project_list.serials[name],
                list_serial=self.state.project_list.serial,
            )
            self._unanswered = 0
            if page is None:
                await self._decide_absence(name)
                return False
        except RateLimited as error:
            self._stopped = error
            return False
        except SourceError as error:
            self._note_failure(name, error)
            return False
        if not self.state.order.selection.wants(name, page.classifiers):
            self._drop(KnownProject(name=name, serial=page.serial, classifiers=page.classifiers))
            return False
        self.summary.matched += 1
        line = await self._build_line(page)
        if line is not None:
            await self._built.put((page, line))
        return True

    def _note_failure(self, name: NormalizedName, error: SourceError) -> None:
        self.summary.failed.append(ItemFailure(name=name, reason=str(error)))
        if isinstance(error, SourceUnavailable | MalformedResponse):
            self._unanswered += 1
            if self._unanswered >= OUTAGE_PROJECTS:
                self._stopped = SourceOutage(self._unanswered, str(error))

    async def _decide_absence(self, name: NormalizedName) -> None:
        """Find out what the 404 of a listed project means; an absent page alone removes nothing.

        The index page tells "no release" positively. Old projects without releases are common (one in
        seven) and not worth the second question.
        """
        serial = self.state.project_list.serials[name]
        gone = KnownProject(name=name, serial=serial, classifiers=())
        if name not in self.state.indexed and serial < self.state.project_list.serial - RECENT_SERIALS:
            self._note_missing(name)
            self._drop(gone)
            return
        versions = await self.resources.pypi.fetch_versions(name)
        if versions is None:
            self.summary.absent += 1
            self.resources.catalogue.save_projects(
                [KnownProject(name=name, serial=UNANSWERED, classifiers=())]
            )
        elif versions:
            reason = (
                "PyPI lists releases but returns no metadata; a cache is behind, and the next run asks again."
            )
            self.summary.failed.append(ItemFailure(name=name, reason=reason))
            return
        else:
            self.unreleased.add(name)
            self._drop(gone)
        self._note_missing(name)

    def _note_missing(self, name: NormalizedName) -> None:
        """Name a project that somebody asked for by name, and that is not to be had."""
        if name in self.state.order.selection.include:
            reason = "it is included by name, but PyPI has no release of it"
            self.summary.not_on_pypi.append(ItemFailure(name=name, reason=reason))

    def _drop(self, project: KnownProject) -> None:
        """Remember a project that is not wanted; one that the collection holds only once it is removed."""
        if project.name in self.state.indexed:
            self.dropped.append(project)
            return
        self._unwanted.append(project)
        if len(self._unwanted) >= REMEMBER_AT_ONCE:
            self._remember_unwanted()

    def _remember_unwanted(self) -> None:
        if self._unwanted:
            self.resources.catalogue.save_projects(self._unwanted)
            self._unwanted.clear()

    async def _build_line(self, page: ProjectPage) -> ImportLine | None:
        """Build and encode a project's document; what cannot be built is noted, with its reason."""
        try:
            return await build_line(
                page,
                self.state.order.selection,
                self.resources,
                replaces=self.state.replaces(page.name),
            )
        except RendererUnavailable as error:
            self._stopped = error
        except MalformedResponse as error:
            self.summary.failed.append(ItemFailure(name=page.name, reason=str(error)))
        except AggregatorError:
            raise  # a catalogue that cannot be read is no fault of the project
        except Exception as error:
            # Whatever somebody once uploaded must not keep the other projects out of the catalogue.
            logger.debug("building the document of %s", page.name, exc_info=True)
            words = clean_foreign(f"{type(error).__name__}: {error}", longest=300)
            reason = f"its document cannot be built ({words})"
            self.summary.failed.append(ItemFailure(name=page.name, reason=reason))
        return None

    # Writing

    async def _write(self) -> None:
        while (built := await self._built.get()) is not None:
            page, line = built
            if not self._batch.has_room_for(line):
                await self._flush()
            self._batch.add(line)
            self._in_batch[page.name] = page
        await self._flush()

    async def _flush(self) -> None:
        """Record what changes with the batch, import it, then remember what was acknowledged."""
        lines, pages = self._batch.drain(), dict(self._in_batch)
        self._in_batch.clear()
        if not lines:
            return
        recorded = await self.recorder.record_written(lines)
        rejections = await self.resources.search.contents.import_lines(self.state.collection, lines)
        await self.recorder.retract(recorded, (rejection.name for rejection in rejections))
        for rejection in rejections:
            self.summary.rejected.append(ItemFailure(name=rejection.name, reason=rejection.reason))
            del pages[rejection.name]
        self.summary.written += len(pages)
        self._remember_written(pages.values())

    def _remember_written(self, pages: Collection[ProjectPage]) -> None:
        self.resources.catalogue.save_releases(
            {page.name: {page.version: find_frameworks(page.classifiers)} for page in pages if page.version}
        )
        self.resources.catalogue.save_projects(
            KnownProject(name=page.name, serial=page.serial, classifiers=page.classifiers) for page in pages
        )


def _get_first(failures: ExceptionGroup) -> Exception:
    """Return the one failure that a reader of the message can use: what ended the first task."""
    first = failures.exceptions[0]
    return _get_first(first) if isinstance(first, ExceptionGroup) else first
