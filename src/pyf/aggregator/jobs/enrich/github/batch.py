"""GitHub's figures in batches, for workers: which repositories are due, and asking for one batch.

Who finds it also tells which documents show which repository, as ``collection/id``: whoever works on a batch
needs no look at the collections.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from pyf.aggregator.documents.github import GITHUB_FIELDS, build_figures
from pyf.aggregator.documents.lines import ImportLine
from pyf.aggregator.jobs.enrich.github.asking import Survey
from pyf.aggregator.jobs.enrich.github.collection import DAWN, Enrichment, EnrichOrder
from pyf.aggregator.jobs.progress import EnrichSummary, ItemFailure
from pyf.aggregator.jobs.resources import EnrichResources
from pyf.aggregator.metadata.model import NormalizedName, Slug
from pyf.aggregator.state.repositories import KnownRepository

BATCH_REPOSITORIES = 100

type ShownBy = Mapping[Slug, Sequence[str]]
"""Repositories, each with the documents that show it as ``collection/id``."""


@dataclass(slots=True)
class Due:
    """The repositories to ask for, those of the latest releases first, and who shows each that is known."""

    slugs: list[Slug] = field(default_factory=list)
    shown_by: dict[Slug, list[str]] = field(default_factory=dict)


async def find_due(targets: Iterable[str], resources: EnrichResources, max_age: timedelta) -> Due:
    """Write what is known to the collections that are there; return the repositories that are due.

    The targets are profiles: a worker's collections are called like them.
    """
    found = Due()
    for target in targets:
        if await resources.search.find_collection(target) is None:
            continue
        order = EnrichOrder(target=target, max_age=max_age, profile=target)
        enrichment = Enrichment(order, resources, EnrichSummary(collection=target), resources.now())
        found.slugs += await enrichment.prepare()
        for slug, names in enrichment.shown_by.items():
            found.shown_by.setdefault(slug, []).extend(f"{target}/{name}" for name in names)
    found.slugs = list(dict.fromkeys(found.slugs))
    return found


def split(slugs: Sequence[Slug]) -> Iterator[Sequence[Slug]]:
    """Yield batches of as many repositories as one query takes."""
    for start in range(0, len(slugs), BATCH_REPOSITORIES):
        yield slugs[start : start + BATCH_REPOSITORIES]


async def update(
    slugs: Sequence[Slug], shown_by: ShownBy, resources: EnrichResources, max_age: timedelta
) -> EnrichSummary:
    """Ask for a batch of repositories and write their documents; a limit ends it, nobody waits here."""
    summary = EnrichSummary(collection="")
    knowledge = resources.repositories.load(slugs)
    survey = Survey(
        resources=resources,
        summary=summary,
        knowledge=knowledge,
        renew_from=DAWN,
        max_age=max_age,
        patient=False,
    )
    due = survey.find_due(slugs)
    known = [slug for slug in slugs if slug not in due]
    await _write({slug: shown_by[slug] for slug in known}, knowledge, resources, summary)
    async for settled in survey.run(due):
        await _write({slug: shown_by[slug] for slug in settled}, survey.knowledge, resources, summary)
    return summary


async def _write(
    batch: ShownBy,
    knowledge: Mapping[Slug, KnownRepository],
    resources: EnrichResources,
    summary: EnrichSummary,
) -> None:
    lines: dict[str, list[ImportLine]] = {}
    for slug, documents in batch.items():
        body = _build_fields(knowledge.get(slug))
        if body is None:
            continue
        for document in documents:
            target, _, name = document.partition("/")
            line = ImportLine(name=NormalizedName(name), body=msgspec.json.encode({"id": name, **body}))
            lines.setdefault(target, []).append(line)
    for target, part in lines.items():
        collection = await resources.search.find_collection(target)
        if collection is not None:
            rejections = await resources.search.contents.update_lines(collection, part)
            summary.rejected += [ItemFailure(name=item.name, reason=item.reason) for item in rejections]
            summary.written += len(part) - len(rejections)


def _build_fields(known: KnownRepository | None) -> dict[str, object] | None:
    """Return every field of GitHub's, ``None`` for those to take away; nothing where nothing is sure."""
    empty: dict[str, object] = dict.fromkeys(GITHUB_FIELDS)
    if known and known.stats and known.confirmed_at:
        return empty | build_figures(known.stats, known.confirmed_at)
    return empty if known and known.gone else None
