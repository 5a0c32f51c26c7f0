"""What the command lines have in common. Light: a help text waits for Click and for nothing else."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import click

HELP: Mapping[str, Any] = MappingProxyType({"help_option_names": ["-h", "--help"]})
"""Click's settings of every command."""

SETTINGS_HELP = "Settings come from the environment or a .env file in this folder; example.env lists them."
SIGNALS_HELP = "130 ended by Ctrl-C, 143 by SIGTERM."
"""The end of every list of exit codes."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON value.")


def _exclude(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """Let ``-v`` and ``-q`` exclude each other: the second of them meets the first."""
    other = "quiet" if parameter.name == "verbose" else "verbose"
    if value and context.params.get(other):
        raise click.UsageError("Choose -v (say more) or -q (say less), not both.")
    return value


verbose_option = click.option(
    "-v", "--verbose", is_flag=True, callback=_exclude, help="Say more about what happens."
)


def build_quiet_option(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return ``-q`` for a command that is quiet in its own way."""
    return click.option("-q", "--quiet", is_flag=True, callback=_exclude, help=help_text)


quiet_option = build_quiet_option("Print nothing but errors and the answer that is asked for; not with -v.")
version_option = click.version_option(package_name="pyf.aggregator", message="%(prog)s %(version)s")


def common_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what every command offers: ``--json``, ``-v``, ``-q`` and ``--version``."""
    for option in (version_option, quiet_option, verbose_option, json_option):
        command = option(command)
    return command
