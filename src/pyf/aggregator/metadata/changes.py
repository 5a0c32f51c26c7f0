"""What may happen to a package of a collection, in the words that records and options have for it.

Light: the options of a command show them.
"""

from enum import StrEnum


class ChangeKind(StrEnum):
    """What happened, in the words that records, options and addresses have for it."""

    ADDED = "added"
    RELEASED = "released"
    YANKED = "yanked"
    LEFT = "left"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"
    QUARANTINED = "quarantined"
    UNQUARANTINED = "unquarantined"
    WORKS_WITH = "works-with"
    NO_LONGER_WORKS_WITH = "no-longer-works-with"
    VULNERABLE = "vulnerable"
    FIXED = "fixed"
    LICENSE_CHANGED = "license-changed"
    OWNER_CHANGED = "owner-changed"
    REPOSITORY_MOVED = "repository-moved"


class LeavingReason(StrEnum):
    """Why a package left its collection."""

    GONE = "gone from PyPI"
    UNRELEASED = "no release left"
    CLASSIFIER = "lost its classifier"
    SELECTION = "no longer selected"


class ArchivedWhere(StrEnum):
    """What was archived: the project on PyPI, or its repository."""

    PYPI = "on PyPI"
    REPOSITORY = "its repository"
