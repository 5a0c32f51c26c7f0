"""Status and provenance: what PyPI's project page and its integrity API say of the projects of a collection.

A page is asked for once in ``max_age``, by the ETag of the state that is known, and who published a file once
and for all. Each answer is remembered before anything else is asked, so a run that ends anywhere, by a limit
or by a kill, is continued by the next one; and what another profile's run has learnt costs no request.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from pyf.aggregator.documents.owned_fields import OwnedFields
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.documents.status import STATUS_FIELDS, StatusInput, build_status_fields
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.sources import RateLimited, SourceError, SourceOutage, SourceUnreachable
from pyf.aggregator.jobs.crawl.crawl import OUTAGE_PROJECTS
from pyf.aggregator.jobs.enrich.frame import EnrichOrder, carry_out
from pyf.aggregator.jobs.enrich.writer import Wanted
from pyf.aggregator.jobs.progress import ItemFailure, SourceSummary
from pyf.aggregator.jobs.resources import StatusResources
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.parsing import NotModified, find_name
from pyf.aggregator.sources.pypi.project_page import IndexPage, find_attested_files
from pyf.aggregator.state.project_pages import KnownPage

MAX_AGE = timedelta(days=7)
"""How long an answer stands: one request a week finds what moves no serial."""
BATCH_PROJECTS = 250
"""So many answers are written together: as many lines as one import has."""
ABSENT_FRESH = timedelta(days=28)
"""How rarely a project without a page is asked for while its document stays the same."""


class StatusSource:
    """PyPI, asked for the project pages of one collection."""

    reads: type[StatusInput] = StatusInput
    fields: OwnedFields = STATUS_FIELDS

    def __init__(
        self, order: EnrichOrder, resources: StatusResources, summary: SourceSummary, started: datetime
    ) -> None:
        self._order = order
        self._resources = resources
        self._summary = summary
        self._started = started
        self._known: dict[NormalizedName, KnownPage] = {}
        self._serials: dict[NormalizedName, Serial] = {}
        self._recalled: list[NormalizedName] = []
        self._unanswered: Counter[str] = Counter()
        self._unconfirmed: list[KnownPage] = []
        self._stopped: AggregatorError | None = None

    def find_due(self, documents: Mapping[NormalizedName, StatusInput]) -> list[NormalizedName]:
        """Return the projects that neither document nor catalogue knows well enough, the oldest first."""
        # A document of before may have an id that is no project's name, and names go into addresses.
        askable = (item for item in documents.values() if find_name(item.id) == item.id)
        old = [item for item in askable if self._is_due(item.provenance_checked)]
        self._known = self._resources.pages.load(item.id for item in old)
        due = [item for item in old if not self._still_stands(item)]
        self._serials = {item.id: item.serial for item in due}
        self._recalled = [item.id for item in old if item.id not in self._serials]
        self._summary.due = len(due)
        return [item.id for item in sorted(due, key=lambda item: (item.provenance_checked or 0, item.id))]

    def recall(self) -> Wanted:
        """Return what the catalogue knows better than the documents: of another run, which may be killed."""
        known = [self._known[name] for name in self._recalled]
        self._summary.absent += sum(page.absent_at is not None for page in known)
        return {page.name: _build_fields(page) for page in known if page.absent_at is None}

    def _is_due(self, checked: int | None) -> bool:
        return self._order.is_due(checked, self._started)

    def _still_stands(self, document: StatusInput) -> bool:
        """Tell whether nobody need ask for what the catalogue knows."""
        known = self._known.get(document.id)
        if known is None or self._order.ignore_age:
            return False
        if known.absent_at is None:
            return not self._is_due(int(known.checked_at.timestamp()))
        # A project comes back with a new serial, and a crawl brings that into its document.
        recently = timedelta(0) <= self._started - known.checked_at < ABSENT_FRESH
        return recently and document.serial <= known.absent_at

    # Asking

    async def ask(self, due: Sequence[NormalizedName]) -> AsyncIterator[Wanted]:
        """Ask for the pages, several at once; yield what a batch of answers means.

        A limit ends it: the summary says what is left and till when. Raises :class:`SourceOutage`, or
        :class:`SourceUnreachable` where nobody ever answered.
        """
        self._resources.progress.start("asking PyPI for project pages", len(due))
        for part in batched(due, BATCH_PROJECTS):
            found = await self._ask_together(part)
            if part[-1] == due[-1] and self._stopped is None:
                self._confirm_absences()
            self._summary.left = len(due) - self._summary.asked - len(self._summary.failed)
            yield found
            if isinstance(self._stopped, RateLimited):
                self._summary.resume_at = max(self._stopped.until, self._resources.now())
                return
            if self._stopped is not None:
                raise self._stopped

    async def _ask_together(self, names: Sequence[NormalizedName]) -> dict[NormalizedName, Document]:
        queue, found = iter(names), dict[NormalizedName, Document]()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._resources.readers):
                group.create_task(self._read(queue, found))
        return found

    async def _read(self, names: Iterator[NormalizedName], found: dict[NormalizedName, Document]) -> None:
        for name in names:
            if self._stopped is not None:
                return
            try:
                page = await self._look(name)
                self._remember(page)
            except (RateLimited, SourceOutage, SourceUnreachable) as error:
                self._stop(error)
            except SourceError as error:
                self._summary.failed.append(ItemFailure(name=name, reason=str(error)))
            except AggregatorError as error:
                # What is remembered cannot be: no use in asking on.
                self._stop(error)
            else:
                if page.absent_at is None:
                    found[name] = _build_fields(page)
            self._resources.progress.advance()

    def _stop(self, error: AggregatorError) -> None:
        self._stopped = self._stopped or error

    async def _look(self, name: NormalizedName) -> KnownPage:
        """Ask for one page, and for who published its files."""
        known, pypi = self._known.get(name), self._resources.pypi
        answer = await self._count("page", pypi.fetch_index_page(name, etag=known.etag if known else None))
        learnt = KnownPage(name=name, checked_at=self._resources.now())
        match answer:
            case None:
                learnt = replace(learnt, absent_at=self._serials[name])
            case NotModified() if known is not None:
                learnt = replace(known, checked_at=learnt.checked_at)
            case IndexPage(status=status, etag=etag):
                attested = await self._find_attested(name, answer)
                learnt = replace(learnt, status=status, attested_by=attested, etag=etag)
        return learnt

    def _remember(self, page: KnownPage) -> None:
        """Keep an answer; that there is no page, only once PyPI has shown another one.

        Raises :class:`SourceOutage` for many in a row, as a wrong address or a broken mirror has them.
        """
        known = self._known.get(page.name)
        if page.absent_at is not None and (known is None or known.absent_at is None):
            self._unconfirmed.append(page)
            if len(self._unconfirmed) >= OUTAGE_PROJECTS:
                raise SourceOutage(len(self._unconfirmed), f"PyPI has no page of {page.name}.")
            return
        self._confirm_absences()
        self._keep(page)

    def _confirm_absences(self) -> None:
        for page in self._unconfirmed:
            self._keep(page)
        self._unconfirmed.clear()

    def _keep(self, page: KnownPage) -> None:
        self._resources.pages.save(page)
        self._summary.asked += 1
        self._summary.absent += page.absent_at is not None

    async def _find_attested(self, name: NormalizedName, page: IndexPage) -> tuple[str, ...]:
        """Return the repositories that the latest release's files were published from."""
        files, pages = find_attested_files(page), self._resources.pages
        known = dict(pages.load_provenances(file.filename for file in files))
        for file in files:
            if file.filename not in known:
                provenance = await self._count(
                    "provenance", self._resources.pypi.fetch_provenance(name, file)
                )
                known[file.filename] = provenance.repositories if provenance else ()
                pages.save_provenance(file.filename, known[file.filename])
        return tuple(sorted({repository for file in files for repository in known[file.filename]}))

    async def _count[T](self, kind: str, question: Coroutine[Any, Any, T]) -> T:
        """Return the answer; so many questions of one kind in a row without any are an outage."""
        try:
            answer = await question
        except RateLimited:
            raise
        except SourceError as error:
            self._unanswered[kind] += 1
            if self._unanswered[kind] >= OUTAGE_PROJECTS:
                raise SourceOutage(self._unanswered[kind], str(error)) from error
            raise
        self._unanswered[kind] = 0
        return answer


def _build_fields(page: KnownPage) -> Document:
    return build_status_fields(page.status, page.attested_by, page.checked_at)


async def enrich_status(order: EnrichOrder, resources: StatusResources) -> SourceSummary:
    """Carry out ``order`` and return its account; whatever stops the run stands in ``stopped``.

    Raises what :func:`carry_out` does.
    """
    started, sent_before = resources.now(), resources.pypi.requests
    summary = SourceSummary(source=STATUS_FIELDS.source, collection=order.target)
    source = StatusSource(order, resources, summary, started)
    await carry_out(order, source, resources, summary, started=started)
    summary.requests = dict(resources.pypi.requests - sent_before)
    return summary
