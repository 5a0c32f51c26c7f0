"""A project's name in the spellings that people search for."""

import re

from packaging.utils import canonicalize_name

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def spell_name(name: str) -> tuple[str, ...]:
    """Return other spellings to find a project by: squashed, spaced, and split at capitals, in lower case."""
    spaced = canonicalize_name(name).replace("-", " ")
    split = canonicalize_name(_CAPITALS.sub("-", name)).replace("-", " ")
    return tuple(dict.fromkeys((spaced.replace(" ", ""), spaced, split)))
