"""Asking many queries of a collection at once."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched
from typing import Any

from tests.clients import Client
from tests.golden.catalogues import GoldenQuery
from tests.golden.scores import DEPTH, Answer

_SEARCHES_A_REQUEST = 50
"""More are refused by default (``limit_multi_searches``)."""


def ask_all(
    client: Client, collection: str, queries: Iterable[GoldenQuery], **parameters: object
) -> Iterator[tuple[Answer, list[Mapping[str, Any]]]]:
    """Search for every query, by default with the stored preset; yield what came, and the hits themselves."""
    common = {"collection": collection, "per_page": DEPTH, **(parameters or {"preset": collection})}
    for batch in batched(queries, _SEARCHES_A_REQUEST):
        searches = [{**common, "q": golden.query, "exclude_fields": "description"} for golden in batch]
        results = client.ask("POST", "/multi_search", {"searches": searches})["results"]
        for golden, result in zip(batch, results, strict=True):
            hits = result["hits"]
            yield Answer(golden=golden, found=[hit["document"]["id"] for hit in hits]), hits
