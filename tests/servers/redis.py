"""A real Redis or Valkey on loopback, and real workers: processes that tests start, kill and start again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis

from pyf.aggregator.state.redis.embedded import find_valkey
from tests.servers.prepared import CELERY, Command, PreparedProcess

STARTING_SECONDS = 60.0


class RedisServer:
    """One Redis with its data in a folder, so that it remembers over a restart."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [
            str(find_valkey()),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
        ]
        self._command += ["--appendonly", "yes", "--appendfsync", "always", "--save", "", *options]
        self.client: redis.Redis = redis.Redis.from_url(self.url, decode_responses=True)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "Redis answers")

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Kill it: what is not on disk is lost."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class CeleryProcess:
    """``celery`` on our queue as a process group of its own, with its log."""

    def __init__(self, environment: dict[str, str], folder: Path, name: str, *words: str) -> None:
        self.log = folder / f"{name}.log"
        words = ("-A", "pyf.aggregator.queue", *words, "--loglevel=info")
        self.process = PreparedProcess(
            Command(program=CELERY, words=words, environment=environment, folder=folder, log=self.log)
        )

    def is_ready(self) -> bool:
        """Tell whether a worker takes tasks."""
        return " ready." in self.read_log()

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End all of it at once, without a word."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as an operator does, its tasks done; return its exit code."""
        self.process.terminate()
        return self.process.wait(STARTING_SECONDS)


def start_worker(
    environment: dict[str, str], folder: Path, name: str, *, concurrency: int = 1
) -> CeleryProcess:
    """Start a worker that knows nothing of its neighbours, which saves it a second."""
    words = ["worker", "-c", str(concurrency), "-n", f"{name}@test", "--without-mingle", "--without-gossip"]
    return CeleryProcess(environment, folder, name, *words)


def start_beat(environment: dict[str, str], folder: Path) -> CeleryProcess:
    """Start beat."""
    return CeleryProcess(environment, folder, "beat", "beat", "--pidfile=")


def wait_until(holds: Callable[[], bool], what: str, seconds: float = STARTING_SECONDS) -> None:
    """Return when something holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"In {seconds:.0f} s it never came about that {what}"
        time.sleep(0.05)
