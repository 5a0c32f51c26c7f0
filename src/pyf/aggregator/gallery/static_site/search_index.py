"""The index that visitors of a site search by: Pagefind's, in parts of so many packages.

Pagefind (https://pagefind.app) runs as a process of its own, holds an index until it is written, and needs
several times its size for that: 730 MB for five thousand packages. So the records wait in files, and one part
after another is made by a process of its own. Visitors ask all parts.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from zlib import crc32

import msgspec

from pyf.aggregator.gallery.static_site.pagefind import open_pagefind
from pyf.aggregator.gallery.static_site.search_record import LANGUAGE

PART_SIZE = 2_500
MANIFEST = "index.json"
"""Names the folders of the parts for the script that searches."""
_UNUSED = ("pagefind-component-ui", "pagefind-highlight", "pagefind-modular-ui", "pagefind-ui")
"""What Pagefind writes for pages that search in another way."""


class SearchPart:
    """A part: the records of it wait in a file."""

    def __init__(self, folder: Path, number: int) -> None:
        self.path = f"{number}/"
        """Where its files are, beside those of the other parts."""
        self._records = folder / f"{number}.jsonl"
        self._made = folder / f"{number}"
        self._file: IO[bytes] = self._records.open("wb")
        self._digesting = blake2b(version("pagefind-bin").encode(), digest_size=16)

    @property
    def digest(self) -> str:
        """A digest of what was added: Pagefind itself writes other files for the same records."""
        return self._digesting.hexdigest()

    def add(self, line: bytes) -> None:
        """Take the line of one record."""
        self._digesting.update(line)
        self._file.write(line)

    def close(self) -> None:
        """Take no more."""
        self._file.close()

    async def make_files(self) -> Iterable[tuple[str, bytes]]:
        """Make the index; return its files, each with its path. Raises :class:`IndexFailed`."""
        self.close()
        config = {"force_language": LANGUAGE, "include_characters": ".+#-_", "output_path": str(self._made)}
        async with open_pagefind() as pagefind:
            index = (await pagefind.ask("NewIndex", config=config)).get("index_id", 0)
            with self._records.open("rb") as lines:
                for line in lines:
                    await pagefind.tell("AddRecord", index_id=index, **msgspec.json.decode(line))
            await pagefind.finish()
            await pagefind.ask("WriteFiles", index_id=index, output_path=str(self._made))
            await pagefind.finish()
        return self._read_files()

    def _read_files(self) -> Iterator[tuple[str, bytes]]:
        for file in sorted(path for path in self._made.rglob("*") if path.is_file()):
            if not file.name.startswith(_UNUSED):
                yield self.path + file.relative_to(self._made).as_posix(), file.read_bytes()
        shutil.rmtree(self._made)


class SearchIndex:
    """Deals records to its parts by a digest of their addresses.

    So it is about the same in each how rare a word is, by which results are ordered, and a package that comes
    or goes changes one part alone.
    """

    def __init__(self, parts: Sequence[SearchPart]) -> None:
        self.parts = parts

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record."""
        part = self.parts[crc32(record["url"].encode()) % len(self.parts)]
        part.add(msgspec.json.encode(record) + b"\n")

    def build_manifest(self) -> bytes:
        """Return what is to be written as :data:`MANIFEST`, after the parts."""
        return msgspec.json.encode({"parts": {part.path: part.digest for part in self.parts}})


@contextmanager
def open_index(folder: Path, packages: int, part_size: int = PART_SIZE) -> Iterator[SearchIndex]:
    """Yield an index for so many packages, about; ``folder`` is for what it needs meanwhile."""
    count = max(1, -(-packages // part_size))
    index = SearchIndex([SearchPart(folder, number) for number in range(1, count + 1)])
    try:
        yield index
    finally:
        for part in index.parts:
            part.close()


def read_manifest(content: bytes | None) -> Mapping[str, str]:
    """Return the digests of the parts that an earlier build has written, by path."""
    try:
        return msgspec.json.decode(content or b"{}", type=dict[str, dict[str, str]]).get("parts", {})
    except msgspec.DecodeError:
        return {}
