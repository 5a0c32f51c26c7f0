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


def test_nothing_is_left_unfinished_and_no_module_outgrows_its_room() -> None:
    for module in (ROOT / "src").rglob("*.py"):
        text = module.read_text()
        assert not {"TODO", "FIXME", "NotImplementedError"} & set(text.split()), module
        assert text.count("\n") <= 320, module
