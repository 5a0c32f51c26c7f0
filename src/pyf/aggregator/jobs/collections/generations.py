"""Generations: the collections that rebuilds make for a name, and what they are called. Pure.

The name that clients use is an alias; behind it stands the present generation, ``NAME-20261123070000``. The
alias ``NAME-previous`` keeps the one before it, for going back. Other aliases of a generation go along.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

ABANDONED_AFTER = timedelta(days=1)
"""A generation that no alias points at, and that is older, was left by a rebuild that was killed."""

_TIME_FORMAT = "%Y%m%d%H%M%S"


def name_generation(target: str, now: datetime) -> str:
    """Return the name of a generation that is begun now."""
    return f"{target}-{now.astimezone(UTC).strftime(_TIME_FORMAT)}"


def name_previous(target: str) -> str:
    """Return the alias that keeps the generation before the present one."""
    return f"{target}-previous"


def name_moving(target: str) -> str:
    """Return the alias that stands while the target's names are being moved: where to."""
    return f"{target}-moving-to"


def find_followers(targets: Mapping[str, str], name: str, replaced: str) -> list[str]:
    """Return the other aliases that go where ``name`` goes: those of the collection that is replaced.

    So do those that point at ``name`` itself: what is an alias answers to no other alias (measured on
    0.24.1). An alias that only keeps another name's generation before the present one stays.
    """
    return sorted(
        alias
        for alias, target in targets.items()
        if target in {replaced, name} and alias not in {name, name_moving(name), name_previous(name)}
        if target == name or not _is_keeper(alias, targets)
    )


def _is_keeper(alias: str, targets: Mapping[str, str]) -> bool:
    return any(alias == name_previous(name) for name in targets)


def find_begun(name: str, target: str) -> datetime | None:
    """Return when a generation of the target was begun, ``None`` for any other collection."""
    found = re.fullmatch(re.escape(target) + r"-(\d{14})", name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def find_abandoned(names: Iterable[str], target: str, kept: Iterable[str], now: datetime) -> list[str]:
    """Return the generations of the target that nothing needs any more."""
    needed = set(kept)
    return [
        name
        for name in names
        if name not in needed
        if (begun := find_begun(name, target)) is not None and now - begun > ABANDONED_AFTER
    ]
