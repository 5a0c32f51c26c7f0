"""What others on the machine can read of ours: nothing that we made, and what is wider is told."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from pyf.aggregator.cli.aggregator import pyfaggregator
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.state.catalogue import open_catalogue
from pyf.aggregator.typesense.connection import open_connection
from pyf.aggregator.typesense.embedded.sharing import find_snapshot_folder, open_embedded
from pyf.aggregator.typesense.server import SearchServer
from tests.commands import Commands
from tests.laboratory import PLONE, Laboratory
from tests.workshop import Workshop

OTHERS = 0o077


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=["umask 000", "umask 022", "umask 277"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def careless() -> Iterator[None]:
    """A umask that keeps nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def find_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def find_open(root: Path) -> dict[Path, str]:
    """Return what others may look into, links apart, which have no mode of their own."""
    found = [path for path in (root, *root.rglob("*")) if not path.is_symlink()]
    return {path: oct(find_mode(path)) for path in found if path.is_dir() and find_mode(path) & OTHERS}


def test_folders_are_made_for_the_user_alone(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "a" / "b"
    ensure_private_folder(folder)
    assert [find_mode(each) for each in (tmp_path / "a", folder)] == [0o700, 0o700]


def test_a_wider_folder_is_told_once_and_left_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    for _ in range(2):
        ensure_private_folder(folder)
    (told,) = caplog.messages
    assert told.startswith(f"Others on this machine may look into {folder} (mode 755)")
    assert f"Run chmod 700 {folder}" in told
    assert find_mode(folder) == 0o755


def test_a_private_folder_is_nothing_to_talk_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ensure_private_folder(tmp_path / "data")
    ensure_private_folder(tmp_path / "data")
    assert caplog.messages == []


def find_holding(root: Path, secret: bytes) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and secret in path.read_bytes()]


@pytest_asyncio.fixture
async def used(tmp_path: Path, typesense_binary: Path, careless: None) -> Path:
    """A data folder with a catalogue, in which a server of our own has written all that it writes."""
    folder = tmp_path / "data"
    open_catalogue(folder / "catalogue.sqlite").close()
    async with (
        open_embedded(folder) as server,
        open_connection([server.url], server.api_key, timeout_seconds=20) as connection,
    ):
        search = SearchServer(connection, snapshot_folder=find_snapshot_folder(folder))
        await search.keys.create(["x"], description="x", value="a-key-to-search-with", expires_at=None)
        await search.snapshot()
    return folder


@pytest.mark.asyncio
async def test_nothing_that_holds_keys_is_for_others(used: Path) -> None:
    assert find_open(used) == {}
    holding = find_holding(used, b"a-key-to-search-with")
    assert {path.relative_to(used).parts[:2] for path in holding} >= {("typesense", "data")}
    secret = [*holding, used / "typesense" / "api-key", used / "typesense" / "server.log"]
    assert [path for path in secret if find_mode(path) & OTHERS] == []
    # A copy of the data folder may have come out wider.
    (used / "typesense" / "api-key").chmod(0o644)
    async with open_embedded(used):
        assert find_mode(used / "typesense" / "api-key") == 0o600


def test_a_command_tells_of_a_wide_data_folder_and_goes_on(
    commands: Commands, configured: dict[str, str], laboratory: Laboratory
) -> None:
    laboratory.world.add_project("x", classifiers=[PLONE])
    (commands.folder / "data").mkdir()
    (commands.folder / "data").chmod(0o750)
    done = commands.choose(pyfaggregator)("-f", "-ft", PLONE, "-t", laboratory.collection, **configured)
    assert done.exit_code == 0
    assert done.talk.count("Warning: Others on this machine may look into ") == 1
    assert "mode 750" in done.talk


def test_the_schedule_of_beat_is_for_nobody_else(workshop: Workshop, careless: None) -> None:
    beat = workshop.start_beat()
    workshop.wait(lambda: workshop.redis.client.llen("pyf:celery:pyf") >= 3, "it queues")
    assert find_mode(Path(workshop.environment["PYF_DATA_DIR"])) == 0o700
    assert beat.process.poll() is None
