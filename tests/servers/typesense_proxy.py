"""A proxy before a real Typesense that can lose, cut and refuse what passes through it."""

from dataclasses import dataclass

import httpx
from aiohttp import web

from tests.servers.stand_in import Record, StandIn


@dataclass(kw_only=True)
class TypesenseProxy(StandIn):
    """Hands every request on to ``behind`` and its answer back; faults meet the answer."""

    behind: str

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Return what the real server says."""
        kept = {key: value for key, value in record.headers.items() if key.lower() != "host"}
        # Reading the certificates of all authorities takes 40 ms, for a server that shows none.
        async with httpx.AsyncClient(
            base_url=self.behind, timeout=60, verify=self.behind.startswith("https:")
        ) as client:
            answer = await client.request(record.method, request.path_qs, headers=kept, content=record.body)
        return web.Response(status=answer.status_code, body=answer.content, content_type="application/json")
