"""What a summary makes of its counts: is there something to tell, was all done, and the exit code."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.jobs.progress import (
    EnrichAccount,
    EnrichSummary,
    ForgeSummary,
    ItemFailure,
    MigrateSummary,
    RunSummary,
    SourceSummary,
    Summary,
)

FAILURE = ItemFailure(name="a", reason="b")
SOON = datetime(2026, 11, 26, tzinfo=UTC)


def make_run(**told: object) -> RunSummary:
    return RunSummary(collection="c", mode="full", **told)  # type: ignore[arg-type]


def make_part(**told: object) -> SourceSummary:
    return SourceSummary(collection="c", source="s", **told)  # type: ignore[arg-type]


def make_migration(**told: object) -> MigrateSummary:
    return MigrateSummary(source="a", target="b", **told)  # type: ignore[arg-type]


def make_account(*parts: SourceSummary) -> EnrichAccount:
    return EnrichAccount(collection="c", sources={str(number): part for number, part in enumerate(parts)})


FAILED, STOPPED, LEFT = make_part(failed=[FAILURE]), make_part(stopped="x"), make_part(left=1)

MEANINGS: list[tuple[Summary | SourceSummary, tuple[bool, bool, int]]] = [
    (make_run(), (True, True, 0)),
    (make_run(rejected=[FAILURE]), (True, False, 1)),
    (make_run(failed=[FAILURE]), (True, False, 1)),
    (make_run(not_on_pypi=[FAILURE], absent=1), (True, True, 0)),
    (make_run(stopped="x"), (False, False, 1)),
    (make_run(stopped="x", target_serial=1), (True, False, 1)),
    (make_part(), (True, True, 0)),
    (LEFT, (True, False, 0)),
    (FAILED, (True, False, 1)),
    (make_part(rejected=[FAILURE]), (True, False, 1)),
    (STOPPED, (False, False, 1)),
    (make_part(stopped="x", asked=1), (True, False, 1)),
    (make_part(stopped="x", written=1), (True, False, 1)),
    (make_part(stopped="x", failed=[FAILURE]), (True, False, 1)),
    (make_migration(), (True, True, 0)),
    (make_migration(rejected=[FAILURE]), (True, False, 1)),
    (make_migration(failed=[FAILURE]), (True, False, 1)),
    (make_migration(missing=["a"]), (True, False, 1)),
    (make_migration(differing=["a"]), (True, False, 1)),
    (make_migration(stopped="x"), (False, False, 1)),
    (make_migration(stopped="x", copied=1), (True, False, 1)),
    (make_migration(stopped="x", rejected=[FAILURE]), (True, False, 1)),
    (make_migration(stopped="x", failed=[FAILURE]), (True, False, 1)),
    (make_account(), (False, True, 0)),
    (make_account(make_part(), LEFT), (True, False, 0)),
    (make_account(FAILED, make_part()), (True, False, 1)),
    (make_account(STOPPED, STOPPED), (False, False, 1)),
    (make_account(make_part(), STOPPED), (True, False, 1)),
]


@pytest.mark.parametrize(("summary", "meaning"), MEANINGS, ids=repr)
def test_what_a_summary_means(summary: Summary, meaning: tuple[bool, bool, int]) -> None:
    assert (summary.begun, summary.complete, summary.exit_code) == meaning


@pytest.mark.parametrize(
    "summary",
    [
        make_run(),
        make_part(),
        make_migration(),
        make_account(),
        EnrichSummary(collection="c"),
        ForgeSummary(host="h"),
    ],
    ids=lambda summary: type(summary).__name__,
)
def test_a_summary_begins_with_nothing(
    summary: Summary | SourceSummary | EnrichSummary | ForgeSummary,
) -> None:
    given = {"collection", "mode", "source", "target", "host"}
    told = {each.name: getattr(summary, each.name) for each in fields(summary)}
    assert {name for name, value in told.items() if value} == given & told.keys()


def test_the_parts_of_the_forges_add_up() -> None:
    one = ForgeSummary(host="a", repositories=1, asked=2, from_cache=3, left=4, requests=5, stopped="A.")
    other = ForgeSummary(
        host="b", repositories=10, asked=20, from_cache=30, left=40, requests=50, failed=[FAILURE]
    )
    one.resume_at, other.resume_at = SOON + timedelta(hours=1), SOON
    summary = EnrichSummary(collection="c", stopped="Before.")
    summary.add_up([one, other])
    assert summary == EnrichSummary(
        collection="c",
        repositories=11,
        asked=22,
        from_cache=33,
        failed=[FAILURE],
        left=44,
        resume_at=SOON,
        requests=55,
        stopped="Before. A.",
        forges=[one, other],
    )


def test_the_rest_goes_on_when_the_first_forge_that_limits_us_is_ready() -> None:
    summary = EnrichSummary(collection="c")
    summary.add_up([ForgeSummary(host="a"), ForgeSummary(host="b", left=1, resume_at=SOON)])
    assert summary.resume_at == SOON


def test_one_forge_alone_is_no_part_of_a_sum() -> None:
    summary = EnrichSummary(collection="c")
    summary.add_up([ForgeSummary(host="a", asked=1)])
    assert summary == EnrichSummary(collection="c", asked=1)
