"""The root of the tree, and what the person at the keyboard can mend."""

from dataclasses import dataclass
from pathlib import Path


class AggregatorError(Exception):
    """The root of the tree; ``exit_code`` is what a command ends with."""

    exit_code = 1


class UsageError(AggregatorError):
    """The command line asks for something that cannot be done as it stands."""

    exit_code = 2


class ConfigurationError(AggregatorError):
    """A setting, a profiles file, a since-file or a folder is not usable."""

    exit_code = 2


@dataclass(eq=False)
class DataFolderUnusable(ConfigurationError):
    """A file or folder of ours cannot be read or written."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} cannot be used: {self.reason}."
