"""The sources of the size benchmark as a process: ``python -m bench.size.sources NAMES MATCHING``.

It prints its URLs as JSON. A line ``change`` lets the world change, ``count`` prints how many requests came
to each source since it was last asked. It ends with its input.
"""

import json
import sys
from dataclasses import asdict

from bench.size.world import IndexedHub, LargeWorld
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.github import GitHubServer, Grant
from tests.servers.pypi import PyPIServer


def serve(names: int, matching: int) -> None:
    endless = Grant(1_000_000, 1_000_000)
    github = GitHubServer(hub=IndexedHub(), rest=endless, graph=endless)
    world = LargeWorld(names, matching, github.hub)
    with github, ClickHouseServer(invented=True) as clickhouse, PyPIServer(world=world) as pypi:
        print(json.dumps({"pypi": pypi.url, "github": github.url, "clickhouse": clickhouse.url}), flush=True)
        for line in sys.stdin:
            if line.strip() == "change":
                world.change()
                print("{}", flush=True)
            else:
                counts = {kind: count for kind, count in asdict(pypi.counts).items() if count}
                others = {"github": len(github.requests), "clickhouse": len(clickhouse.requests)}
                print(
                    json.dumps({**counts, **{kind: count for kind, count in others.items() if count}}),
                    flush=True,
                )
                for server in (pypi, github, clickhouse):
                    server.clear_requests()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
