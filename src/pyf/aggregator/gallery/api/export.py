"""The export: every package of a profile, a JSON object a line, compressed as it goes."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pyf.aggregator.gallery.api.answers import Place
from pyf.aggregator.gallery.api.endpoints import refuse
from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_package
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.responses import SAFE_HEADERS, SHOWN
from pyf.aggregator.gallery.site import Site

AT_ONCE = 50
"""Packages that are read at a time: a whole one may have a megabyte, and visitors wait meanwhile."""
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6


class Export:
    """Exports one profile at a time: it is the one answer that is as large as a collection."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._running = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """Answer ``/profiles/PROFILE/export.jsonl.gz``."""
        collection = self._place.collections.get(request.path_params["profile"])
        if collection is None:
            return refuse(request, 404, "There is no such profile.")
        if request.url.query:
            return refuse(request, 400, "An export takes no parameters.")
        if self._running.locked():
            response = refuse(request, 503, "Another export is under way; try again in some seconds.")
            response.headers["Retry-After"] = "10"
            return response
        lines = self._compress(self._place.site, collection)
        # Whatever goes wrong at first is told by a status, and not by an answer that breaks off.
        first = await anext(lines)
        headers = {
            "Cache-Control": SHOWN,
            "Content-Disposition": f'attachment; filename="{collection.key}.jsonl.gz"',
            **SAFE_HEADERS,
        }
        return StreamingResponse(_chain(first, lines), headers=headers, media_type="application/gzip")

    async def _compress(self, site: Site, collection: Collection) -> AsyncIterator[bytes]:
        async with self._running:
            packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
            async for packages in collection.whole.iterate_packages(AT_ONCE):
                lines = b"".join(
                    encode(tell_package(site, collection.profile, package)) + b"\n" for package in packages
                )
                yield packing.compress(lines) + packing.flush(zlib.Z_SYNC_FLUSH)
                await asyncio.sleep(0)
            yield packing.flush()


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part
