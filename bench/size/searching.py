"""Clients that search steadily, and how long they waited."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

CLIENTS = 4
PAUSE_SECONDS = 0.2
WORDS = ("collective", "p01", "w1", "w2f", "w3e8 w1", "author", "collective p00042", "w7 w9")


@dataclass
class Waited:
    """Milliseconds of each search, and the answers that were none."""

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def describe(self) -> str:
        ordered = sorted(self.milliseconds)
        shares = [ordered[int(len(ordered) * share)] for share in (0.5, 0.99)]
        return f"{shares[0]:.1f}, {shares[1]:.1f}, {ordered[-1]:.1f}"


@asynccontextmanager
async def search_steadily(url: str, key: str) -> AsyncIterator[Waited]:
    """Search with the preset while the block runs, some twenty times a second in all."""
    waited = Waited()
    async with aiohttp.ClientSession(headers={"X-TYPESENSE-API-KEY": key}) as session:
        clients = [asyncio.create_task(_search(session, url, waited, number)) for number in range(CLIENTS)]
        try:
            yield waited
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)


async def _search(session: aiohttp.ClientSession, url: str, waited: Waited, begin: int) -> None:
    for word in itertools.islice(itertools.cycle(WORDS), begin, None):
        began = time.perf_counter()
        query = {"q": word, "preset": "plone", "include_fields": "id,name,summary"}
        try:
            async with session.get(f"{url}/collections/plone/documents/search", params=query) as answer:
                text = await answer.text()
                if answer.status != 200:
                    waited.errors.append(text[:200])
        except aiohttp.ClientError as error:
            waited.errors.append(repr(error))
        waited.milliseconds.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_SECONDS)
