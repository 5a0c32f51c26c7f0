"""History: what was known of a project, week by week, and how its use has grown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from pyf.aggregator.documents.assessment import AssessmentInput, HistoryPoint
from pyf.aggregator.documents.schema import Document

WEEK_SECONDS = 7 * 24 * 60 * 60
MOST_WEEKS = 104
"""Two years."""
GROWTH_WEEKS = 12

_NEAR = (GROWTH_WEEKS, GROWTH_WEEKS + 1, GROWTH_WEEKS - 1)
"""How many weeks may lie between the ends of a growth, the best first."""


def find_week(today: date) -> int:
    """Return the week of a day: when its Monday begins (UTC), in Unix seconds; ISO 8601 counts alike."""
    monday = today - timedelta(days=today.weekday())
    return int(datetime.combine(monday, time(), UTC).timestamp())


def build_point(project: AssessmentInput, assessed: Mapping[str, object], week: int) -> HistoryPoint:
    """Return what there is to note of a project in a week; ``assessed`` is what its document is to say."""
    figures = {
        "stars": project.stars,
        "downloads": project.downloads_month,
        "dependents": assessed.get("required_by_count"),
        "quality": assessed.get("quality"),
        "use": assessed.get("use"),
    }
    return msgspec.convert({"week": week, **figures}, HistoryPoint)


def continue_history(said: Mapping[str, object], point: HistoryPoint) -> Document:
    """Return ``history`` and ``use_growth`` of a document from what it says in them, and a new point.

    The new point takes the place of an earlier one of the same week. Older points than two years go, and so
    do those of weeks to come, which a clock that was wrong has written. A history that cannot be read begins
    anew.
    """
    earlier = {earlier.week: earlier for earlier in _read_points(said.get("history"))}
    oldest = point.week - (MOST_WEEKS - 1) * WEEK_SECONDS
    kept = [earlier[week] for week in sorted(earlier) if oldest <= week < point.week]
    continued: Document = {"history": [msgspec.to_builtins(each) for each in (*kept, point)]}
    growth = _find_growth(kept, point)
    return continued if growth is None else {**continued, "use_growth": growth}


def _read_points(history: object) -> Iterable[HistoryPoint]:
    try:
        return msgspec.convert(history, tuple[HistoryPoint, ...])
    except msgspec.ValidationError:
        return ()


def _find_growth(earlier: Sequence[HistoryPoint], now: HistoryPoint) -> int | None:
    """Return by how many points use has grown in twelve weeks, ``None`` where that is not known.

    Twelve weeks ago, or a week off, there has to be a point of which use is known. Both ends have to rest on
    the same figures: a project is not used more since downloads are known for the first time.
    """
    if now.use is None:
        return None
    by_week = {point.week: point for point in earlier}
    points = (by_week.get(now.week - weeks * WEEK_SECONDS) for weeks in _NEAR)
    begun = next((point for point in points if point and point.use is not None), None)
    if begun is None or begun.use is None or _list_known(begun) != _list_known(now):
        return None
    return now.use - begun.use


def _list_known(point: HistoryPoint) -> tuple[bool, ...]:
    return tuple(figure is not None for figure in (point.stars, point.downloads, point.dependents))
