"""The command ``pyfqueue up``: everything that keeps catalogues fresh, on one machine."""

from collections.abc import Sequence

import click

from pyf.aggregator.cli.options import build_quiet_option, verbose_option

DEFAULT_PROCESSES = 2


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
@verbose_option
@build_quiet_option("Say nothing on stderr but errors; not with -v.")
def up(*, profiles: Sequence[str], processes: int, verbose: bool, quiet: bool) -> int:
    """Run the whole queue in this terminal until Ctrl-C: a worker, beat, and the servers they need.

    Where REDIS_HOST is not set, a Valkey is started; where no Typesense is configured, a Typesense. Their
    data stay below PYF_DATA_DIR. Without -p, the profiles of PYF_QUEUE_PROFILES are kept fresh, else all that
    have a collection.
    """
    from pyf.aggregator.cli.work.up import run

    return run(profiles, processes=processes, verbose=verbose, quiet=quiet)
