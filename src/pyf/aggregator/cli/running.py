"""Running a command's job, and telling how it went."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pyf.aggregator.cli.ending import ENDING_SECONDS, Ending

if TYPE_CHECKING:
    from pyf.aggregator.jobs.progress import Summary

EXIT_TERMINATED = 143
"""128 and the number of SIGTERM, as shells count."""


def report(summary: "Summary", *, as_json: bool, verbose: bool, quiet: bool) -> int:
    """Print the account of a run, and what stopped it; return the exit code.

    The account of a run that succeeded is not worth a mail from cron: ``quiet`` leaves it out. What stopped
    before it did anything has none, but for a program.
    """
    from pyf.aggregator.cli.output.summaries import build_json, describe_summary, find_stops
    from pyf.aggregator.cli.output.terminal import print_error, print_json, print_lines

    if as_json:
        print_json(build_json(summary))
    elif summary.begun and not (quiet and summary.exit_code == 0):
        print_lines(describe_summary(summary, verbose=verbose))
    for sentence in find_stops(summary):
        print_error(sentence)
    return summary.exit_code


def run_job[T](
    job: Coroutine[Any, Any, T],
    *,
    ending_seconds: float = ENDING_SECONDS,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """Run a job to its end; SIGTERM and Ctrl-C end it in good order, and in any case soon.

    It runs in asyncio's own event loop where no other is given.
    """
    try:
        with Ending(ending_seconds) as ending:

            async def guarded() -> T:
                ending.watch(asyncio.get_running_loop(), asyncio.current_task())
                return await job

            return asyncio.run(guarded(), loop_factory=loop_factory)
    except asyncio.CancelledError:
        sys.exit(EXIT_TERMINATED)
