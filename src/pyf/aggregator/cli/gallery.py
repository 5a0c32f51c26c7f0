"""The command line of ``pyfgallery``."""

from collections.abc import Sequence
from typing import NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.options import (
    HELP,
    SETTINGS_HELP,
    SIGNALS_HELP,
    common_options,
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


_BUILD_EPILOG = f"""\b
Examples:
  pyfgallery build site -p plone --base-url https://example.org/catalogue
  pyfgallery build public --base-url https://plone.example

\b
A folder that an earlier build has filled is brought up to date: only what
changed is written, and what left goes. docs/static-site.md has the whole way
from a schedule to a published site.

{SETTINGS_HELP}

\b
Exit codes: 0 done; 1 could not be done, or links lead nowhere;
2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@gallery_command.command("build", short_help="Write the same pages as files.", epilog=_BUILD_EPILOG)
@click.argument("site", type=click.Path(file_okay=False))
@click.option(
    "-p",
    "--profile",
    "profiles",
    multiple=True,
    help="Profile to show; may be repeated. All that have a collection when left out.",
)
@click.option("--base-url", metavar="URL", help="Where visitors find the site; like PYF_GALLERY_URL.")
@common_options
def build_command(  # noqa: PLR0913 - the options
    *,
    site: str,
    profiles: Sequence[str],
    base_url: str | None,
    as_json: bool,
    verbose: bool,
    quiet: bool,
) -> int:
    """Write the gallery into the folder SITE, for any host that serves files."""
    from pyf.aggregator.cli.work.gallery import build

    return build(site, profiles, base_url=base_url, as_json=as_json, verbose=verbose, quiet=quiet)


def pyfgallery(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfgallery`` with the given arguments, else with those of the process."""
    run_command(gallery_command, arguments)
