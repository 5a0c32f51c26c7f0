"""Where the limits that GitHub told are kept: the port, and the budget of one process.

The port stands with the client that asks it, and not in ``state/``, where its shared form is: sources know
nothing of what is kept between runs, and the budget of one process keeps nothing.
"""

from dataclasses import dataclass
from typing import Protocol

from pyf.aggregator.sources.forges.github.outcomes import Budget, Pause


class RateBudget(Protocol):
    """Where the limits are kept that GitHub last told: those of one process, or of all that share a token."""

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""

    def keep(self, budget: Budget | None) -> None:
        """Keep what GitHub has told, or forget what is over."""

    def find_pause(self) -> Pause | None:
        """Return the pause that GitHub asked for last, ``None`` since it answered again."""

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that GitHub asks for, or forget it."""


@dataclass
class LocalRateBudget:
    """The limits of one process."""

    budget: Budget | None = None
    pause: Pause | None = None

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        return self.budget

    def keep(self, budget: Budget | None) -> None:
        """Keep what GitHub has told, or forget what is over."""
        self.budget = budget

    def find_pause(self) -> Pause | None:
        """Return the pause that GitHub asked for last, ``None`` since it answered again."""
        return self.pause

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that GitHub asks for, or forget it."""
        self.pause = pause
