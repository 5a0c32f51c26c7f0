"""The graph of requirements: who in a collection requires whom. Hard ones only, and cycles are fine."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pyf.aggregator.assessment.facts import Facts
from pyf.aggregator.metadata.model import NormalizedName

MOST_SHOWN = 100
"""So many of those who require a project are listed in its document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Both directions, each in the order of names."""

    requires: Mapping[NormalizedName, tuple[NormalizedName, ...]]
    required_by: Mapping[NormalizedName, tuple[NormalizedName, ...]]

    def count_requiring(self, name: NormalizedName) -> int:
        """Return how many projects of the collection require this one."""
        return len(self.required_by.get(name, ()))


def build_graph(collection: Mapping[NormalizedName, Facts]) -> Graph:
    """Build the graph of a whole collection."""
    required_by: defaultdict[NormalizedName, list[NormalizedName]] = defaultdict(list)
    requires: dict[NormalizedName, tuple[NormalizedName, ...]] = {}
    for name in sorted(collection):
        requires[name] = tuple(sorted(collection[name].on_others))
        for required in requires[name]:
            required_by[required].append(name)
    return Graph(
        requires=requires, required_by={name: tuple(requiring) for name, requiring in required_by.items()}
    )


def list_requiring(graph: Graph, name: NormalizedName, use: Mapping[NormalizedName, float]) -> list[str]:
    """Return those who require a project, the most used first, as many as are shown."""
    ordered = sorted(graph.required_by.get(name, ()), key=lambda other: (-use[other], other))
    return list(ordered[:MOST_SHOWN])
