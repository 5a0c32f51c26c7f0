"""A profile: a named selection of projects, and the collection they go into. Pure."""

from dataclasses import dataclass

from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """``key`` is what commands call it, and also the name of its collection; ``name`` is for people.

    ``framework`` is what its projects are for, where the profile says so; ``topics``, each with a key of its
    own, are what people look for.
    """

    key: str
    name: str
    selection: Selection
    framework: Framework | None = None
    topics: tuple[Topic, ...] = ()
