"""The embedded Typesense: one process per data folder, shared by commands that run together.

Two locks keep order. Whoever uses the server holds ``in-use`` shared; whoever starts or stops it holds
``start-stop`` alone. Both are the kernel's, so a killed command leaves none behind: the server it started is
found by the next command through ``server.json``, used, and stopped by the last one out.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.errors.typesense import EmbeddedUnavailable
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.machine.locks import LockTaken, hold_lock
from pyf.aggregator.typesense.embedded.in_use import InUse, is_in_use
from pyf.aggregator.typesense.embedded.process import (
    EmbeddedServer,
    ServerFolder,
    find_running,
    is_alive,
    start_server,
    stop_recorded,
)

PROBE_SECONDS = 5.0
LOCK_SECONDS = 300.0


def find_snapshot_folder(data_folder: Path) -> Path:
    """Return where the embedded server writes its state down after a bulk run."""
    return _find_folder(data_folder).snapshot


def find_key_path(data_folder: Path) -> Path:
    """Return the file with the embedded server's admin key."""
    return _find_folder(data_folder).key


def _find_folder(data_folder: Path) -> ServerFolder:
    """Return the server's folder, absolute: a process is recognised by it whatever folder it is run in."""
    return ServerFolder(root=data_folder.resolve() / "typesense")


@asynccontextmanager
async def open_embedded(
    data_folder: Path, *, probe_seconds: float = PROBE_SECONDS
) -> AsyncIterator[EmbeddedServer]:
    """Yield the server of this data folder, started if need be, and stop it if nobody else uses it.

    Raises :class:`EmbeddedUnavailable` where none can be started, :class:`DataFolderUnusable` for a folder
    that cannot be written. What blocks runs in threads.
    """
    folder = _find_folder(data_folder)
    entered = await _enter_whole(folder, probe_seconds)
    try:
        yield entered.server
    finally:
        # The end must not be cut short by the very Ctrl-C that ends the command.
        await asyncio.shield(asyncio.to_thread(_leave, folder, entered))


def revive_embedded(data_folder: Path) -> bool:
    """Start the server of this data folder again if it has died; return whether that was so.

    For whoever has it in use, and blocks. Raises what :func:`open_embedded` raises.
    """
    folder = _find_folder(data_folder)
    if is_alive(folder):
        return False
    with _usable(folder.root), _locked(folder):
        # A command may have been faster.
        if is_alive(folder):
            return False
        start_server(folder, threading.Event())
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entered:
    server: EmbeddedServer
    share: InUse


async def _enter_whole(folder: ServerFolder, probe_seconds: float) -> _Entered:
    """Enter, or, when cancelled half-way, leave again: a server that is being started has to be stopped."""
    given_up = threading.Event()
    entering = asyncio.ensure_future(asyncio.to_thread(_enter, folder, probe_seconds, given_up))
    try:
        return await asyncio.shield(entering)
    except asyncio.CancelledError:
        given_up.set()
        with suppress(EmbeddedUnavailable):
            await asyncio.to_thread(_leave, folder, await entering)
        raise


def _enter(folder: ServerFolder, probe_seconds: float, given_up: threading.Event) -> _Entered:
    with _usable(folder.root):
        for each in (folder.root.parent, folder.root):
            ensure_private_folder(each)
        with _locked(folder):
            share = InUse.acquire(_find_in_use(folder), seconds=LOCK_SECONDS)
            try:
                server = find_running(folder, probe_seconds) or start_server(folder, given_up)
            except BaseException:
                share.release()
                raise
            return _Entered(server=server, share=share)


def _leave(folder: ServerFolder, entered: _Entered) -> None:
    with _usable(folder.root), _locked(folder):
        entered.share.release()
        if not is_in_use(_find_in_use(folder)):
            stop_recorded(folder)


@contextmanager
def _locked(folder: ServerFolder) -> Iterator[None]:
    with hold_lock(folder.root / "start-stop.lock", seconds=LOCK_SECONDS):
        yield


def _find_in_use(folder: ServerFolder) -> Path:
    return folder.root / "in-use.lock"


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except LockTaken as error:
        reason = "another command has been starting or stopping the server there for too long"
        raise DataFolderUnusable(folder, reason) from error
    except OSError as error:
        raise DataFolderUnusable(folder, error.strerror or str(error)) from error
