"""Updates from GitHub in batches, for workers: finding what is due, and asking for one batch.

Who finds it also tells which documents show which repository: whoever works on a batch need not read the
collections, only the documents that it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pyf.aggregator.documents.github import GITHUB_FIELDS
from pyf.aggregator.documents.references import DocumentRef
from pyf.aggregator.jobs.enrich.frame import Enrichment, EnrichOrder
from pyf.aggregator.jobs.enrich.github.refresh import Refresh
from pyf.aggregator.jobs.enrich.github.source import GitHubSource, find_fields
from pyf.aggregator.jobs.enrich.writer import write_named
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import Slug

BATCH_REPOSITORIES = 100
"""As many repositories as one query takes."""

type ShownBy = Mapping[Slug, Sequence[DocumentRef]]
"""Repositories, each with the documents that show it."""


@dataclass(slots=True)
class Due:
    """The repositories to ask for, those of the latest releases first, and who shows each that is known."""

    slugs: list[Slug] = field(default_factory=list)
    shown_by: dict[Slug, list[DocumentRef]] = field(default_factory=dict)


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
        source = GitHubSource(order, resources, summary, resources.now())
        enrichment = Enrichment(
            order=order,
            source=source,
            search=resources.search,
            progress=resources.progress,
            counts=summary,
        )
        found.slugs += await enrichment.prepare()
        for slug, names in source.shown_by.items():
            references = [DocumentRef(target=target, name=name) for name in names]
            found.shown_by.setdefault(slug, []).extend(references)
    found.slugs = list(dict.fromkeys(found.slugs))
    return found


async def update(
    slugs: Sequence[Slug], shown_by: ShownBy, resources: EnrichResources, max_age: timedelta
) -> EnrichSummary:
    """Ask for a batch of repositories and write their documents; a limit ends it, nobody waits here."""
    summary = EnrichSummary(collection="")
    refresh = Refresh(
        resources=resources,
        summary=summary,
        knowledge=resources.repositories.load(slugs),
        max_age=max_age,
        patient=False,
    )

    async def write(answered: Iterable[Slug]) -> None:
        wanted = {
            reference: fields
            for slug in answered
            if (fields := find_fields(refresh.knowledge.get(slug))) is not None
            for reference in shown_by[slug]
        }
        await write_named(wanted, GITHUB_FIELDS, resources.search, summary)

    due = refresh.find_due(slugs)
    await write(slug for slug in slugs if slug not in due)
    async for answered in refresh.run(due):
        await write(answered)
    return summary
