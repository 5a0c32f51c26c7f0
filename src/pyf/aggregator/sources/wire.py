"""PyPI's JSON as it is sent, and its way into the domain model. Pure: bytes in, values out.

PyPI documents the shapes (https://docs.pypi.org/api/json/, https://docs.pypi.org/api/index-api/); what
twenty years of uploads left in them is wilder, so every text goes through ``clean_text`` and its kin.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from pyf.aggregator.errors import MalformedResponse
from pyf.aggregator.metadata.fields import clean_urls
from pyf.aggregator.metadata.keywords import read_keywords
from pyf.aggregator.metadata.model import (
    Distribution,
    NormalizedName,
    Project,
    ProjectList,
    Release,
    Serial,
    Vulnerability,
    normalize,
)
from pyf.aggregator.metadata.texts import clean_line, clean_text, clean_texts
from pyf.aggregator.sources.http import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectListPage:
    """The project list as sent, with the ETag that names this state of it."""

    etag: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """One project's JSON with the little that discovery needs already read from it."""

    name: NormalizedName
    serial: Serial
    version: str | None
    classifiers: tuple[str, ...]
    url: str
    body: bytes


class _Meta(msgspec.Struct, frozen=True):
    last_serial: int | None = msgspec.field(name="_last-serial", default=None)


# Without garbage collection: 900,000 of them at once, and none refers to another.
class _Listed(msgspec.Struct, frozen=True, gc=False):
    name: str
    serial: int | None = msgspec.field(name="_last-serial", default=None)


class _ListWire(msgspec.Struct, frozen=True):
    meta: _Meta
    projects: list[_Listed]


class _GlanceInfo(msgspec.Struct, frozen=True):
    version: Any = None
    classifiers: Any = None


class _GlanceWire(msgspec.Struct, frozen=True):
    info: _GlanceInfo
    last_serial: int | None = None


class _VersionsWire(msgspec.Struct, frozen=True):
    versions: list[str]


class _FileWire(msgspec.Struct, frozen=True):
    filename: Any = None
    upload_time_iso_8601: Any = None
    upload_time: Any = None
    requires_python: Any = None
    yanked: Any = False
    yanked_reason: Any = None


class _ProjectWire(msgspec.Struct, frozen=True):
    info: dict[str, Any]
    releases: dict[str, list[_FileWire] | None] | None = None
    urls: list[_FileWire] | None = None
    ownership: Any = None
    vulnerabilities: Any = None


def parse_project_list(page: ProjectListPage, url: str) -> ProjectList:
    """Read names and serials; display forms become normal ones, so that one project has one key."""
    try:
        wire = msgspec.json.decode(page.body, type=_ListWire)
    except msgspec.MsgspecError as error:
        raise MalformedResponse(url, str(error)) from error
    serials: dict[NormalizedName, Serial] = {}
    for listed in wire.projects:
        if listed.serial is None:
            raise MalformedResponse(url, f"no serial for {listed.name!r}; this mirror's index carries none")
        name = normalize(listed.name)
        # Most names are in normal form: keeping PyPI's own string spares 60 MB over all of PyPI.
        key = NormalizedName(listed.name) if name == listed.name else name
        serials[key] = Serial(max(listed.serial, serials.get(key, 0)))
    if not serials:
        raise MalformedResponse(url, "it names no project")
    last_serial = wire.meta.last_serial
    return ProjectList(
        serial=Serial(max(serials.values()) if last_serial is None else last_serial), serials=serials
    )


def read_page(answer: Answer, name: NormalizedName) -> ProjectPage:
    """Read serial and classifiers, the cheap first look at every project's JSON.

    Where header and body disagree, the lower serial counts: a cache may have mixed two states.
    """
    wire = _decode(answer.body, _GlanceWire, answer.url)
    header = answer.headers.get("X-PyPI-Last-Serial", "")
    serials = [serial for serial in (wire.last_serial, int(header) if header.isdecimal() else None) if serial]
    if not serials:
        raise MalformedResponse(answer.url, "it carries no serial")
    return ProjectPage(
        name=name,
        serial=Serial(min(serials)),
        version=clean_text(wire.info.version),
        classifiers=clean_texts(wire.info.classifiers),
        url=answer.url,
        body=answer.body,
    )


def parse_versions(answer: Answer) -> tuple[str, ...]:
    """Read the versions of one project's index page (PEP 700)."""
    return tuple(_decode(answer.body, _VersionsWire, answer.url).versions)


def parse_project(page: ProjectPage) -> Project:
    """Read all of a project's JSON; raises :class:`MalformedResponse` where it makes no sense."""
    wire = _decode(page.body, _ProjectWire, page.url)
    info = {key: clean_text(value) for key, value in wire.info.items()}
    display_name, version = info.get("name") or page.name, info.get("version")
    if normalize(display_name) != page.name:
        raise MalformedResponse(page.url, f"it speaks of {display_name!r}")
    if version is None:
        raise MalformedResponse(page.url, "it names no version")
    texts = {key: info.get(key) for key in _TEXTS} | {key: clean_line(info.get(key)) for key in _LINES}
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
        **texts,
    )


_TEXTS = (
    "description",
    "author",
    "maintainer",
    "license",
    "home_page",
    "docs_url",
    "package_url",
    "project_url",
    "release_url",
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


def _decode[T](body: bytes, wire_type: type[T], url: str) -> T:
    """Decode fast, and once more tolerantly: the fast decoder refuses lone surrogates."""
    try:
        return msgspec.json.decode(body, type=wire_type)
    except msgspec.ValidationError as error:
        raise MalformedResponse(url, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(json.loads(body), type=wire_type)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise MalformedResponse(url, str(error)) from error


def _read_releases(wire: _ProjectWire, version: str) -> tuple[Release, ...]:
    """Read every release; the latest from ``urls`` where the deprecated ``releases`` tells no file of it."""
    releases = {clean_text(number) or number: files for number, files in (wire.releases or {}).items()}
    if wire.urls or wire.releases is None:
        releases[version] = releases.get(version) or wire.urls
    return tuple(
        Release(version=number, distributions=tuple(_read_file(file) for file in files or ()))
        for number, files in releases.items()
    )


def _read_file(file: _FileWire) -> Distribution:
    return Distribution(
        filename=clean_text(file.filename) or "",
        upload_time=_read_time(file.upload_time_iso_8601) or _read_time(file.upload_time),
        requires_python=clean_text(file.requires_python),
        yanked=file.yanked is True,
        yanked_reason=clean_line(file.yanked_reason),
    )


def _read_time(value: object) -> datetime | None:
    """Read an ISO 8601 time; one without a zone is UTC, as PyPI's ``upload_time`` is. Invalid: unknown."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


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


def _read_vulnerabilities(values: object) -> tuple[Vulnerability, ...]:
    """Read the advisories that stand; withdrawn ones are not vulnerabilities any more."""
    advisories = values if isinstance(values, list) else []
    return tuple(
        Vulnerability(
            id=identifier,
            aliases=clean_texts(advisory.get("aliases")),
            summary=clean_line(advisory.get("summary")),
            link=clean_text(advisory.get("link")),
            fixed_in=clean_texts(advisory.get("fixed_in")),
        )
        for advisory in advisories
        if isinstance(advisory, Mapping) and not advisory.get("withdrawn")
        if (identifier := clean_text(advisory.get("id")))
    )
