"""A run's summary, as lines for a person and as one object for a program. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby

from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod
from pyf.aggregator.jobs.progress import (
    EnrichAccount,
    EnrichPart,
    EnrichSummary,
    ForgeSummary,
    ItemFailure,
    MigrateSummary,
    RunSummary,
    SourceSummary,
    Summary,
)

NAMES_JOINED = 3
TROUBLES_SHOWN = 50


def build_json(summary: Summary | EnrichPart) -> dict[str, object]:
    """Return the summary as the object that ``--json`` prints."""
    if isinstance(summary, EnrichAccount):
        parts = {name: build_json(part) for name, part in summary.sources.items()}
        return {"collection": summary.collection, "complete": summary.complete, "sources": parts}
    said = {**asdict(summary), "complete": summary.complete}
    if isinstance(summary, EnrichSummary) and not summary.forges:
        del said["forges"]
    return said


def find_stops(summary: Summary) -> list[str]:
    """Return the sentences that say what could not go on."""
    if isinstance(summary, EnrichAccount):
        return [f"{name}: {part.stopped}" for name, part in summary.sources.items() if part.stopped]
    return [summary.stopped] if summary.stopped else []


def describe_summary(summary: Summary, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of the account; ``verbose`` lists what is no failure, too."""
    match summary:
        case EnrichAccount():
            yield from _describe_account(summary, verbose=verbose)
        case RunSummary():
            yield from _describe_run(summary)
            yield from _describe_all_troubles(summary)
        case EnrichSummary():
            source = f"{len(summary.forges)} forges" if summary.forges else "GitHub"
            yield f"{summary.collection}: figures from {source}, {summary.seconds:,.1f} s"
            yield from _describe_part(summary, verbose=verbose)
        case MigrateSummary():
            yield from _describe_migration(summary)
            yield from _describe_all_troubles(summary)


def _describe_all_troubles(summary: RunSummary | EnrichPart | MigrateSummary) -> Iterator[str]:
    yield from _describe_troubles("rejected", summary.rejected)
    yield from _describe_troubles("failed", _join_alike(summary.failed), count=len(summary.failed))


def _describe_run(summary: RunSummary) -> Iterator[str]:
    yield f"{summary.collection}: {summary.mode} run{_describe_discovery(summary)}, {summary.seconds:,.1f} s"
    if summary.target_serial is not None:
        equal = "the collection equals it" if summary.checkpoint else "checkpoint not moved"
        yield f"  PyPI's serial  {summary.target_serial} ({equal})"
    if summary.generation:
        kept = f", {summary.kept:,} documents kept that could not be fetched" if summary.kept else ""
        yield f"  in place       {summary.generation}{kept}"
        yield f"  seen as        {', '.join(summary.moved)}"
    yield f"  requests       {_describe_requests(summary.requests)}"
    for label, count in (
        ("listed", summary.listed),
        ("looked at", summary.looked_at),
        ("matched", summary.matched),
        ("written", summary.written),
        ("unchanged", summary.unchanged),
        ("removed", summary.removed),
        ("absent", summary.absent),
        *([("assessed", summary.assessed)] if summary.assessed else []),
        *([("changes", summary.changes)] if summary.changes else []),
    ):
        yield f"  {label:<14} {count:,}"
    if summary.not_on_pypi:
        yield from _describe_troubles("not on PyPI", summary.not_on_pypi)


def _describe_discovery(summary: RunSummary) -> str:
    if summary.discovery is None:
        return ""
    changes = summary.discovery == DiscoveryMethod.CHANGES
    return " from what changed" if changes else f", discovery by {summary.discovery}"


def _describe_migration(summary: MigrateSummary) -> Iterator[str]:
    yield f"{summary.source} to {summary.target}: {summary.passes} passes"
    yield f"  copied         {summary.copied:,} ({summary.converted:,} converted)"
    yield f"  compared       {summary.compared:,}"
    yield from _describe_names("missing", summary.missing)
    yield from _describe_names("differing", summary.differing)


def _describe_account(account: EnrichAccount, *, verbose: bool) -> Iterator[str]:
    """Name the collection once, then give each source a block of its own."""
    parts = account.sources
    seconds = sum(part.seconds for part in parts.values())
    yield f"{account.collection}: {len(parts)} source{'' if len(parts) == 1 else 's'}, {seconds:,.1f} s"
    for name, part in parts.items():
        yield _describe_end(name, part)
        if part.begun and not (isinstance(part, SourceSummary) and part.off):
            yield from _describe_part(part, verbose=verbose)


def _describe_part(part: EnrichPart, *, verbose: bool) -> Iterator[str]:
    """Yield the lines below the one that names the source."""
    match part:
        case EnrichSummary():
            yield from _describe_enrichment(part, verbose=verbose)
        case SourceSummary():
            yield from _describe_source(part)
    yield from _describe_all_troubles(part)


def _describe_end(name: str, part: EnrichPart) -> str:
    """Say of one source how it ended."""
    if isinstance(part, SourceSummary) and part.off:
        return f"{name}: switched off, {part.off}"
    end = "stopped" if part.stopped else "done with failures" if part.exit_code else "done"
    return f"{name}: {end}, {part.seconds:,.1f} s"


def _describe_source(summary: SourceSummary) -> Iterator[str]:
    yield f"  requests       {_describe_requests(summary.requests)}"
    for label, count in (
        ("projects", summary.seen),
        ("due", summary.due),
        ("asked", summary.asked),
        *([("absent", summary.absent)] if summary.absent else []),
        ("written", summary.written),
        ("unchanged", summary.unchanged),
        *([("changes", summary.changes)] if summary.changes else []),
    ):
        yield f"  {label:<14} {count:,}"
    yield from _describe_left(summary, "project", "projects")


def _describe_enrichment(summary: EnrichSummary, *, verbose: bool) -> Iterator[str]:
    left = "" if summary.points_left is None else f", {summary.points_left:,} left"
    points = f"{summary.points:,} point{'' if summary.points == 1 else 's'}"
    yield f"  requests       {summary.requests:,} ({points}{left})"
    yield f"  projects       {summary.seen:,} ({summary.with_repository:,} with a repository)"
    yield from _describe_troubles("without", summary.without, shown=verbose, hint="-v lists them, and why")
    yield f"  repositories   {summary.repositories:,}"
    for forge in summary.forges:
        yield f"    {_describe_forge(forge)}"
    yield f"  asked          {summary.asked:,}"
    yield f"  from cache     {summary.from_cache:,}"
    yield from _describe_troubles(
        "not available", summary.unavailable, shown=verbose, hint="-v lists them, and why"
    )
    yield f"  written        {summary.written:,}"
    yield f"  unchanged      {summary.unchanged:,}"
    if summary.changes:
        yield f"  changes        {summary.changes:,}"
    yield from _describe_left(summary, "repository", "repositories")


def _describe_left(summary: EnrichPart, one: str, many: str) -> Iterator[str]:
    if summary.left:
        noun = one if summary.left == 1 else many
        when = f" from {_tell_when(summary)} on" if summary.resume_at else ""
        yield f"  left           {summary.left:,} {noun}; run again{when}"


def _describe_forge(forge: ForgeSummary) -> str:
    """Say what became of one forge of several; what stopped it is told at the end."""
    parts = [f"{forge.repositories:,}", f"{forge.asked:,} asked", f"{forge.from_cache:,} from cache"]
    if forge.left:
        parts.append(f"{forge.left:,} left" + (f" until {_tell_when(forge)}" if forge.resume_at else ""))
    if forge.stopped:
        parts.append("stopped")
    return f"{forge.host}: {', '.join(parts)}"


def _tell_when(summary: EnrichPart | ForgeSummary) -> str:
    return f"{summary.resume_at:%Y-%m-%d %H:%M:%S} UTC"


def _describe_requests(requests: Mapping[str, int]) -> str:
    sent = ", ".join(f"{kind} {count:,}" for kind, count in requests.items())
    return f"{sum(requests.values()):,}" + (f" ({sent})" if sent else "")


def _describe_names(label: str, names: Sequence[str]) -> Iterator[str]:
    yield f"  {label:<14} {len(names):,}"
    for name in names[:TROUBLES_SHOWN]:
        yield f"    {name}"


def _describe_troubles(
    label: str,
    troubles: Sequence[ItemFailure],
    *,
    count: int | None = None,
    shown: bool = True,
    hint: str = "",
) -> Iterator[str]:
    """Yield how many troubles there are, ``count`` where they are joined, and the first of them."""
    told = f" ({hint})" if hint and troubles and not shown else ""
    yield f"  {label:<14} {len(troubles) if count is None else count:,}{told}"
    if not shown:
        return
    for trouble in troubles[:TROUBLES_SHOWN]:
        yield f"    {trouble.name}: {trouble.reason}"
    if len(troubles) > TROUBLES_SHOWN:
        yield f"    and {len(troubles) - TROUBLES_SHOWN:,} more, all of them with --json"


def _join_alike(troubles: Sequence[ItemFailure]) -> list[ItemFailure]:
    """Return one trouble for all that stand together with one reason: hundreds may share a question."""
    return [
        ItemFailure(name=_join_names([trouble.name for trouble in alike]), reason=reason)
        for reason, alike in groupby(troubles, key=lambda trouble: trouble.reason)
    ]


def _join_names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_JOINED
    joined = ", ".join(names[:NAMES_JOINED])
    return f"{joined} and {more:,} more (--json names them)" if more > 0 else joined
