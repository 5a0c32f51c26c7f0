"""How often a question is asked again, and after which pauses: for PyPI, forges and Typesense. Pure."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a question is repeated: ``attempts`` in all, waits doubling between the bounds, with jitter.

    Who asks for a longer pause than ``patience_seconds`` is not waited for.
    """

    attempts: int = 4
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0
    patience_seconds: float = 120.0

    def wait_seconds(self, failed_attempts: int) -> float:
        """Return the pause after so many failures in a row: it doubles, give or take a quarter."""
        wait: float = self.first_wait_seconds * 2.0 ** (failed_attempts - 1)
        return min(wait, self.longest_wait_seconds) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
