"""What all commands share: common options, the profile, running a job, the exit code."""

import asyncio
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.ending import ENDING_SECONDS, Ending
from pyf.aggregator.cli.output.summaries import build_json, describe_summary
from pyf.aggregator.cli.output.terminal import (
    print_error,
    print_json,
    print_lines,
    print_what_can_be_shown,
)
from pyf.aggregator.config.profiles import Profile, get_profile, load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors import AggregatorError, CollectionNotFound, UsageError
from pyf.aggregator.jobs.progress import Summary

EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM

HELP: Mapping[str, Any] = MappingProxyType({"help_option_names": ["-h", "--help"]})
"""Click's settings of every command."""

_COLLECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def common_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what every command offers: ``--json``, ``-v``, ``-q`` and ``--version``."""
    options = (
        click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value."),
        click.option("-v", "--verbose", is_flag=True, help="Say more about what happens."),
        click.option(
            "-q", "--quiet", is_flag=True, help="Print nothing but errors and the answer that is asked for."
        ),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A collection as a command line names it: ``spelling`` is ``-p flask`` or ``-t packages1``.

    ``filling`` is the command that fills it, ``profile`` the key of the profile that does, where it is known.
    """

    name: str
    spelling: str
    filling: str
    profile: str | None


def find_target(settings: Settings, key: str | None, name: str | None) -> Target:
    """Return what ``-p`` and ``-t`` name; a profile that does not exist is a mistake beside ``-t``, too.

    Raises :class:`UsageError`.
    """
    if not key and name:
        check_collection_name(name)
        return build_target(name)
    profile = find_profile(settings, key, otherwise="a collection with -t")
    check_collection_name(name or profile.key)
    return build_target(name or profile.key, profile)


def build_target(name: str, profile: Profile | None = None) -> Target:
    """Return the target of that name; ``profile`` is the one that fills it, where that is known."""
    own = profile is not None and profile.key == name
    spelling = f"-p {name}" if own else f"-t {name}"
    source = f"-p {profile.key if profile else 'PROFILE'}"
    filling = f"pyfaggregator -f {spelling if own else f'{source} {spelling}'}"
    return Target(name=name, spelling=spelling, filling=filling, profile=profile.key if profile else None)


@contextmanager
def tell_how_to_fill(settings: Settings, target: Target) -> Iterator[None]:
    """Let :class:`CollectionNotFound` say which command makes the target."""
    try:
        yield
    except CollectionNotFound as error:
        if (error.kind, error.name) != ("collection", target.name):
            raise
        if target.profile is None:
            # A name on its own may be that of a profile.
            target = build_target(target.name, load_profiles(settings.pyf_profiles).get(target.name))
        raise replace(error, remedy=target.filling) from error


def check_collection_name(name: str) -> None:
    """Raise :class:`UsageError` for a name that no address or filter should have to carry."""
    if not _COLLECTION_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a collection; use up to 100 letters, digits, '-', '_' and '.',"
            " beginning with a letter or digit."
        )


def report(summary: Summary, *, as_json: bool, verbose: bool, quiet: bool) -> int:
    """Print the account of a run, and what stopped it; return the exit code.

    The account of a run that succeeded is not worth a mail from cron: ``quiet`` leaves it out. What stopped
    before it did anything has none, but for a program.
    """
    if as_json:
        print_json(build_json(summary))
    elif summary.begun and not (quiet and summary.exit_code == 0):
        print_lines(describe_summary(summary, verbose=verbose))
    if summary.stopped:
        print_error(summary.stopped)
    return summary.exit_code


def run_command(command: click.Command, arguments: Sequence[str] | None) -> NoReturn:
    """Run a command with the given arguments, else with those of the process.

    Whatever is foreseeable ends in one sentence on stderr and an exit code.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    print_what_can_be_shown()
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


def run_job[T](job: Coroutine[Any, Any, T], *, ending_seconds: float = ENDING_SECONDS) -> T:
    """Run a job to its end; SIGTERM and Ctrl-C end it in good order, and in any case soon."""
    with Ending(ending_seconds) as ending:

        async def guarded() -> T:
            ending.watch(asyncio.get_running_loop(), asyncio.current_task())
            return await job

        return asyncio.run(guarded())
