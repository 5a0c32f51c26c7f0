"""Core metadata → what PyPI's JSON would say of it. Pure.

Which header becomes which key: https://packaging.python.org/en/latest/specifications/core-metadata/ and
https://docs.pypi.org/api/json/. The values are left as they are: they go through the same door as PyPI's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.metadata import parse_email
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from pyf.aggregator.errors.distributions import PackageUnreadable
from pyf.aggregator.metadata.model import NormalizedName

_SAME = (
    "name",
    "version",
    "summary",
    "description",
    "description_content_type",
    "keywords",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "license",
    "license_expression",
    "classifiers",
    "requires_python",
    "requires_dist",
    "home_page",
)
"""What both call the same."""

_KEYS: Mapping[str, str] = {"classifier": "classifiers", "project-url": "project_urls"}
"""Headers that become a key of another name."""
_TELLS_ALL = Version("2.2")
"""Since then a field that is absent and not dynamic is absent from every wheel, too (PEP 643)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """What one file states: ``info`` as in PyPI's JSON; ``left`` are the fields that only a build tells."""

    name: NormalizedName
    version: Version
    info: Mapping[str, Any]
    left: frozenset[str]


def read_core_metadata(
    body: bytes, path: Path, *, source: bool, dynamic: frozenset[str] = frozenset()
) -> CoreMetadata:
    """Read core metadata.

    ``source`` tells that a wheel of it may say more, ``dynamic`` are fields of which that is certain.

    Raises :class:`PackageUnreadable` without a valid name and version.
    """
    raw, unparsed = parse_email(body)
    found: dict[str, Any] = {**{key: _mend(value) for key, value in unparsed.items()}, **raw}
    urls = {"Homepage": found.get("home_page"), "Download": found.get("download_url")}
    info = {key: found[key] for key in _SAME if key in found}
    # PyPI shows the two old fields among the labels.
    info["project_urls"] = {label: url for label, url in urls.items() if url} | _read_urls(found)
    left = set(dynamic)
    if source:
        left |= {name.lower() for name in found.get("dynamic", ())}
        left |= {"requires-dist"} if _may_hide(found) else set()
    return CoreMetadata(
        name=_read_name(found, path),
        version=_read_version(found, path),
        info=info,
        left=frozenset(field for field in left if field in dynamic or not _says(info, field)),
    )


def _says(info: Mapping[str, Any], field: str) -> bool:
    """Tell whether a field has a value: that is what PyPI shows, whatever another file may say."""
    return bool(info.get(_KEYS.get(field, field.replace("-", "_"))))


def _may_hide(found: Mapping[str, Any]) -> bool:
    """Tell whether a source distribution is of the time when none said what it requires."""
    try:
        return Version(str(found.get("metadata_version", "1.0"))) < _TELLS_ALL
    except InvalidVersion:
        return True


def _mend(values: object) -> object:
    """Return the first of what a header says too often, or what is not UTF-8, with marks for what is lost."""
    value = values[0] if isinstance(values, list) and values else values
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _read_urls(found: Mapping[str, Any]) -> dict[str, str]:
    urls = found.get("project_urls")
    return dict(urls) if isinstance(urls, Mapping) else {}


def _read_name(found: Mapping[str, Any], path: Path) -> NormalizedName:
    name = str(found.get("name", "")).strip()
    try:
        return NormalizedName(str(canonicalize_name(name, validate=True)))
    except InvalidName as error:
        raise PackageUnreadable(path, f"has the name {name!r}, which PyPI does not take") from error


def _read_version(found: Mapping[str, Any], path: Path) -> Version:
    version = str(found.get("version", "")).strip()
    try:
        return Version(version)
    except InvalidVersion as error:
        raise PackageUnreadable(path, f"has the version {version!r}, which PyPI does not take") from error
