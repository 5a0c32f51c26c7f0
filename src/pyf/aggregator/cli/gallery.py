"""The command line of ``pyfgallery``."""

from collections.abc import Sequence
from typing import NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.options import (
    HELP,
    SETTINGS_HELP,
    quiet_option,
    verbose_option,
    version_option,
)

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65_535

_EPILOG = f"""\b
Examples:
  pyfgallery                       all that was collected, at 127.0.0.1:8000
  pyfgallery -p plone --port 8080 --host 0.0.0.0
  pyfgallery --base-url https://example.org/catalogue

\b
Packages are read with a search-only key: that of TYPESENSE_SEARCH_KEY, else
one that is made with the admin key and kept below PYF_DATA_DIR. Where no
Typesense is configured, the embedded one is read.

{SETTINGS_HELP}

\b
Exit codes: 0 ended by Ctrl-C or SIGTERM; 1 could not serve;
2 wrong usage or configuration.
"""


@click.group("pyfgallery", invoke_without_command=True, epilog=_EPILOG, context_settings=HELP)
@click.option(
    "-p",
    "--profile",
    "profiles",
    multiple=True,
    help="Profile to show; may be repeated. All that have a collection when left out.",
)
@click.option(
    "--host", default=DEFAULT_HOST, show_default=True, help="Address to listen at; 0.0.0.0 for all."
)
@click.option(
    "--port",
    type=click.IntRange(1, HIGHEST_PORT),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen at.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where visitors find the gallery, if not at host and port; it may have a path. See PYF_GALLERY_URL.",
)
@verbose_option
@quiet_option
@version_option
@click.pass_context
def gallery_command(  # noqa: PLR0913 - the options
    context: click.Context,
    *,
    profiles: Sequence[str],
    host: str,
    port: int,
    base_url: str | None,
    verbose: bool,
    quiet: bool,
) -> int:
    """Show the packages of collections as web pages, feeds and an API, until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return 0
    from pyf.aggregator.cli.work.gallery import run

    return run(profiles, host=host, port=port, base_url=base_url, verbose=verbose, quiet=quiet)


def pyfgallery(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfgallery`` with the given arguments, else with those of the process."""
    run_command(gallery_command, arguments)
