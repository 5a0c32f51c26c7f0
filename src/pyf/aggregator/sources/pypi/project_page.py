"""One project's page of the index: its status, versions and files. Pure: bytes in, values out.

PEP 691 (JSON), PEP 700 (versions, upload times), PEP 740 (provenance), PEP 792 (status), all in
https://packaging.python.org/specifications/simple-repository-api/.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import DistributionKind, NormalizedName
from pyf.aggregator.metadata.texts import clean_text
from pyf.aggregator.metadata.versions import is_prerelease, sort_key
from pyf.aggregator.sources.parsing import LONGEST_WORD, at_door, decode_json, find_name, read_etag, read_time

MAX_URL_LENGTH = 2000

_ATTESTED = (DistributionKind.WHEEL, DistributionKind.SDIST)
"""The kinds of files that PyPI takes today, and so those that are attested."""
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class ProjectStatus(StrEnum):
    """What a project's owners or PyPI's administrators say of all of it (PEP 792)."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DEPRECATED = "deprecated"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file of the page.

    ``version`` is the release that its name tells, in PyPI's spelling; ``None`` where the name tells none, or
    none that the page lists. ``provenance`` is the address that PyPI gives of what attests the file: that
    there is one counts, nobody goes there.
    """

    filename: str
    kind: DistributionKind | None = None
    version: str | None = None
    upload_time: datetime | None = None
    yanked: bool = False
    provenance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """A project as the index shows it.

    ``status`` is ``None`` for a word that PEP 792 does not know. ``etag`` names this state of the page: it
    moves with the status, which no serial does.
    """

    status: ProjectStatus | None
    versions: tuple[str, ...]
    files: tuple[IndexFile, ...] = ()
    etag: str | None = None


class _PageWire(msgspec.Struct, frozen=True):
    versions: list[str]
    meta: Any = None
    name: Any = None
    files: Any = None
    project_status: Any = msgspec.field(name="project-status", default=msgspec.UNSET)


class _FileWire(msgspec.Struct, frozen=True):
    filename: Any = None
    upload_time: Any = msgspec.field(name="upload-time", default=None)
    yanked: Any = False
    provenance: Any = None


def parse_index_page(body: bytes, url: str, name: NormalizedName, *, etag: str | None = None) -> IndexPage:
    """Read one project's page; a file that cannot be read is left out.

    Raises :class:`MalformedResponse` for what is no page, or another project's.
    """
    with at_door(url):
        wire = decode_json(body, _PageWire)
        _refuse_other_format(wire.meta, url)
        if wire.name is not None and find_name(wire.name) != name:
            raise MalformedResponse(url, f"it speaks of {str(wire.name)[:LONGEST_WORD]!r}")
        return IndexPage(
            status=_read_status(wire.project_status),
            versions=tuple(wire.versions),
            files=tuple(_iterate_files(wire, name)),
            etag=read_etag(etag),
        )


def find_attested_files(page: IndexPage) -> tuple[IndexFile, ...]:
    """Return the newest wheel and the newest sdist of the latest release that have a provenance.

    The latest is the one that PyPI shows: not yanked rather than yanked, final rather than a prerelease, then
    by version. An older release says nothing of where the latest comes from.
    """
    latest = _find_latest(page)
    files = [file for file in page.files if latest is not None and file.version == latest and file.provenance]
    return tuple(
        max((file for file in files if file.kind is kind), key=_rank_file)
        for kind in _ATTESTED
        if any(file.kind is kind for file in files)
    )


def _find_latest(page: IndexPage) -> str | None:
    yanks: dict[str, list[bool]] = {}
    for file in page.files:
        if file.version is not None:
            yanks.setdefault(file.version, []).append(file.yanked)

    def rank(version: str) -> tuple[bool, bool, str]:
        yanked = version in yanks and all(yanks[version])
        return not yanked, not is_prerelease(version), sort_key(version)

    return max(page.versions, key=rank, default=None)


def _rank_file(file: IndexFile) -> tuple[bool, datetime, str]:
    return not file.yanked, file.upload_time or _EARLIEST, file.filename


def _refuse_other_format(meta: object, url: str) -> None:
    """Refuse a page whose major version is not 1: PEP 691 has clients stop there."""
    version = meta.get("api-version") if isinstance(meta, Mapping) else None
    if isinstance(version, str) and version.partition(".")[0] != "1":
        raise MalformedResponse(url, f"version {version[:LONGEST_WORD]!r} of the index API is unknown")


def _read_status(value: object) -> ProjectStatus | None:
    """Read the status: who says nothing is active (PEP 792), who says something odd is not known."""
    if value is msgspec.UNSET:
        return ProjectStatus.ACTIVE
    word = value.get("status", ProjectStatus.ACTIVE) if isinstance(value, Mapping) else None
    return ProjectStatus(word) if isinstance(word, str) and word in set(ProjectStatus) else None


def _iterate_files(wire: _PageWire, name: NormalizedName) -> Iterator[IndexFile]:
    spellings = _find_spellings(wire.versions)
    for value in wire.files if isinstance(wire.files, list) else ():
        if isinstance(value, Mapping):
            file = msgspec.convert(value, type=_FileWire)
            if _is_filename(file.filename):
                yield _read_file(file, name, spellings)


def _is_filename(value: object) -> bool:
    """Tell whether this can be sent back as a part of an address."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_WORD and value.isprintable()


def _read_file(file: _FileWire, name: NormalizedName, spellings: Mapping[Version, str]) -> IndexFile:
    kind, version = _read_filename(file.filename, name)
    return IndexFile(
        filename=file.filename,
        kind=kind,
        version=None if version is None else spellings.get(version),
        upload_time=read_time(file.upload_time),
        # A reason in place of a yes (PEP 592).
        yanked=file.yanked is True or (isinstance(file.yanked, str) and file.yanked != ""),
        provenance=_read_provenance(file.provenance),
    )


def _read_filename(filename: str, name: NormalizedName) -> tuple[DistributionKind | None, Version | None]:
    """Return what a file of this project is, and of which release; ``None`` where its name does not say."""
    kind = DistributionKind.WHEEL if filename.endswith(".whl") else DistributionKind.SDIST
    try:
        parse = parse_wheel_filename if kind is DistributionKind.WHEEL else parse_sdist_filename
        owner, version, *_ = parse(filename)
    except ValueError:  # All that packaging raises here is one, and so are too many digits.
        return None, None
    return (kind, version) if str(owner) == name else (None, None)


def _find_spellings(versions: Iterable[str]) -> dict[Version, str]:
    """Return each version as PyPI spells it."""
    spellings = {}
    for text in versions:
        try:
            spellings[Version(text)] = text
        except ValueError:
            continue
    return spellings


def _read_provenance(value: object) -> str | None:
    text = clean_text(value)
    return text if text and len(text) <= MAX_URL_LENGTH else None
