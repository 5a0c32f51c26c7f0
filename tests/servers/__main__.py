"""Starts a stand-in by hand: ``python -m tests.servers pypi``."""

import signal
import threading
from pathlib import Path

import click

from tests.servers.clickhouse import ClickHouseServer
from tests.servers.end_of_life import EndOfLifeServer
from tests.servers.forge import InventiveYard
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import TOKEN, GitHubServer, InventiveHub
from tests.servers.gitlab import GitLabServer
from tests.servers.pypi import PyPIServer
from tests.servers.stand_in import StandIn
from tests.servers.world import World


@click.group()
def stand_ins() -> None:
    """Servers on loopback that play the world outside."""


@stand_ins.command()
@click.option("--port", default=8090, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option(
    "--corpus", type=click.Path(exists=True, path_type=Path), help="JSON lines, each a project's info."
)
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def pypi(port: int, corpus: Path | None, latency: int) -> None:
    """Play PyPI with a corpus, else with the distributions installed here and some examples."""
    world = World.from_info_lines(corpus) if corpus else World.from_installed()
    if corpus is None:
        world.add_examples()
    server = PyPIServer(world=world, port=port, latency_seconds=latency / 1000)
    _serve(
        server, f"{len(world.projects)} projects: PYPI_URL={{url}} PYPI_MAX_RPS=0 pyfaggregator -f -p plone"
    )


@stand_ins.command()
@click.option("--port", default=8091, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def github(port: int, latency: int) -> None:
    """Play GitHub with made-up figures for every repository that is asked for."""
    server = GitHubServer(hub=InventiveHub(), port=port, latency_seconds=latency / 1000)
    _serve(server, f"GITHUB_API_URL={{url}} GITHUB_TOKEN={TOKEN} pyfgithub -p plone")


@stand_ins.command()
@click.option("--port", default=8092, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def clickhouse(port: int, latency: int) -> None:
    """Play ClickHouse's copy of the download log with a made-up count for every name."""
    server = ClickHouseServer(invented=True, port=port, latency_seconds=latency / 1000)
    _serve(server, "DOWNLOADS_URL={url} pyfenrich -p plone --only downloads")


@stand_ins.command()
@click.option("--port", default=8093, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def endoflife(port: int, latency: int) -> None:
    """Play endoflife.date with Plone, Django and Python as they were in August 2026."""
    server = EndOfLifeServer(port=port, latency_seconds=latency / 1000)
    _serve(server, "END_OF_LIFE_URL={url}")


@stand_ins.command()
@click.option("--port", default=8094, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def gitlab(port: int, latency: int) -> None:
    """Play gitlab.com with made-up figures for every project that is asked for."""
    server = GitLabServer(yard=InventiveYard(), port=port, latency_seconds=latency / 1000)
    _serve(server, "PYF_FORGES=gitlab:gitlab.com={url}")


@stand_ins.command()
@click.option("--port", default=8095, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--latency", default=0, show_default=True, help="Milliseconds before every answer.")
def forgejo(port: int, latency: int) -> None:
    """Play codeberg.org with made-up figures for every repository that is asked for."""
    server = ForgejoServer(yard=InventiveYard(), port=port, latency_seconds=latency / 1000)
    _serve(server, "PYF_FORGES=forgejo:codeberg.org={url}")


def _serve(server: StandIn, hint: str) -> None:
    """Serve until a signal ends it; the hint says how to use it."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with server:
            click.echo(hint.format(url=server.url))
            ended.wait()
    except OSError as error:
        raise click.ClickException(f"Port {server.port} cannot be used: {error.strerror}.") from error


if __name__ == "__main__":
    stand_ins(prog_name="python -m tests.servers")
