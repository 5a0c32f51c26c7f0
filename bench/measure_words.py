"""Typesense's memory for a document: the schema of before, today's, and one with a whole searched copy.

The projects are those of the distributions installed here, or of a file that ``BENCH_PROJECTS`` names
(JSON lines, each the ``info`` of a project). Each is written several times under other names.
"""

import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

from bench.rows import Row, run_embedded, temporary_folder
from pyf.aggregator.documents.project import DISPLAY_FIELDS, build_document, build_schema
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.sources.pypi.project_json import parse_project, read_page
from tests.servers.world import World

DOCUMENTS = 8_000
LATER_FIELDS = ("words", "description_words")


async def measure_words() -> list[Row]:
    documents = list(build_documents())
    variants: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {
        "before": (_go_back(build_schema()), _forget_words),
        "now": (build_schema(), dict),
        "with a whole copy of the description": (build_schema(), _copy_words),
    }
    used = {name: await _measure(documents, schema, change) for name, (schema, change) in variants.items()}
    count = len(documents)
    return [
        Row(f"{name}: bytes of Typesense's memory a document ({count} projects)", f"{bytes_:,.0f}", target)
        for (name, bytes_), target in zip(
            used.items(), ("", f"{used['before']:,.0f} before", "not taken"), strict=True
        )
    ]


def build_documents() -> Iterator[dict[str, Any]]:
    """Yield the declared fields of every project that is given or installed."""
    path = os.environ.get("BENCH_PROJECTS")
    world = World.from_info_lines(Path(path)) if path else World.from_installed()
    for name in world.projects:
        found = world.build_json(name)
        assert found is not None
        project = parse_project(read_page(found[1], "http://127.0.0.1", normalize(name)))
        description = render(project.description, project.description_content_type)
        document = build_document(project, {}, description, selected=("Framework",))
        yield {field: value for field, value in document.items() if field not in DISPLAY_FIELDS}


async def _measure(
    documents: list[Any], schema: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> float:
    with temporary_folder() as folder:
        async with run_embedded(folder) as (url, key):
            _ask(url, key, "POST", "/collections", json.dumps({**schema, "name": "c"}))
            # What the server takes for itself grows with the first documents: the second half counts.
            copies = -(-DOCUMENTS // len(documents) // 2)
            for half in range(2):
                before = _find_memory(url, key)
                for copy in range(copies):
                    lines = [
                        json.dumps({**change(item), "id": f"{item['id']}-{half}-{copy}"})
                        for item in documents
                    ]
                    answer = _ask(url, key, "POST", "/collections/c/documents/import", "\n".join(lines))
                    assert answer.count('"success":true') == len(lines)
            return (_find_memory(url, key) - before) / len(documents) / copies


def _find_memory(url: str, key: str) -> int:
    return int(json.loads(_ask(url, key, "GET", "/metrics.json"))["typesense_memory_allocated_bytes"])


def _ask(url: str, key: str, method: str, path: str, body: str | None = None) -> str:
    request = urllib.request.Request(  # noqa: S310 - our own server
        url + path, body.encode() if body else None, {"X-TYPESENSE-API-KEY": key}, method=method
    )
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 - the same
        return str(response.read().decode())


def _go_back(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "fields": [field for field in schema["fields"] if field["name"] not in LATER_FIELDS],
        "token_separators": list(".-_@/()[]{}<>=\"'`,;:#*"),
    }


def _find_words(document: dict[str, Any]) -> str:
    return " ".join(re.findall(r"[^\W_]+", unescape(document.get("description", ""))))


def _forget_words(document: dict[str, Any]) -> dict[str, Any]:
    kept = {field: value for field, value in document.items() if field not in LATER_FIELDS}
    return {**kept, "description": _find_words(document)}


def _copy_words(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "description_words": _find_words(document)}
