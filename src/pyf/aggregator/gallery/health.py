"""Whether the gallery lives, and whether it has what it needs."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pyf.aggregator.errors.typesense import SearchError
from pyf.aggregator.gallery.collection import Collection
from pyf.aggregator.gallery.responses import JSON, NOT_KEPT, Representation, respond


async def answer_alive(request: Request) -> Response:
    """Answer ``/healthz``: the process answers."""
    return _tell(request, {"status": "ok"})


async def answer_ready(request: Request, collections: Sequence[Collection]) -> Response:
    """Answer ``/readyz``: every collection can be searched; 503 where one cannot."""
    told: dict[str, str] = {}
    for collection in collections:
        try:
            await collection.list_packages("", sort_by="name_sortable:asc", limit=1)
        except SearchError as error:
            # What is wrong is for the operator, and stands in the log; the word is enough for a probe.
            told[collection.key] = type(error).__name__
        else:
            told[collection.key] = "ok"
    ready = all(word == "ok" for word in told.values())
    return _tell(request, {"status": "ok" if ready else "unavailable", "collections": told}, ready=ready)


def _tell(request: Request, told: dict[str, object], *, ready: bool = True) -> Response:
    status = 200 if ready else 503
    body = msgspec.json.encode(told)
    return respond(request, Representation(body=body, media_type=JSON, status=status, cache=NOT_KEPT))
