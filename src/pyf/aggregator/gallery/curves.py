"""Curves: how a figure went over time, as the path of a small drawing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyf.aggregator.documents.shown import ShownPoint

WIDTH, HEIGHT = 200, 40
_MARGIN = 3
_LEAST_POINTS = 2

FIGURES = (
    ("use", "Use"),
    ("downloads", "Downloads a month"),
    ("dependents", "Dependents here"),
    ("stars", "Stars"),
    ("quality", "Quality"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One figure: the ``path`` that draws it, and its first and last values for those who read."""

    title: str
    path: str
    first: int
    last: int


def build_curves(history: Sequence[ShownPoint]) -> tuple[Curve, ...]:
    """Return a line for each figure that is known of two weeks at least, on one scale of time.

    Where a week is missing or nothing is known of it, the line has a gap: nobody knows what was between.
    """
    if len(history) < _LEAST_POINTS:
        return ()
    begin, end = history[0].week, history[-1].week
    curves = []
    for field, title in FIGURES:
        values = [(point.week, getattr(point, field)) for point in history]
        known = [value for _, value in values if value is not None]
        if len(known) >= _LEAST_POINTS and end > begin:
            path = _draw(values, begin, end, min(known), max(known))
            curves.append(Curve(title=title, path=path, first=known[0], last=known[-1]))
    return tuple(curves)


def _draw(values: Sequence[tuple[int, int | None]], begin: int, end: int, least: int, most: int) -> str:
    """Return the data of an SVG path: a move after each gap, else a line."""
    parts: list[str] = []
    apart = True
    for week, value in values:
        if value is None:
            apart = True
            continue
        x = _MARGIN + (week - begin) / (end - begin) * (WIDTH - 2 * _MARGIN)
        share = (value - least) / (most - least) if most > least else 0.5
        y = HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN)
        parts.append(f"{'M' if apart else 'L'}{x:.1f} {y:.1f}")
        apart = False
    return "".join(parts)
