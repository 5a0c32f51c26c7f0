"""What jobs and the tasks around them refuse, wait for, or give up."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError, UsageError


class JobRefused(AggregatorError):
    """A job would do harm as things are, so it did nothing; its text says why, and what to do."""


@dataclass(eq=False)
class RemovalRefused(AggregatorError):
    """The run would remove suspiciously much, so it removed nothing."""

    collection: str
    removals: int
    documents: int

    def __str__(self) -> str:
        return (
            f"This run would remove {self.removals} of the {self.documents} documents in {self.collection!r};"
            " nothing was removed. If that is right, run again with --force."
        )


@dataclass(eq=False)
class SearchMistaken(UsageError):
    """A search was asked for by fields that are not there, or in a way that Typesense does not read.

    ``option`` is where the mistake stands, ``fields`` are those that it could name.
    """

    option: str
    reason: str
    fields: Sequence[str]

    def __str__(self) -> str:
        return f"{self.option} is not understood: {self.reason}; the fields are {', '.join(self.fields)}."


@dataclass(eq=False)
class RendererUnavailable(AggregatorError):
    """No process that renders READMEs can be started here."""

    reason: str

    def __str__(self) -> str:
        return (
            f"READMEs cannot be rendered: {self.reason}. Is there memory and room for one more process?"
            " python -m pyf.aggregator.rendering.process should start and wait."
        )


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
        return (
            f"{self.project} {self.version} was announced, but PyPI does not show it yet; it is asked for"
            " again later."
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


class TaskRefused(AggregatorError):
    """A task that trying again cannot mend; its text says why."""


class RunIncomplete(AggregatorError):
    """A job that a task stands for ended with failures; it goes on from there when tried again."""
