"""A stand-in for ClickHouse's public copy of PyPI's download log: it reads names and answers with counts.

Shapes follow https://clickhouse.com/docs/interfaces/http and its format JSONCompact, where integers of 64
bits are strings.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from aiohttp import web

from tests.servers.stand_in import Record, StandIn

MOST_ROWS = 1000
COLUMNS = [("project", "String"), ("downloads", "UInt64"), ("latest", "Date")]

_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


@dataclass(kw_only=True)
class ClickHouseServer(StandIn):
    """Counts by name, known up to the day ``ends``; a name that has none gets no row.

    With ``invented`` every name that is asked for has been downloaded.
    """

    counts: dict[str, int] = field(default_factory=lambda: {"pip": 400_000_000})
    ends: date = field(default_factory=lambda: datetime.now(UTC).date() - timedelta(days=1))
    invented: bool = False

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Answer as ClickHouse would; it knows one query, whatever else it is told."""
        fields = read_form(record)
        query = fields.get("query", "")
        if "IN {names:Array(String)}" not in query or not query.endswith("FORMAT JSONCompact"):
            return web.Response(status=400, text="Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)")
        try:
            names = parse_array(fields.get("param_names", ""))
        except ValueError as error:
            text = f"Code: 457. DB::Exception: {error}. (BAD_QUERY_PARAMETER)"
            return web.Response(status=400, text=text)
        rows = [[name, str(count), str(self.ends)] for name in names if (count := self._count(name))]
        return web.json_response(build_answer(rows))

    @property
    def asked(self) -> list[list[str]]:
        """The names of each query that came."""
        return [parse_array(read_form(record)["param_names"]) for record in self.requests]

    def _count(self, name: str) -> int:
        return self.counts.get(name, 1 + sum(map(ord, name)) if self.invented else 0)


def build_answer(rows: list[list[Any]]) -> dict[str, Any]:
    """Return an answer with these rows, cut where the real server cuts it."""
    shown = rows[:MOST_ROWS]
    return {
        "meta": [{"name": name, "type": kind} for name, kind in COLUMNS],
        "data": shown,
        "rows": len(shown),
        "rows_before_limit_at_least": len(shown),
        "statistics": {"elapsed": 0.25, "rows_read": 1_000_000, "bytes_read": 9_000_000},
    }


def read_form(record: Record) -> dict[str, str]:
    """Return the fields of a multipart form."""
    kind = next((value for key, value in record.headers.items() if key.lower() == "content-type"), "")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + record.body, policy=HTTP)
    fields: dict[str, str] = defaultdict(str)
    for part in message.iter_parts() if message.is_multipart() else ():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        fields[str(part.get_param("name", header="content-disposition"))] = payload.decode()
    return fields


def parse_array(text: str) -> list[str]:
    """Read an ``Array(String)`` as ClickHouse does; raises ``ValueError`` for what is none."""
    inside = text[1:-1] if text.startswith("[") and text.endswith("]") else "?"
    strings, position = [], 0
    while position < len(inside):
        found = _LITERAL.match(inside, position)
        if found is None:
            raise ValueError(f"Value {text} cannot be parsed as Array(String)")
        strings.append(re.sub(r"\\(.)", lambda c: _ESCAPES.get(c[1], c[1]), found[1], flags=re.DOTALL))
        position = found.end()
        if position < len(inside) and inside[position] != ",":
            raise ValueError(f"Value {text} cannot be parsed as Array(String)")
        position += 1
    return strings


# What may be wrong with an answer that is well-formed and comes with 200


type Edit = Callable[[dict[str, Any]], object]


def leave_out(name: str) -> Edit:
    """Leave out the row of one project, and count rightly."""

    def edit(answer: dict[str, Any]) -> None:
        answer["data"] = [row for row in answer["data"] if row[0] != name]
        answer["rows"] = answer["rows_before_limit_at_least"] = len(answer["data"])

    return edit


def set_cell(name: str, column: int, value: Any) -> Edit:
    """Put another value into the row of one project."""

    def edit(answer: dict[str, Any]) -> None:
        for row in answer["data"]:
            if row[0] == name:
                row[column] = value

    return edit


def set_key(key: str, value: Any) -> Edit:
    """Put another value in a place of the answer."""

    def edit(answer: dict[str, Any]) -> None:
        answer[key] = value

    return edit
