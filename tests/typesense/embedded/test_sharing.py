"""The embedded server, with the real binary and real processes around it."""

import asyncio
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.errors.typesense import EmbeddedUnavailable
from pyf.aggregator.typesense.embedded import binary
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.embedded.sharing import open_embedded
from tests.servers.redis import wait_until

USER = """
import asyncio, sys
from pathlib import Path
from pyf.aggregator.typesense.embedded.sharing import open_embedded

async def use():
    async with open_embedded(Path(sys.argv[1]), probe_seconds=3) as server:
        print(server.pid, server.url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

try:
    asyncio.run(use())
except KeyboardInterrupt:
    sys.exit(130)
"""


class User:
    """Another process that uses the server of a folder until it is told to leave."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for_server(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        pid, url = self.process.stdout.readline().split()
        return int(pid), url

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.wait(60) == 0


@pytest.fixture
def folder(tmp_path: Path, typesense_binary: Path) -> Iterator[Path]:
    """A data folder of the test's own; no server outlives the test."""
    yield tmp_path
    record = tmp_path / "typesense" / "server.json"
    pid = json.loads(record.read_text())["pid"] if record.exists() else 0
    with suppress(psutil.Error):
        if pid and str(tmp_path) in " ".join(psutil.Process(pid).cmdline()):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def users() -> Iterator[list[User]]:
    """Users that are ended with the test, however it goes."""
    started: list[User] = []
    yield started
    for user in started:
        user.process.kill()
        user.process.wait()
        for stream in (user.process.stdin, user.process.stdout):
            assert stream is not None
            stream.close()


def ask(server: EmbeddedServer, path: str, key: str | None = None, body: bytes | None = None) -> str:
    headers = {"X-TYPESENSE-API-KEY": server.api_key if key is None else key}
    request = urllib.request.Request(server.url + path, body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
        text: str = response.read().decode()
        return text


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.asyncio
async def test_it_starts_on_loopback_with_a_key_of_its_own_and_stops(folder: Path) -> None:
    async with open_embedded(folder) as server:
        assert json.loads(ask(server, "/health")) == {"ok": True}
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            ask(server, "/collections", key="wrong")
        refused.value.close()
        listening = {
            connection.laddr.ip
            for connection in psutil.Process(server.pid).net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
        assert server.api_key not in repr(server)
        assert server.api_key not in " ".join(psutil.Process(server.pid).cmdline())
    assert not lives(server.pid)
    assert stat.S_IMODE((folder / "typesense" / "api-key").stat().st_mode) == 0o600


@pytest.mark.asyncio
async def test_data_key_and_ports_are_there_the_next_time(folder: Path) -> None:
    async with open_embedded(folder) as first:
        ask(first, "/collections", body=b'{"name": "kept", "fields": [{"name": "x", "type": "string"}]}')
    async with open_embedded(folder) as second:
        assert [collection["name"] for collection in json.loads(ask(second, "/collections"))] == ["kept"]
        assert (second.url, second.api_key) == (first.url, first.api_key)
        assert second.pid != first.pid


def test_many_commands_share_one_server_and_the_last_one_out_stops_it(
    folder: Path, users: list[User]
) -> None:
    users += [User(folder) for _ in range(4)]
    seen = {user.wait_for_server() for user in users}
    assert len(seen) == 1
    (pid, _), *_ = seen
    for user in users[:-1]:
        user.leave()
        assert lives(pid)
    users[-1].leave()
    assert not lives(pid)


def test_a_killed_command_leaves_a_server_that_the_next_one_uses_and_stops(
    folder: Path, users: list[User]
) -> None:
    users.append(User(folder))
    left = users[0].wait_for_server()
    users[0].process.kill()
    users[0].process.wait()
    assert lives(left[0])
    users.append(User(folder))
    assert users[1].wait_for_server() == left
    users[1].leave()
    assert not lives(left[0])


def test_a_killed_server_is_started_anew(folder: Path, users: list[User]) -> None:
    users.append(User(folder))
    pid, _ = users[0].wait_for_server()
    psutil.Process(pid).kill()
    users.append(User(folder))
    assert users[1].wait_for_server()[0] != pid


def test_the_last_one_out_stops_the_server_that_runs_now_not_the_one_it_came_with(
    folder: Path, users: list[User]
) -> None:
    users.append(User(folder))
    first, _ = users[0].wait_for_server()
    psutil.Process(first).kill()
    users.append(User(folder))
    second, _ = users[1].wait_for_server()
    users[1].leave()
    assert lives(second)
    users[0].leave()
    assert not lives(second)


def test_a_server_that_hangs_is_replaced(folder: Path, users: list[User]) -> None:
    users.append(User(folder))
    pid, _ = users[0].wait_for_server()
    # Its user lives on: the kernel itself would end a stopped process whose parent dies.
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "the server has stopped")
    users.append(User(folder))
    assert users[1].wait_for_server()[0] != pid
    assert not lives(pid)
    for user in users:
        user.leave()


def test_ctrl_c_stops_the_server_cleanly(folder: Path, users: list[User]) -> None:
    users.append(User(folder))
    pid, _ = users[0].wait_for_server()
    os.killpg(users[0].process.pid, signal.SIGINT)
    assert users[0].process.stdin is not None
    users[0].process.stdin.write("\n")
    users[0].process.stdin.flush()
    assert users[0].process.wait(60) == 130
    assert not lives(pid)


@pytest.mark.asyncio
async def test_a_command_cancelled_while_the_server_starts_leaves_none(folder: Path) -> None:
    async def use() -> None:
        async with open_embedded(folder):
            pytest.fail("it was cancelled before it had a server")

    user = asyncio.create_task(use())
    record = folder / "typesense" / "server.json"
    for _ in range(1000):
        await asyncio.sleep(0.01)
        if record.exists():
            break
    user.cancel()
    with pytest.raises(asyncio.CancelledError):
        await user
    assert not lives(json.loads(record.read_text())["pid"])


@pytest.mark.asyncio
async def test_settings_of_the_commands_are_no_options_of_the_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TYPESENSE_API_PORT", "1")
    monkeypatch.setenv("TYPESENSE_API_KEY", "the-key-of-another")
    monkeypatch.chdir(folder)
    async with open_embedded(Path()) as server:
        assert server.api_key != "the-key-of-another"
        # The shell that starts it may say where it is.
        assert psutil.Process(server.pid).environ().keys() - {"PWD"} == {"PATH", "TYPESENSE_API_KEY"}
    async with open_embedded(folder) as again:
        assert again.url == server.url


@pytest.mark.asyncio
async def test_a_process_that_is_not_ours_is_left_alone(folder: Path) -> None:
    stranger = psutil.Popen(["sleep", "60"])
    record = {"pid": stranger.pid, "port": 1, "peering_port": 2}
    (folder / "typesense").mkdir()
    (folder / "typesense" / "server.json").write_text(json.dumps(record))
    async with open_embedded(folder) as server:
        assert server.pid != stranger.pid
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.asyncio
@pytest.mark.parametrize("text", ["{", '{"pid": "x"}'])
async def test_a_damaged_record_is_no_obstacle(folder: Path, text: str) -> None:
    (folder / "typesense").mkdir()
    (folder / "typesense" / "server.json").write_text(text)
    async with open_embedded(folder) as server:
        assert lives(server.pid)


@pytest.mark.asyncio
async def test_a_server_that_cannot_start_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "path" / binary.BINARY_NAME
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'E0101 the disk is made of cheese'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(EmbeddedUnavailable, match="the disk is made of cheese"):
        async with open_embedded(folder):
            pass


@pytest.mark.asyncio
async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, typesense_binary: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderUnusable, match="file/typesense cannot be used: Not a directory"):
        async with open_embedded(tmp_path / "file"):
            pass


@pytest.fixture
def no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is on PATH."""
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.usefixtures("no_path")
def test_halves_are_joined_verified_and_kept(tmp_path: Path) -> None:
    halves = [tmp_path / "one", tmp_path / "two"]
    halves[0].write_bytes(b"#!")
    halves[1].write_bytes(b"/bin/sh")
    digest = hashlib.sha256(b"#!/bin/sh").hexdigest()
    joined = binary.find_binary(tmp_path / "bin", halves=halves, digest=digest)
    assert joined.read_bytes() == b"#!/bin/sh"
    assert stat.S_IMODE(joined.stat().st_mode) == 0o755
    halves[0].unlink()
    assert binary.find_binary(tmp_path / "bin", halves=halves, digest=digest) == joined


@pytest.mark.usefixtures("no_path")
def test_halves_that_are_not_what_they_should_be_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    half = tmp_path / "one"
    half.write_bytes(b"something else")
    with pytest.raises(EmbeddedUnavailable, match="do not join to the verified binary"):
        binary.find_binary(tmp_path / "bin", halves=[half])
    assert list((tmp_path / "bin").iterdir()) == []


def test_without_a_binary_the_ways_on_are_told(tmp_path: Path) -> None:
    # In a process of its own: with -S no installed package is found, as where the extra is missing.
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "from pyf.aggregator.typesense.embedded.binary import find_halves\n"
        "try:\n    find_halves()\nexcept Exception as error:\n    print(error)\n"
    )
    source = Path(binary.__file__).parents[4]
    site = tmp_path / "site"
    site.mkdir()
    import_packaging = Path(sys.modules["packaging"].__file__ or "").parent
    (site / "packaging").symlink_to(import_packaging)
    (site / "pyf").symlink_to(source / "pyf")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(site)], capture_output=True, text=True, check=True
    )
    assert "uv tool install '.[embedded]'" in done.stdout
    assert "docker compose up -d" in done.stdout
