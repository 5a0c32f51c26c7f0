"""Three Typesense nodes on loopback: written to, bereft of their leader, read and written to again."""

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from pyf.aggregator.documents.import_lines import FullBatch, ImportLine
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.nodes import KEY_HEADER
from pyf.aggregator.typesense.server import SearchServer

pytestmark = pytest.mark.asyncio

KEY = "the-key-of-the-cluster"
FORMING_SECONDS = 120.0
SCHEMA = {
    "fields": [{"name": "n", "type": "string", "facet": False, "sort": False, "optional": False}],
    "token_separators": [],
}


class Cluster:
    """Three nodes as processes of ours."""

    def __init__(self, binary: Path, folder: Path) -> None:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
        ports = [each.getsockname()[1] for each in sockets]
        for each in sockets:
            each.close()
        pairs = list(zip(ports[::2], ports[1::2], strict=True))
        self.urls = [f"http://127.0.0.1:{port}" for port, _ in pairs]
        nodes = folder / "nodes"
        nodes.write_text(",".join(f"127.0.0.1:{peering}:{port}" for port, peering in pairs))
        self.processes = {
            url: self._start(binary, folder / str(port), nodes, port, peering)
            for url, (port, peering) in zip(self.urls, pairs, strict=True)
        }

    def _start(
        self, binary: Path, data: Path, nodes: Path, port: int, peering: int
    ) -> subprocess.Popen[bytes]:
        data.mkdir()
        return subprocess.Popen(
            [
                str(binary),
                f"--data-dir={data}",
                f"--nodes={nodes}",
                "--api-address=127.0.0.1",
                f"--api-port={port}",
                "--peering-address=127.0.0.1",
                f"--peering-port={peering}",
            ],
            env={"PATH": os.defpath, "TYPESENSE_API_KEY": KEY},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def wait_until_formed(self) -> None:
        """Return when one node leads and the others follow."""
        deadline = time.monotonic() + FORMING_SECONDS
        async with httpx.AsyncClient(headers={KEY_HEADER: KEY}, timeout=2) as client:
            while sorted([await self._get_state(client, url) for url in self.urls]) != [1, 4, 4]:
                assert time.monotonic() < deadline, "the cluster did not form"
                await asyncio.sleep(0.2)

    async def _get_state(self, client: httpx.AsyncClient, url: str) -> int:
        with suppress(httpx.HTTPError, ValueError):
            return int((await client.get(f"{url}/debug")).json()["state"])
        return 0

    def kill(self, url: str) -> None:
        self.processes[url].kill()
        self.processes[url].wait()


@pytest.fixture
def processes(typesense_binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(typesense_binary, tmp_path)
    yield cluster
    for url in cluster.urls:
        cluster.kill(url)


@pytest_asyncio.fixture
async def cluster(processes: Cluster) -> Cluster:
    await processes.wait_until_formed()
    return processes


def build_lines(prefix: str) -> FullBatch:
    return FullBatch(
        tuple(
            ImportLine(name=NormalizedName(f"{prefix}{n}"), body=f'{{"id":"{prefix}{n}","n":"{n}"}}'.encode())
            for n in range(20)
        )
    )


async def test_a_fallen_leader_loses_nothing(cluster: Cluster) -> None:
    async with open_connection(cluster.urls, KEY, timeout_seconds=30) as connection:
        server = SearchServer(connection)
        leader = connection.url
        await server.collections.ensure("kept", SCHEMA)
        assert await server.contents.copy_lines("kept", build_lines("before")) == []
        await server.aliases.point("alias", "kept")
        cluster.kill(leader)
        # The election takes some ten seconds, during which the survivors refuse.
        assert await server.contents.copy_lines("kept", build_lines("after")) == []
        assert connection.url != leader
        await server.wait_until_applied()
        indexed = await server.contents.fetch_indexed("kept")
        names = {line.name for prefix in ("before", "after") for line in build_lines(prefix)}
        assert indexed.keys() == names
        assert await server.collections.count("kept") == 40
        assert await server.find_collection("alias") == "kept"
        document = await server.contents.find("kept", NormalizedName("before7"))
        assert document == {"id": "before7", "n": "7"}
    # A new connection passes the fallen node over and finds the one that leads now.
    async with open_connection(cluster.urls, KEY, timeout_seconds=30) as connection:
        assert connection.url != leader
        assert await SearchServer(connection).collections.count("kept") == 40
