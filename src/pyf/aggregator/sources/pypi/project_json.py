"""PyPI's JSON of a project → domain model. Pure: bytes in, values out.

PyPI documents the shapes (https://docs.pypi.org/api/json/, https://docs.pypi.org/api/index-api/); what
twenty years of uploads left in them is wilder, so every text goes through ``clean_text`` or one like it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.keywords import read_keywords
from pyf.aggregator.metadata.model import (
    Distribution,
    DistributionKind,
    NormalizedName,
    Project,
    Release,
    Serial,
    Vulnerability,
    normalize,
)
from pyf.aggregator.metadata.texts import clean_line, clean_text, clean_texts
from pyf.aggregator.metadata.urls import clean_url, clean_urls
from pyf.aggregator.sources.parsing import Number, at_door, decode_json, read_number, read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """One project's JSON with the little that discovery needs already read from it."""

    name: NormalizedName
    serial: Serial
    version: str | None
    classifiers: tuple[str, ...]
    url: str
    body: bytes


class _GlanceInfo(msgspec.Struct, frozen=True):
    version: Any = None
    classifiers: Any = None


class _GlanceWire(msgspec.Struct, frozen=True):
    info: _GlanceInfo
    last_serial: Number | None = None


class _FileWire(msgspec.Struct, frozen=True):
    filename: Any = None
    packagetype: Any = None
    upload_time_iso_8601: Any = None
    upload_time: Any = None
    requires_python: Any = None
    yanked: Any = False
    yanked_reason: Any = None


class _ProjectWire(msgspec.Struct, frozen=True):
    info: dict[str, Any]
    releases: Any = None
    urls: Any = None
    ownership: Any = None
    vulnerabilities: Any = None


def read_page(body: bytes, url: str, name: NormalizedName, *, serial: str | None = None) -> ProjectPage:
    """Read serial and classifiers, the cheap first look at every project's JSON.

    Where ``serial``, that of the header, and the body disagree, the lower one counts: a cache may have mixed
    two states.
    """
    with at_door(url):
        wire = decode_json(body, _GlanceWire)
        header = read_number(serial)
        serials = [serial for serial in (wire.last_serial, header) if serial]
        if not serials:
            raise MalformedResponse(url, "it has no serial")
        return ProjectPage(
            name=name,
            serial=Serial(min(serials)),
            version=clean_text(wire.info.version),
            classifiers=clean_texts(wire.info.classifiers),
            url=url,
            body=body,
        )


def parse_project(page: ProjectPage) -> Project:
    """Read all of a project's JSON; raises :class:`MalformedResponse` where it makes no sense."""
    with at_door(page.url):
        return _read_project(decode_json(page.body, _ProjectWire), page)


def _read_project(wire: _ProjectWire, page: ProjectPage) -> Project:
    info = {key: clean_text(value) for key, value in wire.info.items()}
    display_name, version = info.get("name") or page.name, info.get("version")
    if normalize(display_name) != page.name:
        raise MalformedResponse(page.url, f"it describes {display_name!r}")
    if version is None:
        raise MalformedResponse(page.url, "it has no version")
    texts = {key: info.get(key) for key in _TEXTS} | {key: clean_line(info.get(key)) for key in _LINES}
    urls = {key: clean_url(wire.info.get(key)) for key in _URLS}
    return Project(
        name=page.name,
        display_name=display_name,
        serial=page.serial,
        version=version,
        keywords=read_keywords(wire.info.get("keywords")),
        classifiers=page.classifiers,
        requires_dist=clean_texts(wire.info.get("requires_dist")),
        project_urls=clean_urls(wire.info.get("project_urls")),
        yanked=wire.info.get("yanked") is True,
        releases=_read_releases(wire, version),
        owners=_read_owners(wire.ownership),
        organization=_read_organization(wire.ownership),
        vulnerabilities=_read_vulnerabilities(wire.vulnerabilities),
        vulnerable=_read_vulnerable(wire.vulnerabilities),
        **texts,
        **urls,
    )


_TEXTS = (
    "description",
    "author",
    "maintainer",
    "license",
)
_LINES = (
    "summary",
    "description_content_type",
    "author_email",
    "maintainer_email",
    "license_expression",
    "requires_python",
    "yanked_reason",
)
"""What is one line by its nature, and shown as one."""
_URLS = ("home_page", "docs_url", "package_url", "project_url", "release_url")


def _read_releases(wire: _ProjectWire, version: str) -> tuple[Release, ...]:
    """Read every release; the latest from ``urls`` where the deprecated ``releases`` tells no file of it.

    What is no list of files stands for none.
    """
    is_told = isinstance(wire.releases, Mapping)
    releases = {clean_text(text) or "": files for text, files in (wire.releases if is_told else {}).items()}
    if wire.urls or not is_told:
        releases[version] = releases.get(version) or wire.urls
    return tuple(
        Release(version=number, distributions=tuple(_iterate_files(files)))
        for number, files in releases.items()
    )


def _iterate_files(files: object) -> Iterator[Distribution]:
    for file in files if isinstance(files, list) else ():
        if isinstance(file, Mapping):
            yield _read_file(msgspec.convert(file, type=_FileWire))


def _read_file(file: _FileWire) -> Distribution:
    filename = clean_text(file.filename) or ""
    return Distribution(
        filename=filename,
        kind=_read_kind(clean_text(file.packagetype), filename),
        upload_time=read_time(file.upload_time_iso_8601) or read_time(file.upload_time),
        requires_python=clean_text(file.requires_python),
        yanked=file.yanked is True,
        yanked_reason=clean_line(file.yanked_reason),
    )


_KINDS = {"bdist_wheel": DistributionKind.WHEEL, "sdist": DistributionKind.SDIST}
_ENDINGS = {
    ".whl": DistributionKind.WHEEL,
    **dict.fromkeys((".tar.gz", ".zip", ".tar.bz2", ".tgz"), DistributionKind.SDIST),
    **dict.fromkeys((".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg"), DistributionKind.OTHER),
}


def _read_kind(packagetype: str | None, filename: str) -> DistributionKind | None:
    """Read what a file is from PyPI's word for it, from its name where there is none (PEP 427, PEP 527)."""
    if packagetype is not None:
        return _KINDS.get(packagetype, DistributionKind.OTHER)
    name = filename.lower()
    return next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), None)


def _read_owners(ownership: object) -> tuple[str, ...]:
    """Read the accounts that own the project, each once (maintainers are not owners)."""
    roles: object = ownership.get("roles") if isinstance(ownership, Mapping) else None
    return clean_texts(
        [
            role.get("user")
            for role in (roles if isinstance(roles, list) else [])
            if isinstance(role, Mapping) and role.get("role") == "Owner"
        ]
    )


def _read_organization(ownership: object) -> str | None:
    return clean_line(ownership.get("organization")) if isinstance(ownership, Mapping) else None


def _read_vulnerable(values: object) -> bool | None:
    """Tell whether an advisory stands, even one without an id; what is no advisory leaves a doubt."""
    if not isinstance(values, list):
        return None
    standing = [value for value in values if not (isinstance(value, Mapping) and value.get("withdrawn"))]
    if any(isinstance(value, Mapping) and value for value in standing):
        return True
    return None if standing else False


def _read_vulnerabilities(values: object) -> tuple[Vulnerability, ...]:
    """Read the advisories that stand; withdrawn ones are not vulnerabilities any more."""
    advisories = values if isinstance(values, list) else []
    return tuple(
        Vulnerability(
            id=identifier,
            aliases=clean_texts(advisory.get("aliases")),
            summary=clean_line(advisory.get("summary")),
            link=clean_url(advisory.get("link")),
            fixed_in=clean_texts(advisory.get("fixed_in")),
        )
        for advisory in advisories
        if isinstance(advisory, Mapping) and not advisory.get("withdrawn")
        if (identifier := clean_text(advisory.get("id")))
    )
