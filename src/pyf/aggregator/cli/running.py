"""What all commands share: options of the talk, the profile, running a job, and how a command ends."""

import asyncio
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NoReturn

import click

from pyf.aggregator.errors import AggregatorError, CollectionNotFound, UsageError
from pyf.aggregator.jobs.progress import Summary
from pyf.aggregator.profiles import Profile, get_profile, load_profiles
from pyf.aggregator.settings import Settings
from pyf.aggregator.summaries import build_json, describe_summary
from pyf.aggregator.terminal import print_error, print_json, print_lines

EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def talk_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what every command offers: ``--json``, ``-v``, ``-q`` and ``--version``."""
    options = (
        click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value."),
        click.option("-v", "--verbose", is_flag=True, help="Say more about what happens."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors."),
        click.version_option(version("pyf.aggregator"), message="%(prog)s %(version)s"),
    )
    for option in reversed(options):
        command = option(command)
    return command


def find_profile(settings: Settings, key: str | None, *, otherwise: str) -> Profile:
    """Return the profile named on the command line or by the settings; ``otherwise`` says what else would do.

    Raises :class:`UsageError` where none is named.
    """
    profiles = load_profiles(settings.pyf_profiles)
    key = key or settings.default_profile
    if not key:
        known = ", ".join(sorted(profiles))
        raise UsageError(f"Name a profile with -p (known: {known}), or {otherwise}.")
    return get_profile(profiles, key)


@contextmanager
def naming_first_run(settings: Settings, target: str, profile: str | None = None) -> Iterator[None]:
    """Say of a collection that is not there which command fills it, where a profile tells."""
    try:
        yield
    except CollectionNotFound as error:
        key = profile or (target if target in load_profiles(settings.pyf_profiles) else None)
        if key and (error.kind, error.name) == ("collection", target):
            elsewhere = "" if key == target else f" -t {target}"
            error.remedy = f" Fill it first: pyfaggregator -f -p {key}{elsewhere}"
        raise


def check_collection_name(name: str) -> None:
    """Raise :class:`UsageError` for a name that no address or filter should have to carry."""
    if not _COLLECTION_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a collection; use up to 100 letters, digits, '-', '_' and '.',"
            " beginning with a letter or digit."
        )


def report(summary: Summary, *, as_json: bool, verbose: bool) -> int:
    """Print the account of a run, and what stopped it; return the exit code."""
    if as_json:
        print_json(build_json(summary))
    else:
        print_lines(describe_summary(summary, verbose=verbose))
    if summary.stopped:
        print_error(summary.stopped)
    return summary.exit_code


def run_command(command: click.Command, arguments: Sequence[str] | None) -> NoReturn:
    """Run a command with the given arguments, else with those of the process.

    Whatever is foreseeable ends in one sentence on stderr and an exit code.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(command.main(list(arguments), prog_name=command.name, standalone_mode=False))
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        print_error(error.format_message())
        sys.exit(error.exit_code)
    except AggregatorError as error:
        print_error(str(error))
        if "--json" in arguments and error.exit_code == 1:
            print_json({"stopped": str(error), "complete": False})
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except asyncio.CancelledError:
        sys.exit(EXIT_TERMINATED)


def run_job[T](job: Coroutine[Any, Any, T]) -> T:
    """Run a job to its end; SIGTERM ends it as cleanly as Ctrl-C does."""

    async def guarded() -> T:
        task = asyncio.current_task()
        if task is not None and sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await job

    return asyncio.run(guarded())
