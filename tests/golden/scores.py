"""How well queries are answered: mean reciprocal rank, and how often the first answer is a right one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from tests.golden.catalogues import GoldenQuery

DEPTH = 10
"""How many answers are looked at: the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A query, and the ids that it found, the first page of them in order."""

    golden: GoldenQuery
    found: Sequence[str]

    @property
    def reciprocal_rank(self) -> float:
        """1 for a right first answer, 1/2 for a right second one, 0 where none is right."""
        places = (place for place, name in enumerate(self.found, start=1) if name in self.golden.expected)
        return 1 / next(places, float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Both measures over some queries, each between 0 and 1."""

    mrr: float
    success: float

    def __str__(self) -> str:
        return f"{self.mrr:.3f}, {self.success:.3f}"


def score(answers: Iterable[Answer]) -> Score:
    ranks = [answer.reciprocal_rank for answer in answers]
    return Score(mrr=fmean(ranks), success=fmean(rank == 1 for rank in ranks))
