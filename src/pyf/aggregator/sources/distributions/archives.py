"""A wheel or a source distribution → its core metadata, as bytes. Nothing is unpacked or run.

Where the metadata lies: ``NAME.dist-info/METADATA`` in a wheel
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/), ``NAME-VERSION/PKG-INFO``
in a source distribution (https://packaging.python.org/en/latest/specifications/source-distribution-format/).
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from pyf.aggregator.errors.distributions import PackageUnreadable
from pyf.aggregator.machine.files import NotReadable, check_ordinary
from pyf.aggregator.metadata.model import DistributionKind

MAX_METADATA_BYTES = 5_000_000
"""Ten times the longest README on PyPI that is one."""
MAX_ARCHIVE_BYTES = 2_000_000_000
"""PyPI takes 100 MB, and more from those who ask for it."""
MAX_UNPACKED_BYTES = 500_000_000
"""So much of a compressed tar is looked through for ``PKG-INFO``: a bomb of some kB would have no end."""
MAX_MEMBERS = 200_000

_WHEEL = ".whl"
_SDISTS = (".tar.gz", ".zip")
ENDINGS = (_WHEEL, *_SDISTS)
"""What PyPI takes (PEP 427, PEP 625)."""

_DEPTH = 2
"""``folder/file``: what lies deeper belongs to something that is packed along."""


def find_kind(path: Path) -> DistributionKind | None:
    """Return what a file is by its name, ``None`` for what PyPI does not take."""
    name = path.name.lower()
    if name.endswith(_WHEEL):
        return DistributionKind.WHEEL
    return DistributionKind.SDIST if name.endswith(_SDISTS) else None


def holds_distributions(folder: Path) -> bool:
    """Tell whether built files lie in a folder, by their names."""
    try:
        return any(find_kind(path) for path in folder.iterdir())
    except OSError:
        return False


def load_core_metadata(path: Path, *, most_unpacked: int = MAX_UNPACKED_BYTES) -> bytes:
    """Return the core metadata of a wheel or a source distribution.

    ``most_unpacked`` is how many bytes of a compressed tar are looked through.

    Raises :class:`PackageUnreadable` for what is none, is broken, or is larger than anybody would make it.
    """
    kind = find_kind(path)
    _check_file(path)
    if kind is None:
        raise PackageUnreadable(path, "is no wheel (.whl) and no source distribution (.tar.gz, .zip)")
    try:
        if path.name.lower().endswith(".tar.gz"):
            return _load_from_tar(path, most_unpacked)
        return _load_from_zip(path, kind)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise PackageUnreadable(path, f"cannot be read as an archive: {error or 'it ends early'}") from error
    except (OSError, ValueError, RuntimeError, NotImplementedError) as error:
        # Encrypted, or compressed in a way that this Python does not know.
        reason = getattr(error, "strerror", None) or str(error)
        raise PackageUnreadable(path, f"cannot be read: {reason}") from error


def _check_file(path: Path) -> None:
    try:
        check_ordinary(path)
        size = path.stat().st_size
    except FileNotFoundError as error:
        # A shell hands on a pattern that nothing matches.
        missing = "matches no file; python -m build makes some" if "*" in path.name else "does not exist"
        raise PackageUnreadable(path, missing) from error
    except NotReadable as error:
        raise PackageUnreadable(path, f"cannot be read: {error}") from error
    if size > MAX_ARCHIVE_BYTES:
        raise PackageUnreadable(path, f"is larger than {MAX_ARCHIVE_BYTES:,} bytes")


def _load_from_zip(path: Path, kind: DistributionKind) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        if len(members) > MAX_MEMBERS:
            raise PackageUnreadable(path, f"has more than {MAX_MEMBERS:,} files")
        name = _choose(members, kind, path)
        with archive.open(name) as file:
            return _read(file, path, name)


def _choose(members: Iterable[str], kind: DistributionKind, path: Path) -> str:
    """Return the one member that is the metadata."""
    found = [name for name in members if _is_metadata(name, kind)]
    if len(found) == 1:
        return found[0]
    wanted = "*.dist-info/METADATA" if kind is DistributionKind.WHEEL else "*/PKG-INFO"
    raise PackageUnreadable(path, f"has {'more than one' if found else 'no'} {wanted}, so it is no package")


def _is_metadata(name: str, kind: DistributionKind) -> bool:
    parts = name.split("/")
    if len(parts) != _DEPTH:
        return False
    if kind is DistributionKind.WHEEL:
        return parts[0].endswith(".dist-info") and parts[1] == "METADATA"
    return parts[1] == "PKG-INFO"


def _load_from_tar(path: Path, most_unpacked: int) -> bytes:
    # Read once, from the front: nothing is looked for behind what is found.
    with (
        gzip.open(path) as unpacked,
        tarfile.open(fileobj=_Bounded(unpacked, path, most_unpacked), mode="r|") as archive,
    ):
        for count, member in enumerate(archive):
            if count > MAX_MEMBERS:
                raise PackageUnreadable(path, f"has more than {MAX_MEMBERS:,} files")
            if not (member.isfile() and _is_metadata(member.name.removeprefix("./"), DistributionKind.SDIST)):
                continue
            if (file := archive.extractfile(member)) is not None:
                return _read(file, path, member.name)
    return _choose((), DistributionKind.SDIST, path).encode()


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after so many bytes."""

    def __init__(self, stream: gzip.GzipFile, path: Path, most: int) -> None:
        self._stream = stream
        self._path = path
        self._most = self._left = most

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes of the stream at most."""
        content = self._stream.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(content)
        if self._left < 0:
            raise PackageUnreadable(
                self._path, f"has no PKG-INFO within its first {self._most:,} unpacked bytes"
            )
        return content


def _read(file: IO[bytes], path: Path, name: str) -> bytes:
    content = file.read(MAX_METADATA_BYTES + 1)
    if len(content) > MAX_METADATA_BYTES:
        raise PackageUnreadable(path, f"has metadata of more than {MAX_METADATA_BYTES:,} bytes ({name})")
    return content
