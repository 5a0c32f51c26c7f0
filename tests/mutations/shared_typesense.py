"""One Typesense for all trials: to start and stop one takes longer than most tests.

``python -m tests.mutations.shared_typesense FOLDER`` holds it, so that the process that forks the trials has
no threads and has imported nothing of what they try.
"""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER_VARIABLE = "TESTS_TYPESENSE_FOLDER"
"""Names the data folder of the server that a session of tests uses; without it each has one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTypesense:
    """A server that sessions use one after the other; ``path`` finds its binary."""

    url: str
    api_key: str
    path: str

    def empty(self) -> None:
        """Remove all that a session has left there, which one that was ended does."""
        for kind, name in (("aliases", "name"), ("collections", "name"), ("presets", "name"), ("keys", "id")):
            answer = self._ask("GET", f"/{kind}")
            for item in answer if isinstance(answer, list) else answer[kind]:
                self._ask("DELETE", f"/{kind}/{item[name]}")

    def _ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.url + path, headers={"X-TYPESENSE-API-KEY": self.api_key}, method=method
        )
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
            return json.loads(response.read())


@contextmanager
def share_typesense(folder: Path) -> Iterator[SharedTypesense]:
    """Start a server that all sessions of tests use meanwhile; ``PATH`` finds its binary."""
    command = [sys.executable, "-m", __name__, str(folder)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        server = SharedTypesense(**json.loads(holder.stdout.readline()))
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(FOLDER_VARIABLE, str(folder))
            environment.setenv("PATH", server.path)
            yield server
    finally:
        holder.stdin.close()
        holder.wait()


async def _hold(folder: Path) -> None:
    """Have the server until standard input ends."""
    from pyf.aggregator.typesense.embedded.sharing import open_embedded  # noqa: PLC0415 - see above
    from tests.servers.binary import link_binary  # noqa: PLC0415

    os.environ["PATH"] = path = link_binary(folder)
    async with open_embedded(folder) as server:
        told = {"url": server.url, "api_key": server.api_key, "path": path}
        print(json.dumps(told), flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_hold(Path(sys.argv[1])))
