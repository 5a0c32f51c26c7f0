"""Puts the faults of the table into the jobs, one at a time: ``python -m tests.mutations.jobs_trials``.

Each trial has a copy of the code of its own, so processes that a test starts run the fault, too, and the tree
stays as it is. Prints a line for each fault as it is tried; ends with 1 if no test notices one of them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.mutations.jobs_faults import Fault, list_faults, put_in

ROOT = Path(__file__).parents[2]
JOBS = Path("src", "pyf", "aggregator", "jobs")
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
LONGEST_SECONDS = 300


def find_notice(fault: Fault) -> str | None:
    """Return what notices a fault, ``None`` where nothing does."""
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        source = Path(folder, "src")
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        path = Path(folder) / JOBS / fault.module
        path.write_text(put_in(fault, path.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            done = subprocess.run(
                [*PYTEST, *fault.tests],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it does not end"
    if done.returncode == 0:
        return None
    lines = done.stdout.splitlines()
    return next((line for line in lines if line.startswith(("FAILED", "ERROR"))), f"{done.stdout[-300:]}")


@click.command(context_settings={"show_default": True})
@click.argument("modules", nargs=-1)
@click.option("--at-once", default=2, help="How many trials run at the same time.")
@click.option("--match", default="", help="Try only those faults that contain this.")
def try_faults(modules: tuple[str, ...], at_once: int, match: str) -> None:
    """Try the faults of MODULES, such as crawl/plan.py; all by default."""
    known = list(list_faults())
    if strange := set(modules) - {fault.module for fault in known}:
        raise click.BadParameter(f"no faults for {', '.join(sorted(strange))}")
    faults = [it for it in known if it.module in (modules or it.module) and match in str(it)]
    survivors = 0

    def try_one(fault: Fault) -> tuple[Fault, str | None, float]:
        began = time.monotonic()
        return fault, find_notice(fault), time.monotonic() - began

    with ThreadPoolExecutor(at_once) as pool:
        for fault, notice, seconds in pool.map(try_one, faults):
            survivors += notice is None
            click.echo(f"{'noticed ' if notice else 'SURVIVES'} {seconds:4.0f} s  {fault}  {notice or ''}")
    click.echo(f"{len(faults)} faults, {survivors} of them noticed by no test.")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    try_faults()
