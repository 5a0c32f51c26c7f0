"""What was found, as pages show it, and how it is read from an answer of Typesense's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.documents.assessment import ReadinessInput
from pyf.aggregator.documents.shown import Row, ShownChange
from pyf.aggregator.gallery.query import ENDED, LIFE_KEY, PAGE_SIZE, FacetKind, SearchQuery
from pyf.aggregator.metadata.topics import Topic
from pyf.aggregator.metadata.versions import sort_key
from pyf.aggregator.typesense.reader import Answer, FacetCount


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, as addresses have it, with how many packages of the search it would leave."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values: versions from the newest, others from the most frequent."""

    kind: FacetKind
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A package that was found; ``marked`` are fields in which Typesense marked what it found."""

    row: Row
    marked: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: one page of ``total`` packages, and how many have ended and were left out."""

    query: SearchQuery
    total: int
    rows: tuple[FoundRow, ...]
    facets: tuple[Facet, ...]
    ended: int

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Packages in some order, the first of ``total``."""

    total: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is worth a look before anybody asks for anything."""

    packages: int
    new: tuple[Row, ...]
    released: tuple[Row, ...]
    needed: tuple[Row, ...]
    rising: tuple[Row, ...]
    changes: tuple[ShownChange, ...]
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class ShownCycle:
    """A cycle that packages were assessed for: ``Plone 6.2``, ``6.2``, and whether it is supported."""

    version: str
    number: str
    supported: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh a collection is: by field, how many packages have it, and the greatest value."""

    packages: int
    latest: Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCount:
    """How many packages a topic has, ``ended`` of which have ended."""

    topic: Topic
    total: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleCounts:
    """Who owns packages on PyPI, and how many: those that own the most."""

    accounts: Sequence[FacetCount]
    organizations: Sequence[FacetCount]


class JudgedDocument(ReadinessInput, frozen=True, kw_only=True):
    """What is read of every document: what readiness counts, and when its last release was."""

    upload_timestamp: int | None = None


def leaves_out_ended(query: SearchQuery) -> bool:
    """Tell whether what has ended is left out: unless it, or a label of life, is asked for."""
    return not query.with_ended and LIFE_KEY not in query.chosen


def count_ended(life: Facet, query: SearchQuery) -> int:
    """Return how many packages a search leaves out because they have ended."""
    return sum(value.count for value in life.values if value.value in ENDED) if leaves_out_ended(query) else 0


def read_facet(kind: FacetKind, answer: Answer, query: SearchQuery) -> Facet:
    """Return the counts of a facet; a chosen value is there even where it leaves nothing."""
    chosen = query.chosen.get(kind.key, ())
    counted = {
        count.value.removeprefix(kind.prefix): count.count
        for count in answer.facet_counts.get(kind.field, ())
        if count.value.startswith(kind.prefix)
    }
    counted |= {value: 0 for value in chosen if value not in counted}
    values = [
        FacetValue(value, kind.prefix + value, count, value in chosen) for value, count in counted.items()
    ]
    if kind.sorted_as_versions:
        values.sort(key=lambda value: sort_key(value.value), reverse=True)
    else:
        values.sort(key=lambda value: (-value.count, value.value.lower()))
    return Facet(kind, tuple(values))


def find_working_version(row: Row, cycles: Sequence[ShownCycle]) -> tuple[ShownCycle, Verdict] | None:
    """Return the newest cycle that a package works with, a supported one first, and the verdict on it."""
    supported = sorted(cycles, key=lambda cycle: cycle.supported is not True)
    for cycle in supported:
        if cycle.version in row.declared_versions:
            return cycle, Verdict.DECLARED
        if cycle.version in row.allowed_versions:
            return cycle, Verdict.ALLOWED
    return None


def find_newest_supported(cycles: Sequence[ShownCycle]) -> ShownCycle | None:
    """Return the newest cycle that is supported, if any is."""
    return next((cycle for cycle in cycles if cycle.supported), None)
