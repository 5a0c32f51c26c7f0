"""The command ``pyfqueue up``: everything that keeps catalogues fresh, on one machine."""

import asyncio
from collections.abc import Sequence

import click

from pyf.aggregator.cli.output.terminal import configure_logging
from pyf.aggregator.cli.running import run_job
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.queue.one_machine import run_on_one_machine

DEFAULT_PROCESSES = 2
ENDING_SECONDS = 4.9
"""Worker and beat have three of them, then the servers end."""


@click.command(short_help="Run all of it here until Ctrl-C: worker, beat, servers.")
@click.option(
    "-p", "--profile", "profiles", multiple=True, help="Profile to fill and keep fresh; may be repeated."
)
@click.option(
    "-c",
    "--concurrency",
    "processes",
    type=click.IntRange(min=1),
    default=DEFAULT_PROCESSES,
    show_default=True,
    help="Tasks at a time.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more about what happens.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")
def up(*, profiles: Sequence[str], processes: int, verbose: bool, quiet: bool) -> int:
    """Run the whole queue in this terminal until Ctrl-C: a worker, beat, and the servers they need.

    Where REDIS_HOST is not set, a Valkey is started; where no Typesense is configured, a Typesense. Their
    data stay below PYF_DATA_DIR. Without -p, the profiles of PYF_QUEUE_PROFILES are kept fresh, else all that
    have a collection.
    """
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    if profiles:
        settings = settings.model_copy(update={"pyf_queue_profiles": tuple(profiles)})
    run_job(_run_until_ended(settings, processes=processes, verbose=verbose), ending_seconds=ENDING_SECONDS)
    return 0


async def _run_until_ended(settings: Settings, *, processes: int, verbose: bool) -> None:
    try:
        await run_on_one_machine(settings, processes=processes, verbose=verbose)
    except asyncio.CancelledError:
        # To be told to end is how this command ends.
        return
