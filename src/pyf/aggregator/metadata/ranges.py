"""Ranges of versions: which versions a specifier admits, of a single one or of a whole cycle. Pure."""

from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

CAPS = frozenset({"<", "<=", "==", "===", "~="})
"""The operators that end a range."""

_FLOORS = frozenset({">", ">=", "==", "===", "~="})
_ORDER = ("===", "==", "~=", ">=", ">", "!=", "<", "<=")
"""Of a range as people read it: from where, but what, up to where."""


def write_range(specifier: SpecifierSet) -> str:
    """Return a range as people write it, ``>=4.2,<6``; packaging sorts by letters."""
    clauses = sorted(specifier, key=lambda clause: (_ORDER.index(clause.operator), clause.version))
    return ",".join(map(str, clauses))


def is_capped(specifier: SpecifierSet) -> bool:
    """Tell whether the range ends somewhere; single versions that are left out (``!=``) are no end."""
    return any(clause.operator in CAPS for clause in specifier)


def has_floor(specifier: SpecifierSet) -> bool:
    """Tell whether the range begins somewhere."""
    return any(clause.operator in _FLOORS for clause in specifier)


@lru_cache(maxsize=8192)
def find_version(text: str) -> Version | None:
    """Return a version of PEP 440, ``None`` for any other text."""
    try:
        return Version(text)
    except (InvalidVersion, ValueError):  # the second for more digits than Python converts
        return None


def admits(specifier: SpecifierSet, version: Version) -> bool:
    """Tell whether a release that is there is admitted, be it a prerelease or not."""
    return specifier.contains(version, prereleases=True)


@lru_cache(maxsize=16_384)
def admits_cycle(written: str, cycle: str, newest: Version | None = None) -> bool | None:
    """Tell whether a cycle such as ``6.1`` is admitted: its newest release, or else any final one.

    ``written`` is a range as text, which is quicker to remember than the specifier.

    Where the newest is not known, it is enough that some release that may come to be is admitted: ``>=6.1.3``
    admits 6.1. Prereleases do not count, so ``==6.1b2`` admits nothing of it. ``None`` where it cannot be
    told: for a name that is no version, and for ``===`` before any text.
    """
    specifier = SpecifierSet(written)
    if newest is not None:
        return admits(specifier, newest)
    version = find_version(cycle)
    if version is None:
        return None
    *above, last = version.release
    after = ".".join(map(str, (*above, last + 1)))
    try:
        return not specifier.is_disjoint(SpecifierSet(f">={version},<{after}"))
    except ValueError:  # packaging compares no "==="
        return None


def is_in_cycle(version: Version, cycle: str) -> bool:
    """Tell whether a version is of a cycle: 6.1.3 is of ``6.1``."""
    name = find_version(cycle)
    return (
        name is not None
        and version.epoch == name.epoch
        and _fill(version.release, len(name.release)) == name.release
    )


def _fill(release: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (release + (0,) * length)[:length]
