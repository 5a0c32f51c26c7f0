"""The sources of facts that a user may name. Light: the options of a command show them."""

from enum import StrEnum


class SourceName(StrEnum):
    """What ``--only`` takes, in the order in which sources are asked."""

    STATUS = "status"
    FORGES = "forges"
    DOWNLOADS = "downloads"
    ASSESSMENT = "assessment"
