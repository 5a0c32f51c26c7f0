"""A document as the gallery reads it."""

import msgspec

from pyf.aggregator.metadata.model import NormalizedName


class Row(msgspec.Struct, frozen=True, kw_only=True):
    id: NormalizedName = ""
    name: str = ""
    version: str = ""
    summary: str | None = None
    upload_timestamp: int | None = None
    first_upload_timestamp: int | None = None
    life: str | None = None
    use: int | None = None
    quality: int | None = None
    allowed_versions: tuple[str, ...] = ()
    declared_versions: tuple[str, ...] = ()
    excluded_versions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    required_by_count: int | None = None
    downloads_month: int | None = None
    repository_stars: int | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    version: str = ""
    verdict: str = ""
    evidence: str = ""
    supported: bool | None = None


class Package(msgspec.Struct, frozen=True, kw_only=True):
    id: NormalizedName = ""
    name: str = ""
    compatibility: tuple[Judged, ...] = ()


_row = msgspec.json.Decoder(Row)
_package = msgspec.json.Decoder(Package)


def decode_row(raw: msgspec.Raw) -> Row:
    return _row.decode(raw)


def decode_package(raw: msgspec.Raw) -> Package:
    return _package.decode(raw)
