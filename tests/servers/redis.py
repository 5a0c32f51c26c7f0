"""A real Redis on loopback, and real workers: processes that tests start, kill and start again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis

STARTING_SECONDS = 60.0


class RedisServer:
    """One Redis with its data in a folder, so that it remembers over a restart."""

    def __init__(self, folder: Path) -> None:
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        assert binary, "Install redis-server (Debian: apt-get install redis-server) to run these tests."
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self.client: redis.Redis = redis.Redis.from_url(self.url, decode_responses=True)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        """Kill it: what is not on disk is lost."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class WorkerProcess:
    """``celery worker`` as a process group of its own, with its log."""

    def __init__(self, environment: dict[str, str], folder: Path, *, name: str, concurrency: int = 1) -> None:
        self._environment = environment
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", "celery", "-A", "pyf.aggregator.queue", "worker", "-l", "info"]
        self._command += [
            "-c",
            str(concurrency),
            "-n",
            f"{name}@test",
            "--without-mingle",
            "--without-gossip",
        ]
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: " ready." in self.read_log(), f"a worker is ready:\n{self.read_log()}")

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End the worker and its pool at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End the worker as an operator does, its tasks done; by force if that takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def wait_until(holds: Callable[[], bool], what: str, seconds: float = STARTING_SECONDS) -> None:
    """Return when something holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"In {seconds:.0f} s it never came about that {what}"
        time.sleep(0.05)
