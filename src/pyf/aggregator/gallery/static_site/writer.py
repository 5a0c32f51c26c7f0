"""Writing a site into a folder: only what differs, and away with what earlier builds wrote and this did not.

What a build writes is noted before it is written, so that a killed one leaves nothing that the next one does
not know of. A file that no build wrote is never touched.
"""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from pyf.aggregator.errors.gallery import SiteFolderRefused

LIST_NAME = ".pyf-gallery"
"""The list of files that builds have written, a path a line."""
_UNFINISHED = ".pyf-unfinished-"
_INDEX = "index.html"
_LONGEST_PART = 200


@dataclass(slots=True)
class SiteWriter:
    """Writes the files of one build; ``finish`` takes away those of earlier ones that were not written again.

    Raises :class:`SiteFolderRefused` for a folder that holds other files and was written by no build.
    """

    folder: Path
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    _known: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _list: IO[str] | None = None

    def begin(self) -> None:
        """Look at what is there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._list_path.exists():
                self._known = set(self._list_path.read_text(encoding="utf-8").split("\n")) - {""}
            elif any(self.folder.iterdir()):
                raise SiteFolderRefused(self.folder, "it holds files that no build of a site has written")
            self._list = self._list_path.open("a", encoding="utf-8")
        except OSError as error:
            raise SiteFolderRefused(self.folder, (error.strerror or str(error)).lower()) from error

    @property
    def _list_path(self) -> Path:
        return self.folder / LIST_NAME

    @property
    def paths(self) -> frozenset[str]:
        """The files of this build so far, as paths below the folder."""
        return frozenset(self._seen)

    def write(self, path: str, content: bytes) -> None:
        """Write the file for a path of the site, such as ``/plone/new/``. Raises ``ValueError``."""
        name = find_file(path)
        self._note(name)
        file = self.folder / name
        if _holds(file, content):
            self.unchanged += 1
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file, content)
        self.written += 1

    def keep(self, prefix: str) -> bool:
        """Let the files below a path stay as an earlier build wrote them; tell whether there are any."""
        folder = f"{find_file(prefix).removesuffix(_INDEX)}"
        kept = {name for name in self._known if name.startswith(folder) and (self.folder / name).is_file()}
        self._seen |= kept
        self.unchanged += len(kept)
        return bool(kept)

    def find(self, path: str) -> bytes | None:
        """Return what the file of a path holds, if an earlier build wrote one."""
        name = find_file(path)
        file = self.folder / name
        return file.read_bytes() if name in self._known and file.is_file() else None

    def _note(self, name: str) -> None:
        if name in self._seen:
            raise ValueError(f"{name} is written twice")
        self._seen.add(name)
        if name not in self._known and self._list is not None:
            self._list.write(f"{name}\n")
            self._list.flush()

    def finish(self) -> None:
        """Remove what earlier builds wrote and this one did not, and the folders that are empty then."""
        for stray in self.folder.rglob(f"{_UNFINISHED}*"):
            # A build that was killed over it has left it.
            stray.unlink()
        for name in sorted(self._known - self._seen):
            file = self.folder / name
            if file.is_file():
                file.unlink()
                self.removed += 1
            _remove_empty(file.parent, self.folder)
        self.close()
        _replace(self._list_path, "".join(f"{name}\n" for name in sorted(self._seen)).encode())

    def close(self) -> None:
        """Close the list; what was noted stays."""
        if self._list is not None:
            self._list.close()
            self._list = None


def find_file(path: str) -> str:
    """Return the file of a path, relative and with slashes; a page is the index of its folder.

    Raises ``ValueError`` for a path that no file system can be trusted with.
    """
    parts = PurePosixPath(path.lstrip("/")).parts
    if any(part in ("", ".", "..") or len(part) > _LONGEST_PART or not part.isprintable() for part in parts):
        raise ValueError(f"{path!r} is no path of a site")
    if any(set(part) & set('\\:*?"<>|') for part in parts):
        raise ValueError(f"{path!r} is no path of a site")
    return "/".join([*parts, _INDEX] if path.endswith("/") else parts)


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except OSError:
        return False


def _replace(file: Path, content: bytes) -> None:
    """Write a file so that whoever reads it sees the old one or the new one."""
    number, name = tempfile.mkstemp(dir=file.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
