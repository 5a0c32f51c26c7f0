"""A stand-in for endoflife.date: static files with an ETag and a date, as a web server gives them."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from aiohttp import web

from tests.servers.stand_in import Record, StandIn

type Product = list[dict[str, Any]]

WRITTEN = datetime(2026, 8, 22, 12, 0, tzinfo=UTC)


def build_cycle(
    name: str, released: str, ends: str | None, *, lts: bool = False, over: bool = False, latest: str = ""
) -> dict[str, Any]:
    """Return one line of releases as the API shows it."""
    return {
        "name": name,
        "codename": None,
        "label": name,
        "releaseDate": released,
        "isLts": lts,
        "ltsFrom": None,
        "isEoas": over,
        "eoasFrom": None,
        "isEol": over,
        "eolFrom": ends,
        "isMaintained": not over,
        "latest": {"name": latest or f"{name}.1", "date": released, "link": None},
        "custom": None,
    }


def build_products() -> dict[str, Product]:
    """Return some products as they were in August 2026."""
    return {
        "plone": [
            build_cycle("6.2", "2026-05-19", "2027-12-31"),
            build_cycle("6.1", "2025-02-07", "2027-12-31"),
            build_cycle("6.0", "2022-12-12", "2027-12-31"),
            build_cycle("5.2", "2019-07-10", "2024-10-31", over=True),
        ],
        "django": [
            build_cycle("6.1", "2026-08-05", "2027-12-31"),
            build_cycle("5.2", "2025-04-02", "2028-04-30", lts=True),
            build_cycle("5.1", "2024-08-07", "2025-12-03", over=True),
        ],
        "python": [
            build_cycle("3.14", "2025-10-07", "2030-10-31"),
            build_cycle("3.13", "2024-10-07", "2029-10-31"),
            build_cycle("3.9", "2020-10-05", "2025-10-31", over=True),
        ],
    }


@dataclass(kw_only=True)
class EndOfLifeServer(StandIn):
    """Products by name; with ``dated`` they are named by their date alone, as some servers do."""

    products: dict[str, Product] = field(default_factory=build_products)
    written: datetime = WRITTEN
    dated: bool = False

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Answer as a server of static files would."""
        match request.path.split("/")[1:]:
            case ["products", name] if name in self.products:
                return self._answer_product(request, name)
            case _:
                return web.Response(status=404, text="<h1>Not found</h1>", content_type="text/html")

    def _answer_product(self, request: web.Request, name: str) -> web.Response:
        written = self.written.isoformat()
        content = {
            "schema_version": "1.2.0",
            "generated_at": written,
            "last_modified": written,
            "result": {"name": name, "label": name.title(), "releases": self.products[name]},
        }
        body = json.dumps(content).encode()
        headers = {"Last-Modified": format_datetime(self.written, usegmt=True)}
        if not self.dated:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if _is_known(request, headers.get("ETag"), self.written):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)


def _is_known(request: web.Request, etag: str | None, written: datetime) -> bool:
    """Tell whether the request names the present state (RFC 9110: the ETag goes first)."""
    named, since = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
    if named is not None:
        return named == etag
    return since is not None and parsedate_to_datetime(since) >= written
