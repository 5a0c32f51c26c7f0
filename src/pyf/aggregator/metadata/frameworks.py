"""What a profile is about: a framework, by the names under which it is known elsewhere."""

from dataclasses import dataclass

from pyf.aggregator.metadata.model import NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework as packages require it, and as endoflife.date knows it.

    ``distributions`` are the projects that a requirement on the framework may name; the first one's versions
    are the framework's. ``product`` is its key at https://endoflife.date; ``None``: its cycles come from the
    releases of its own distribution.
    """

    distributions: tuple[NormalizedName, ...]
    product: str | None
