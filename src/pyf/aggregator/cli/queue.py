"""The command line of ``pyfqueue``."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from pyf.aggregator.cli.entry import EXIT_DECLINED, confirm, run_command
from pyf.aggregator.cli.options import (
    HELP,
    SETTINGS_HELP,
    SIGNALS_HELP,
    build_quiet_option,
    json_option,
    version_option,
)
from pyf.aggregator.cli.up import up

_EPILOG = f"""\b
Examples:
  pyfqueue up -p plone                 worker, beat and what they need
  pyfqueue status                      workers, tasks, freshness
  pyfqueue status --max-lag 7200       exit code 1 if a profile is older
  pyfqueue status --prometheus         the same as metrics
  pyfqueue failed                      tasks that were given up, and why
  pyfqueue retry                       queue them again, all or by their ids
  pyfqueue purge                       take what waits out of the queue; asks

{SETTINGS_HELP}

\b
Exit codes: 0 done, 1 something is too old or could not be done,
2 wrong usage or configuration.
{SIGNALS_HELP}
"""

_quiet_option = build_quiet_option("Print nothing but errors and alarms.")


@click.group("pyfqueue", epilog=_EPILOG, context_settings=HELP, invoke_without_command=True)
@version_option
@click.pass_context
def queue_command(context: click.Context) -> int:
    """Run the queue on this machine, or watch it wherever it runs."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        # A pipe that nobody reads any more shows while Click can still deal with it.
        sys.stdout.flush()
    return 0


queue_command.add_command(up)


@queue_command.command(short_help="Tell who works, what waits, and how fresh each profile is.")
@json_option
@click.option("--prometheus", is_flag=True, help="Print the answer as metrics in Prometheus' text form.")
@click.option("--max-lag", type=click.IntRange(min=1), help="Exit with 1 if a profile is older, in seconds.")
@click.option(
    "--max-beat-age", type=click.IntRange(min=1), help="Exit with 1 if beat was not seen for so long."
)
@_quiet_option
def status(
    *, as_json: bool, prometheus: bool, max_lag: int | None, max_beat_age: int | None, quiet: bool
) -> int:
    """Tell who works, what waits, what last succeeded, and how fresh each profile is."""
    if as_json and prometheus:
        from pyf.aggregator.errors.root import UsageError

        raise UsageError("Choose one of --json and --prometheus.")
    from pyf.aggregator.cli.work.queue import Watch, tell_status

    watch = Watch(max_lag=max_lag, max_beat_age=max_beat_age)
    return tell_status(watch, as_json=as_json, prometheus=prometheus, quiet=quiet)


@queue_command.command(short_help="List the tasks that were given up, and why.")
@json_option
def failed(*, as_json: bool) -> int:
    """List the tasks that were given up, the latest first, each with the reason."""
    from pyf.aggregator.cli.work.queue import list_failed

    return list_failed(as_json=as_json)


@queue_command.command(short_help="Queue tasks that were given up again.")
@click.argument("ids", nargs=-1)
@json_option
@_quiet_option
def retry(*, ids: Sequence[str], as_json: bool, quiet: bool) -> int:
    """Queue tasks that were given up again: those with the given IDS, else all."""
    from pyf.aggregator.cli.work.queue import retry_failed

    return retry_failed(ids, as_json=as_json, quiet=quiet)


@queue_command.command("purge")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@_quiet_option
def purge_command(*, yes: bool, as_json: bool, quiet: bool) -> int:
    """Take every waiting task out of the queue. The next reconciling makes up for them."""
    if not yes:
        if not sys.stdin.isatty():
            from pyf.aggregator.errors.root import UsageError

            raise UsageError("purge asks before it takes tasks away; add --yes where nobody can answer.")
        if not confirm("Take every waiting task out of the queue?"):
            return EXIT_DECLINED
    from pyf.aggregator.cli.work.queue import purge_waiting

    return purge_waiting(as_json=as_json, quiet=quiet)


def pyfqueue(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfqueue`` with the given arguments, else with those of the process."""
    run_command(queue_command, arguments)
