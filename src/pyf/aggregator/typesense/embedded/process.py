"""The process of the embedded Typesense: finding, starting and stopping it.

Not safe on its own against others that do the same:
:mod:`pyf.aggregator.typesense.embedded.sharing` holds the locks.
"""

import contextlib
import logging
import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pyf.aggregator.errors.typesense import EmbeddedUnavailable
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.machine.processes import STOP_SECONDS, end_process, is_running_with, lives
from pyf.aggregator.typesense.embedded.binary import find_binary
from pyf.aggregator.typesense.nodes import is_answering

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
START_ATTEMPTS = 3
"""A free port may be taken by somebody else before the server binds it."""
GIVEN_UP_SECONDS = 1.0
"""A server that nobody has used yet has nothing to write down."""
MAX_LOG_BYTES = 10_000_000
TALK_SECONDS = 10.0

_POLL_SECONDS = 0.05
_PRIVATELY = ("/bin/sh", "-c", 'umask 077 && exec "$@"', "sh")
"""What the server writes, keys among it, is for the user alone; the shell becomes the server itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A running server: ``url`` with its port, the admin key, and the id of the process."""

    url: str
    api_key: str = field(repr=False)
    pid: int


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """What ``server.json`` says: which process was started last, and where it listens."""

    pid: int
    port: int
    peering_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFolder:
    """What is where below the data folder."""

    root: Path

    @property
    def data(self) -> Path:
        """Return where Typesense keeps its data."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """Return the log of the server."""
        return self.root / "server.log"

    @property
    def key(self) -> Path:
        """Return the file with the admin key, for the user's eyes only."""
        return self.root / "api-key"

    @property
    def record(self) -> Path:
        """Return the file that names the process started last."""
        return self.root / "server.json"

    @property
    def snapshot(self) -> Path:
        """Return where the server writes its state down after a bulk run."""
        return self.root / "snapshot"


# Finding


def find_running(folder: ServerFolder, probe_seconds: float) -> EmbeddedServer | None:
    """Return the recorded server if it answers; end it if it lives and does not.

    Two servers on one data folder would destroy it, so a process that hangs has to go first.
    """
    record = _load_record(folder)
    if record is None or not _is_ours(record.pid, folder):
        return None
    url, key = f"http://{HOST}:{record.port}", _load_key(folder)
    deadline = time.monotonic() + probe_seconds
    while time.monotonic() < deadline:
        if is_answering(url, key, seconds=max(deadline - time.monotonic(), 0.1)):
            return EmbeddedServer(url=url, api_key=key, pid=record.pid)
        time.sleep(_POLL_SECONDS)
    logger.warning("The embedded Typesense does not answer; starting it again.")
    # It did not hear us so far, so it is not given long to hear that it should end.
    end_process(record.pid, patience_seconds=probe_seconds)
    return None


def _load_record(folder: ServerFolder) -> _Record | None:
    try:
        return msgspec.json.decode(folder.record.read_bytes(), type=_Record)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _is_ours(pid: int, folder: ServerFolder) -> bool:
    """Tell whether the process serves this data folder."""
    return is_running_with(pid, _data_argument(folder))


def _data_argument(folder: ServerFolder) -> str:
    return f"--data-dir={folder.data}"


def is_alive(folder: ServerFolder) -> bool:
    """Tell whether the server started last is there, answering or not: a busy one takes its time."""
    record = _load_record(folder)
    return record is not None and _is_ours(record.pid, folder) and lives(record.pid)


# Starting


def start_server(folder: ServerFolder, given_up: threading.Event) -> EmbeddedServer:
    """Start a server and return once it answers; raises :class:`EmbeddedUnavailable` if none can be had.

    Whoever has ``given_up`` waiting for it leaves no server behind: one with much data loads for minutes.
    """
    binary = find_binary(folder.root / "bin")
    ensure_private_folder(folder.data)
    key, last = _load_key(folder), _load_record(folder)
    for attempt in range(START_ATTEMPTS):
        port, peering_port = _find_ports(None if attempt else last)
        pid = _spawn(binary, folder, key, port, peering_port)
        _save_record(folder, _Record(pid=pid, port=port, peering_port=peering_port))
        url = f"http://{HOST}:{port}"
        if _wait_until_answering(pid, url, key, given_up):
            return EmbeddedServer(url=url, api_key=key, pid=pid)
        end_process(pid, patience_seconds=GIVEN_UP_SECONDS if given_up.is_set() else STOP_SECONDS)
        if given_up.is_set():
            raise EmbeddedUnavailable("its start was given up")
        logger.debug("Typesense ended at start, attempt %d of %d.", attempt + 1, START_ATTEMPTS)
    raise EmbeddedUnavailable(
        f"{binary.name} exits as soon as it starts; {folder.log} says why: {_read_last_error(folder.log)}"
    )


def _spawn(binary: Path, folder: ServerFolder, key: str, port: int, peering_port: int) -> int:
    """Start the process and return its id.

    Not with :mod:`subprocess`, which would warn about a child that outlives the command, as it may here.
    """
    afresh = folder.log.exists() and folder.log.stat().st_size > MAX_LOG_BYTES
    log_flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if afresh else os.O_APPEND)
    arguments = [
        *_PRIVATELY,
        str(binary),
        _data_argument(folder),
        f"--api-address={HOST}",
        f"--api-port={port}",
        f"--peering-address={HOST}",
        f"--peering-port={peering_port}",
    ]
    return os.posix_spawn(
        _PRIVATELY[0],
        arguments,
        # The key goes by the environment, because everybody may read the arguments of a process.
        # Nothing else goes along: the server would take our own TYPESENSE_ variables for its options.
        {"PATH": os.defpath, "TYPESENSE_API_KEY": key},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(folder.log), log_flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        # A group of its own: a Ctrl-C in the terminal ends the command, which then stops the server itself.
        setpgroup=0,
    )


def _wait_until_answering(pid: int, url: str, key: str, given_up: threading.Event) -> bool:
    """Return whether the server came up; a large one takes its time and says 503 meanwhile."""
    started = talked = time.monotonic()
    while lives(pid) and not given_up.is_set():
        if is_answering(url, key, seconds=1.0):
            return True
        if time.monotonic() - talked > TALK_SECONDS:
            talked = time.monotonic()
            logger.info("The embedded Typesense has been loading for %.0f s.", talked - started)
        time.sleep(_POLL_SECONDS)
    return False


def _find_ports(last: _Record | None) -> tuple[int, int]:
    """Return API and peering port: those of the last time if they are free.

    With another peering port the server takes itself for a new peer of its old self, and waits ten seconds
    before it is ready (measured on 0.24.1).
    """
    wanted = (last.port, last.peering_port) if last else (0, 0)
    with socket.socket() as one, socket.socket() as other:
        for opened, port in zip((one, other), wanted, strict=True):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                opened.bind((HOST, port))
            except OSError:
                opened.bind((HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _load_key(folder: ServerFolder) -> str:
    """Return the server's key, made at first use; nobody but the user can read the file."""
    with contextlib.suppress(FileNotFoundError):
        # A copy may have come out wider.
        folder.key.chmod(0o600)
        if key := folder.key.read_text().strip():
            return key
    descriptor = os.open(folder.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    key = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
    return key


def _save_record(folder: ServerFolder, record: _Record) -> None:
    temporary = folder.record.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(record) + b"\n")
    temporary.replace(folder.record)


def _read_last_error(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    telling = [line for line in lines if line.startswith(("E", "F"))] or lines
    return telling[-1] if telling else "nothing"


# Stopping


def stop_recorded(folder: ServerFolder) -> None:
    """Stop the server started last, whoever started it: one that died may have been replaced since."""
    record = _load_record(folder)
    if record is not None and _is_ours(record.pid, folder):
        end_process(record.pid)
