"""Whether the gallery lives, and whether it has what it needs."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.errors.typesense import SearchError
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.responses import JSON, NOT_KEPT, Representation, respond

logger = logging.getLogger(__name__)


async def answer_alive(request: Request) -> Response:
    """Answer ``/healthz``: the process answers."""
    return _tell(request, {"status": "ok"})


async def answer_ready(request: Request, collections: Sequence[Collection]) -> Response:
    """Answer ``/readyz``: every collection can be searched; 503 where one cannot."""
    words = await asyncio.gather(*(_ask(collection) for collection in collections))
    told = {collection.key: word for collection, word in zip(collections, words, strict=True)}
    ready = all(word == "ok" for word in told.values())
    return _tell(request, {"status": "ok" if ready else "unavailable", "collections": told}, ready=ready)


async def _ask(collection: Collection) -> str:
    try:
        await collection.count_packages()
    except SearchError as error:
        # What is wrong is for the operator; the word is enough for a probe.
        logger.warning("%s cannot be searched: %s", collection.key, error)
        return type(error).__name__
    return "ok"


def _tell(request: Request, told: dict[str, object], *, ready: bool = True) -> Response:
    status = 200 if ready else 503
    body = msgspec.json.encode(told)
    return respond(request, Representation(body=body, media_type=JSON, status=status, cache=NOT_KEPT))
