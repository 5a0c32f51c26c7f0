"""Blocked: what requires a project of the collection that does not admit a cycle, and by which path.

For each cycle a search by breadth from those that an installer refuses, so paths are shortest and end
whatever the graph looks like.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyf.aggregator.assessment.compatibility import Judgement, Verdict, offers
from pyf.aggregator.assessment.facts import Facts
from pyf.aggregator.assessment.graph import Graph
from pyf.aggregator.assessment.world import FALLBACK_PYTHON, FrameworkCycle, World
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.metadata.ranges import admits, find_version
from pyf.aggregator.metadata.requirements import Requirement

_LONGEST_NAMED = 5
"""So many projects of a path stand in the evidence."""

type Judgements = Mapping[NormalizedName, tuple[Judgement, ...]]


def find_blocked(
    collection: Mapping[NormalizedName, Facts], graph: Graph, own: Judgements, world: World
) -> Judgements:
    """Return all judgements, with those that are blocked in place of what they say themselves."""
    found = {name: list(judgements) for name, judgements in own.items()}
    for place, cycle in enumerate(world.cycles):
        search = _Search(collection=collection, graph=graph, world=world, cycle=cycle)
        refused = {name: judgements[place] for name, judgements in own.items() if judgements[place].refused}
        search.run(refused)
        for name in search.paths:
            if name not in refused:
                found[name][place] = _block(name, own[name][place], search, refused)
    return {name: tuple(judgements) for name, judgements in found.items()}


@dataclass(kw_only=True)
class _Search:
    """One search, for one cycle; ``paths`` lead from each project found to the one that refuses it."""

    collection: Mapping[NormalizedName, Facts]
    graph: Graph
    world: World
    cycle: FrameworkCycle
    paths: dict[NormalizedName, tuple[NormalizedName, ...]] = field(default_factory=dict)
    direct: dict[NormalizedName, list[NormalizedName]] = field(default_factory=dict)
    _capped: set[NormalizedName] = field(default_factory=set)
    _offering: dict[NormalizedName, tuple[str, ...]] = field(default_factory=dict)

    def run(self, refused: Mapping[NormalizedName, Judgement]) -> None:
        """Search from those that refuse the cycle, level by level and within one by name."""
        own_words = {name for name, facts in self.collection.items() if facts.is_framework}
        self._capped = {name for name, judgement in refused.items() if judgement.capped}
        level = sorted(refused)
        self.paths = dict.fromkeys(level, ())
        while level:
            following: dict[NormalizedName, tuple[NormalizedName, ...]] = {}
            for required in level:
                for name in self.graph.required_by.get(required, ()):
                    if name in own_words or name in refused or not self._holds_back(name, required):
                        continue
                    self.direct.setdefault(name, []).append(required)
                    if name not in self.paths and name not in following:
                        following[name] = (required, *self.paths[required])
            self.paths |= following
            level = sorted(following)

    def _holds_back(self, name: NormalizedName, required: NormalizedName) -> bool:
        """Tell whether a project cannot be had for the cycle because of one that it requires.

        That is so where it has to take the latest release, or no earlier one that it admits may work there.
        Where nobody knows the releases, nobody knows that.
        """
        facts, other = self.collection[name], self.collection[required]
        if not other.project.releases:
            return False
        requirements = self._find_holding(facts, facts.on_others[required])
        if not requirements or not all(_takes(item, other) for item in requirements):
            return False
        return not any(
            version is not None and all(admits(item.specifier, version) for item in requirements)
            for version in map(find_version, self._find_offering(required))
        )

    def _find_holding(self, facts: Facts, requirements: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
        """Return the requirements that hold anywhere, if any holds on every Python that is possible."""
        if all(item.marker is None for item in requirements):
            return requirements
        pythons = facts.find_pythons(self.cycle, self.world) or (FALLBACK_PYTHON,)
        if not all(any(item.holds(python) for item in requirements) for python in pythons):
            return ()
        return tuple(item for item in requirements if any(item.holds(python) for python in pythons))

    def _find_offering(self, name: NormalizedName) -> tuple[str, ...]:
        """Return the earlier releases of a project that may work with the cycle."""
        if name not in self._offering:
            project, path = self.collection[name].project, self.paths[name]
            capped = (path[-1] if path else name) in self._capped
            self._offering[name] = tuple(
                release.version
                for release in project.releases
                if release.version != project.version
                and offers(release, self.cycle, self.world.framework, capped=capped)
            )
        return self._offering[name]


def _takes(requirement: Requirement, other: Facts) -> bool:
    return (
        not requirement.direct and other.version is not None and admits(requirement.specifier, other.version)
    )


def _block(
    name: NormalizedName, own: Judgement, search: _Search, refused: Mapping[NormalizedName, Judgement]
) -> Judgement:
    path = search.paths[name]
    *between, last = [search.collection[required].name for required in path]
    if len(between) > _LONGEST_NAMED:
        between = [*between[:_LONGEST_NAMED], f"{len(between) - _LONGEST_NAMED} more"]
    needs = "".join(f"needs {needed}, which " for needed in (*between, last))
    return replace(
        own,
        verdict=Verdict.BLOCKED,
        evidence=f"{needs}excludes {search.cycle.label} ({refused[path[-1]].evidence})",
        path=path,
        blocked_by=tuple(sorted(search.direct[name])),
    )
