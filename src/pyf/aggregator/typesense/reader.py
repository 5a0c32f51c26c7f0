"""Reading for visitors: searches with a search-only key, with little patience, many at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import msgspec

from pyf.aggregator.errors.typesense import (
    CollectionNotFound,
    RequestRefused,
    SearchUnauthorized,
    SearchUnavailable,
)


class FacetCount(msgspec.Struct, frozen=True):
    value: str
    count: int


class _FacetCounts(msgspec.Struct):
    field_name: str
    counts: list[FacetCount]


class _Hit(msgspec.Struct):
    document: msgspec.Raw
    highlight: dict[str, Any] = {}


class _Result(msgspec.Struct):
    found: int = 0
    hits: list[_Hit] = []
    facet_counts: list[_FacetCounts] = []
    code: int | None = None
    error: str | None = None


class _Results(msgspec.Struct):
    results: list[_Result]


class Hit(msgspec.Struct, frozen=True):
    document: msgspec.Raw
    marked: dict[str, str]


class Answer(msgspec.Struct, frozen=True):
    found: int
    hits: list[Hit]
    facet_counts: dict[str, list[FacetCount]]


class Reader:
    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session, self._url, self._key = session, url, key

    async def search(self, searches: Sequence[Mapping[str, object]]) -> list[Answer]:
        try:
            async with (
                asyncio.timeout(2.5),
                self._session.post(
                    f"{self._url}/multi_search",
                    json={"searches": list(searches)},
                    headers={"X-TYPESENSE-API-KEY": self._key},
                ) as response,
            ):
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SearchUnavailable(self._url, str(error)) from error
        if response.status != 200:
            raise (
                SearchUnauthorized(self._url)
                if response.status in (401, 403)
                else SearchUnavailable(self._url, f"HTTP {response.status}")
            )
        results = msgspec.json.decode(body, type=_Results).results
        answers = []
        for search, result in zip(searches, results, strict=True):
            if result.error:
                if result.error.startswith("Not found"):
                    raise CollectionNotFound(str(search["collection"]))
                raise RequestRefused(self._url, result.error)
            answers.append(
                Answer(
                    result.found,
                    [
                        Hit(
                            hit.document,
                            {
                                k: v["snippet"]
                                for k, v in hit.highlight.items()
                                if isinstance(v, dict) and "snippet" in v
                            },
                        )
                        for hit in result.hits
                    ],
                    {facet.field_name: facet.counts for facet in result.facet_counts},
                )
            )
        return answers
