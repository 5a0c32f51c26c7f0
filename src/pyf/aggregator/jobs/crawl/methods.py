"""The ways to run and to find packages that a user may name. Light: the options of a command show them."""

from enum import StrEnum


class Mode(StrEnum):
    """How much of what is wanted is fetched anew."""

    FULL = "full"
    INCREMENTAL = "incremental"


class DiscoveryMethod(StrEnum):
    """How the projects that carry the classifiers are found.

    ``CHANGES`` cannot be ordered: it is what the index comes to where only the projects that changed since
    the checkpoint are in question.
    """

    AUTO = "auto"
    BROWSE = "browse"
    INDEX = "index"
    CHANGES = "changes"


ORDERED_METHODS = (DiscoveryMethod.AUTO, DiscoveryMethod.BROWSE, DiscoveryMethod.INDEX)
"""Those that a user may ask for."""
