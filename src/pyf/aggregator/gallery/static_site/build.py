"""Building a site: every page that the gallery would serve, asked of it here and written as a file."""

import gzip
import logging
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Message

from pyf.aggregator.errors.gallery import PageMissing
from pyf.aggregator.gallery.api.shapes import encode
from pyf.aggregator.gallery.api.told import tell_package
from pyf.aggregator.gallery.app import build_app
from pyf.aggregator.gallery.feeds import SUFFIXES
from pyf.aggregator.gallery.pages.lists import ALL_LISTS
from pyf.aggregator.gallery.pages.names import count_pages
from pyf.aggregator.gallery.problems import missing_page
from pyf.aggregator.gallery.representations.badges import BadgeKind
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.static_site.held import HeldCollection
from pyf.aggregator.gallery.static_site.links import BrokenLink, find_broken_links
from pyf.aggregator.gallery.static_site.search_index import (
    MANIFEST,
    PART_SIZE,
    SearchIndex,
    open_index,
    read_manifest,
)
from pyf.aggregator.gallery.static_site.search_record import build_record
from pyf.aggregator.gallery.static_site.writer import SiteWriter
from pyf.aggregator.gallery.templating import get_static, list_static_names
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.typesense.reader import Reader

logger = logging.getLogger(__name__)

TELL_SECONDS = 10.0
_SHOWN = (200, 410)


@dataclass(kw_only=True)
class SiteSummary:
    """What became of a build."""

    packages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    broken: tuple[BrokenLink, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """1 where a link leads nowhere."""
        return 1 if self.broken else 0


async def build_site(
    site: Site,
    reader: Reader,
    folder: Path,
    *,
    clock: Callable[[], float] = time.monotonic,
    part_size: int = PART_SIZE,
) -> SiteSummary:
    """Write all pages of a site into a folder, and take away what is no part of it any more.

    The index of the search is in parts of so many packages, about.

    Raises what :class:`Reader` raises, and :class:`SiteFolderRefused`; what was written until then stays, and
    the next build goes on from there.
    """
    began = clock()
    summary = SiteSummary()
    collections = {profile.key: HeldCollection(profile, reader) for profile in site.profiles}
    app = build_app(site, reader, collections=collections)
    build = _Build(site, app, SiteWriter(folder), clock, part_size)
    build.writer.begin()
    try:
        for collection in collections.values():
            summary.packages += await build.write_profile(collection)
        await build.write_own(len(collections))
        build.writer.finish()
    finally:
        build.writer.close()
    searches = [site.addresses.profile(profile.key) for profile in site.profiles]
    files = build.writer.paths
    summary.broken = tuple(find_broken_links(folder, files, base_url=site.base_url, searches=searches))
    summary.written, summary.unchanged = build.writer.written, build.writer.unchanged
    summary.removed = build.writer.removed
    summary.seconds = clock() - began
    return summary


@dataclass
class _Build:
    """One build: asks the application for a page and writes what it answers."""

    site: Site
    app: ASGIApp
    writer: SiteWriter
    clock: Callable[[], float]
    part_size: int

    async def write_own(self, profiles: int) -> None:
        """Write what is not about one profile."""
        to = self.site.addresses
        for path in (to.front(), f"{to.prefix}/robots.txt", f"{to.prefix}/sitemap.xml"):
            await self._write(path)
        self._put(f"{to.prefix}/404.html", missing_page(self.site).body)
        # Without it, hosts that build sites with Jekyll leave out what begins with an underscore.
        self._put(f"{to.prefix}/.nojekyll", b"")
        for name in list_static_names():
            content, digest = get_static(name)
            self._put(f"{to.prefix}/static/{digest}/{name}", content)
        if self.site.own_style is not None and self.site.own_style_path is not None:
            self._put(self.site.own_style_path, self.site.own_style)
        logger.info("Wrote the pages of %s.", "a profile" if profiles == 1 else f"{profiles} profiles")

    async def write_profile(self, collection: HeldCollection) -> int:
        """Write all of a profile; return how many packages it has."""
        await collection.hold_changes()
        for path in await self._list_paths(collection):
            await self._write(path)
        count = await self._write_packages(collection)
        for name in collection.list_left():
            await self._write(self.site.addresses.package(collection.key, name))
        return count

    async def _list_paths(self, collection: HeldCollection) -> list[str]:
        """Return the pages of a profile but those of packages."""
        to, key, profile = self.site.addresses, collection.key, collection.profile
        paths = [
            to.profile(key),
            to.other(to.profile(key), "atom"),
            to.ready(key),
            to.other(to.ready(key), "json"),
            to.listing(key, "about"),
        ]
        paths += [to.names(key, page) for page in range(1, await count_pages(collection) + 1)]
        for kind in ALL_LISTS:
            page = to.listing(key, kind.name)
            paths += [page, *(to.other(page, suffix) for suffix in kind.suffixes)]
        changes = to.listing(key, "changes")
        paths += [changes, *(to.other(changes, suffix) for suffix in SUFFIXES)]
        for topic in profile.topics:
            page = to.topic(key, topic.key)
            paths += [page, *(to.other(page, suffix) for suffix in SUFFIXES)]
        for cycle in await collection.get_cycles():
            page = to.ready(key, cycle.number)
            paths += [page, to.other(page, "json")]
        return [*paths, to.map(key, 1)]

    async def _write_packages(self, collection: HeldCollection) -> int:
        """Write every package, the export and the index, from one reading of the collection."""
        count, people, told = 0, set[str](), self.clock()
        cycles, packages = await collection.get_cycles(), await collection.count_packages()
        key = collection.key
        with (
            tempfile.TemporaryDirectory(prefix="pyf-gallery-") as temporary,
            tempfile.TemporaryFile() as exported,
            open_index(Path(temporary), packages, self.part_size) as index,
        ):
            packing = gzip.GzipFile(filename="", mode="wb", fileobj=exported, mtime=0)
            async with aclosing(collection.iterate_held()) as held:
                async for package in held:
                    for path in self._list_package_paths(key, package.id):
                        await self._write(path)
                    packing.write(encode(tell_package(self.site, collection.profile, package)) + b"\n")
                    index.add(
                        build_record(
                            self.site, collection.profile, package, facets=collection.facets, cycles=cycles
                        )
                    )
                    people |= {*package.owners, *([package.organization] if package.organization else [])}
                    count += 1
                    if self.clock() - told > TELL_SECONDS:
                        told = self.clock()
                        logger.info("%s: %s packages so far.", key, f"{count:,}")
            packing.close()
            exported.seek(0)
            to = self.site.addresses
            self._put(f"{to.profile(key)}export.jsonl.gz", exported.read())
            await self._write_index(f"{to.profile(key)}pagefind/", index)
        await self._write_people(collection, people)
        return count

    async def _write_index(self, path: str, index: SearchIndex) -> None:
        """Write the files of the search; parts that were made of the same records stay."""
        told = path.removeprefix(self.site.addresses.prefix)
        there = read_manifest(self.writer.find(told + MANIFEST))
        for part in index.parts:
            if there.get(part.path) == part.digest and self.writer.keep(told + part.path):
                continue
            for name, content in await part.make_files():
                self._put(path + name, content)
        self._put(path + MANIFEST, index.build_manifest())

    def _list_package_paths(self, key: str, name: NormalizedName) -> Iterable[str]:
        to = self.site.addresses
        page, checks = to.package(key, name), to.checks(key, name)
        changes, releases = to.changes_of(key, name), to.releases_of(key, name)
        yield from (page, to.other(page, "json"), checks, to.other(checks, "json"), changes)
        for suffix in SUFFIXES:
            yield to.other(changes, suffix)
            yield to.other(releases, suffix)
        for kind in BadgeKind:
            yield to.badge(key, name, kind, "svg")
            yield to.badge(key, name, kind, "json")

    async def _write_people(self, collection: HeldCollection, people: Iterable[str]) -> None:
        to = self.site.addresses
        for name in sorted(people):
            page = to.person(collection.key, name)
            for path in (page, *(to.other(page, suffix) for suffix in SUFFIXES)):
                await self._write(path)

    async def _write(self, path: str) -> None:
        status, body = await ask(self.app, path)
        if status not in _SHOWN:
            raise PageMissing(path, status)
        self._put(path, body)

    def _put(self, path: str, body: bytes) -> None:
        self.writer.write(unquote(path).removeprefix(self.site.addresses.prefix), body)


async def ask(app: ASGIApp, path: str) -> tuple[int, bytes]:
    """Ask an application of this process for a path; return status and body."""
    body = bytearray()
    status = 500

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": quote(path, safe="/%").encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "server": ("site", 80),
    }
    await app(scope, receive, send)
    return status, bytes(body)
