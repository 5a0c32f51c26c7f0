"""What ``pyfsearch`` does."""

from collections.abc import Mapping
from typing import Any

from pyf.aggregator.cli.output.tables import build_package_table, write_rows
from pyf.aggregator.cli.output.terminal import (
    configure_logging,
    find_width,
    print_json,
    print_lines,
    print_message,
)
from pyf.aggregator.cli.running import run_job
from pyf.aggregator.cli.search import MOST_HITS
from pyf.aggregator.cli.targets import Target, find_target, find_topic, tell_how_to_fill
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.jobs.search import Findings, SearchOrder, find_packages
from pyf.aggregator.services.search import SEARCH_SECONDS, SHORT_REPEATS, open_search


def run(options: Mapping[str, Any], *, as_json: bool, verbose: bool, quiet: bool) -> int:
    """Search as the command line says; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    settings = load_settings()
    target = find_target(settings, options["profile"], options["target"])
    topic = options["topic"]
    order = SearchOrder(
        target=target.name,
        words=" ".join(" ".join(options["words"]).split()),
        limit=options["number"],
        filters=tuple(text.strip() for text in options["filters"]),
        sort=None if options["sort"] is None else options["sort"].strip(),
        topic=None if topic is None else find_topic(target, topic),
    )
    with tell_how_to_fill(target):
        findings = run_job(_search(settings, order))
    if as_json:
        print_json(_build_json(findings))
        return 0
    _print_packages(findings)
    if not quiet:
        print_message(_describe(findings, order, target))
    return 0


async def _search(settings: Settings, order: SearchOrder) -> Findings:
    async with open_search(settings, policy=SHORT_REPEATS, timeout_seconds=SEARCH_SECONDS) as search:
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
    if not findings.searched:
        return f"{target.name} is empty; {target.filling} fills it."
    if not findings.found:
        what = f"for {order.words!r} " if order.words else ""
        ways = (
            "fewer or other words" if order.words else "",
            "without --filter" if order.filters else "",
            "without --topic" if order.topic else "",
        )
        other = " or ".join(way for way in ways if way)
        return f"Nothing found {what}among the {findings.searched:,} of {target.name}; try {other}."
    if shown == findings.found:
        return f"{found} package{'s' * (shown > 1)} found."
    if shown == MOST_HITS:
        return f"{found} packages found, {shown:,} shown; more words or a --filter narrow them down."
    most = "all" if findings.found <= MOST_HITS else "more"
    return f"{found} packages found, {shown:,} shown; -n {min(findings.found, MOST_HITS)} shows {most}."
