"""Updates from the forges in batches, for workers: finding what is due, and asking one forge for one batch.

Who finds it also tells which documents show which repository: whoever works on a batch need not read the
collections, only the documents that it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.documents.repository import REPOSITORY_FIELDS
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.enrich.forges.refresh import Refresh, RefreshOrder
from pyf.aggregator.jobs.enrich.forges.source import ForgesSource, build_refresh, find_fields
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.enrich.writer import write_named
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import Repository, Slug
from pyf.aggregator.metadata.repositories.claims import Ownership

BATCH_REPOSITORIES = 100
"""As many repositories as one query of GitHub's takes; any other forge is some minutes busy with them."""

type ShownBy = Mapping[Repository, Sequence[Showing]]
"""Repositories, each with the documents that show it."""


@dataclass(slots=True)
class Due:
    """The repositories to ask for, those of the latest releases first, and who shows each that is known."""

    repositories: list[Repository] = field(default_factory=list)
    shown_by: dict[Repository, list[Showing]] = field(default_factory=dict)

    def list_by_host(self) -> dict[str, list[Slug]]:
        """Return the paths of those to ask for, forge by forge."""
        paths: dict[str, list[Slug]] = {}
        for repository in self.repositories:
            paths.setdefault(repository.host, []).append(Slug(repository.path))
        return paths


async def find_due(targets: Iterable[str], resources: EnrichResources, max_age: timedelta) -> Due:
    """Write what is known to the collections that are there; return the repositories that are due.

    The targets are profiles: a worker's collections are called like them.
    """
    found = Due()
    for target in targets:
        if await resources.search.find_collection(target) is None:
            continue
        order = EnrichOrder(target=target, max_age=max_age, profile=target)
        summary = EnrichSummary(collection=target)
        source = ForgesSource(order, resources, summary, asks_now=False)
        enrichment = Enrichment(
            order=order,
            source=source,
            search=resources.search,
            progress=resources.progress,
            counts=summary,
            read_more=source.read_readmes,
        )
        found.repositories += await enrichment.prepare()
        for owned, name in source.iterate_shown():
            showing = Showing(document=DocumentRef(target=target, name=name), evidence=owned.evidence)
            found.shown_by.setdefault(owned.repository, []).append(showing)
    found.repositories = list(dict.fromkeys(found.repositories))
    return found


async def update(
    host: str, paths: Sequence[Slug], shown_by: ShownBy, resources: EnrichResources, max_age: timedelta
) -> EnrichSummary:
    """Ask one forge for a batch of repositories and write their documents.

    A limit ends it: nobody waits here. Whatever else stops it is raised, as a
    :class:`~pyf.aggregator.errors.sources.SourceError`.
    """
    summary = EnrichSummary(collection="")
    order = RefreshOrder(max_age=max_age, now=resources.now, sleep=resources.sleep, patient=False)
    refresh = build_refresh(host, resources, order)
    refresh.knowledge.update(refresh.repositories.load(paths))

    async def write(answered: Iterable[Slug]) -> None:
        wanted = {
            showing.document: fields
            for path in answered
            for showing in shown_by.get(Repository(host, path), ())
            if (fields := _find_fields(refresh, path, showing)) is not None
        }
        await write_named(wanted, REPOSITORY_FIELDS, resources.search, summary)

    due = refresh.find_due(paths)
    await write(path for path in paths if path not in due)
    async for answered in refresh.run(due):
        await write(answered)
    summary.add_up([refresh.summary])
    return summary


def _find_fields(refresh: Refresh, path: Slug, showing: Showing) -> Document | None:
    known = refresh.knowledge.get(path)
    owned = Ownership(repository=Repository(refresh.host, path), evidence=showing.evidence)
    return find_fields(owned, known)
