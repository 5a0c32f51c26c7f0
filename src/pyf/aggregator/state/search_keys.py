"""Search-only keys for our own use, one a server: Typesense shows a key's value when it is made."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.machine.files import NotReadable, load_file
from pyf.aggregator.machine.folders import ensure_private_folder

FILE_NAME = "search-keys.json"
_MAX_BYTES = 100_000


class KeptKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that may search what answers to ``names``; no representation shows its value."""

    names: tuple[str, ...]
    value: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(names={self.names!r})"


@dataclass(frozen=True, slots=True)
class SearchKeyFile:
    """The file with the keys, by the address of their server; for its user alone."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / FILE_NAME

    def find(self, server: str) -> KeptKey | None:
        """Return the key for a server, if one was made; what cannot be read is as good as lost."""
        return self._load().get(server)

    def save(self, server: str, names: Sequence[str], value: str) -> None:
        """Keep a key in place of what was kept for the server. Raises :class:`DataFolderUnusable`."""
        keys = {**self._load(), server: KeptKey(names=tuple(names), value=value)}
        try:
            ensure_private_folder(self.folder)
            # Made with mode 0600.
            number, name = tempfile.mkstemp(dir=self.folder, prefix=f"{FILE_NAME}.")
            with os.fdopen(number, "wb") as file:
                file.write(msgspec.json.encode(keys))
            Path(name).replace(self.path)
        except OSError as error:
            raise DataFolderUnusable(self.folder, error.strerror or str(error)) from error

    def _load(self) -> dict[str, KeptKey]:
        try:
            return msgspec.json.decode(load_file(self.path, max_bytes=_MAX_BYTES), type=dict[str, KeptKey])
        except (OSError, NotReadable, msgspec.DecodeError):
            return {}
