"""The servers that the whole suite shares: one real Typesense, and a stand-in for PyPI per test."""

import asyncio
import itertools
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pyf.aggregator.typesense.embedded.binary import find_binary
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.embedded.sharing import open_embedded
from tests.commands import NOBODY, Commands
from tests.laboratory import Laboratory
from tests.lookout import Lookout
from tests.mutations.shared_typesense import FOLDER_VARIABLE
from tests.observatory import Observatory
from tests.servers.administration import remove_named
from tests.servers.binary import link_binary
from tests.servers.clickhouse import ClickHouseServer
from tests.servers.github import GitHubServer
from tests.servers.pypi import PyPIServer
from tests.servers.redis import RedisServer
from tests.servers.world import World
from tests.workshop import Workshop

# A deadline would be a timed test, and machines are noisy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_numbers = itertools.count()


def pytest_configure() -> None:
    """Take Ctrl-C even where a shell started us in the background: our children would ignore it with us."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def typesense_binary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The real binary, on ``PATH`` for every server that the suite starts.

    Joined once, because every copy takes 338 MB. Without one the suite fails here, and says what to install.
    """
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("binary")
        environment.setenv("PATH", link_binary(folder))
        yield find_binary(folder)


@pytest.fixture(scope="session")
def typesense(typesense_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """One server for all tests, or for many sessions; each test has collections of its own."""
    shared = os.environ.get(FOLDER_VARIABLE)
    with asyncio.Runner() as runner:
        opened = open_embedded(Path(shared) if shared else tmp_path_factory.mktemp("typesense"))
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def collection(typesense: EmbeddedServer) -> Iterator[str]:
    """A name that no other test uses; what begins with it is gone afterwards, aliases first."""
    yield (name := f"test-{next(_numbers)}")
    remove_named(typesense, name)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pypi(world: World) -> Iterator[PyPIServer]:
    """The stand-in for PyPI with the test's own world."""
    with PyPIServer(world=world) as server:
        yield server


@pytest.fixture
def laboratory(pypi: PyPIServer, typesense: EmbeddedServer, collection: str, tmp_path: Path) -> Laboratory:
    """Everything that a run of the main job needs."""
    return Laboratory(
        world=pypi.world, pypi=pypi, typesense=typesense, collection=collection, folder=tmp_path
    )


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    """The stand-in for GitHub, without repositories."""
    with GitHubServer() as server:
        yield server


@pytest.fixture
def clickhouse() -> Iterator[ClickHouseServer]:
    """The stand-in for the log of downloads, with a made-up count for every name."""
    with ClickHouseServer(invented=True) as server:
        yield server


@pytest.fixture
def observatory(laboratory: Laboratory, github: GitHubServer) -> Observatory:
    """Everything that an enrichment needs."""
    return Observatory(laboratory=laboratory, github=github)


@pytest.fixture
def environment(laboratory: Laboratory) -> dict[str, str]:
    """The settings of a command that runs in the laboratory."""
    port = laboratory.typesense.url.rpartition(":")[2]
    return {
        **os.environ,
        "TYPESENSE_HOST": "127.0.0.1",
        "TYPESENSE_PORT": port,
        "TYPESENSE_API_KEY": laboratory.typesense.api_key,
        "PYPI_URL": laboratory.pypi.url,
        "DOWNLOADS_URL": NOBODY,
        "END_OF_LIFE_URL": "",
        "PYPI_MAX_RPS": "0",
        "PYPI_MAX_CONNECTIONS": "4",
        "PYF_DATA_DIR": str(laboratory.folder / "data"),
        "PYF_FORGES": "",
    }


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes to look after: none outlives its test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def log_set_up() -> Iterator[None]:
    """Let the test set up the log as a command does; whoever comes next listens to it as before."""
    logger = logging.getLogger("pyf")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


@pytest.fixture
def commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], log_set_up: None
) -> Commands:
    """Commands to run with no settings but those of the test."""
    del log_set_up
    return Commands(tmp_path, monkeypatch, capfd)


@pytest.fixture
def configured(laboratory: Laboratory) -> dict[str, str]:
    """Settings that name the suite's Typesense and the test's PyPI."""
    return {
        "TYPESENSE_NODES": laboratory.typesense.url,
        "TYPESENSE_API_KEY": laboratory.typesense.api_key,
        "PYPI_URL": laboratory.pypi.url,
        "PYF_FORGES": "",
    }


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.client.close()
    server.stop()


@pytest.fixture
def workshop(
    laboratory: Laboratory,
    redis_server: RedisServer,
    environment: dict[str, str],
    commands: Commands,
    tmp_path: Path,
) -> Iterator[Workshop]:
    """Everything the queue needs; its collection is yet to be made."""
    redis_server.client.flushall()
    environment |= {
        "REDIS_HOST": redis_server.url,
        "PYF_PROFILES": str(tmp_path / "profiles.yaml"),
        "GITHUB_COOLOFFTIME": "0",
        "GITHUB_API_URL": NOBODY,
    }
    opened = Workshop(laboratory, redis_server, environment, tmp_path, commands)
    opened.write_profiles()
    yield opened
    opened.close()


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    """Ten projects in the collection."""
    workshop.fill()
    return workshop


@pytest.fixture
def lookout(laboratory: Laboratory) -> Lookout:
    """Everything that the source status needs."""
    return Lookout(laboratory=laboratory)
