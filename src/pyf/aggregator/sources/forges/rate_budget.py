"""Where the limits that a forge told are kept: the port, and the budget of one process.

The port stands with the clients that ask it, and not in ``state/``, where its shared form is: sources know
nothing of what is kept between runs, and the budget of one process keeps nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a forge still grants until ``resets_at``, in points (REST: requests)."""

    remaining: int
    resets_at: datetime
    cost: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause that a forge asks for, the ``count``-th in a row without an answer in between."""

    until: datetime
    count: int


class RateBudget(Protocol):
    """Where the limits are kept that a forge last told: those of one process, or of all that ask there."""

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""

    def keep(self, budget: Budget | None) -> None:
        """Keep what the forge has told, or forget what is over."""

    def find_pause(self) -> Pause | None:
        """Return the pause that the forge asked for last, ``None`` since it answered again."""

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that the forge asks for, or forget it."""


@dataclass
class LocalRateBudget:
    """The limits of one process."""

    budget: Budget | None = None
    pause: Pause | None = None

    def look(self) -> Budget | None:
        """Return the budget, ``None`` where none is known."""
        return self.budget

    def keep(self, budget: Budget | None) -> None:
        """Keep what the forge has told, or forget what is over."""
        self.budget = budget

    def find_pause(self) -> Pause | None:
        """Return the pause that the forge asked for last, ``None`` since it answered again."""
        return self.pause

    def keep_pause(self, pause: Pause | None) -> None:
        """Keep the pause that the forge asks for, or forget it."""
        self.pause = pause
