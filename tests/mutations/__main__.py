"""Puts small faults into rooms and tells which ones no test notices: ``python -m tests.mutations ROOM``."""

import math
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.mutations.equivalent import load_reasons
from tests.mutations.mutants import Mutant, list_mutants
from tests.mutations.shared_typesense import share_typesense
from tests.mutations.trial import ROOT, SOURCE, Reached, find_reached, is_noticed

ENOUGH_SECONDS = 10.0
"""What a test may take at least, however quick it was before."""
TIMES_LONGER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A mutant to try."""

    path: Path
    mutant: Mutant

    @property
    def module(self) -> str:
        return str(self.path.relative_to(SOURCE))


@click.command(context_settings={"show_default": True})
@click.argument("rooms", nargs=-1, required=True)
@click.option("--tests", "more", multiple=True, help="Further tests to run, such as tests/typesense.")
@click.option("--sample", type=int, help="Try so many of the mutants instead of all.")
@click.option("--seed", type=int, help="Chooses the sample; a random one is printed.")
@click.option("--match", default="", help="Try only those mutants whose line below contains this.")
@click.option(
    "--most-seconds",
    type=float,
    default=math.inf,
    show_default="no limit",
    help="Run so many seconds of tests for a mutant at most, some of each file.",
)
def mutate(  # noqa: PLR0917 - click names them
    rooms: tuple[str, ...],
    more: tuple[str, ...],
    sample: int | None,
    seed: int | None,
    match: str,
    most_seconds: float,
) -> None:
    """Put small faults into ROOMS, each a room or a module such as jobs/changes.py, and run their tests.

    Prints a line for each fault that no test notices, and exits with 1 if there is one. Those in
    tests/mutations/equivalent.txt are not tried. Rooms whose tests are long are tried more quickly with
    --most-seconds, and what survives once more without.
    """
    planned = [each for each in _plan(rooms) if match in _describe(each)]
    if sample is not None and sample < len(planned):
        seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
        click.echo(f"{sample} of {len(planned)} mutants, seed {seed}")
        chosen = random.Random(seed).sample(range(len(planned)), sample)  # noqa: S311 - a sample, no secret
        planned = [planned[place] for place in sorted(chosen)]
    tests = [*dict.fromkeys(f"tests/{room.partition('/')[0]}" for room in rooms), *more]
    began = time.monotonic()
    with TemporaryDirectory() as folder, share_typesense(Path(folder)) as typesense:
        reached = find_reached(tests)
        if not reached.passed:
            sys.exit(f"Without any mutant, {' '.join(tests)} fail.")
        counts: Counter[str] = Counter()
        for each in planned:
            typesense.empty()
            counts[_try(each, reached, most_seconds)] += 1
    figures = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    click.echo(f"{len(planned)} mutants in {time.monotonic() - began:.0f} s: {figures}")
    sys.exit(1 if counts["survived"] or counts["unreached"] else 0)


def _plan(rooms: tuple[str, ...]) -> list[Planned]:
    paths = [path for room in rooms for path in _list_modules(SOURCE / room)]
    return [
        Planned(path=path, mutant=mutant)
        for path in paths
        for mutant in list_mutants(path.read_text(encoding="utf-8"))
    ]


def _list_modules(place: Path) -> list[Path]:
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    if not found:
        sys.exit(f"There is no {place.relative_to(ROOT)}.")
    return found


def _describe(planned: Planned) -> str:
    return f"{planned.module}:{planned.mutant.line}: {planned.mutant.key}"


def _try(planned: Planned, reached: Reached, most_seconds: float) -> str:
    """Try one mutant, print what is worth a look, and return what became of it."""
    if (planned.module, planned.mutant.key) in load_reasons():
        return "equivalent"
    tests = reached.choose(_find_tests(planned, reached), most_seconds)
    if not tests:
        click.echo(f"unreached {_describe(planned)}")
        return "unreached"
    allowed = {test: ENOUGH_SECONDS + TIMES_LONGER * reached.seconds[test] for test in tests}
    noticed = is_noticed(planned.mutant.compile(str(planned.path)), planned.path, allowed)
    if noticed is None:
        click.echo(f"survived {_describe(planned)}")
        return "survived"
    return "killed"


def _find_tests(planned: Planned, reached: Reached) -> list[str]:
    return reached.find_tests(str(planned.path), planned.mutant.lines, planned.mutant.own)


if __name__ == "__main__":
    mutate()
