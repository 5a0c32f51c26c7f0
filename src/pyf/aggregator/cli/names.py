"""Names that stand on a command line."""

import re

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def check_collection_name(name: str | None) -> None:
    """Raise :class:`UsageError` for a name that no address or filter should have to carry."""
    if name is None or _COLLECTION_NAME.fullmatch(name):
        return
    from pyf.aggregator.errors import UsageError

    raise UsageError(
        f"{name!r} cannot name a collection; use up to 100 letters, digits, '-', '_' and '.',"
        " beginning with a letter or digit."
    )
