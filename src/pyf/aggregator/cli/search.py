"""The command ``pyfsearch``: what clients find, on the command line."""

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pyf.aggregator.cli.output.tables import build_package_table, write_rows
from pyf.aggregator.cli.output.terminal import (
    configure_logging,
    find_width,
    print_json,
    print_lines,
    print_talk,
)
from pyf.aggregator.cli.running import (
    HELP,
    Target,
    common_options,
    find_target,
    run_command,
    run_job,
    tell_how_to_fill,
)
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors import UsageError
from pyf.aggregator.jobs.search import MOST_HITS, USUAL_HITS, Findings, SearchOrder, find_packages
from pyf.aggregator.services import SEARCH_REPEATS, SEARCH_SECONDS, open_search

_EPILOG = """\b
Examples:
  pyfsearch easyform -p plone
  pyfsearch rest api -p django -n 30        30 of them instead of 10
  pyfsearch -p flask                        all, the newest first
  pyfsearch -p plone --sort github_stars    numbers fall, names rise
  pyfsearch form -p plone --filter "framework_versions:=Plone 6.1"
  pyfsearch -p django --filter "github_stars:>100" --filter "yanked:false"
  pyfsearch -t packages1 --sort name -n 250 | cut -f 1,2

\b
In a pipe each package is a line, with tabs between name, version, time of
its last release, stars and summary; unknown is empty, and nothing is cut.
--json has every field, and how many were found.

Settings come from the environment or a .env file in this folder; example.env lists them.

\b
Exit codes: 0 done, also when nothing was found; 1 could not be done;
2 wrong usage or configuration.
"""


@click.command("pyfsearch", epilog=_EPILOG, context_settings=HELP)
@click.argument("words", nargs=-1)
@click.option("-p", "--profile", help="Profile whose collection is searched.")
@click.option("-t", "--target", help="Collection or alias to search; the profile's name when left out.")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(1, MOST_HITS),
    default=USUAL_HITS,
    show_default=True,
    help="Most packages to show.",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FILTER",
    help='Only what it lets through, such as "github_stars:>100"; may be repeated.',
)
@click.option("--sort", metavar="FIELD", help="Order, such as github_stars or name:asc; else the best first.")
@common_options
def search_command(*, as_json: bool, verbose: bool, quiet: bool, **options: Any) -> int:  # noqa: ANN401
    """Find packages in a collection, just as its clients do. No WORDS at all list everything."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    target = find_target(settings, options["profile"], options["target"])
    order = SearchOrder(
        target=target.name,
        words=" ".join(" ".join(options["words"]).split()),
        limit=options["number"],
        filters=tuple(_check_text("--filter", text) for text in options["filters"]),
        sort=None if options["sort"] is None else _check_text("--sort", options["sort"]),
    )
    with tell_how_to_fill(settings, target):
        findings = run_job(_search(settings, order))
    if as_json:
        print_json(_build_json(findings))
        return 0
    _print_packages(findings)
    if not quiet:
        print_talk(_describe(findings, order, target))
    return 0


def _check_text(option: str, text: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} needs a field, such as github_stars.")
    return text.strip()


async def _search(settings: Settings, order: SearchOrder) -> Findings:
    async with open_search(settings, policy=SEARCH_REPEATS, timeout_seconds=SEARCH_SECONDS) as search:
        return await find_packages(order, search)


def _build_json(findings: Findings) -> dict[str, object]:
    return {
        "collection": findings.collection,
        "words": findings.words,
        "found": findings.found,
        "packages": findings.documents,
    }


def _print_packages(findings: Findings) -> None:
    width = find_width()
    if width is None:
        print_lines(write_rows(build_package_table(findings.documents), for_person=False))
    elif findings.documents:
        table = build_package_table(findings.documents, dates=True)
        print_lines(write_rows(table, for_person=True, width=width))


def _describe(findings: Findings, order: SearchOrder, target: Target) -> str:
    """Say how many were found, and what to do about too few or too many."""
    found, shown = f"{findings.found:,}", len(findings.documents)
    if not findings.held:
        return f"{target.name} is empty; {target.filling} fills it."
    if not findings.found:
        what = f"for {order.words!r} " if order.words else ""
        ways = ("fewer or other words" if order.words else "", "without --filter" if order.filters else "")
        other = " or ".join(way for way in ways if way)
        return f"Nothing found {what}among the {findings.held:,} of {target.name}; try {other}."
    if shown == findings.found:
        return f"{found} package{'s' * (shown > 1)} found."
    if shown == MOST_HITS:
        return f"{found} packages found, {shown:,} shown; more words or a --filter narrow them down."
    most = "all" if findings.found <= MOST_HITS else "more"
    return f"{found} packages found, {shown:,} shown; -n {min(findings.found, MOST_HITS)} shows {most}."


def pyfsearch(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command ``pyfsearch`` with the given arguments, else with those of the process."""
    run_command(search_command, arguments)
