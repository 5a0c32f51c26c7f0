"""Tries other examples for as long as is wanted: ``python -m tests.fuzz SECONDS``."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import click

from tests.fuzz.values import EXAMPLES

ROOM = Path(__file__).parent


@click.command(context_settings={"show_default": True})
@click.argument("seconds", type=click.IntRange(min=1))
@click.option("--seed", type=int, help="Of the first round, the next ones count on; a random one is printed.")
@click.option("--examples", type=click.IntRange(min=1), default=100, help="Of each test in a round.")
@click.option("--match", default="", help="Only tests whose names match, as pytest's -k does.")
def fuzz(seconds: int, seed: int | None, examples: int, match: str) -> None:
    """Run this room in rounds until SECONDS are over; exits with 1 after a round in which a test failed."""
    first = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    began, rounds = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        click.echo(f"seed {first + rounds}")
        words = [
            "-q",
            "-p",
            "no:cacheprovider",
            "--tb=short",
            f"--hypothesis-seed={first + rounds}",
            "-k",
            match,
        ]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, str(ROOM)],
            env={**os.environ, EXAMPLES: str(examples)},
            check=False,
        )
        rounds += 1
        if done.returncode:
            sys.exit(1)
    click.echo(f"{rounds} rounds of {examples} examples a test in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    fuzz()
