"""Discovery: which projects may carry a profile's classifiers, with as few requests as possible.

What it finds is a *scope*, never the truth: every project in it is fetched and checked before it is indexed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from trove_classifiers import all_classifiers

from pyf.aggregator.errors.sources import RateLimited, SourceError
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.jobs.crawl.plan import RunState, find_changed
from pyf.aggregator.jobs.resources import Resources
from pyf.aggregator.metadata.classifiers import find_covered
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.pypi.project_list import MOST_SERIALS_AHEAD

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The projects worth a look, and the method that found them."""

    names: frozenset[NormalizedName]
    method: DiscoveryMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Discovery in one run."""

    state: RunState
    resources: Resources

    async def find_scope(self) -> Scope:
        """Find the projects to look at, by the method ordered or, for ``auto``, the one that asks less.

        A full run browses. An incremental one fetches what changed when that is less than the classifiers.
        Where PyPI refuses to browse, ``auto`` says so and goes on with the index.
        """
        unknown = self._find_unknown() if self._may_index_first() else None
        classifiers = self._find_classifiers()
        match self.state.order.discovery:
            case DiscoveryMethod.INDEX:
                names, method = unknown or set(), self._name_index()
            case DiscoveryMethod.BROWSE:
                names, method = await self._browse(classifiers), DiscoveryMethod.BROWSE
            case DiscoveryMethod.AUTO if unknown is not None and len(unknown) < len(classifiers):
                names, method = unknown, self._name_index()
            case DiscoveryMethod.AUTO:
                names, method = await self._browse_or_index(classifiers)
        return Scope(names=frozenset(names | self._find_always()), method=method)

    def _may_index_first(self) -> bool:
        if self.state.order.discovery is DiscoveryMethod.INDEX:
            return True
        return (
            self.state.order.discovery is DiscoveryMethod.AUTO and self.state.order.mode is Mode.INCREMENTAL
        )

    def _name_index(self) -> DiscoveryMethod:
        """Return what to call fetching projects one by one: all that are unknown, or those that changed."""
        incremental = self.state.order.mode is Mode.INCREMENTAL and self.state.since is not None
        return DiscoveryMethod.CHANGES if incremental else DiscoveryMethod.INDEX

    def _find_classifiers(self) -> list[str]:
        """Return every classifier to browse: the published ones, the profile's own, and those already met.

        The last are for classifiers younger than the installed ``trove-classifiers``.
        """
        met = chain.from_iterable(document.classifiers for document in self.state.indexed.values())
        return list(find_covered(self.state.order.selection.classifiers, {*all_classifiers, *met}))

    async def _browse_or_index(self, classifiers: list[str]) -> tuple[set[NormalizedName], DiscoveryMethod]:
        try:
            return await self._browse(classifiers), DiscoveryMethod.BROWSE
        except SourceError as error:
            if isinstance(error, RateLimited) and not self.state.order.patient:
                raise
            unknown = self._find_unknown()
            logger.warning(
                "The search by classifier failed, so %d projects are fetched one by one instead: %s",
                len(unknown),
                error,
            )
            return unknown, self._name_index()

    async def _browse(self, classifiers: list[str]) -> set[NormalizedName]:
        """Ask for each classifier's releases; also the only way to learn what older releases declared."""
        found: defaultdict[NormalizedName, defaultdict[str, list[str]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.resources.progress.start("browsing classifiers", len(classifiers))
        for classifier in classifiers:
            for name, version in await self.resources.pypi.browse(classifier):
                found[name][version].append(classifier)
            self.resources.progress.advance()
        releases = {
            name: {version: tuple(carried) for version, carried in versions.items()}
            for name, versions in found.items()
            if name in self.state.project_list.serials
        }
        await asyncio.to_thread(self.resources.catalogue.save_releases, releases)
        return self._leave_out_unwanted(releases)

    def _find_unknown(self) -> set[NormalizedName]:
        """Return the projects of which neither the checkpoint nor the catalogue tells whether they match."""
        return self._leave_out_unwanted(find_changed(self.state))

    def _leave_out_unwanted(self, names: Iterable[NormalizedName]) -> set[NormalizedName]:
        """Leave out what the catalogue knows, at the listed serial, not to be wanted.

        The plan looks at every indexed document that moved all the same: it may have to go.
        """
        kept = set(names)
        for known in self.resources.catalogue.load_projects(tuple(kept)):
            listed = self.state.project_list.serials[known.name]
            current = listed <= known.serial <= self.state.project_list.serial + MOST_SERIALS_AHEAD
            if current and not self.state.order.selection.wants(known.name, known.classifiers):
                kept.discard(known.name)
        return kept

    def _find_always(self) -> set[NormalizedName]:
        """Return what is looked at whatever discovery says: the included, and what is not settled yet."""
        always = {*self.state.order.selection.include, *self.resources.catalogue.load_unanswered()}
        return {name for name in always if name in self.state.project_list.serials}
