"""The cycles of a profile's framework and of Python, as far as anybody can tell them today.

endoflife.date is asked once a day at most, by what names the state that is kept; what it says goes on top of
the packaged floor. A framework that it does not know has its cycles from the releases of its own
distribution, which PyPI is asked for: the collection need not hold it, or may be behind. Whoever cannot be
asked stops nothing: what is kept counts, else the floor, and a sentence says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.jobs.resources import CycleResources
from pyf.aggregator.metadata.cycles import Cycle, find_cycles, merge
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.sources.end_of_life import EndOfLife
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.sources.pypi.project_json import parse_project
from pyf.aggregator.state.cycles import KnownCycles

CYCLES_FRESH = timedelta(days=1)
"""How long an answer stands, that there is no such product included."""
PYTHON = "python"
"""What endoflife.date calls it."""

_PYPI = "pypi"
"""The origin of cycles that releases tell; a catalogue is that of one PyPI."""
_NOBODY_YET = Serial(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCycles:
    """The cycles of a profile's framework and those of Python, the newest first.

    None are those of a framework of which nothing is known, or that the profile does not name. ``warnings``
    tell what could not be fetched or was not believed, a sentence each.
    """

    framework: tuple[Cycle, ...]
    python: tuple[Cycle, ...]
    warnings: tuple[str, ...] = ()


async def load_cycles(framework: Framework | None, resources: CycleResources) -> ProfileCycles:
    """Return what is known of the cycles, asking where that is older than :data:`CYCLES_FRESH`.

    Raises :class:`~pyf.aggregator.errors.root.DataFolderUnusable`, and nothing that a source does.
    """
    search = _Search(resources=resources)
    found = () if framework is None else await search.find_framework(framework)
    python = await search.find_product(PYTHON)
    return ProfileCycles(framework=found, python=python, warnings=tuple(search.warnings))


@dataclass(kw_only=True)
class _Search:
    """One search for cycles, and what went wrong with it."""

    resources: CycleResources
    warnings: list[str] = field(default_factory=list)

    async def find_framework(self, framework: Framework) -> tuple[Cycle, ...]:
        """Return the cycles of its product; of none, or one that nobody knows, those that releases show."""
        cycles = () if framework.product is None else await self.find_product(framework.product)
        return cycles or await self._find_released(framework.distributions[0])

    async def find_product(self, product: str) -> tuple[Cycle, ...]:
        """Return a product's cycles: what was fetched on top of the floor, or the floor alone."""
        floor, known, source = get_floor(product), None, self.resources.end_of_life
        if source is not None:
            fetch = partial(_fetch_product, source, product)
            known = await self._refresh(source.url, product, fetch, floor=bool(floor))
            if known is not None and known.gone:
                self.warnings.append(
                    f"{source.url} has no product {product!r}; check the product of the profile's framework."
                )
        merged = merge(floor, known.cycles if known else ())
        self.warnings += merged.refused
        return merged.cycles

    async def _find_released(self, distribution: NormalizedName) -> tuple[Cycle, ...]:
        fetch = partial(self._fetch_released, distribution)
        known = await self._refresh(_PYPI, distribution, fetch, floor=False)
        if known is not None and known.gone:
            self.warnings.append(
                f"PyPI has no release of {distribution}; check the distributions of the profile's framework."
            )
        return known.cycles if known else ()

    async def _refresh(
        self,
        origin: str,
        product: str,
        fetch: Callable[[KnownCycles | None, datetime], Awaitable[KnownCycles]],
        *,
        floor: bool,
    ) -> KnownCycles | None:
        """Return what is known, asked for again where it is too old; keep what is learnt."""
        now, known = self.resources.now(), self.resources.cycles.load(origin, product)
        # An answer from the future comes from a clock that was wrong.
        if known is not None and timedelta(0) <= now - known.checked_at < CYCLES_FRESH:
            return known
        try:
            known = await fetch(known, now)
        except SourceError as error:
            self.warnings.append(_tell(product, known, error, floor=floor))
            return known
        self.resources.cycles.save(origin, known)
        return known

    async def _fetch_released(
        self, distribution: NormalizedName, known: KnownCycles | None, now: datetime
    ) -> KnownCycles:
        page = await self.resources.pypi.fetch_project(distribution, least_serial=_NOBODY_YET)
        if page is None:
            return _note_gone(distribution, known, now)
        releases = parse_project(page).releases
        return KnownCycles(product=distribution, checked_at=now, cycles=find_cycles(distribution, releases))


async def _fetch_product(
    source: EndOfLife, product: str, known: KnownCycles | None, now: datetime
) -> KnownCycles:
    etag, last_modified = (known.etag, known.last_modified) if known else (None, None)
    answer = await source.fetch_cycles(product, etag=etag, last_modified=last_modified)
    if answer is None:
        return _note_gone(product, known, now)
    if isinstance(answer, NotModified):
        # Nothing is unmodified of which nothing is known: the source sees to that.
        return replace(known or KnownCycles(product=product, checked_at=now), checked_at=now)
    return KnownCycles(
        product=product,
        checked_at=now,
        cycles=answer.cycles,
        etag=answer.etag,
        last_modified=answer.last_modified,
    )


def _note_gone(product: str, known: KnownCycles | None, now: datetime) -> KnownCycles:
    """Keep what is known of a product that is not there any more."""
    return KnownCycles(product=product, checked_at=now, cycles=known.cycles if known else (), gone=True)


def _tell(product: str, known: KnownCycles | None, error: SourceError, *, floor: bool) -> str:
    """Say which cycles count while nobody answers."""
    if known is not None:
        return f"The cycles of {product} are those of {known.checked_at:%Y-%m-%d}: {error}"
    if floor:
        return f"The cycles of {product} are those that are packaged: {error}"
    return f"The cycles of {product} could not be fetched, and none are packaged: {error}"
