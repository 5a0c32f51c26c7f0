"""How ``pyfcheck --readiness`` shows a collection: for a person, and as JSON. Pure."""

from collections.abc import Iterator

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.readiness import Blocker, Readiness
from pyf.aggregator.cli.output.blocks import write_columns

_MEANINGS = {
    Verdict.DECLARED: "a classifier names it, and the requirements admit it",
    Verdict.ALLOWED: "the requirements admit it, and the release is younger than it",
    Verdict.UNTESTED: "the requirements admit it, and the release is older than it",
    Verdict.CONTRADICTED: "a classifier names it, and the requirements do not admit it",
    Verdict.EXCLUDED: "the requirements do not admit it",
    Verdict.BLOCKED: "something that they require does not admit it",
    Verdict.UNKNOWN: "nothing says so",
}
_MOST_WAITING = 5
"""So many of those that wait for a blocker are named; the JSON has them all."""


def describe_readiness(readiness: Readiness, *, width: int) -> Iterator[str]:
    """Yield the lines: how many packages have each verdict, and the blockers, the most awaited first."""
    total = readiness.total
    yield f"{readiness.version} and the {total:,} package{'s' * (total != 1)} of the collection"
    yield ""
    counts = {verdict: f"{count:,}" for verdict, count in readiness.counts.items()}
    rows = [(verdict.value, count, _MEANINGS[verdict]) for verdict, count in counts.items()]
    yield from write_columns(rows, width=width)
    if not readiness.blockers:
        return
    yield ""
    yield "What others wait for, the most awaited first"
    rows = [
        (f"{len(blocker.waiting):,}", blocker.display_name, _tell_blocker(blocker))
        for blocker in readiness.blockers
    ]
    yield from write_columns(rows, width=width)


def _tell_blocker(blocker: Blocker) -> str:
    named = ", ".join(blocker.waiting[:_MOST_WAITING])
    more = len(blocker.waiting) - _MOST_WAITING
    return f"{blocker.evidence}; for it wait{'s' * (len(blocker.waiting) == 1)} {named}" + (
        f" and {more:,} more" if more > 0 else ""
    )


def build_readiness_json(readiness: Readiness) -> dict[str, object]:
    """Return the readiness for a program, every blocker with all that wait for it."""
    return {
        "version": readiness.version,
        "total": readiness.total,
        "counts": {verdict.value: count for verdict, count in readiness.counts.items()},
        "blockers": [
            {
                "id": blocker.name,
                "name": blocker.display_name,
                "evidence": blocker.evidence,
                "use": blocker.use,
                "waiting": list(blocker.waiting),
            }
            for blocker in readiness.blockers
        ],
    }
