import io
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

from rich.console import Console

from pyf.aggregator.cli.output.bar import Bar
from pyf.aggregator.cli.output.progress import Heartbeat
from pyf.aggregator.cli.output.summaries import TROUBLES_SHOWN, build_json, describe_summary
from pyf.aggregator.jobs.progress import (
    EnrichAccount,
    EnrichSummary,
    ForgeSummary,
    ItemFailure,
    RunSummary,
    SourceSummary,
)
from pyf.aggregator.metadata.model import NormalizedName


def build_console() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, force_terminal=True, width=100), written


def test_away_from_a_terminal_a_line_beats_with_count_rate_and_remaining_time() -> None:
    written: list[str] = []
    with Heartbeat(written.append, seconds=0.05) as heartbeat:
        heartbeat.start("fetching the project list", None)
        time.sleep(0.08)
        heartbeat.start("fetching projects", 200)
        heartbeat.advance(50)
        time.sleep(0.08)
    lines = written
    assert lines[0] == "fetching the project list …"
    assert lines[-1].startswith("fetching projects: 50 of 200, ")
    assert "a second, about" in lines[-1]
    assert lines[-1].endswith(" s left")


def test_on_a_terminal_a_bar_shows_the_step_and_goes_away() -> None:
    console, written = build_console()
    with Bar(console) as bar:
        bar.start("browsing classifiers", 10)
        bar.start("fetching projects", 4)
        bar.advance()
        bar.advance()
    assert "fetching projects" in written.getvalue()
    assert "2/4" in written.getvalue()


def run_script(code: str, stdout: int, **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **settings}
    return subprocess.run(
        [sys.executable, "-c", code], stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False
    )


def test_a_pipe_without_the_characters_gets_question_marks() -> None:
    code = (
        "import click; from pyf.aggregator.cli.entry import run_command;"
        "from pyf.aggregator.cli.output.terminal import print_lines;"
        "run_command(click.Command('x', callback=lambda: print_lines(['漢'])), [])"
    )
    ended = run_script(code, subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"?\n", b"")


def test_a_reader_that_has_had_enough_ends_the_command_quietly() -> None:
    """As ``pyfqueue | head -0`` does."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = run_script("from pyf.aggregator.cli.queue import pyfqueue; pyfqueue([])", writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_several_forges_have_a_line_each_and_github_alone_has_none() -> None:
    until = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    summary = EnrichSummary(collection="plone", seen=9)
    summary.add_up(
        [
            ForgeSummary(host="github.com", repositories=5, asked=3, from_cache=2, requests=1),
            ForgeSummary(host="gitlab.com", repositories=2, left=2, resume_at=until, requests=1),
            ForgeSummary(host="codeberg.org", repositories=1, stopped="codeberg.org is away.", requests=1),
        ]
    )
    assert summary.stopped == "codeberg.org is away."
    lines = list(describe_summary(summary))
    assert lines[0] == "plone: figures from 3 forges, 0.0 s"
    start = lines.index("  repositories   8")
    assert lines[start + 1 : start + 6] == [
        "    github.com: 5, 3 asked, 2 from cache",
        "    gitlab.com: 2, 0 asked, 0 from cache, 2 left until 2026-11-26 08:30:00 UTC",
        "    codeberg.org: 1, 0 asked, 0 from cache, stopped",
        "  asked          3",
        "  from cache     2",
    ]
    assert "  left           2 repositories; run again from 2026-11-26 08:30:00 UTC on" in lines
    said = build_json(summary)
    assert (said["requests"], said["left"], len(said["forges"])) == (3, 2, 3)  # type: ignore[arg-type]
    summary.add_up([ForgeSummary(host="github.com", repositories=5, asked=5)])
    assert next(describe_summary(summary)) == "plone: figures from GitHub, 0.0 s"
    assert "forges" not in build_json(summary)


def test_of_many_troubles_the_first_are_shown_and_the_others_counted() -> None:
    summary = RunSummary(collection="plone", mode="full")
    summary.failed = [
        ItemFailure(name=NormalizedName(f"p{number}"), reason=f"gone {number}")
        for number in range(TROUBLES_SHOWN + 3)
    ]
    lines = list(describe_summary(summary))
    assert lines[0] == "plone: full run, 0.0 s"
    assert f"  failed         {TROUBLES_SHOWN + 3}" in lines
    assert f"    p{TROUBLES_SHOWN - 1}: gone {TROUBLES_SHOWN - 1}" in lines
    assert f"    p{TROUBLES_SHOWN}: gone {TROUBLES_SHOWN}" not in lines
    assert lines[-1] == "    and 3 more, all of them with --json"


def test_those_that_failed_together_share_a_line_and_count_each() -> None:
    summary = SourceSummary(source="downloads", collection="plone")
    reasons = ["cut"] * 499 + ["away"] + ["cut"] * 3
    summary.failed = [ItemFailure(name=f"p{number}", reason=reason) for number, reason in enumerate(reasons)]
    lines = list(describe_summary(EnrichAccount(collection="plone", sources={"downloads": summary})))
    assert lines[lines.index("  failed         503") :] == [
        "  failed         503",
        "    p0, p1, p2 and 496 more (--json names them): cut",
        "    p499: away",
        "    p500, p501, p502: cut",
    ]
