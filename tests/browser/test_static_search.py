"""Search in a site of files, as a browser does it, and what there is without a script."""

import functools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pyf.aggregator.gallery.static_site.search_index import PART_SIZE
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.test_static_site import build

SIZES = {"catalogue": PART_SIZE, "in-parts": 7}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        """Say nothing."""


@pytest.fixture(scope="module")
def served(
    typesense: EmbeddedServer, wares: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """The same site twice on a server of files, by their addresses: one has its search in parts."""
    top = tmp_path_factory.mktemp("files")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(top)))
    urls = {name: f"http://127.0.0.1:{server.server_port}/{name}" for name in SIZES}
    for name, size in SIZES.items():
        # Playwright has a loop of its own in this thread.
        building = threading.Thread(target=_build, args=(typesense, wares, top / name, urls[name], size))
        building.start()
        building.join()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield urls
    server.shutdown()
    serving.join()
    server.server_close()


def _build(typesense: EmbeddedServer, wares: Profile, folder: Path, url: str, part_size: int) -> None:
    assert build(typesense, wares, folder, url, part_size).exit_code == 0


@pytest.fixture(params=SIZES)
def files(served: Mapping[str, str], request: pytest.FixtureRequest) -> str:
    """The address of one of them."""
    return served[request.param]


def test_packages_are_found_narrowed_and_ordered(visit: Callable[..., Any], files: str) -> None:
    with visit(own=files) as opened:
        page = opened.page
        page.goto(f"{files}/wares/")
        page.fill("#q", "calendar")
        expect(page.locator(".result")).to_have_count(2)
        assert page.url == f"{files}/wares/?q=calendar"
        expect(page.get_by_role("status")).to_have_text("2 packages for “calendar”")
        first = page.locator(".result").first.inner_text()
        assert "Plone" in first
        for word in ("calendars", "CALENDAR"):
            page.fill("#q", word)
            # Parts without the word answer for its beginnings.
            expect(page.get_by_role("status")).to_have_text(f"2 packages for “{word}”")
        page.fill("#q", "calendar browser")
        expect(page.get_by_role("status")).to_have_text("0 packages for “calendar browser”")
        page.goto(f"{files}/wares/?q=archived&works=6.2")
        expect(page.get_by_role("status")).to_have_text("0 packages for “archived”")
        page.goto(f"{files}/wares/")
        page.fill("#q", "calendar")
        expect(page.get_by_role("status")).to_have_text("2 packages for “calendar”")
        page.click("text=show what has ended, too")
        expect(page.locator(".result")).to_have_count(3)
        page.go_back()
        expect(page.locator(".result")).to_have_count(2)
        page.click(".filters summary >> nth=0")
        page.click(".filters a:has-text('Plone 6.2')")
        expect(page.locator(".result h3 a")).to_have_text(["collective.calendar"])
        page.goto(f"{files}/wares/?sort=name&works=6.2")
        expect(page.locator(".result h3 a").first).to_have_text("collective.calendar")
        page.click("text=Show more")
        expect(page.locator(".result")).to_have_count(40)
        page.click(".result h3 a >> nth=0")
        page.wait_for_url("**/packages/collective-calendar/")
        assert opened.complaints == []
        assert opened.strangers == []


def test_without_a_script_there_are_lists(visit: Callable[..., Any], files: str) -> None:
    with visit(own=files, java_script_enabled=False) as opened:
        page = opened.page
        page.goto(f"{files}/wares/")
        assert page.locator("form:visible").count() == 0
        assert page.locator(".filters:visible").count() == 0
        page.click("noscript a")
        page.click("text=tidy.forms")
        page.wait_for_url("**/packages/tidy-forms/")


@pytest.mark.parametrize("sort", ["name", "use", "quality", "newest", "new"])
def test_parts_are_shown_as_one(visit: Callable[..., Any], served: Mapping[str, str], sort: str) -> None:
    told = {}
    for name, url in served.items():
        with visit(own=url) as opened:
            page = opened.page
            page.goto(f"{url}/wares/?sort={sort}&ended=1")
            expect(page.locator(".result")).to_have_count(20)
            for count in (40, 49):
                page.click("text=Show more")
                expect(page.locator(".result")).to_have_count(count)
            titles = page.locator(".result h3 a").all_inner_texts()
            facts = page.locator(".result .facts").all_inner_texts()
            counts = page.locator(".filters small").all_text_contents()
            assert opened.complaints == []
        # Those of equal rank come in no certain order.
        told[name] = (sorted(titles), titles if sort == "name" else None, counts)
        if sort == "use":
            uses = [int(found[1]) for fact in facts if (found := re.search(r"use (\d+)", fact))]
            assert uses == sorted(uses, reverse=True)
            assert len({*uses}) > 1
    assert told["catalogue"] == told["in-parts"]


def test_a_search_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    visit: Callable[..., Any], files: str
) -> None:
    with visit(own=files) as opened:
        page = opened.page
        page.route("**/index.json", lambda route: route.abort())
        page.goto(f"{files}/wares/?q=calendar")
        expect(page.get_by_text("The search could not be loaded.")).to_have_text(
            "The search could not be loaded. Try again"
        )
        page.unroute("**/index.json")
        page.click("text=Try again")
        expect(page.locator(".result")).to_have_count(2)
