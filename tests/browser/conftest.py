"""A browser for all of its tests: Debian's Chromium, driven by Playwright, with a fresh profile each time."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.gallery.conftest import visitor, wares
from tests.gallery.served import Visitor

__all__ = ["visitor", "wares"]

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    "These tests need Chromium: install Debian's package chromium, or name the program in PYF_TEST_CHROMIUM."
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this room."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker("browser")


@dataclass
class Visit:
    """A page in a browser of its own, and what went wrong there."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[tuple[str, str]] = field(default_factory=list)
    """What was asked of other hosts: its kind and its address."""

    def open(self, path: str) -> None:
        """Go to an address of the gallery."""
        self.page.goto(self.url + path)

    def note(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc and not request.url.startswith("data:"):
            self.strangers.append((request.resource_type, request.url))


@pytest.fixture(scope="session")
def browser(visitor: Visitor) -> Iterator[Browser]:
    """The browser; Playwright has a loop of its own in this thread, so the servers are started before it."""
    del visitor
    program = os.environ.get("PYF_TEST_CHROMIUM") or shutil.which("chromium")
    assert program, MISSING
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, visitor: Visitor) -> Callable[..., Any]:
    """Return a function that opens a page in a browser, as a context."""

    @contextmanager
    def open_visit(*, own: str = visitor.url, **options: Any) -> Iterator[Visit]:
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 800}, **options})
        # Whatever is elsewhere stays there: nothing of these tests leaves the machine.
        context.route(lambda url: urlsplit(url).netloc != urlsplit(own).netloc, lambda route: route.abort())
        page = context.new_page()
        opened = Visit(page, own)
        page.on("request", opened.note)
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("console", lambda message: _note_complaint(opened, message))
        try:
            yield opened
        finally:
            context.close()

    return open_visit


def _note_complaint(opened: Visit, message: ConsoleMessage) -> None:
    if message.type in ("error", "warning") and "ERR_FAILED" not in message.text:
        opened.complaints.append(f"{message.text} ({message.location.get('url')})")
