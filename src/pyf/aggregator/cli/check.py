"""The command line of ``pyfcheck``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.cli.options import HELP, SETTINGS_HELP, SIGNALS_HELP, common_options

MOST_POINTS = 100

_FILE = re.compile(r"(?i)\.\.?|.*[/\\].*|.*\.(?:whl|zip|egg|exe|tar|tgz|tar\.\w+)|pyproject\.toml")
"""A path, or the name of an archive or of a file that no package is called like."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")

_EPILOG = f"""\b
Examples:
  pyfcheck plone.restapi -p plone       what the catalogue knows, and why
  pyfcheck dist/* -p plone              before publishing: all of a release
  pyfcheck ./ -p plone                  a folder with pyproject.toml, as far
                                        as that states it
  pyfcheck dist/* -p django --min-quality 80
                                        a step of CI: fails below 80
  pyfcheck --readiness 6.2 -p plone     how far the collection is with it

\b
A name is looked up in the collection; PyPI is asked for one that is not
there. Files and folders are read where they are, and no server is needed;
a folder is written with a slash.

{SETTINGS_HELP}

\b
Exit codes: 0 listed, or it would be, and good enough; 1 not listed, below
--min-quality, or could not be done; 2 wrong usage or configuration.
{SIGNALS_HELP}
"""


@click.command("pyfcheck", epilog=_EPILOG, context_settings=HELP)
@click.argument("packages", nargs=-1, metavar="[NAME|FILE]...")
@click.option("-p", "--profile", help="Profile whose rules and collection count.")
@click.option("-t", "--target", help="Collection or alias to look in; the profile's name when left out.")
@click.option(
    "--min-quality",
    type=click.IntRange(0, MOST_POINTS),
    metavar="POINTS",
    help="Fail where quality is below so many points, 0 to 100.",
)
@click.option(
    "--readiness", metavar="CYCLE", help="Tell how far the whole collection is with a cycle, such as 6.2."
)
@common_options
def check_command(*, as_json: bool, verbose: bool, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Say what the catalogue says of a package, or will say once it is published, and what would mend it."""
    check_collection_name(options["target"])
    names, files = _sort(options["packages"])
    _check(options, names, files)
    from pyf.aggregator.cli.work.check import Arguments, run

    arguments = Arguments(
        names=names,
        files=files,
        profile=options["profile"],
        target=options["target"],
        min_quality=options["min_quality"],
        readiness=options["readiness"],
    )
    return run(arguments, as_json=as_json, verbose=verbose, quiet=quiet)


def _sort(packages: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names, and the files and folders."""
    files = tuple(text for text in packages if _FILE.fullmatch(text))
    return tuple(text for text in packages if text not in files), files


def _check(options: Mapping[str, Any], names: Sequence[str], files: Sequence[str]) -> None:
    """Raise :class:`UsageError` for what cannot be meant, whatever the settings say."""
    from pyf.aggregator.errors.root import UsageError

    readiness = options["readiness"]
    if readiness is not None and (names or files or options["min_quality"] is not None):
        raise UsageError("--readiness is about the whole collection: leave out packages and --min-quality.")
    if readiness is not None and not readiness.strip():
        raise UsageError("--readiness needs a cycle, such as 6.2.")
    if readiness is None and not (names or files):
        raise UsageError("Name a package, such as plone.restapi, or files, such as dist/*.")
    if names and files:
        raise UsageError(
            f"{names[0]!r} is a name and {files[0]!r} a file; check one or the other (a folder ends with a"
            " slash)."
        )
    if files and options["target"]:
        raise UsageError("-t names a collection, which files are not compared with; leave it out.")
    wrong = next((name for name in names if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no name that a package can have, and no file (a folder ends with /).")


def pyfcheck(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfcheck`` with the given arguments, else with those of the process."""
    run_command(check_command, arguments)
