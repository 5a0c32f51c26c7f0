"""Checkpoints: the serial each collection is known to equal, in the since-file.

JSON, one entry per collection: ``{"plone": {"serial": 123, "timestamp": "2026-11-23T07:00:00+00:00",
"selection": "5f2c…", "documents": 42, "collection": "plone"}}``. A bare integer, as older versions wrote it,
is read as the Unix time of a run of unknown serial.
"""

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.root import ConfigurationError, DataFolderUnusable
from pyf.aggregator.machine.files import NotReadable, check_ordinary, load_file
from pyf.aggregator.machine.locks import LockTaken, hold_lock
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.sources.parsing import MAX_NUMBER

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 10_000_000
"""Some fifty thousand collections."""
LOCK_TIMEOUT_SECONDS = 30.0

_LONGEST_REASON = 200
_FILE_MODE = 0o644
"""Temporary files are private, but a monitor may want to read how far a collection is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a complete run left behind: its target serial, what it selected and how many documents.

    ``timestamp`` is when PyPI was at that serial: when the run asked for the list.

    ``serial`` is ``None`` for a run of an older version: when it was is known, what it saw is not.
    ``selection`` is a digest, ``collection`` the one that was filled, whatever alias was named.
    """

    serial: Serial | None
    timestamp: datetime
    selection: str | None = None
    documents: int = 0
    collection: str | None = None


class Checkpoints(Protocol):
    """Where a run finds the checkpoint to start from, and leaves its own."""

    def check(self) -> None:
        """Raise before any work where a checkpoint could not be saved."""

    def load(self, collection: str) -> Checkpoint | None:
        """Return the collection's checkpoint, ``None`` if there was no complete run."""

    def save(self, collection: str, checkpoint: Checkpoint, *, backwards: bool = False) -> None:
        """Replace the collection's checkpoint; its serial only moves forward, unless ``backwards``."""


@dataclass(frozen=True, slots=True)
class SinceFile:
    """Checkpoints in a file of this machine."""

    path: Path

    def check(self) -> None:
        """Raise :class:`DataFolderUnusable` where the file could not be written."""
        ensure_writable(self.path)

    def load(self, collection: str) -> Checkpoint | None:
        """Return the collection's checkpoint, ``None`` if there was no complete run."""
        return load_checkpoint(self.path, collection)

    def save(self, collection: str, checkpoint: Checkpoint, *, backwards: bool = False) -> None:
        """Replace the collection's entry atomically."""
        save_checkpoint(self.path, collection, checkpoint, backwards=backwards)


class _Entry(msgspec.Struct, omit_defaults=True):
    serial: int | None
    timestamp: datetime
    selection: str | None = None
    documents: int = 0
    collection: str | None = None


def load_checkpoint(path: Path, collection: str) -> Checkpoint | None:
    """Return the collection's checkpoint, ``None`` if there was no complete run.

    Raises :class:`ConfigurationError` for a file that is not a since-file.
    """
    content = _load(path)
    if isinstance(content, int):
        return Checkpoint(serial=None, timestamp=_read_time(content, path))
    entry = content.get(collection)
    return None if entry is None else _read(entry)


def save_checkpoint(path: Path, collection: str, checkpoint: Checkpoint, *, backwards: bool = False) -> None:
    """Replace the collection's entry atomically; the other entries stay, whoever writes them meanwhile.

    A serial only moves forward, unless ``backwards``: of two runs at once the slower one may end with the
    older list.
    """
    try:
        with hold_lock(_lock_path(path), seconds=LOCK_TIMEOUT_SECONDS):
            content = _load(path)
            entries = {} if isinstance(content, int) else content
            existing = entries.get(collection)
            if backwards or existing is None or not is_newer(_read(existing), checkpoint):
                _write(path, {**entries, collection: _build_entry(checkpoint)})
    except LockTaken as error:
        raise DataFolderUnusable(
            path, f"another run has been writing it for {LOCK_TIMEOUT_SECONDS:g} s"
        ) from error
    except OSError as error:
        raise DataFolderUnusable(path, error.strerror or str(error)) from error


def is_newer(existing: Checkpoint, checkpoint: Checkpoint) -> bool:
    """Tell whether the existing checkpoint went further than another of the same collection and selection."""
    if (existing.selection, existing.collection) != (checkpoint.selection, checkpoint.collection):
        return False
    return (existing.serial or 0) > (checkpoint.serial or 0)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return the JSON of one entry."""
    return msgspec.json.encode(_build_entry(checkpoint))


def decode_checkpoint(text: bytes) -> Checkpoint:
    """Read the JSON of one entry; raises :class:`msgspec.MsgspecError`."""
    return _read(msgspec.json.decode(text, type=_Entry))


def _build_entry(checkpoint: Checkpoint) -> _Entry:
    return _Entry(
        serial=checkpoint.serial,
        timestamp=checkpoint.timestamp,
        selection=checkpoint.selection,
        documents=checkpoint.documents,
        collection=checkpoint.collection,
    )


def _read(entry: _Entry) -> Checkpoint:
    """Return what an entry says; numbers that nobody can have counted say nothing."""
    zoned = entry.timestamp.tzinfo is not None
    possible = 0 <= (entry.serial or 0) <= MAX_NUMBER and 0 <= entry.documents <= MAX_NUMBER
    if not possible:
        logger.warning("A checkpoint holds an impossible number, so every project is looked at again.")
    return Checkpoint(
        serial=Serial(entry.serial) if possible and entry.serial is not None else None,
        timestamp=entry.timestamp if zoned else entry.timestamp.replace(tzinfo=UTC),
        selection=entry.selection,
        documents=entry.documents if possible else 0,
        collection=entry.collection,
    )


def _read_time(seconds: int, path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _refuse_content(path, "its number is not a time") from error


def ensure_writable(path: Path) -> None:
    """Find out before any work whether the since-file can be written; leaves nothing behind.

    Raises :class:`DataFolderUnusable`.
    """
    try:
        check_ordinary(path)
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            pass
        if path.exists():
            with path.open("ab"):
                pass
    except NotReadable as error:
        raise _refuse_kind(path, error) from error
    except OSError as error:
        raise DataFolderUnusable(path, error.strerror or str(error)) from error


def digest_selection(selection: Selection) -> str:
    """Return a short digest of what a selection wants: for a changed one an old serial proves nothing."""
    parts: Any = [sorted(selection.classifiers), sorted(selection.include), sorted(selection.exclude)]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _load(path: Path) -> dict[str, _Entry] | int:
    try:
        text = load_file(path, max_bytes=MAX_FILE_BYTES)
    except FileNotFoundError:
        return {}
    except NotReadable as error:
        raise _refuse_kind(path, error) from error
    try:
        return msgspec.json.decode(text, type=dict[str, _Entry] | int) if text.strip() else {}
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _refuse_content(path, clean_foreign(error, longest=_LONGEST_REASON)) from error


def _refuse_content(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is not a since-file ({reason}); name another with -s, or delete it and run with -f."
    )


def _refuse_kind(path: Path, error: NotReadable) -> DataFolderUnusable:
    return DataFolderUnusable(path, f"{error}; name another since-file with -s")


def _write(path: Path, entries: dict[str, _Entry]) -> None:
    # A link to the file stays a link, and a crash leaves the old file or the new one, never half of one.
    target = path.resolve()
    body = msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), _FILE_MODE)
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _lock_path(path: Path) -> Path:
    target = path.resolve()
    return target.with_name(f"{target.name}.lock")
