"""The faults that were put into the jobs by hand: what stands in a module, and what it becomes.

Each would lose, double, keep stale or wrongly remove a document or an event, or tell what is not so. A test
notices it; :mod:`tests.mutations.jobs_trials` tries them again.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("jobs_faults.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: ``was`` stands once in the module, ``tests`` are the files that may notice it."""

    module: str
    was: str
    becomes: str
    tests: Sequence[str]

    def __str__(self) -> str:
        was, becomes = (" ".join(text.split()) for text in (self.was, self.becomes))
        return f"{self.module}: {was} → {becomes or '(nothing)'}"


def put_in(fault: Fault, source: str) -> str:
    """Return the module with the fault in it; raises :class:`ValueError` where its place is not clear."""
    if source.count(fault.was) != 1:
        raise ValueError(f"{fault} is there {source.count(fault.was)} times")
    return source.replace(fault.was, fault.becomes)


def list_faults() -> Iterator[Fault]:
    """Yield all faults of the table."""
    for module, content in tomllib.loads(TABLE.read_text(encoding="utf-8")).items():
        for fault in content["fault"]:
            yield Fault(module=module, tests=content["tests"], **fault)
