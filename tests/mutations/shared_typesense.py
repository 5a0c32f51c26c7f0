"""One Typesense for all trials: to start and stop one takes longer than most tests.

``python -m tests.mutations.shared_typesense FOLDER`` holds it, so that the process that forks the trials has
no threads and has imported nothing of what they try.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.administration import ask, remove_named

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
        remove_named(self)
        for key in ask(self, "GET", "/keys")["keys"]:
            ask(self, "DELETE", f"/keys/{key['id']}")


@contextmanager
def share_typesense(folder: Path) -> Iterator[SharedTypesense]:
    """Start a server that all sessions of tests use meanwhile; ``PATH`` finds its binary."""
    command = [sys.executable, "-m", __name__, str(folder)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        if not (told := holder.stdout.readline()):
            sys.exit("No Typesense for the trials could be started.")
        server = SharedTypesense(**json.loads(told))
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
