"""Files and folders that somebody wants to publish, and that cannot be read as a package."""

from dataclasses import dataclass
from pathlib import Path

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import UsageError


@dataclass(eq=False)
class PackageUnreadable(Quoting, UsageError):
    """What was named is no package, or none that can be read; ``reason`` is what follows its path."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} {self.reason}."
