"""A client of the search server with a key of its own, and a collection of made-up projects to search."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.documents.project import build_schema
from pyf.aggregator.metadata.model import Project, Serial, normalize
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.made_up import build_whole_document


@dataclass(frozen=True)
class Client:
    """Whoever sends requests with a key."""

    url: str
    key: str

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Send one request and return what it says; raises ``HTTPError`` for what is refused."""
        url = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"X-TYPESENSE-API-KEY": self.key, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - the same
            text = response.read().decode()
        return json.loads(text) if "\n" not in text else [json.loads(line) for line in text.splitlines()]

    def find(self, collection: str, text: str, **query: object) -> list[str]:
        """Return the ids that a search finds, in order; with the preset, unless fields are named."""
        if "query_by" not in query:
            query["preset"] = collection
        path = f"/collections/{collection}/documents/search"
        return [hit["document"]["id"] for hit in self.ask("GET", path, q=text, **query)["hits"]]

    def count(self, collection: str, field: str) -> dict[str, int]:
        """Return the values of a facet, each with its count."""
        path = f"/collections/{collection}/documents/search"
        query = {"query_by": "name", "facet_by": field, "max_facet_values": 100, "per_page": 0}
        (facet,) = self.ask("GET", path, q="*", **query)["facet_counts"]
        return {item["value"]: item["count"] for item in facet["counts"]}


def make_project(name: str, **said: Any) -> Project:
    """Return a project that says what a test is about, and little else."""
    said = {"display_name": name, "serial": Serial(1), "version": "1.0", "project_urls": {}, **said}
    if "description" in said:
        said.setdefault("description_content_type", "text/plain")
    return Project(name=normalize(name), **said)


@contextmanager
def filled_collection(typesense: EmbeddedServer, name: str, projects: Iterable[Project]) -> Iterator[Client]:
    """Make a collection of projects with its preset, as a run does, and drop both afterwards."""
    client = Client(typesense.url, typesense.api_key)
    with filled_with_documents(client, name, map(build_whole_document, projects)):
        yield client


@contextmanager
def filled_with_documents(
    client: Client, name: str, documents: Iterable[Mapping[str, Any]], *, without: Collection[str] = ()
) -> Iterator[None]:
    """Make a collection of documents with its preset, as a run does, and drop both afterwards.

    Its schema is that of an earlier version, ``without`` some fields.
    """
    wanted: Any = build_schema()
    fields = [field for field in wanted["fields"] if field["name"] not in without]
    schema = client.ask("POST", "/collections", {**wanted, "fields": fields, "name": name})
    try:
        client.ask("PUT", f"/presets/{name}", {"value": build_preset(schema)})
        lines = [json.dumps(document) for document in documents]
        if lines:
            answer = client.ask(
                "POST", f"/collections/{name}/documents/import", "\n".join(lines).encode(), action="emplace"
            )
            rows = answer if isinstance(answer, list) else [answer]
            assert all(row["success"] for row in rows), rows
        yield
    finally:
        # A test may have deleted it to see what happens without.
        with suppress(urllib.error.HTTPError):
            client.ask("DELETE", f"/presets/{name}")
        client.ask("DELETE", f"/collections/{name}")
