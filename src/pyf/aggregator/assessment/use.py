"""Use: how much a package is used, within its collection and of what is known alone."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyf.aggregator.assessment.graph import Graph
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.model import NormalizedName

STEPS = 8
"""Into so many steps a doubling is divided: two values within one are the same use, 1,000 and 1,050."""

FULL = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFound:
    """The percentiles, 0 to 100, of each figure that is known."""

    downloads: float | None = None
    dependents: float | None = None
    stars: float | None = None

    @property
    def mean(self) -> float | None:
        """The mean of those known, ``None`` without any."""
        known = [part for part in (self.downloads, self.dependents, self.stars) if part is not None]
        return sum(known) / len(known) if known else None


class Percentiles:
    """Where a figure stands among all that are known in the collection, on a log scale.

    The percentile is the share of the others that have less; of those that have as much, half. Zero stays
    zero. Alone, any other figure stands in the middle: nobody is there to compare.
    """

    def __init__(self, figures: Iterable[int | None]) -> None:
        self._steps = sorted(_find_step(figure) for figure in figures if figure is not None)

    def find(self, figure: int | None) -> float | None:
        """Return the percentile of one of these figures, 0 to 100; ``None`` for what is not known."""
        if figure is None:
            return None
        step = _find_step(figure)
        if step == 0:
            return 0.0
        below = bisect_left(self._steps, step)
        others = bisect_right(self._steps, step) - below - 1
        rest = len(self._steps) - 1
        return FULL * (below + others / 2) / rest if rest > 0 else FULL / 2


def _find_step(figure: int) -> int:
    """Return the step on the log scale; 0 is for nothing alone."""
    return math.ceil(STEPS * math.log2(1 + figure)) if figure > 0 else 0


def build_use(
    projects: Mapping[NormalizedName, AssessmentInput], graph: Graph
) -> dict[NormalizedName, UseFound]:
    """Return the use of every project of a collection."""
    downloads = Percentiles(project.downloads_month for project in projects.values())
    stars = Percentiles(project.stars for project in projects.values())
    dependents = Percentiles(graph.count_requiring(name) for name in projects)
    return {
        name: UseFound(
            downloads=downloads.find(project.downloads_month),
            dependents=dependents.find(graph.count_requiring(name)),
            stars=stars.find(project.stars),
        )
        for name, project in projects.items()
    }
