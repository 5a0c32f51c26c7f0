"""What a job refuses, because it would do harm."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyf.aggregator.errors.root import AggregatorError, UsageError


@dataclass(eq=False)
class AliasRefused(AggregatorError):
    """An alias cannot have the name of a collection; ``held`` and ``offered`` are counts of documents."""

    name: str
    collection: str
    held: int | None = None
    offered: int | None = None

    def __str__(self) -> str:
        if self.held is not None:
            return (
                f"Collection {self.name!r} holds {self.held} documents, {self.collection!r} {self.offered};"
                " nothing was replaced. Fill the second one first."
            )
        return (
            f"{self.name!r} is a collection, and Typesense would go on answering from it. Build it anew"
            " behind an alias with pyfaggregator -f --rebuild, or drop it for the alias with"
            " --replace-collection."
        )


@dataclass(eq=False)
class CollectionNeeded(AggregatorError):
    """The collection must not be dropped as things are."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name!r} was not dropped: {self.reason}."


@dataclass(eq=False)
class NothingToRollBack(AggregatorError):
    """There is no earlier generation to go back to."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name!r} has no previous generation to go back to: {self.reason}."


@dataclass(eq=False)
class RebuildRefused(AggregatorError):
    """A fresh collection did not pass its check, so the one that clients see stays."""

    collection: str
    reason: str

    def __str__(self) -> str:
        return f"The fresh collection {self.collection!r} was not put in place: {self.reason}."


@dataclass(eq=False)
class RemovalRefused(AggregatorError):
    """The run would remove suspiciously much, so it removed nothing."""

    collection: str
    removals: int
    held: int

    def __str__(self) -> str:
        return (
            f"This run would remove {self.removals} of the {self.held} documents in {self.collection!r};"
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
