"""Mutants that do what the code does, or differ in what nobody is promised: each with its reason."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("equivalent.txt")
_LINE = re.compile(r"(?P<module>[\w/]+\.py) (?P<key>.+)  # (?P<reason>.+)")


@cache
def load_reasons() -> dict[tuple[str, str], str]:
    """Return why a mutant makes no difference, by its module and key."""
    return {(line["module"], line["key"]): line["reason"] for line in _read()}


def list_equivalent() -> dict[str, set[str]]:
    """Return the keys that are listed, by their module."""
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for module, key in load_reasons():
        keys[module].add(key)
    return dict(keys)


def _read() -> Iterator[re.Match[str]]:
    for line in LIST.read_text(encoding="utf-8").splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(line)
        yield found
