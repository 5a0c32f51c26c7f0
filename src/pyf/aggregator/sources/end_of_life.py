"""When frameworks and Python end: the cycles of a product on endoflife.date.

Shape: https://endoflife.date/docs/api/v1/. Static files, no key; asked with what names the state we have.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import msgspec

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.texts import clean_line
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.parsing import LONGEST_WORD, NotModified, at_door, decode_json, read_etag
from pyf.aggregator.sources.same_origin import ask_same_origin

MAX_PRODUCT_BYTES = 5_000_000
"""Fifty times the largest product."""
MAX_CYCLES = 1000

_PATIENCE = Patience(total_seconds=30.0)
_PRODUCT = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """The cycles of a product, as the source orders them, and what names this state of them."""

    cycles: tuple[Cycle, ...]
    etag: str | None = None
    last_modified: str | None = None


class _ResultWire(msgspec.Struct, frozen=True):
    releases: list[Any]
    name: Any = None


class _ProductWire(msgspec.Struct, frozen=True):
    result: _ResultWire


class _CycleWire(msgspec.Struct, frozen=True):
    name: Any = None
    released: Any = msgspec.field(name="releaseDate", default=None)
    ends: Any = msgspec.field(name="eolFrom", default=None)
    ended: Any = msgspec.field(name="isEol", default=None)
    lts: Any = msgspec.field(name="isLts", default=None)


class EndOfLife:
    """endoflife.date's API, or what looks like it, at ``url``."""

    def __init__(self, client: HttpClient, *, url: str) -> None:
        self._client = client
        self.url = url

    async def fetch_cycles(
        self, product: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> ProductPage | NotModified | None:
        """Fetch a product's cycles (``GET /products/<product>``); ``None`` where there is no such product.

        :class:`NotModified` when they are still those that ``etag``, or else ``last_modified``, names.
        Raises :class:`~pyf.aggregator.errors.sources.SourceError`.
        """
        if not is_product(product):
            return None
        headers = build_conditions(etag, last_modified)
        request = Request(
            url=f"{self.url}/products/{product}",
            kind="cycles",
            max_bytes=MAX_PRODUCT_BYTES,
            patience=_PATIENCE,
            headers={"Accept": "application/json", **headers},
        )

        def read(answer: Answer) -> ProductPage | NotModified | None:
            if answer.not_modified or answer.absent:
                return NotModified() if answer.not_modified else None
            return parse_product(answer, product)

        return await ask_same_origin(self._client, request, read)


def is_product(text: str) -> bool:
    """Tell whether a text can be the name of a product in an address."""
    return len(text) <= LONGEST_WORD and _PRODUCT.fullmatch(text) is not None


def build_conditions(etag: str | None, last_modified: str | None) -> Mapping[str, str]:
    """Return the headers that name the state we have; what could not be sent back is left out."""
    known, time = read_etag(etag), read_http_date(last_modified)
    if known:
        return {"If-None-Match": known}
    return {"If-Modified-Since": time} if time else {}


def read_http_date(value: str | None) -> str | None:
    """Return a time as HTTP spells it (RFC 9110), ``None`` for a header that tells none."""
    if not value or len(value) > LONGEST_WORD:
        return None
    try:
        return format_datetime(parsedate_to_datetime(value).astimezone(UTC), usegmt=True)
    except Exception:  # noqa: BLE001 - beside ValueError the parser raises what its arithmetic does
        return None


def parse_product(answer: Answer, product: str) -> ProductPage:
    """Read the cycles of a product; a field that cannot be read is unknown, a cycle without a name left out.

    Raises :class:`MalformedResponse` for what is no product, or another one, or has no cycle at all.
    """
    with at_door(answer.url):
        wire = decode_json(answer.body, _ProductWire).result
        if wire.name is not None and wire.name != product:
            raise MalformedResponse(answer.url, f"it speaks of {str(wire.name)[:LONGEST_WORD]!r}")
        cycles = {cycle.name: cycle for cycle in _iterate_cycles(wire.releases[:MAX_CYCLES], product)}
        if not cycles:
            raise MalformedResponse(answer.url, "it names no cycle")
        return ProductPage(
            cycles=tuple(cycles.values()),
            etag=read_etag(answer.headers.get("ETag")),
            last_modified=read_http_date(answer.headers.get("Last-Modified")),
        )


def _iterate_cycles(releases: Iterable[object], product: str) -> Iterator[Cycle]:
    for value in releases:
        if not isinstance(value, Mapping):
            continue
        wire = msgspec.convert(value, type=_CycleWire)
        name = clean_line(wire.name)
        if name is None or len(name) > LONGEST_WORD:
            continue
        yield Cycle(
            product=product,
            name=name,
            released=_read_date(wire.released),
            ends=_read_date(wire.ends),
            ended=_read_flag(wire.ended),
            lts=_read_flag(wire.lts),
        )


def _read_date(value: object) -> date | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _read_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
