"""Search-only keys for our own use, by their server: Typesense shows a key's value only when it is made."""

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


_decoder = msgspec.json.Decoder(dict[str, tuple[KeptKey, ...]])


@dataclass(frozen=True, slots=True)
class SearchKeyFile:
    """The file with the keys, by the address of their server; for its user alone."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / FILE_NAME

    def find(self, server: str) -> tuple[KeptKey, ...]:
        """Return the keys that were made for a server; what cannot be read is as good as lost."""
        return self._load().get(server, ())

    def save(self, server: str, kept: Sequence[KeptKey]) -> None:
        """Keep these keys in place of those that were kept for the server.

        Of two that save at once, one loses its keys: it goes on with them, and the next makes others. Raises
        :class:`DataFolderUnusable`.
        """
        keys = {**self._load(), server: tuple(kept)}
        try:
            ensure_private_folder(self.folder)
            # Made with mode 0600.
            number, name = tempfile.mkstemp(dir=self.folder, prefix=f"{FILE_NAME}.")
            with os.fdopen(number, "wb") as file:
                file.write(msgspec.json.encode(keys))
            Path(name).replace(self.path)
        except OSError as error:
            raise DataFolderUnusable(self.folder, error.strerror or str(error)) from error

    def _load(self) -> dict[str, tuple[KeptKey, ...]]:
        try:
            return _decoder.decode(load_file(self.path, max_bytes=_MAX_BYTES))
        except (OSError, NotReadable, msgspec.DecodeError):
            return {}
