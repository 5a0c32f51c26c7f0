"""What goes wrong between workers."""

from dataclasses import dataclass

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError


@dataclass(eq=False)
class BrokerUnavailable(Quoting, AggregatorError):
    """The Redis of the queue does not answer."""

    url: str
    reason: str

    def __str__(self) -> str:
        return (
            f"Redis at {self.url} is unavailable ({self.reason}); check that it runs, and that REDIS_HOST"
            " names it (pyfqueue up runs one here)."
        )


@dataclass(eq=False)
class LeaseHeld(AggregatorError):
    """Another worker is doing this right now; what is ``dispensable`` need not be done once more."""

    name: str
    dispensable: bool = False

    def __str__(self) -> str:
        return f"Another worker holds the lease of {self.name}."


@dataclass(eq=False)
class ReleaseMissing(AggregatorError):
    """A feed told of a release that the project's page does not show yet."""

    project: str
    version: str

    def __str__(self) -> str:
        return f"{self.project} {self.version} was announced and is not to be seen yet; asked again later."


@dataclass(eq=False)
class ProjectMissing(AggregatorError):
    """Somebody asked for a project that PyPI has no page of."""

    project: str

    def __str__(self) -> str:
        return (
            f"PyPI has no page of {self.project!r}: there is no such project, or it has no release. Check the"
            " name; a document of what was removed goes with the next reconciling."
        )


@dataclass(eq=False)
class TaskTimedOut(AggregatorError):
    """A task has used up its time."""

    seconds: float

    def __str__(self) -> str:
        return (
            f"It was ended because it took longer than {self.seconds:.0f} s"
            " (PYF_TASK_SECONDS, PYF_RUN_SECONDS for whole profiles); what it has done stays done."
        )


@dataclass(eq=False)
class ArgumentsRefused(Quoting, AggregatorError):
    """A task was queued with arguments that it does not take."""

    task: str
    reason: str

    def __str__(self) -> str:
        return f"{self.task} cannot be called like this: {self.reason}."


@dataclass(eq=False)
class TaskPoisoned(AggregatorError):
    """A task has ended its worker again and again."""

    deliveries: int

    def __str__(self) -> str:
        return f"It ended its worker {self.deliveries} times, so it is not tried again."


@dataclass(eq=False)
class RunIncomplete(AggregatorError):
    """A job that a task stands for ended with failures; it goes on from there when tried again."""

    reason: str

    def __str__(self) -> str:
        return self.reason
