"""Rank: in which order search shows packages whose text matches alike.

Use and quality count alike, quality by its root, so that the last points matter least. No use and no quality
still leave 0.4: nobody is hidden for being new. What others learnt of this stands in ``docs/decisions.md``.
"""

import math

from pyf.aggregator.assessment.life import Life

SCALE = 1_000_000
"""The rank is a whole number: 0.24.1 keeps a ``float`` in 32 bits."""

LEAST = 0.4
_FULL = 100

CAPS: dict[Life, float] = {
    Life.ALIVE: 1.0,
    Life.UNKNOWN: 1.0,
    Life.OUTDATED: 0.39,
    Life.INACTIVE: 0.35,
    Life.ARCHIVED: 0.3,
    Life.YANKED: 0.1,
    Life.QUARANTINED: 0.0,
}
"""What a life multiplies by. The best of those that do not live stays below :data:`LEAST`, so below the worst
of those that do; among themselves they keep their order."""


def build_rank(life: Life, use: float | None, quality: float | None) -> int:
    """Return the rank of a life, a use and a quality, both 0 to 100; what is not known does not count."""
    parts = [] if use is None else [use / _FULL]
    if quality is not None:
        parts.append(math.sqrt(quality / _FULL))
    mean = sum(parts) / len(parts) if parts else 0.0
    return round(SCALE * CAPS[life] * (LEAST + (1 - LEAST) * mean))
