"""The README says what is so: its options, variables and commands are the real ones."""

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest

from pyf.aggregator.cli.aggregator import aggregator_command
from pyf.aggregator.cli.check import check_command
from pyf.aggregator.cli.enrich import enrich_command
from pyf.aggregator.cli.gallery import gallery_command
from pyf.aggregator.cli.github import github_command
from pyf.aggregator.cli.queue import queue_command
from pyf.aggregator.cli.search import search_command
from pyf.aggregator.cli.updater import updater_command
from pyf.aggregator.config.settings import describe_variables
from pyf.aggregator.documents.changes import CHANGE_SCHEMA
from pyf.aggregator.documents.enrichments import ENRICHED_FIELDS
from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import DISPLAY_FIELDS, SCHEMA
from pyf.aggregator.metadata.changes import ChangeKind, LeavingReason

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = {
    "pyfaggregator": aggregator_command,
    "pyfsearch": search_command,
    "pyfcheck": check_command,
    "pyfenrich": enrich_command,
    "pyfgallery": gallery_command,
    "pyfgithub": github_command,
    "pyfupdater": updater_command,
    "pyfqueue": queue_command,
}


def read_table(header: str, section: str = "# Python") -> list[list[str]]:
    """Return the cells of the rows of the first table with this header below a heading."""
    _, _, below = README.partition(f"{section}")
    _, _, rest = below.partition(f"| {header} |")
    rows = rest.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def read_shell_lines() -> list[list[str]]:
    """Return the words of every command line in the README's shell blocks."""
    blocks = re.findall(r"^( *)```shell\n(.*?)^\1```", README, flags=re.DOTALL | re.MULTILINE)
    text = "\n".join(block for _, block in blocks).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]


def find_invocations() -> list[tuple[str, list[str]]]:
    return [
        (word, list(takewhile(lambda argument: argument not in {"|", "&"}, words[position + 1 :])))
        for words in read_shell_lines()
        for position, word in enumerate(words)
        if word in COMMANDS and words[position - 1 : position] != ["install"]
    ]


SECTIONS = {name: "celery and pyfqueue" if name == "pyfqueue" else name for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_are_the_real_ones(name: str) -> None:
    rows = read_table("option", f"### {SECTIONS[name]}\n")
    documented = {name for row in rows for name in re.findall(r"`(--?[\w-]+)`", row[0])}
    command = COMMANDS[name]
    parts = [command, *getattr(command, "commands", {}).values()]
    real = {
        spelling
        for part in parts
        for parameter in part.get_params(click.Context(part, **part.context_settings))
        for spelling in parameter.opts
        if spelling.startswith("-")
    }
    assert documented == real
    words = {word for row in rows for word in re.findall(r"`(\w+)`", row[0])}
    assert words == getattr(command, "commands", {}).keys()


def list_helps() -> Iterator[tuple[str, str]]:
    """Yield the help of each command and of what it groups, as Click wraps it on a terminal of 80 columns."""
    for name, command in COMMANDS.items():
        context = click.Context(command, info_name=name, terminal_width=78, **command.context_settings)
        yield name, command.get_help(context)
        for part_name, part in getattr(command, "commands", {}).items():
            inner = click.Context(part, info_name=part_name, parent=context, terminal_width=78)
            yield f"{name} {part_name}", part.get_help(inner)


@pytest.mark.parametrize(("name", "text"), list(list_helps()), ids=lambda value: value.split("\n")[0])
def test_help_fits_a_terminal_of_80_columns_and_cuts_nothing(name: str, text: str) -> None:
    usage, *lines = text.splitlines()
    assert usage.startswith(f"Usage: {name} ")
    assert [line for line in lines if len(line) > 80 or line.endswith("...")] == []


def test_the_variables_are_the_real_ones() -> None:
    documented = [tuple(row) for row in read_table("variable")]
    real = [
        (f"`{variable.name}`", variable.description, f"`{variable.default}`" if variable.default else "")
        for variable in describe_variables()
    ]
    assert documented == real


@pytest.mark.parametrize(("command", "arguments"), find_invocations(), ids=str)
def test_every_command_shown_is_accepted(command: str, arguments: list[str]) -> None:
    chosen = COMMANDS[command]
    if isinstance(chosen, click.Group) and not chosen.invoke_without_command:
        _, found, arguments = chosen.resolve_command(click.Context(chosen), arguments)
        assert found is not None
        chosen = found
    assert chosen.make_context(command, arguments).command is chosen


def test_the_readme_shows_commands_at_all() -> None:
    assert len(find_invocations()) >= 10


def test_every_field_is_documented() -> None:
    page = (ROOT / "docs" / "documents.md").read_text()
    documented = set(re.findall(r"`(\w+)(?:\[\])?`", page))
    fields = {*(field.name for field in (*SCHEMA, *CHANGE_SCHEMA)), *DISPLAY_FIELDS, *ENRICHED_FIELDS}
    assert fields - documented == set()
    assert build_preset().keys() - documented == set()


def test_every_kind_of_change_is_documented() -> None:
    page = (ROOT / "docs" / "documents.md").read_text()
    table, _, _ = page.partition("| kind | means |")[2].partition("\n\n")
    named = " ".join(row.split("|")[1] for row in table.splitlines() if row)
    kinds = set(re.findall(r"`([a-z-]+)`", named))
    assert kinds == set(ChangeKind)
    assert {reason for reason in LeavingReason if f"`{reason}`" not in page} == set()


def test_the_command_that_ci_runs_is_one_line_of_the_readme() -> None:
    assert README.count("\n./run pytest\n") == 1
    assert "'^\\./run pytest'" in (ROOT / ".ci" / "run").read_text()
