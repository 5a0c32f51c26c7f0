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
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Say more about what happens.")
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Print nothing but errors and the answer that is asked for."
)
version_option = click.version_option(package_name="pyf.aggregator", message="%(prog)s %(version)s")


def common_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what every command offers: ``--json``, ``-v``, ``-q`` and ``--version``."""
    for option in (version_option, quiet_option, verbose_option, json_option):
        command = option(command)
    return command
