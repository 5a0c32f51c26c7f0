"""Search in a site of files, as a browser does it, and what there is without a script."""

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.test_static_site import build


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is theirs
        """Say nothing."""


@pytest.fixture(scope="module")
def files(
    typesense: EmbeddedServer, wares: Profile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A site below a path, on a server of files, by its address."""
    top = tmp_path_factory.mktemp("files")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(top)))
    url = f"http://127.0.0.1:{server.server_port}/catalogue"
    # Playwright has a loop of its own in this thread.
    building = threading.Thread(target=_build, args=(typesense, wares, top / "catalogue", url))
    building.start()
    building.join()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield url
    server.shutdown()
    serving.join()
    server.server_close()


def _build(typesense: EmbeddedServer, wares: Profile, folder: Path, url: str) -> None:
    assert build(typesense, wares, folder, url).exit_code == 0


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
