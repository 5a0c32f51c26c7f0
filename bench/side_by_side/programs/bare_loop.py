"""The loops that people write: the names that PyPI gives, then the JSON of each, twenty at a time.

``python bare_loop.py URL CLASSIFIER OUT list|browse``: all names of the project list, or those that XML-RPC's
``browse`` has for the classifier.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from xmlrpc.client import ServerProxy

import aiohttp

AT_ONCE = 20
ACCEPT = {"Accept": "application/vnd.pypi.simple.v1+json"}


async def find(url: str, classifier: str, method: str) -> list[tuple[str, str]]:
    """Return name and version of each project whose JSON shows the classifier or one below it."""
    found: list[tuple[str, str]] = []
    async with aiohttp.ClientSession() as session:
        names = browse(url, classifier) if method == "browse" else await fetch_list(session, url)
        # All of them take from the same iterator.
        shared = iter(names)
        await asyncio.gather(*(look(session, url, classifier, shared, found) for _ in range(AT_ONCE)))
    return found


async def fetch_list(session: aiohttp.ClientSession, url: str) -> Iterable[str]:
    async with session.get(f"{url}/simple/", headers=ACCEPT) as response:
        return [project["name"] for project in (await response.json())["projects"]]


def browse(url: str, classifier: str) -> Iterable[str]:
    with ServerProxy(f"{url}/pypi") as pypi:
        answer = pypi.browse([classifier])
    assert isinstance(answer, list)
    return {name for name, _ in answer}


async def look(
    session: aiohttp.ClientSession,
    url: str,
    classifier: str,
    names: Iterator[str],
    found: list[tuple[str, str]],
) -> None:
    for name in names:
        async with session.get(f"{url}/pypi/{name}/json") as response:
            if not response.ok:
                continue
            info = (await response.json())["info"]
        if any(one == classifier or one.startswith(f"{classifier} :: ") for one in info["classifiers"]):
            found.append((info["name"], info["version"]))


if __name__ == "__main__":
    url, classifier, out, method = sys.argv[1:]
    Path(out).write_text(json.dumps(asyncio.run(find(url, classifier, method))))
