"""The rules that tools check, so that one command checks everything."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["lint-imports", "--no-logo"]],
    ids=" ".join,
)
def test_tools_find_nothing(command: list[str]) -> None:
    program, *arguments = command
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


MOST_LINES = 320


def test_nothing_is_left_unfinished_and_no_module_outgrows_its_room() -> None:
    for module in (ROOT / "src").rglob("*.py"):
        text = module.read_text()
        assert not {"TODO", "FIXME", "NotImplementedError"} & set(text.split()), module
        lines = text.count("\n")
        assert lines <= MOST_LINES, (
            f"{module.relative_to(ROOT)} has {lines} lines, and {MOST_LINES} is the limit: give a subject"
            " of it a module of its own beside it, or make it a folder with a module for each subject."
        )
