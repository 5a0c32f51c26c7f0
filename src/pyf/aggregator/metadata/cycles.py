"""Cycles: the lines of releases of a framework, or of Python, that are supported together. Pure.

Plone 6.1 and Django 5.2 are cycles. What is known of them comes from three places: the floor that is packaged
(``known_cycles``), what was fetched (https://endoflife.date/docs/api/v1/), and the framework's own releases.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from packaging.version import InvalidVersion, Version

from pyf.aggregator.metadata.versions import sort_key

EARLIEST = date(1990, 1, 1)
LATEST = date(2099, 12, 31)
"""No framework is older, and nobody promises support for longer."""

SUPPORTED_FEATURE_RELEASES = 2
"""So many of the newest cycles count as supported where nobody publishes when support ends."""

_NAME = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")
_LONGEST_QUOTED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One cycle of a product: ``plone``, ``6.1``; ``None`` and no Pythons mean that nobody says.

    ``ends`` is the last day of support. ``ended`` is what somebody says who does not say when: that it is
    over, or that it is not. ``pythons`` are those it runs on, such as ``3.12``, the oldest first.
    """

    product: str
    name: str
    released: date | None = None
    ends: date | None = None
    ended: bool | None = None
    lts: bool | None = None
    pythons: tuple[str, ...] = ()

    def is_supported(self, today: date) -> bool | None:
        """Tell whether the cycle is out and its support goes on; ``None`` where that is unknown."""
        if self.ended or (self.released is not None and today < self.released):
            return False
        if self.ends is not None:
            return today <= self.ends
        return None if self.ended is None else True


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedCycles:
    """The cycles of a product, the newest first, and what was not believed, a sentence each."""

    cycles: tuple[Cycle, ...]
    refused: tuple[str, ...] = ()


def merge(floor: Iterable[Cycle], fetched: Iterable[Cycle]) -> MergedCycles:
    """Put what was fetched on top of the floor, field by field, both of one product.

    What was fetched wins where it is known, and the floor fills the rest. The end of support is one fact of
    two fields: no date of the floor fills it where it was fetched, without a date, that support is over or
    goes on. A cycle that the floor lacks is added, one that was not fetched stays. Absurd values are refused
    and told.
    """
    merged = {cycle.name: cycle for cycle in floor}
    products = {cycle.product for cycle in merged.values()}
    refused: list[str] = []
    seen: set[str] = set()
    for cycle in fetched:
        products = products or {cycle.product}
        if reason := _find_fault(cycle, products, seen):
            refused.append(f"{_quote(cycle)} {reason}.")
            continue
        seen.add(cycle.name)
        known = merged.get(cycle.name, Cycle(product=cycle.product, name=cycle.name))
        merged[cycle.name], faults = _put_on(known, cycle)
        refused += faults
    return MergedCycles(cycles=order_cycles(merged.values()), refused=tuple(refused))


def order_cycles(cycles: Iterable[Cycle]) -> tuple[Cycle, ...]:
    """Return the cycles, the newest first: 3.10 before 3.9."""
    return tuple(sorted(cycles, key=lambda cycle: sort_key(cycle.name), reverse=True))


def _find_fault(cycle: Cycle, products: Iterable[str], seen: Iterable[str]) -> str | None:
    """Return why a whole cycle is not believed, if it is not."""
    if cycle.product not in products:
        return f"is of another product than {', '.join(products)}"
    if not _NAME.fullmatch(cycle.name):
        return "is no version"
    return "is there twice; the first one counts" if cycle.name in seen else None


def _put_on(known: Cycle, fetched: Cycle) -> tuple[Cycle, list[str]]:
    """Return a cycle with what was fetched on top, and what of it was refused."""
    faults = list(_find_odd_dates(fetched))
    told = replace(
        fetched,
        released=fetched.released if _is_sane(fetched.released) else None,
        ends=fetched.ends if _is_sane(fetched.ends) else None,
    )
    tells_end = told.ends is not None or told.ended is not None
    found = Cycle(
        product=known.product,
        name=known.name,
        released=told.released or known.released,
        ends=told.ends if tells_end else known.ends,
        ended=told.ended if tells_end else known.ended,
        lts=known.lts if told.lts is None else told.lts,
        pythons=told.pythons or known.pythons,
    )
    if found.released is not None and found.ends is not None and found.ends < found.released:
        faults.append(f"{_quote(fetched)} ends on {found.ends}, before its release on {found.released}.")
        # Nobody can tell which of the two is wrong.
        found = replace(found, released=known.released, ends=known.ends, ended=known.ended)
    return found, faults


def _find_odd_dates(cycle: Cycle) -> Iterator[str]:
    for word, day in (("released", cycle.released), ("supported until", cycle.ends)):
        if not _is_sane(day):
            yield f"{_quote(cycle)} cannot be {word} {day}."


def _is_sane(day: date | None) -> bool:
    return day is None or EARLIEST <= day <= LATEST


def _quote(cycle: Cycle) -> str:
    return f"{cycle.product} {cycle.name[:_LONGEST_QUOTED]!r}"


# A framework whose support nobody publishes


class Released(Protocol):
    """What is looked at of a release (``model.Release`` is one)."""

    @property
    def version(self) -> str:
        """As its owner wrote it."""

    @property
    def upload_time(self) -> datetime | None:
        """When its first file arrived; ``None`` without files."""

    @property
    def yanked(self) -> bool:
        """Taken back by its owner."""


def find_cycles(product: str, releases: Iterable[Released]) -> tuple[Cycle, ...]:
    """Return the cycles that a framework's own releases show, the newest first.

    A cycle is ``major.minor``, released with its first final release. Prereleases, yanked releases and those
    whose files are gone make none. The newest two count as supported and those before them as ended, whatever
    their age: the newest of a finished framework is no less its newest, and packages need the time of one
    feature release to follow.
    """
    uploaded: defaultdict[tuple[int, int, int], list[date]] = defaultdict(list)
    for release in releases:
        key = _find_feature_release(release.version)
        if key is not None and release.upload_time is not None and not release.yanked:
            uploaded[key].append(release.upload_time.date())
    return tuple(
        Cycle(
            product=product,
            name=f"{major}.{minor}",
            released=min(uploaded[epoch, major, minor]),
            ended=place >= SUPPORTED_FEATURE_RELEASES,
        )
        for place, (epoch, major, minor) in enumerate(sorted(uploaded, reverse=True))
    )


def _find_feature_release(version: str) -> tuple[int, int, int] | None:
    """Return epoch, major and minor of a final release; ``None`` for any other."""
    try:
        parsed = Version(version)
    except (InvalidVersion, ValueError):  # the second for more digits than Python converts
        return None
    return None if parsed.is_prerelease else (parsed.epoch, parsed.major, parsed.minor)
