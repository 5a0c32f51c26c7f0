"""What ``pyfqueue up`` does."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pyf.aggregator.cli.output.terminal import configure_logging
from pyf.aggregator.cli.running import run_job
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.queue.one_machine import run_on_one_machine

ENDING_SECONDS = 4.9
"""Worker and beat have three of them, then the servers end."""


def run(profiles: Sequence[str], *, processes: int, verbose: bool, quiet: bool) -> int:
    """Run all of it until it is ended; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    if profiles:
        settings = replace(settings, pyf_queue_profiles=tuple(profiles))
    run_job(_run_until_ended(settings, processes=processes, verbose=verbose), ending_seconds=ENDING_SECONDS)
    return 0


async def _run_until_ended(settings: Settings, *, processes: int, verbose: bool) -> None:
    try:
        await run_on_one_machine(settings, processes=processes, verbose=verbose)
    except asyncio.CancelledError:
        # To be told to end is how this command ends.
        return
