"""History: a point a week, two years of them, and the growth of use over twelve weeks."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.assessment.assess import build_assessment_fields
from pyf.aggregator.assessment.history import (
    MOST_WEEKS,
    WEEK_SECONDS,
    build_point,
    continue_history,
    find_week,
)
from pyf.aggregator.documents.assessment import HistoryPoint
from pyf.aggregator.documents.schema import Document
from tests.assessment.made import assess, make

NOW = find_week(date(2026, 11, 26))


def make_point(weeks_ago: int, use: int | None = 50, **figures: int) -> HistoryPoint:
    return HistoryPoint(week=NOW - weeks_ago * WEEK_SECONDS, use=use, **({"dependents": 0} | figures))


def build_history(*points: HistoryPoint) -> Document:
    return {"history": [msgspec.to_builtins(point) for point in points]}


def find_growth(now: HistoryPoint, *earlier: HistoryPoint) -> object:
    return continue_history(build_history(*earlier), now).get("use_growth")


@given(day=st.dates(date(1970, 1, 5), date(2100, 12, 31)))
def test_a_week_is_that_of_iso_8601(day: date) -> None:
    monday = datetime.fromtimestamp(find_week(day), UTC)
    assert monday.date().isocalendar() == (*day.isocalendar()[:2], 1)
    assert monday.time() == datetime.min.time()


def test_a_point_has_what_is_known_and_what_the_document_says() -> None:
    rated = make(
        "rated", repository_evidence="attested", repository_stars=7, downloads_month=90, requires=["silent"]
    )
    silent = make("silent")
    said = build_assessment_fields(assess(rated, silent))
    points = {item.id: msgspec.to_builtins(build_point(item, said[item.id], NOW)) for item in (rated, silent)}
    assert points == {
        "rated": {
            "week": NOW,
            "stars": 7,
            "downloads": 90,
            "dependents": 0,
            "quality": said[rated.id]["quality"],
            "use": said[rated.id]["use"],
        },
        "silent": {
            "week": NOW,
            "dependents": 1,
            "quality": said[silent.id]["quality"],
            "use": said[silent.id]["use"],
        },
    }


def test_a_week_has_seven_days_and_two_years_have_104_weeks() -> None:
    assert NOW - find_week(date(2026, 11, 19)) == WEEK_SECONDS
    assert MOST_WEEKS == 104


def test_a_new_week_is_added_and_the_same_week_replaced() -> None:
    first, second, third = make_point(1), make_point(0, use=51), make_point(0, use=52)
    begun = continue_history({}, first)
    assert begun == build_history(first)
    grown = continue_history(begun, second)
    assert grown == build_history(first, second)
    assert continue_history(grown, third) == build_history(first, third)
    assert continue_history(grown, second) == grown


def test_two_years_are_kept_and_no_week_to_come() -> None:
    points = [make_point(ago) for ago in range(MOST_WEEKS + 5, -3, -1)]
    history = continue_history(build_history(*points), make_point(0, use=9))["history"]
    assert isinstance(history, list)
    assert len(history) == MOST_WEEKS
    assert history[0]["week"] == NOW - (MOST_WEEKS - 1) * WEEK_SECONDS
    assert history[-1] == msgspec.to_builtins(make_point(0, use=9))


def test_points_in_disorder_are_put_in_order() -> None:
    said = build_history(make_point(2), make_point(5), make_point(3))
    weeks = [5, 3, 2, 0]
    assert continue_history(said, make_point(0)) == build_history(*map(make_point, weeks))


@pytest.mark.parametrize("odd", ["odd", 3, [3], [{"use": 3}], [{"week": "2026-W48"}], {"week": 1}])
def test_a_history_that_cannot_be_read_begins_anew(odd: object) -> None:
    assert continue_history({"history": odd, "use_growth": 3}, make_point(0)) == build_history(make_point(0))


def test_figures_that_we_do_not_know_are_no_part_of_a_point() -> None:
    said = {"history": [{"week": NOW - WEEK_SECONDS, "use": 3, "mood": "good"}]}
    expected = HistoryPoint(week=NOW - WEEK_SECONDS, use=3)
    assert continue_history(said, make_point(0)) == build_history(expected, make_point(0))


@pytest.mark.parametrize(
    ("weeks", "growth"),
    [((12,), 20), ((11,), 20), ((13,), 20), ((10,), None), ((14,), None), ((1, 10, 14, 52), None)],
)
def test_growth_needs_a_point_of_twelve_weeks_ago_or_a_week_off(
    weeks: tuple[int, ...], growth: int | None
) -> None:
    earlier = [make_point(ago, use=30) for ago in weeks]
    assert find_growth(make_point(0, use=50), *earlier) == growth


def test_of_several_points_the_nearest_counts_and_of_two_the_older() -> None:
    now = make_point(0, use=50)
    assert find_growth(now, make_point(13, use=1), make_point(12, use=40), make_point(11, use=2)) == 10
    assert find_growth(now, make_point(13, use=60), make_point(11, use=2)) == -10
    assert find_growth(now, make_point(13, use=1), make_point(12, use=None), make_point(11, use=2)) == 49


def test_growth_is_unknown_where_use_is() -> None:
    assert find_growth(make_point(0, use=None), make_point(12)) is None
    assert find_growth(make_point(0), make_point(12, use=None)) is None
    assert find_growth(make_point(0), make_point(12)) == 0


def test_both_ends_of_a_growth_rest_on_the_same_figures() -> None:
    """A project is not used more since its downloads are known."""
    known = make_point(0, use=80, downloads=100)
    assert find_growth(known, make_point(12, use=20)) is None
    assert find_growth(known, make_point(12, use=20, downloads=1)) == 60
    assert find_growth(make_point(0, use=80), make_point(12, use=20, downloads=1)) is None


def test_growth_goes_where_it_is_no_longer_known() -> None:
    said = {**build_history(make_point(20)), "use_growth": 5}
    assert "use_growth" not in continue_history(said, make_point(0))


@given(
    steps=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 100)), min_size=1, max_size=60),
)
def test_a_history_equals_the_last_point_of_each_week(steps: list[tuple[int, int]]) -> None:
    day = date(2024, 1, 1)
    said: Document = {}
    expected: dict[int, int] = {}
    for days, use in steps:
        day += timedelta(days=days)
        point = HistoryPoint(week=find_week(day), use=use)
        said = continue_history(said, point)
        expected[point.week] = use
    last = find_week(day)
    kept = {week: use for week, use in expected.items() if week > last - MOST_WEEKS * WEEK_SECONDS}
    assert said["history"] == [{"week": week, "use": use} for week, use in kept.items()]
