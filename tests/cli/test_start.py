"""What a command imports before it does anything: a person who asks for help waits for nothing else.

Modules are counted and not milliseconds, so no busy machine can fail this.
"""

import asyncio
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laboratory import PLONE, Laboratory

WATCHED = """
import sys
from pyf.aggregator.cli.{module} import {name} as command
try:
    command(sys.argv[1:])
finally:
    sys.stdout.flush()
    print("modules:", *sorted(sys.modules), sep="\\n", file=sys.stderr)
"""
COMMANDS = {
    "pyfaggregator": "aggregator",
    "pyfcheck": "check",
    "pyfenrich": "enrich",
    "pyfgallery": "gallery",
    "pyfgithub": "github",
    "pyfqueue": "queue",
    "pyfsearch": "search",
    "pyfupdater": "updater",
}
LINES = {
    "pyfaggregator": {"entry", "names", "options", "aggregator"},
    "pyfcheck": {"entry", "names", "options", "check"},
    "pyfenrich": {"entry", "names", "options", "enrich"},
    "pyfgallery": {"entry", "options", "gallery"},
    "pyfgithub": {"entry", "names", "options", "github"},
    "pyfqueue": {"entry", "options", "queue", "up"},
    "pyfsearch": {"entry", "names", "options", "search"},
    "pyfupdater": {"entry", "options", "updater"},
}
"""What a command line is made of, in ``cli/``."""
OTHER = {
    "pyfaggregator": {"jobs", "jobs.crawl", "jobs.crawl.methods"},
    "pyfenrich": {"jobs", "jobs.enrich", "jobs.enrich.source_names"},
    "pyfupdater": {"metadata", "metadata.changes"},
}
"""Where the choices of an option come from."""
NAMES = {"metadata", "metadata.collection_name"}
TOLD = {"cli.output", "cli.output.terminal", "cli.actions", "cli.names"} | NAMES
"""What may join to tell a mistake: its sentence, the actions of ``pyfupdater``, names, errors."""
MISTAKES = {
    "pyfaggregator": [["--bogus"], [], ["-f", "-p", "plone", "-t", "a/b"], ["-f", "-fn", " "]],
    "pyfcheck": [["--bogus"], [], ["a b"], ["a", "x.whl"], ["a", "--readiness", "6"], ["a", "-t", "a/b"]],
    "pyfenrich": [["--bogus"], ["-t", "a/b"], ["-p", "plone", "--only", "x"], ["--only", ""]],
    "pyfgallery": [["--bogus"], ["--port", "0"], ["--port", "x"], ["nonsense"]],
    "pyfgithub": [["--bogus"], ["-t", "a/b"]],
    "pyfqueue": [["--bogus"], ["nonsense"], ["status", "--json", "--prometheus"], ["purge"]],
    "pyfsearch": [["--bogus"], ["-n", "0"], ["x", "-t", "a/b"], ["--filter", " "]],
    "pyfupdater": [
        ["--bogus"],
        [],
        ["-v"],
        ["-ls", "--migrate"],
        ["--migrate", "-s", "x"],
        ["-lsn", "-p", "x"],
    ],
}
HEAVY = {
    *("aiohttp", "celery", "docutils", "jinja2", "kombu", "nh3", "readme_renderer", "redis", "rich"),
    *("starlette", "uvicorn", "yaml"),
}


def find_imported(
    command: str, *arguments: str, folder: Path, environment: dict[str, str] | None = None
) -> tuple[int, set[str]]:
    """Run a command; return its exit code and every module that it imported."""
    code = WATCHED.format(module=COMMANDS[command], name=command)
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, set(ended.stderr.rpartition("modules:\n")[2].split())


def find_foreign(modules: set[str]) -> set[str]:
    """Return the top-level packages that are neither ours nor of the standard library."""
    top = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    started_with = {"pyf", "sitecustomize", "usercustomize", "distutils-precedence"}
    return top - sys.stdlib_module_names - started_with


def find_ours(modules: set[str]) -> set[str]:
    prefix = "pyf.aggregator."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix)} - {"cli"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_click_and_the_command_line(
    tmp_path: Path, command: str, option: str
) -> None:
    exit_code, modules = find_imported(command, option, folder=tmp_path)
    assert (exit_code, find_foreign(modules)) == (0, {"click"})
    expected = {f"cli.{name}" for name in LINES[command]} | OTHER.get(command, set())
    assert find_ours(modules) == expected


@pytest.mark.parametrize(
    "command", [(name,) for name in COMMANDS if name != "pyfqueue"] + [("pyfqueue", "up")]
)
@pytest.mark.parametrize("options", [("-v", "-q"), ("--quiet", "--verbose"), ("-qv",)])
def test_quiet_and_verbose_exclude_each_other(
    capfd: pytest.CaptureFixture[str], command: tuple[str, ...], options: tuple[str, ...]
) -> None:
    name, *words = command
    module = importlib.import_module(f"pyf.aggregator.cli.{COMMANDS[name]}")
    with pytest.raises(SystemExit) as ended:
        getattr(module, name)([*words, *options])
    assert (ended.value.code, capfd.readouterr()) == (
        2,
        ("", "Error: Choose -v (say more) or -q (say less), not both.\n"),
    )


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(command, arguments) for command, mistakes in MISTAKES.items() for arguments in mistakes],
    ids=str,
)
def test_a_mistake_is_told_without_what_would_carry_it_out(
    tmp_path: Path, command: str, arguments: list[str]
) -> None:
    exit_code, modules = find_imported(command, *arguments, folder=tmp_path)
    assert (exit_code, find_foreign(modules)) == (2, {"click"})
    allowed = {f"cli.{name}" for name in LINES[command]} | OTHER.get(command, set()) | TOLD
    surplus = {name for name in find_ours(modules) - allowed if name.partition(".")[0] != "errors"}
    assert surplus == set()


def test_listing_names_imports_no_more_than_it_takes(
    tmp_path: Path, laboratory: Laboratory, environment: dict[str, str]
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    asyncio.run(laboratory.run_full())
    exit_code, modules = find_imported("pyfupdater", "-lsn", folder=tmp_path, environment=environment)
    assert exit_code == 0
    assert find_foreign(modules) & HEAVY == set()
    rooms = {name.partition(".")[0] for name in find_ours(modules)}
    assert rooms & {"jobs", "rendering", "sources", "state"} == set()
    assert "typesense.embedded" not in find_ours(modules)
