"""The gallery as files: the same pages, only what changed, nothing left behind, every link followed."""

import asyncio
import gzip
import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pyf.aggregator.cli.gallery import pyfgallery
from pyf.aggregator.config.settings import describe_variables
from pyf.aggregator.errors.gallery import IndexFailed, SiteFolderRefused
from pyf.aggregator.gallery.footer import parse_footer
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.gallery.static_site.build import SiteSummary, build_site
from pyf.aggregator.gallery.static_site.links import BrokenLink, find_broken_links
from pyf.aggregator.gallery.static_site.pagefind import open_pagefind
from pyf.aggregator.gallery.static_site.search_index import PART_SIZE, read_manifest
from pyf.aggregator.gallery.static_site.writer import LIST_NAME, SiteWriter, find_file
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from pyf.aggregator.typesense.reader import open_reader
from tests.clients import Client
from tests.commands import Commands
from tests.gallery.served import FOOTER, Visitor
from tests.gallery.wares import HISTORY, update
from tests.servers.prepared import PYFGALLERY, Command, PreparedProcess
from tests.servers.redis import wait_until

BASE_URL = "https://example.org/catalogue"


def build(
    typesense: EmbeddedServer,
    profile: Profile,
    folder: Path,
    base_url: str = BASE_URL,
    part_size: int = PART_SIZE,
) -> SiteSummary:
    async def run() -> SiteSummary:
        async with open_reader([typesense.url], typesense.api_key, patience_seconds=20) as reader:
            site = Site(
                base_url=base_url,
                profiles=(profile,),
                title="Wares",
                footer=parse_footer(FOOTER),
                static=True,
            )
            return await build_site(site, reader, folder, part_size=part_size)

    return asyncio.run(run())


def read_all(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def built(
    typesense: EmbeddedServer, wares: Profile, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, SiteSummary]:
    folder = tmp_path_factory.mktemp("static") / "site"
    return folder, build(typesense, wares, folder)


def test_every_page_is_a_file_and_every_link_leads_somewhere(built: tuple[Path, SiteSummary]) -> None:
    folder, summary = built
    assert (summary.packages, summary.broken, summary.exit_code) == (49, (), 0)
    files = read_all(folder)
    assert summary.written == len(files) - 1
    for name in (
        "index.html",
        "404.html",
        "robots.txt",
        "sitemap.xml",
        ".nojekyll",
        "wares/index.html",
        "wares.atom",
        "wares/all/index.html",
        "wares/about/index.html",
        "wares/new.atom",
        "wares/rising.json",
        "wares/changes.atom",
        "wares/for/forms/index.html",
        "wares/for/forms.atom",
        "wares/ready/6.2/index.html",
        "wares/ready/6.2.json",
        "wares/people/somebody/index.html",
        "wares/packages/collective-calendar/index.html",
        "wares/packages/collective-calendar.json",
        "wares/packages/collective-calendar/checks/index.html",
        "wares/packages/collective-calendar/changes.atom",
        "wares/packages/collective-calendar/releases.json",
        "wares/packages/collective-calendar/badge/works-with.svg",
        "wares/packages/gone-forms/index.html",
        "wares/pagefind/1/pagefind.js",
        "wares/pagefind/index.json",
        "wares/export.jsonl.gz",
    ):
        assert name in files
    lines = gzip.decompress(files["wares/export.jsonl.gz"]).splitlines()
    assert len(lines) == 49
    assert b"has left" in files["wares/packages/gone-forms/index.html"]


def test_pages_are_those_that_are_served(built: tuple[Path, SiteSummary], visitor: Visitor) -> None:
    files = read_all(built[0])
    for path in ("packages/collective-calendar.json", "packages/tidy-forms/releases.atom", "new.json"):
        told = visitor.get(f"/wares/{path}").text.replace(visitor.url, BASE_URL)
        assert files[f"wares/{path}"].decode() == told
    page = files["wares/packages/collective-calendar/index.html"].decode()
    assert '<meta http-equiv="Content-Security-Policy" content="default-src' in page
    assert "'wasm-unsafe-eval'" in page
    # Nobody answers to a query but the search's own script.
    assert {link for link in re.findall(r'href="([^"]*\?[^"]*)"', page) if "/wares/?" not in link} == set()
    assert "Mozilla" not in page


def test_a_second_build_writes_what_changed_and_removes_what_left(
    typesense: EmbeddedServer, wares: Profile, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    build(typesense, wares, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = build(typesense, wares, folder)
    assert (again.written, again.removed, again.broken) == (0, 0, ())
    assert {path: path.stat().st_mtime_ns for path in before if path.name != LIST_NAME} == {
        path: time for path, time in before.items() if path.name != LIST_NAME
    }
    (folder / "mine.txt").write_text("not of the gallery")
    client = Client(typesense.url, typesense.api_key)
    held = client.ask("GET", "/collections/wares/documents/filler-p39")
    update(typesense, "wares", {"silent": {"summary": "Says something now"}})
    client.ask("DELETE", "/collections/wares/documents/filler-p39")
    try:
        changed = build(typesense, wares, folder)
    finally:
        update(typesense, "wares", {"silent": {"summary": "Says nothing of versions"}})
        client.ask("POST", "/collections/wares/documents", held)
    assert changed.removed >= 10
    # Of many hundreds; how many of them are the search's own is Pagefind's affair.
    assert 0 < changed.written < 80
    assert not (folder / "wares/packages/filler-p39").exists()
    assert not (folder / "wares/packages/filler-p39.json").exists()
    assert "Says something now" in (folder / "wares/packages/silent/index.html").read_text()
    assert (folder / "mine.txt").read_text() == "not of the gallery"


# The command


@pytest.fixture
def settings(typesense: EmbeddedServer, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "profiles.yaml").write_text(
        'profiles:\n  wares:\n    name: Plone\n    classifiers: ["Framework :: Plone"]\n'
    )
    return {
        "TYPESENSE_NODES": typesense.url,
        "TYPESENSE_API_KEY": typesense.api_key,
        "PYF_PROFILES": str(tmp_path / "profiles.yaml"),
        "PYF_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def keys(typesense: EmbeddedServer) -> Iterator[None]:
    yield
    client = Client(typesense.url, typesense.api_key)
    for key in client.ask("GET", "/keys")["keys"]:
        if key["description"] == "search-only key of the gallery":
            client.ask("DELETE", f"/keys/{key['id']}")


@pytest.mark.usefixtures("keys", "wares")
def test_the_command_tells_what_it_wrote(
    commands: Commands, settings: dict[str, str], tmp_path: Path
) -> None:
    run = commands.choose(pyfgallery)
    site = str(tmp_path / "site")
    ended = run("build", site, "-p", "wares", "--base-url", "https://a.example", **settings)
    assert ended.exit_code == 0
    assert re.search(r"packages +49\n +files written +\d", ended.answer)
    told = json.loads(run("build", site, "-p", "wares", "--json", PYF_GALLERY_URL="https://a.example").answer)
    assert (told["written"], told["broken_links"], told["complete"]) == (0, [], True)
    refused = run("build", str(tmp_path), "-p", "wares")
    assert refused.exit_code == 1
    assert "it holds files that no build of a site has written; name an empty folder." in refused.talk


@pytest.mark.usefixtures("keys", "wares")
def test_the_command_wants_to_know_where_the_site_will_be(
    commands: Commands, settings: dict[str, str], tmp_path: Path
) -> None:
    ended = commands.choose(pyfgallery)("build", str(tmp_path / "site"), "-p", "wares", **settings)
    assert ended.exit_code == 2
    assert "Say with --base-url" in ended.talk


@pytest.mark.usefixtures("keys", "wares")
def test_a_killed_build_is_completed_by_the_next(
    settings: Mapping[str, str], typesense: EmbeddedServer, wares: Profile, tmp_path: Path
) -> None:
    ours = {variable.name for variable in describe_variables()}
    environment = {name: value for name, value in os.environ.items() if name not in ours} | dict(settings)
    site = tmp_path / "site"
    process = PreparedProcess(
        Command(
            program=PYFGALLERY,
            words=("build", str(site), "-p", "wares", "--base-url", BASE_URL),
            environment=environment,
            folder=tmp_path,
        )
    )
    wait_until(lambda: len(list(site.rglob("*.json"))) > 30, "the build is half done")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (site / "sitemap.xml").exists()
    (site / "wares" / ".pyf-unfinished-x").write_text("half a page")
    summary = build(typesense, wares, site)
    assert summary.broken == ()
    assert summary.unchanged > 30
    whole = tmp_path / "whole"
    build(typesense, wares, whole)
    # The names of Pagefind's files are others each time.
    kept, fresh = (
        {
            name: content
            for name, content in read_all(each).items()
            if "pagefind/" not in name and name != LIST_NAME
        }
        for each in (site, whole)
    )
    assert kept == fresh


# Its parts


@pytest.mark.parametrize(
    ("path", "file"),
    [("/", "index.html"), ("/plone/new/", "plone/new/index.html"), ("/plone/new.atom", "plone/new.atom")],
)
def test_paths_are_files(path: str, file: str) -> None:
    assert find_file(path) == file


@pytest.mark.parametrize("path", ["/../x", "/a/../b", "/a\x00b", "/a\\b", "/a:b", "/" + "x" * 300, "/con?x"])
def test_what_no_file_system_can_be_trusted_with_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path of a site"):
        find_file(path)


def test_nothing_is_written_twice_or_into_a_file(tmp_path: Path) -> None:
    writer = SiteWriter(tmp_path / "site")
    writer.begin()
    writer.write("/a/", b"1")
    with pytest.raises(ValueError, match="twice"):
        writer.write("/a/", b"2")
    writer.finish()
    (tmp_path / "file").write_text("x")
    with pytest.raises(SiteFolderRefused, match=r"not a directory|file exists"):
        SiteWriter(tmp_path / "file").begin()


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    pages = {
        "index.html": '<a href="/c/a/">1</a><a href="/c/b/">2</a><a href="/a/">3</a><a href="#x">4</a>'
        '<p id="y">',
        "a/index.html": '<a href="/c/#y">1</a><a href="/c/#z">2</a><img src="/c/a.svg">'
        '<a href="/c/?q=1">3</a>'
        '<a href="https://e.org/c/b.atom">4</a><a href="https://other.org/">5</a><a href="/c/a/?q=1">6</a>',
        "a.svg": "",
    }
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = find_broken_links(tmp_path, pages, base_url="https://e.org/c", searches=["/c/"])
    assert sorted((item.file, item.link) for item in found) == [
        ("a/index.html", "/c/#z"),
        ("a/index.html", "/c/a/?q=1"),
        ("a/index.html", "https://e.org/c/b.atom"),
        ("index.html", "#x"),
        ("index.html", "/a/"),
        ("index.html", "/c/b/"),
    ]
    assert isinstance(found[0], BrokenLink)


def test_a_search_in_parts_makes_only_those_anew_that_changed(
    typesense: EmbeddedServer, wares: Profile, tmp_path: Path
) -> None:
    def read_parts() -> Mapping[str, str]:
        return read_manifest((tmp_path / "wares/pagefind/index.json").read_bytes())

    build(typesense, wares, tmp_path, part_size=10)
    first, files = read_parts(), read_all(tmp_path / "wares/pagefind")
    assert [*first] == ["1/", "2/", "3/", "4/", "5/"]
    fragments = [[name for name in files if name.startswith(f"{part}fragment/")] for part in first]
    assert sum(map(len, fragments)) == 49
    assert all(fragments)
    update(typesense, "wares", {"silent": {"summary": "Says something now"}})
    try:
        build(typesense, wares, tmp_path, part_size=10)
    finally:
        update(typesense, "wares", {"silent": {"summary": "Says nothing of versions"}})
    second, again = read_parts(), read_all(tmp_path / "wares/pagefind")
    (other,) = {part for part in first if second[part] != first[part]}
    changed = {name for name in files.keys() | again.keys() if files.get(name) != again.get(name)}
    assert {name.partition("/")[0] for name in changed} == {other.rstrip("/"), "index.json"}
    build(typesense, wares, tmp_path, part_size=30)
    assert [*read_parts()] == ["1/", "2/"]
    assert not (tmp_path / "wares/pagefind/5").exists()


def test_a_manifest_that_somebody_broke_is_made_anew(
    typesense: EmbeddedServer, wares: Profile, tmp_path: Path
) -> None:
    build(typesense, wares, tmp_path)
    manifest = tmp_path / "wares/pagefind/index.json"
    whole = manifest.read_bytes()
    for broken in (b"{", b'{"parts": 1}', b"[]", b""):
        manifest.write_bytes(broken)
        assert build(typesense, wares, tmp_path).broken == ()
        assert manifest.read_bytes() == whole


@pytest.mark.asyncio
async def test_what_pagefind_refuses_is_told() -> None:
    async with open_pagefind() as pagefind:
        await pagefind.ask("NewIndex", config={})
        await pagefind.tell("Nonsense")
        with pytest.raises(IndexFailed):
            await pagefind.finish()


def test_histories_are_part_of_it(built: tuple[Path, SiteSummary]) -> None:
    told = json.loads((built[0] / "wares/packages/collective-calendar.json").read_text())
    assert len(told["history"]) == len(HISTORY) + 1
