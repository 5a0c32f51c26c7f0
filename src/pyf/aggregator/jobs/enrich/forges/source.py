"""The forges as a source of facts: which repositories are due, and what their documents should say.

What is due are repositories, and how old an answer is stands in the memory of each forge's repositories,
which all profiles share: several documents show one repository, and one that none shows any more may be shown
again.

A document of whose repository nothing is known yet says at least which one it is, once it was asked for in
vain, or at once where others will ask (``asks_now``).

Which repository is whose is decided for all documents and all known forges, whoever is asked: with ``hosts``
these alone are, and documents whose repository is elsewhere keep the figures that they have from there.
"""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import batched

from pyf.aggregator.documents.owned_fields import OwnedFields
from pyf.aggregator.documents.repository import (
    REPOSITORY_FIELDS,
    RepositoryInput,
    build_figure_fields,
    build_missing_fields,
    build_ownership_fields,
)
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.jobs.enrich.forges.asking import build_asker, build_github_asker
from pyf.aggregator.jobs.enrich.forges.refresh import Refresh, RefreshOrder
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.enrich.writer import Wanted
from pyf.aggregator.jobs.progress import EnrichSummary, ForgeSummary, ItemFailure
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Repository, Slug
from pyf.aggregator.metadata.repositories.choice import Named, find_claim
from pyf.aggregator.metadata.repositories.claims import Ownership, decide_ownership
from pyf.aggregator.metadata.repositories.forges import GITHUB_ALONE, Forges
from pyf.aggregator.metadata.repositories.places import Missing
from pyf.aggregator.metadata.repositories.repository import NoRepository
from pyf.aggregator.state.repositories import KnownRepository, State
from pyf.aggregator.typesense.filters import IDS_A_REQUEST
from pyf.aggregator.typesense.server import SearchServer

logger = logging.getLogger(__name__)


class ForgesSource:
    """The forges, asked about the repositories of one collection; by default all that are open."""

    reads: type[RepositoryInput] = RepositoryInput
    fields: OwnedFields = REPOSITORY_FIELDS

    def __init__(
        self,
        order: EnrichOrder,
        resources: EnrichResources,
        summary: EnrichSummary,
        *,
        hosts: Iterable[str] | None = None,
        asks_now: bool = True,
    ) -> None:
        self._order = order
        self._resources = resources
        self._summary = summary
        self._forges = list_forges(resources)
        refresh_order = RefreshOrder(
            max_age=order.max_age,
            now=resources.now,
            sleep=resources.sleep,
            not_before=resources.now() if order.ignore_age else None,
        )
        asked = self._forges if hosts is None else hosts
        self.refreshes = {host: build_refresh(host, resources, refresh_order) for host in asked}
        self._asks_now = asks_now
        self._due: set[Repository] = set()
        self._named: dict[NormalizedName, Named | NoRepository] = {}
        self._decided: dict[NormalizedName, Ownership | NoRepository] = {}
        self._documents: Mapping[NormalizedName, RepositoryInput] = {}
        self.shown_by: dict[Repository, list[NormalizedName]] = {}

    async def read_readmes(
        self, collection: str, documents: Mapping[NormalizedName, RepositoryInput]
    ) -> None:
        """Find the repository that each project names; read the READMEs of those alone whose URLs name none.

        As few READMEs as one request brings are held at a time: all of a large collection would fill the
        memory of both sides.
        """
        self._named = {
            name: find_claim(document.build_claimant(), self._forges) for name, document in documents.items()
        }
        silent = [name for name, it in self._named.items() if isinstance(it, NoRepository) and not it.final]
        for part in batched(silent, IDS_A_REQUEST):
            readmes = await fetch_readmes(self._resources.search, collection, part)
            for name, page in readmes.items():
                self._named[name] = find_claim(documents[name].build_claimant(page), self._forges)

    def find_due(self, documents: Mapping[NormalizedName, RepositoryInput]) -> list[Repository]:
        """Find out which repository each document may show; return those to ask for, forge by forge."""
        self._documents = documents
        claimants = [document.build_claimant() for document in documents.values()]
        self._decided = decide_ownership(claimants, self._named, self._look_up())
        shown_by: defaultdict[Repository, list[NormalizedName]] = defaultdict(list)
        for name, owned in self._decided.items():
            if isinstance(owned, Ownership) and owned.doubt is None and self._asks(owned.repository):
                shown_by[owned.repository].append(name)
        self.shown_by = dict(shown_by)
        due = [
            Repository(host, path)
            for host, refresh in self.refreshes.items()
            for path in refresh.find_due(self._order_by_release(host))
            if not self._is_said(Repository(host, path))
        ]
        self._due = set(due) if self._asks_now else set()
        self._count(due)
        return due

    def _is_said(self, repository: Repository) -> bool:
        """Tell whether all documents say already what its forge said lately: to another machine, that is."""
        now = self._resources.now()
        return not any(
            self._order.is_due(self._documents[name].find_checked(repository), now)
            for name in self.shown_by[repository]
        )

    def recall(self) -> Wanted:
        """Return what is known of every document's repository, or why it has none.

        What is asked for in a moment is written then, once.
        """
        wanted = {name: self._build_fields(name, owned) for name, owned in self._decided.items()}
        return {name: fields for name, fields in wanted.items() if fields is not None}

    async def ask(self, due: Sequence[Repository]) -> AsyncIterator[Wanted]:
        """Ask forge after forge, within what each grants; one that is away leaves the others alone."""
        self._tell_of_token(due)
        for host, refresh in self.refreshes.items():
            paths = [Slug(repository.path) for repository in due if repository.host == host]
            try:
                async for answered in refresh.run(paths):
                    self._due -= {Repository(host, path) for path in answered}
                    self._summary.asked = sum(it.summary.asked for it in self.refreshes.values())
                    yield self._build_wanted(Repository(host, path) for path in answered)
            except SourceError as error:
                refresh.summary.stopped = str(error)
        unanswered, self._due = self._due, set()
        yield self._build_wanted(unanswered)

    def list_unavailable(self) -> list[ItemFailure]:
        """Return the repositories that their forge shows nothing of, and why."""
        return [
            ItemFailure(name=Slug(repository.label), reason=known.state.value)
            for repository in sorted(self.shown_by)
            if (known := self._find_known(repository)) and known.state is not State.AVAILABLE
        ]

    def iterate_shown(self) -> Iterator[tuple[Ownership, NormalizedName]]:
        """Yield the documents that show a repository's figures, with the repository and the evidence."""
        for names in self.shown_by.values():
            for name in names:
                if isinstance(owned := self._decided[name], Ownership):
                    yield owned, name

    def list_summaries(self) -> list[ForgeSummary]:
        """Return each forge's account."""
        return [refresh.summary for refresh in self.refreshes.values()]

    # What is known

    def _look_up(self) -> dict[Repository, Repository]:
        """Load what is known of the repositories that are named; return the present name of each."""
        named = {it.repository for it in self._named.values() if isinstance(it, Named)}
        for host, refresh in self.refreshes.items():
            refresh.load(Slug(repository.path) for repository in named if repository.host == host)
        known = {repository: self._find_known(repository) for repository in named}
        return {
            repository: Repository(repository.host, row.slug)
            for repository, row in known.items()
            if row is not None and row.state is State.AVAILABLE
        }

    def _find_known(self, repository: Repository) -> KnownRepository | None:
        if not self._asks(repository):
            return None
        return self.refreshes[repository.host].knowledge.get(Slug(repository.path))

    def _asks(self, repository: Repository) -> bool:
        return repository.host in self.refreshes

    def _order_by_release(self, host: str) -> list[Slug]:
        """Return a forge's repositories, that of the most lately released project first."""

        def latest(repository: Repository) -> int:
            return max(self._documents[name].upload_timestamp for name in self.shown_by[repository])

        mine = [repository for repository in self.shown_by if repository.host == host]
        return [Slug(it.path) for it in sorted(mine, key=lambda it: (-latest(it), it.path))]

    # What documents say

    def _build_fields(self, name: NormalizedName, owned: Ownership | NoRepository) -> Document | None:
        """Return what a document should say; ``None`` where it says more already than is known here."""
        if isinstance(owned, NoRepository):
            return build_missing_fields(owned)
        if owned.doubt is not None:
            return build_ownership_fields(owned)
        fields = find_fields(owned, self._find_known(owned.repository))
        waits = owned.repository in self._due or self._documents[name].has_figures_of(owned.repository.host)
        return fields if fields is not None or waits else build_ownership_fields(owned)

    def _build_wanted(self, repositories: Iterable[Repository]) -> Wanted:
        """Return what the documents of these repositories should say."""
        names = [name for repository in repositories for name in self.shown_by[repository]]
        wanted = {name: self._build_fields(name, self._decided[name]) for name in names}
        return {name: fields for name, fields in wanted.items() if fields is not None}

    # The account

    def _count(self, due: Sequence[Repository]) -> None:
        reasons = {name: self._find_reason(owned) for name, owned in self._decided.items()}
        unmatched = sorted((name, reason) for name, reason in reasons.items() if reason is not None)
        self._summary.without = [ItemFailure(name=name, reason=reason) for name, reason in unmatched]
        self._summary.with_repository = len(self._decided) - len(unmatched)
        for host, refresh in self.refreshes.items():
            shown = sum(repository.host == host for repository in self.shown_by)
            refresh.summary.repositories = shown
            refresh.summary.from_cache = shown - sum(repository.host == host for repository in due)

    def _find_reason(self, owned: Ownership | NoRepository) -> str | None:
        """Return why a project has no repository to ask for, ``None`` where it has one."""
        if isinstance(owned, NoRepository):
            return str(owned)
        if owned.doubt is not None:
            return f"{owned.repository.label}: {owned.doubt}"
        return None if self._asks(owned.repository) else f"on {owned.repository.host}"

    def _tell_of_token(self, due: Sequence[Repository]) -> None:
        count = sum(repository.host == GITHUB_HOST for repository in due)
        if count and not self._resources.github.authorized:
            logger.info(
                "GITHUB_TOKEN is not set, so GitHub answers for 60 repositories an hour at most; %d are due.",
                count,
            )


def list_forges(resources: EnrichResources) -> Forges:
    """Return the forges that are open, GitHub first."""
    return {**GITHUB_ALONE, **{forge.host: forge.kind for forge in resources.forges}}


def build_refresh(host: str, resources: EnrichResources, order: RefreshOrder) -> Refresh:
    """Return the refresh of one forge; raises :class:`KeyError` for one that is not open."""
    if host == GITHUB_HOST:
        asker, repositories = build_github_asker(resources.github), resources.repositories
    else:
        forge = {forge.host: forge for forge in resources.forges}[host]
        asker, repositories = build_asker(forge), forge.repositories
    return Refresh(
        host=host, asker=asker, repositories=repositories, order=order, progress=resources.progress
    )


def find_fields(owned: Ownership, known: KnownRepository | None) -> Document | None:
    """Return what a document should say of the repository that it shows: none, of one that is gone.

    ``None`` where nothing is known for sure.
    """
    if known and known.stats and known.confirmed_at:
        return build_figure_fields(owned, known.stats, known.confirmed_at)
    if known and known.gone:
        repository = owned.repository
        return build_missing_fields(NoRepository(Missing.UNAVAILABLE, repository.path, repository.host))
    return None


async def fetch_readmes(
    search: SearchServer, collection: str, names: Sequence[NormalizedName]
) -> dict[NormalizedName, str]:
    """Return the READMEs, as HTML, of those of the named documents that have one."""
    found = await search.contents.fetch_fields(collection, names, ["description_html"])
    pages = {name: document.get("description_html") for name, document in found.items()}
    return {name: page for name, page in pages.items() if isinstance(page, str)}
