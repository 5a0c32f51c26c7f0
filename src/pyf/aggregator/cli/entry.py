"""How a command begins and ends: words in, one sentence and an exit code for whatever is foreseeable.

Light: what a command does is imported by the command, and errors only where there is one.
"""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

EXIT_DECLINED = 1
"""Somebody was asked, and said no."""
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count."""


def run_command(command: click.Command, arguments: Sequence[str] | None) -> NoReturn:
    """Run a command with the given arguments, else with those of the process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _print_what_can_be_shown()
    try:
        sys.exit(command.main(list(arguments), prog_name=command.name, standalone_mode=False))
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        _print_error(f"{command.name} does nothing by itself; add one of the options above.")
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        _print_error(error.format_message())
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - looked at, and raised again if it is none of ours
        sys.exit(_tell(error, as_json="--json" in arguments))


def confirm(question: str) -> bool:
    """Ask on stderr; after a no, or no answer at all (Ctrl-D, Ctrl-C), say that nothing was changed."""
    try:
        confirmed = click.confirm(question, err=True)
    except click.Abort:
        click.echo("\nNothing was changed.", err=True)
        raise
    if not confirmed:
        click.echo("Nothing was changed.", err=True)
    return confirmed


def _tell(error: Exception, *, as_json: bool) -> int:
    """Say in one sentence why the command could not do what it was asked; return the exit code.

    Raises whatever is none of ours, which is nothing foreseeable.
    """
    from pyf.aggregator.errors.root import AggregatorError

    if not isinstance(error, AggregatorError):
        raise error
    _print_error(str(error))
    if as_json and error.exit_code == 1:
        from pyf.aggregator.cli.output.terminal import print_json

        print_json({"stopped": str(error), "complete": False})
    return error.exit_code


def _print_error(sentence: str) -> None:
    from pyf.aggregator.cli.output.terminal import print_error

    print_error(sentence)


def _print_what_can_be_shown() -> None:
    """Let a terminal or pipe that has not all characters show question marks rather than end the command."""
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="replace")
