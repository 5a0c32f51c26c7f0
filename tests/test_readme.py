"""The README says what is so: its options, variables and commands are the real ones."""

import re
import shlex
from pathlib import Path

import click
import pytest

from pyf.aggregator import cli
from pyf.aggregator.settings import describe_variables

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = {"pyfaggregator": cli.aggregator_command}


def read_table(header: str) -> list[list[str]]:
    """Return the cells of the rows of the table that begins with this header."""
    _, _, rest = README.partition(f"| {header} |")
    rows = rest.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def read_shell_lines() -> list[list[str]]:
    """Return the words of every command line in the README's shell blocks."""
    blocks = re.findall(r"^( *)```shell\n(.*?)^\1```", README, flags=re.DOTALL | re.MULTILINE)
    text = "\n".join(block for _, block in blocks).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]


def find_invocations() -> list[tuple[str, list[str]]]:
    return [
        (word, words[position + 1 :])
        for words in read_shell_lines()
        for position, word in enumerate(words)
        if word in COMMANDS and words[position - 1 : position] != ["install"]
    ]


def test_the_options_are_the_real_ones() -> None:
    documented = {name for row in read_table("option") for name in re.findall(r"`(--?[\w-]+)`", row[0])}
    command = COMMANDS["pyfaggregator"]
    real = {name for parameter in command.get_params(click.Context(command)) for name in parameter.opts}
    assert documented == real


def test_the_variables_are_the_real_ones() -> None:
    documented = [tuple(row) for row in read_table("variable")]
    real = [
        (f"`{variable.name}`", variable.description, f"`{variable.default}`" if variable.default else "")
        for variable in describe_variables()
    ]
    assert documented == real


@pytest.mark.parametrize(("command", "arguments"), find_invocations(), ids=str)
def test_every_command_shown_is_accepted(command: str, arguments: list[str]) -> None:
    assert COMMANDS[command].make_context(command, arguments).params


def test_the_readme_shows_commands_at_all() -> None:
    assert len(find_invocations()) >= 10


def test_the_command_that_ci_runs_is_one_line_of_the_readme() -> None:
    assert README.count("\nuv run --extra embedded pytest\n") == 1
    assert "'^uv run .*pytest'" in (ROOT / ".ci" / "run").read_text()
