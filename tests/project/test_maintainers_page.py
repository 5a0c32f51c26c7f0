"""The page for those who make packages says what is so, and its commands and hook are the real ones."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from pyf.aggregator.assessment.checks import Section
from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.cli.check import check_command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "maintainers.md").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def find_commands() -> list[str]:
    """Return what follows ``pyfcheck`` wherever a block of the page runs it."""
    return [found for _, block in BLOCKS for found in re.findall(r"pyfcheck (?!\n)([^'\n]+)", block)]


def find_hook_arguments() -> list[str]:
    """Return the arguments of the hook as the page configures it."""
    (block,) = [text for language, text in BLOCKS if language == "yaml" and text.startswith("repos:")]
    (hook,) = yaml.safe_load(block)["repos"][0]["hooks"]
    (own,) = HOOKS
    assert hook["id"] == own["id"]
    command, *entry = shlex.split(own["entry"])
    assert command == "pyfcheck"
    return [*entry, *hook["args"]]


@pytest.mark.parametrize("arguments", [*map(shlex.split, find_commands()), find_hook_arguments()], ids=str)
def test_every_command_is_accepted(arguments: list[str]) -> None:
    context = check_command.make_context("pyfcheck", list(arguments))
    assert context.params["packages"]
    assert context.params["profile"] == "plone"


def test_there_are_commands_for_a_name_for_files_and_for_a_folder() -> None:
    named = {shlex.split(command)[0] for command in find_commands()}
    assert named >= {"your.package", "dist/*", "./"}


def test_every_verdict_and_every_section_is_explained() -> None:
    rows = re.findall(r"^\| (\w+) \|", PAGE.partition("The verdicts on a version:")[2], flags=re.MULTILINE)
    assert rows[1:] == [verdict.value for verdict in Verdict]
    sections = re.findall(r"^- \*\*(\w+)\*\*", PAGE.partition("## What is judged")[2], flags=re.MULTILINE)
    assert [name.lower() for name in sections] == [section.value for section in Section]
