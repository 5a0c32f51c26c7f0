"""What a collection or alias may be called. Pure."""

import re

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""It goes into addresses, filters and lists with commas; Typesense itself would take any text."""


def is_collection_name(text: str) -> bool:
    """Tell whether a text may name a collection: up to 100 letters, digits, ``-``, ``_`` and ``.``."""
    return bool(_COLLECTION_NAME.fullmatch(text))
