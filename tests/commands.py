"""Commands as a person meets them: words in, exit code, answer and talk out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

from pyf.aggregator.config.settings import describe_variables

NOBODY = "http://127.0.0.1:9"


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    exit_code: int
    answer: str
    talk: str


type Run = Callable[..., Ended]


@dataclass(frozen=True)
class Commands:
    """An empty folder to run commands in, with no settings but those of the test, and nobody to ask."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]

    def __post_init__(self) -> None:
        for variable in describe_variables():
            self.monkeypatch.delenv(variable.name, raising=False)
        (self.folder / "work").mkdir()
        self.monkeypatch.chdir(self.folder / "work")
        self.monkeypatch.setenv("PYF_DATA_DIR", str(self.folder / "data"))
        for name in ("PYPI_URL", "GITHUB_API_URL", "DOWNLOADS_URL"):
            self.monkeypatch.setenv(name, NOBODY)
        for name in ("PYF_FORGES", "END_OF_LIFE_URL"):
            self.monkeypatch.setenv(name, "")
        for name in ("PYPI_MAX_RPS", "GITHUB_COOLOFFTIME"):
            self.monkeypatch.setenv(name, "0")

    def choose(self, command: Callable[[Sequence[str]], NoReturn]) -> Run:
        """Return a function that runs the command with words and settings, and tells how it ended."""

        def run(*arguments: str, **settings: str) -> Ended:
            for name, value in settings.items():
                self.monkeypatch.setenv(name, value)
            self.capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                command(arguments)
            answer, talk = self.capfd.readouterr()
            assert isinstance(ended.value.code, int)
            return Ended(ended.value.code, answer, talk)

        return run
