"""A progress that notes what a job tells it."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class NotedProgress:
    """Notes each step with how many items it has and how many of them were counted as done."""

    steps: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    _step: str = ""

    def start(self, step: str, total: int | None) -> None:
        self._step = step
        self.steps[step] = (total, 0)

    def advance(self, count: int = 1) -> None:
        total, done = self.steps[self._step]
        self.steps[self._step] = (total, done + count)
