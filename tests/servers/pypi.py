"""A stand-in for PyPI on loopback: real HTTP, PyPI's manners, and faults on request."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xmlrpc import client as xmlrpc

from aiohttp import web
from packaging.utils import canonicalize_name

from tests.servers.stand_in import Record, StandIn
from tests.servers.world import World

INDEX_JSON = "application/vnd.pypi.simple.v1+json"
INTEGRITY_JSON = "application/vnd.pypi.integrity.v1+json"
NEW_RELEASES = 100
NEW_PROJECTS = 40


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many requests of each kind came."""

    project_list: int = 0
    project_json: int = 0
    versions: int = 0
    provenance: int = 0
    browse: int = 0
    feed: int = 0
    redirects: int = 0
    other: int = 0


@dataclass(kw_only=True)
class PyPIServer(StandIn):
    """PyPI as its ``world`` is at the moment of each request; with ``bare`` its feeds have no ETag."""

    world: World
    bare: bool = False

    @property
    def counts(self) -> Counts:
        """Return how many requests of each kind came."""
        kinds = [_classify(record) for record in self.requests]
        return Counts(**{kind: kinds.count(kind) for kind in set(kinds)})

    async def answer(self, request: web.Request, record: Record) -> web.Response:
        """Answer as PyPI would."""
        return self._answer(request, read_call(record))

    def _answer(self, request: web.Request, call: tuple[str, tuple[object, ...]] | None) -> web.Response:
        match request.path.split("/")[1:]:
            case ["simple", *names]:
                return self._answer_index(request, names)
            case ["integrity", name, version, filename, "provenance"]:
                return self._answer_provenance(request, name, version, filename)
            case ["pypi"] if call is not None:
                return self._answer_call(*call)
            case ["pypi", name, *version, "json"] | ["pypi", name, *version, "json", ""] if len(version) <= 1:
                return self._answer_json(request, name, *version)
            case ["rss", "updates.xml" | "packages.xml" as feed]:
                return self._answer_feed(request, feed)
        return _answer_unknown()

    def _answer_index(self, request: web.Request, names: list[str]) -> web.Response:
        match names:
            case []:
                return _redirect("/simple/")
            case [""]:
                return self._answer_list(request)
            case [name, ""]:
                return self._answer_index_page(request, name)
        return _answer_unknown()

    def _answer_list(self, request: web.Request) -> web.Response:
        headers = {"X-PyPI-Last-Serial": str(self.world.serial), "Cache-Control": "max-age=600"}
        if INDEX_JSON not in request.headers.get("Accept", ""):
            return _finish(request, self.world.build_html_list(), "text/html", headers)
        return _finish(request, self.world.build_list(), INDEX_JSON, headers)

    def _answer_index_page(self, request: web.Request, name: str) -> web.Response:
        if INDEX_JSON not in request.headers.get("Accept", ""):
            return web.Response(text="<html><body>the HTML page</body></html>", content_type="text/html")
        found = self.world.build_index_page(name)
        if found is None:
            return web.Response(status=404, text="404 Not Found", content_type="text/html")
        return _finish(request, found[1], INDEX_JSON, {"X-PyPI-Last-Serial": str(found[0])})

    def _answer_provenance(
        self, request: web.Request, name: str, version: str, filename: str
    ) -> web.Response:
        if INTEGRITY_JSON not in request.headers.get("Accept", ""):
            return web.json_response({"message": "Request not acceptable"}, status=406)
        body = self.world.build_provenance(name, version, filename)
        if body is None:
            message = f"No provenance available for {filename}"
            return web.json_response({"message": message}, status=404)
        return _finish(request, body, INTEGRITY_JSON, {})

    def _answer_json(self, request: web.Request, name: str, version: str | None = None) -> web.Response:
        normal = canonicalize_name(name)
        if normal != name or request.path.endswith("/"):
            return _redirect("/".join(("/pypi", normal, *filter(None, [version]), "json")))
        found = self.world.build_json(name, version)
        if found is None:
            return web.json_response({"message": "Not Found"}, status=404)
        headers = {"X-PyPI-Last-Serial": str(found[0]), "Cache-Control": "max-age=900, public"}
        return _finish(request, found[1], "application/json", headers)

    def _answer_call(self, method: str, parameters: tuple[object, ...]) -> web.Response:
        match method, parameters:
            case "browse", (list(classifiers),):
                answer = xmlrpc.dumps((self.world.browse(classifiers),), methodresponse=True)
            case "changelog_last_serial", ():
                answer = xmlrpc.dumps((self.world.serial,), methodresponse=True)
            case _:
                fault = xmlrpc.Fault(-32500, "RuntimeError: PyPI no longer supports this method.")
                answer = xmlrpc.dumps(fault, methodresponse=True)
        return web.Response(text=answer, content_type="text/xml")

    def _answer_feed(self, request: web.Request, feed: str) -> web.Response:
        """Answer with the newest releases or projects; yanks and removals are in no feed, as on PyPI."""
        root = ET.Element("rss", version="2.0")
        channel = ET.SubElement(root, "channel")
        ET.SubElement(channel, "title").text = "PyPI recent updates"
        if feed == "updates.xml":
            for name, version in self.world.find_newest_releases()[:NEW_RELEASES]:
                _add_item(channel, f"{name} {version}", f"{name}/{version}/")
        else:
            for name in self.world.find_newest_projects()[:NEW_PROJECTS]:
                _add_item(channel, f"{name} added to PyPI", f"{name}/")
        body = ET.tostring(root, xml_declaration=True)
        if self.bare:
            return web.Response(body=body, content_type="text/xml")
        return _finish(request, body, "text/xml", {})


def _redirect(path: str) -> web.Response:
    return web.Response(status=301, headers={"Location": path})


def _answer_unknown() -> web.Response:
    return web.Response(status=404, text="<h1>404</h1>", content_type="text/html")


def _add_item(channel: ET.Element, title: str, path: str) -> None:
    item = ET.SubElement(channel, "item")
    ET.SubElement(item, "title").text = title
    ET.SubElement(item, "link").text = f"https://pypi.org/project/{path}"
    ET.SubElement(item, "description").text = "Says what it is"
    ET.SubElement(item, "pubDate").text = "Mon, 01 Jan 2024 00:00:00 GMT"


def _finish(request: web.Request, body: bytes, content_type: str, headers: Mapping[str, str]) -> web.Response:
    """Answer with an ETag that depends on the encoding, as PyPI's does, and 304 for the one named."""
    encoding = "gzip" if "gzip" in request.headers.get("Accept-Encoding", "") else "identity"
    etag = f'"{hashlib.md5(body + encoding.encode(), usedforsecurity=False).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    response = web.Response(body=body, content_type=content_type, headers={**headers, "ETag": etag})
    if encoding == "gzip":
        response.enable_compression(web.ContentCoding.gzip)
    return response


def read_call(record: Record) -> tuple[str, tuple[object, ...]] | None:
    """Return the XML-RPC method of a request, and its parameters."""
    if record.method != "POST":
        return None
    parameters, method = xmlrpc.loads(record.body)
    return str(method), parameters


def _classify(record: Record) -> str:
    match record.path.split("/")[1:]:
        case ["simple", *names, ""]:
            return "versions" if names else "project_list"
        case ["integrity", *_]:
            return "provenance"
        case ["pypi", name, "json"]:
            return "project_json" if canonicalize_name(name) == name else "redirects"
        case ["rss", _]:
            return "feed"
        case ["pypi"] if (call := read_call(record)) and call[0] == "browse":
            return "browse"
        case _:
            return "other"
