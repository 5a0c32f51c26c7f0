"""The progress bar, for a terminal."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text


class Bar(AbstractContextManager["Bar"]):
    """A progress bar with rate and remaining time, for a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._rich.stop()

    def start(self, step: str, total: int | None) -> None:
        """Begin a step; the bar of the one before goes."""
        for task in self._rich.task_ids:
            self._rich.remove_task(task)
        self._rich.add_task(step, total=total)

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        for task in self._rich.task_ids:
            self._rich.advance(task, count)

    def show(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")
