"""A real Typesense of a test's own, to kill and to start again with what it wrote down."""

import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.servers.redis import wait_until

KEY = "the-key-of-the-node"


class TypesenseServer:
    """One node with its data in a folder."""

    def __init__(self, binary: Path, folder: Path) -> None:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        port, peering_port = (each.getsockname()[1] for each in sockets)
        for each in sockets:
            each.close()
        (folder / "node").mkdir()
        self._command = [
            str(binary),
            f"--data-dir={folder / 'node'}",
            "--api-address=127.0.0.1",
            f"--api-port={port}",
            "--peering-address=127.0.0.1",
            f"--peering-port={peering_port}",
        ]
        self._url = f"http://127.0.0.1:{port}"
        self.start()

    @property
    def address(self) -> EmbeddedServer:
        """Return where it is and its key, in the form that a laboratory takes."""
        return EmbeddedServer(url=self._url, api_key=KEY, pid=self._process.pid)

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            env={"PATH": os.defpath, "TYPESENSE_API_KEY": KEY},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._is_healthy, "Typesense is healthy")

    def kill(self) -> None:
        """End it at once: what it has not written down is lost."""
        self._process.kill()
        self._process.wait()

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/health", timeout=5) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
