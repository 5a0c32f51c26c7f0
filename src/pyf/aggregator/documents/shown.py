"""A document as the gallery reads it: what a list shows of a package, and all that its page shows. Pure.

Others may write into a collection, and older documents lack what newer ones have. So a field that is missing,
or of another type than ours, is unknown, and the rest of the document is shown all the same.
"""

from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from pyf.aggregator.metadata.model import NormalizedName


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of a package. Times are Unix seconds."""

    id: NormalizedName = NormalizedName("")
    name: str = ""
    version: str = ""
    summary: str | None = None
    upload_timestamp: int | None = None
    first_upload_timestamp: int | None = None
    kinds: tuple[str, ...] = ()
    life: str | None = None
    declared_versions: tuple[str, ...] = ()
    allowed_versions: tuple[str, ...] = ()
    excluded_versions: tuple[str, ...] = ()
    use: int | None = None
    use_growth: int | None = None
    quality: int | None = None
    required_by_count: int | None = None


class ShownJudgement(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on one cycle, such as ``Plone 6.2``, and the newest release that declares it."""

    version: str = ""
    verdict: str = ""
    evidence: str = ""
    supported: bool | None = None
    declared_by: str | None = None
    path: tuple[NormalizedName, ...] = ()
    blocked_by: tuple[NormalizedName, ...] = ()


class ShownCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a check: pass, fail or unknown."""

    id: str = ""
    outcome: str = ""
    evidence: str = ""


class ShownRelease(msgspec.Struct, frozen=True, kw_only=True):
    """One release."""

    version: str = ""
    upload_timestamp: int | None = None
    requires_python: str | None = None
    framework_versions: tuple[str, ...] = ()
    yanked: bool = False
    prerelease: bool = False


class ShownPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What was known in one week, which began at ``week``."""

    week: int = 0
    stars: int | None = None
    downloads: int | None = None
    dependents: int | None = None
    quality: int | None = None
    use: int | None = None


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a package, as a record beside the collection tells it."""

    id: str = ""
    project: NormalizedName = NormalizedName("")
    name: str = ""
    sentence: str = ""
    kind: str = ""
    version: str | None = None
    major: bool = False
    prerelease: bool = False
    cycle: str | None = None
    reason: str | None = None
    summary: str | None = None
    happened: int = 0
    noticed: int = 0


class ShownVulnerability(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory against the latest release."""

    id: str = ""
    aliases: tuple[str, ...] = ()
    summary: str | None = None
    link: str | None = None
    fixed_in: tuple[str, ...] = ()


class Package(Row, frozen=True, kw_only=True):
    """All that the page of a package shows."""

    serial: int | None = None
    description_html: str | None = None
    description_problem: str | None = None
    keywords: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    framework_versions: tuple[str, ...] = ()
    python_versions: tuple[str, ...] = ()
    development_status: str | None = None
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    license: str | None = None
    license_expression: str | None = None
    license_spdx: tuple[str, ...] = ()
    author: str | None = None
    maintainer: str | None = None
    owners: tuple[str, ...] = ()
    organization: str | None = None
    home_page: str | None = None
    package_url: str | None = None
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    documentation_url: str | None = None
    changelog_url: str | None = None
    issues_url: str | None = None
    funding_url: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    vulnerable: bool | None = None
    vulnerabilities: tuple[ShownVulnerability, ...] = ()
    has_wheel: bool | None = None
    has_sdist: bool | None = None
    releases: tuple[ShownRelease, ...] = ()
    status: str | None = None
    attested_by: tuple[str, ...] = ()
    provenance_checked: int | None = None
    repository_url: str | None = None
    repository_host: str | None = None
    repository_evidence: str | None = None
    repository_doubt: str | None = None
    repository_missing: str | None = None
    repository_missing_reason: str | None = None
    repository_stars: int | None = None
    repository_forks: int | None = None
    repository_open_issues: int | None = None
    repository_pushed: int | None = None
    repository_archived: bool | None = None
    repository_checked: int | None = None
    downloads_month: int | None = None
    downloads_as_of: int | None = None
    downloads_checked: int | None = None
    requires: tuple[NormalizedName, ...] = ()
    required_by: tuple[NormalizedName, ...] = ()
    compatibility: tuple[ShownJudgement, ...] = ()
    life_reason: str | None = None
    quality_known: int | None = None
    checks: tuple[ShownCheck, ...] = ()
    history: tuple[ShownPoint, ...] = ()
    assessed_by: str | None = None


def decode_row(raw: msgspec.Raw | bytes) -> Row:
    """Read what a list shows of a document."""
    return _decode(raw, Row)


def decode_package(raw: msgspec.Raw | bytes) -> Package:
    """Read what a page shows of a document."""
    return _decode(raw, Package)


def decode_change(raw: msgspec.Raw | bytes) -> ShownChange:
    """Read the record of a change."""
    return _decode(raw, ShownChange)


@cache
def _get_decoder[D: msgspec.Struct](shown: type[D]) -> msgspec.json.Decoder[D]:
    return msgspec.json.Decoder(shown)


def _decode[D: msgspec.Struct](raw: msgspec.Raw | bytes, shown: type[D]) -> D:
    decoder: msgspec.json.Decoder[D] = _get_decoder(shown)
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        return _keep_fields(raw, shown)


def _keep_fields[D: msgspec.Struct](raw: msgspec.Raw | bytes, shown: type[D]) -> D:
    """Read field by field, and leave out what does not fit."""
    document = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    kept = {
        field.name: _keep_what_fits(document[field.name], field.type)
        for field in msgspec.structs.fields(shown)
        if field.name in document
    }
    return shown(**{name: value for name, value in kept.items() if value is not msgspec.UNSET})


def _keep_what_fits(raw: msgspec.Raw, kind: Any) -> Any:  # noqa: ANN401 - the type of a field, and its value
    """Return a value as its type has it, of several the parts that fit; ``UNSET`` where nothing does."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        pass
    try:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return _keep_fields(raw, kind)
        if get_origin(kind) is tuple:
            entries = msgspec.json.decode(raw, type=list[msgspec.Raw])
            kept = [_keep_what_fits(entry, get_args(kind)[0]) for entry in entries]
            return tuple(entry for entry in kept if entry is not msgspec.UNSET)
        if get_origin(kind) is dict:
            pairs = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
            values = {key: _keep_what_fits(entry, get_args(kind)[1]) for key, entry in pairs.items()}
            return {key: value for key, value in values.items() if value is not msgspec.UNSET}
    except msgspec.ValidationError:
        pass
    return msgspec.UNSET
