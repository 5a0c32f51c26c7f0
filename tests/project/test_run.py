"""``./run`` on machines that lack this or that; made-up programs stand in for uv and pip."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "awk", "mv", "rm", "mkdir", "cat", "chmod")

UV = """#!/bin/sh
if [ "$1" = --version ]; then echo 'uv {version}'; exit 0; fi
printf '%s\\n' "$PWD" "$@" >>'{log}'
[ "$1" != python ] || exit 1
exit 7
"""
PIP = """#!/bin/sh
case "$1 $2" in
    '-c '*) [ "${{2#*sqlite3}}" = "$2" ] ;;
    '-m pip')
        [ -z '{complaint}' ] || {{ printf 'Collecting uv\\n{complaint}\\n\\n'; exit 1; }}
        while [ "$1" != --target ]; do shift; done
        mkdir -p "$2/bin" && cat '{uv}' >"$2/bin/uv" && chmod +x "$2/bin/uv" ;;
esac
"""


@dataclass
class Machine:
    """A checkout in a folder with a space in its name, and the programs on ``PATH``."""

    folder: Path

    def __post_init__(self) -> None:
        self.checkout = self.folder / "a checkout"
        self.bin = self.folder / "bin"
        self.log = self.folder / "log"
        for folder in (self.checkout, self.bin, self.home):
            folder.mkdir()
        shutil.copy(ROOT / "run", self.checkout)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def write_program(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def add_uv(self, path: Path | None = None, *, version: str = "0.13.9 (made up)") -> None:
        self.write_program(path or self.bin / "uv", UV.format(log=self.log, version=version))

    def add_pip(self, path: Path | None = None, *, complaint: str = "") -> None:
        """Add a Python 3 that can do nothing but install uv, or not even that."""
        uv = self.write_program(self.folder / "wheel", UV.format(log=self.log, version="0.13.9"))
        self.write_program(path or self.bin / "python3", PIP.format(uv=uv, complaint=complaint))

    def add_python(self, path: Path) -> Path:
        """Add the Python that runs this test, which is one that is tested."""
        return self.write_program(path, f'#!/bin/sh\nexec {sys.executable} "$@"\n')

    def add_environment(self, version: str = "3.12.9") -> None:
        environment = self.checkout / ".venv"
        self.write_program(environment / "bin" / "python", "#!/bin/sh\n")
        (environment / "pyvenv.cfg").write_text(f"home = /somewhere\nversion_info = {version}\n")

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        settings = {"PATH": str(self.bin), "HOME": str(self.home), **environment}
        command = [str(self.checkout / "run"), *words]
        return subprocess.run(
            command, env=settings, cwd=self.folder, capture_output=True, text=True, check=False
        )

    @property
    def asked(self) -> list[str]:
        """The folder and the words of every call of uv but for its version."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def expect(self, *words: str, python: str | Path | None = None) -> list[str]:
        chosen = [] if python is None else ["--python", str(python)]
        options = ["run", "--locked", "--all-extras", "--project", str(self.checkout), *chosen]
        return [str(self.folder), *options, "--", *words]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path.resolve())


def test_words_and_exit_code_pass_through_where_everything_is_there(machine: Machine) -> None:
    machine.add_uv()
    machine.add_environment()
    done = machine.run("pyfaggregator", "-ft", "Framework :: Plone", "--help", VIRTUAL_ENV="/elsewhere")
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")
    assert machine.asked == machine.expect("pyfaggregator", "-ft", "Framework :: Plone", "--help")


@pytest.mark.parametrize("place", ["python3.13", "python3.12", "python3", "python"])
def test_a_python_on_path_is_used(machine: Machine, place: str) -> None:
    machine.add_uv()
    machine.add_python(machine.bin / place)
    assert machine.run("pytest").returncode == 7
    assert machine.asked == machine.expect("pytest", python=sys.executable)


@pytest.mark.parametrize("setting", ["HOME", "PYENV_ROOT"])
def test_a_python_of_pyenv_is_used(machine: Machine, setting: str) -> None:
    machine.add_uv()
    pyenv = machine.home / ".pyenv" if setting == "HOME" else machine.folder / "elsewhere"
    machine.add_python(pyenv / "versions" / "3.13.9" / "bin" / "python")
    settings = {} if setting == "HOME" else {"PYENV_ROOT": str(pyenv)}
    assert machine.run("pytest", **settings).returncode == 7
    assert machine.asked == machine.expect("pytest", python=sys.executable)


@pytest.mark.parametrize("version", ["3.11.7", "3.15.0"])
def test_an_environment_with_a_python_that_is_not_tested_is_made_anew(machine: Machine, version: str) -> None:
    machine.add_uv()
    machine.add_environment(version)
    machine.add_python(machine.bin / "python3")
    machine.run("pytest")
    assert machine.asked == machine.expect("pytest", python=sys.executable)


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.add_uv()
    machine.add_environment()
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    machine.add_python(machine.bin / "python3")
    machine.run("pytest")
    assert machine.asked == machine.expect("pytest", python=sys.executable)


def test_a_python_that_somebody_names_is_left_to_uv(machine: Machine) -> None:
    machine.add_uv()
    machine.run("pytest", UV_PYTHON="3.14", UV_PROJECT_ENVIRONMENT=".venv-other")
    assert machine.asked == machine.expect("pytest")


def test_without_a_python_uv_is_asked_for_one_and_a_failure_is_one_sentence(machine: Machine) -> None:
    machine.add_uv()
    done = machine.run("pytest")
    assert done.returncode == 1
    assert machine.asked[-3:] == ["python", "install", "3.13"]
    fetching, failed = done.stderr.splitlines()
    assert fetching == "run: fetching Python 3.13, because no CPython 3.12 to 3.14 is here."
    assert failed.startswith("run: no CPython 3.12 to 3.14 is here, and uv could not fetch one")


@pytest.mark.parametrize("shim", [None, "#!/bin/sh\necho 'pyenv: uv: command not found' >&2\nexit 127\n"])
def test_without_a_working_uv_one_is_installed_once_into_a_folder_of_its_own(
    machine: Machine, shim: str | None
) -> None:
    if shim is not None:
        machine.write_program(machine.bin / "uv", shim)
    machine.add_pip()
    machine.add_python(machine.bin / "python3.13")
    (machine.bin / "python3.13").rename(machine.bin / "python3.12")
    first, second = machine.run("pytest"), machine.run("pytest")
    assert first.returncode == second.returncode == 7
    assert first.stderr == f"run: installing uv into {machine.checkout}/.uv, once.\n"
    assert second.stderr == ""
    assert machine.asked == 2 * machine.expect("pytest", python=sys.executable)
    assert sorted(path.name for path in machine.checkout.iterdir()) == [".uv", "run"]


def test_a_uv_that_is_too_old_is_not_used(machine: Machine) -> None:
    machine.add_uv(version="0.4.26")
    machine.add_pip()
    machine.run("pytest", UV_PYTHON="3.13")
    assert (machine.checkout / ".uv" / "bin" / "uv").exists()


def test_a_pip_that_fails_is_quoted_in_one_sentence_and_leaves_nothing(machine: Machine) -> None:
    machine.add_pip(complaint="ERROR: No matching distribution found for uv")
    done = machine.run("pytest")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1] == (
        "run: uv is not there and could not be installed (python3 -m pip says:"
        " ERROR: No matching distribution found for uv); install it from https://docs.astral.sh/uv/"
    )
    assert [path.name for path in machine.checkout.iterdir()] == ["run"]


def test_a_pip_of_pyenv_serves_where_the_first_one_cannot(machine: Machine) -> None:
    machine.add_pip(complaint="No module named pip")
    machine.add_pip(machine.home / ".pyenv" / "versions" / "3.8.18" / "bin" / "python")
    assert machine.run("pytest", UV_PYTHON="3.13").returncode == 7


def test_with_nothing_at_all_the_reason_is_one_sentence(machine: Machine) -> None:
    done = machine.run("pytest")
    assert done.returncode == 1
    assert done.stderr == (
        "run: uv is not there and could not be installed (there is no Python 3 with pip);"
        " install it from https://docs.astral.sh/uv/\n"
    )


def test_without_words_it_says_how_to_use_it(machine: Machine) -> None:
    done = machine.run()
    assert (done.returncode, done.stderr) == (
        2,
        "run: say what to run, for example: ./run pyfaggregator -f -p flask\n",
    )


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run(
        [shellcheck, "run", ".ci/run"],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
