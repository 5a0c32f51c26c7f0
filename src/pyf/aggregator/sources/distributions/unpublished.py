"""Files of one release that is not published yet → the project that PyPI would show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pyf.aggregator.errors.distributions import PackageUnreadable
from pyf.aggregator.metadata.model import DistributionKind, NormalizedName, Project
from pyf.aggregator.sources.distributions.archives import find_kind, load_core_metadata
from pyf.aggregator.sources.distributions.core_metadata import CoreMetadata, read_core_metadata
from pyf.aggregator.sources.distributions.source_tree import PYPROJECT, load_source_tree
from pyf.aggregator.sources.pypi.project_json import parse_project, read_page

_NO_SERIAL = 1
"""PyPI numbers what was published; the door for its JSON wants a number all the same."""
_PACKAGE_TYPES = {DistributionKind.WHEEL: "bdist_wheel", DistributionKind.SDIST: "sdist"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A wheel, a source distribution, or a folder with ``pyproject.toml``, which has no ``kind``."""

    path: Path
    kind: DistributionKind | None
    metadata: CoreMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """A release before it is published.

    ``files`` are those that were named; ``left`` are the fields of core metadata that only a build tells.
    """

    project: Project
    files: tuple[PackageFile, ...]
    left: frozenset[str]

    @property
    def is_built(self) -> bool:
        """Whether it was named by what was built of it, and not by its folder."""
        return self.files[0].kind is not None

    def has(self, kind: DistributionKind) -> bool:
        """Tell whether a file of this kind was named."""
        return any(file.kind is kind for file in self.files)


def load_package_file(path: Path) -> PackageFile:
    """Read what a path names; raises :class:`PackageUnreadable`."""
    if path.is_dir():
        body, dynamic = load_source_tree(path)
        # It names all that is left to the build: a backend may add nothing else (PEP 621).
        metadata = read_core_metadata(body, path, source=False, dynamic=dynamic)
        return PackageFile(path=path, kind=None, metadata=metadata)
    if path.name == PYPROJECT and path.is_file():
        folder = f"{path.parent}/"
        raise PackageUnreadable(path, f"is one file of a package; name its folder, {folder!r}")
    body, kind = load_core_metadata(path), find_kind(path)
    metadata = read_core_metadata(body, path, source=kind is DistributionKind.SDIST)
    return PackageFile(path=path, kind=kind, metadata=metadata)


def load_unpublished(paths: Sequence[Path], now: datetime) -> list[Unpublished]:
    """Read all that is named, and put together what belongs to one project, in the order of first mention.

    Raises :class:`PackageUnreadable`, also where two files of a project are of different releases.
    """
    found: dict[NormalizedName, list[PackageFile]] = {}
    for path in paths:
        file = load_package_file(path)
        found.setdefault(file.metadata.name, []).append(file)
    return [_join(files, now) for files in found.values()]


def _join(files: Sequence[PackageFile], now: datetime) -> Unpublished:
    """Return the release that some files of one project make up.

    PyPI shows what came with the file that was uploaded first, and the usual tools upload wheels first.
    """
    first = files[0]
    for other in files[1:]:
        if (first.kind is None) is not (other.kind is None):
            raise PackageUnreadable(other.path, f"is checked together with {first.path}; name one of them")
        if first.metadata.version != other.metadata.version:
            raise PackageUnreadable(
                other.path,
                f"is {other.metadata.version}, and {first.path} is {first.metadata.version};"
                " name files of one release",
            )
    leading = next((file for file in files if file.kind is DistributionKind.WHEEL), first)
    return Unpublished(
        project=_build_project(leading, files, now), files=tuple(files), left=leading.metadata.left
    )


def _build_project(leading: PackageFile, files: Sequence[PackageFile], now: datetime) -> Project:
    """Have the JSON that PyPI would answer read at the same door as PyPI's own."""
    metadata, time = leading.metadata, now.astimezone(UTC).isoformat()
    uploads = [
        {
            "filename": file.path.name,
            "packagetype": _PACKAGE_TYPES[file.kind] if file.kind else None,
            "upload_time_iso_8601": time,
            "requires_python": file.metadata.info.get("requires_python"),
        }
        for file in files
    ]
    version = str(metadata.version)
    page = {
        "info": {**metadata.info, "version": version},
        "last_serial": _NO_SERIAL,
        "releases": {version: uploads},
    }
    body = msgspec.json.encode(_make_sendable(page))
    return parse_project(read_page(body, str(leading.path), metadata.name))


def _make_sendable(value: object) -> object:
    """Return texts without lone surrogates, which no JSON can carry."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case dict():
            return {str(_make_sendable(key)): _make_sendable(item) for key, item in value.items()}
        case list() | tuple():
            return [_make_sendable(item) for item in value]
    return value
