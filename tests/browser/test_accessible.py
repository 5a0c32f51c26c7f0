"""Everybody can use the gallery: WCAG 2.2 AA by axe-core, at every width, and by keyboard alone."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
MISSING = "Run npm ci in tests/browser first."
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
UNFOLD = """
document.querySelectorAll("details:not([name])").forEach(item => item.open = true);
document.querySelector(".filters details")?.setAttribute("open", "");
"""
PAGES = [
    "/wares/",
    "/wares/?q=calendar&ended=1&works=6.2&works=5.2",
    "/wares/?q=zzzzzz",
    "/wares/new/",
    "/wares/packages/collective-calendar/",
    "/wares/packages/nasty/",
    "/wares/packages/waits-forms/checks/",
    "/wares/ready/",
    "/wares/ready/6.2/",
    "/wares/people/somebody/",
    "/wares/about/",
    "/wares/packages/calender/",
    "/wares/packages/gone-forms/",
    "/wares/for/forms/",
    "/wares/rising/",
    "/wares/changes/?kind=left",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Callable[..., Any], path: str, scheme: str) -> None:
    assert AXE.exists(), MISSING
    with visit(color_scheme=scheme, bypass_csp=True) as opened:
        opened.open(path)
        # Folded parts are looked at as well.
        opened.page.evaluate(
            "document.querySelectorAll('details:not([name])').forEach(item => item.open = true)"
        )
        opened.page.evaluate("document.querySelector('.filters details')?.setAttribute('open', '')")
        opened.page.add_script_tag(path=AXE)
        found = opened.page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    told = [
        (violation["id"], [node["html"][:150] for node in violation["nodes"]])
        for violation in found["violations"]
    ]
    assert told == []
    assert len(found["passes"]) > 10


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_its_window(visit: Callable[..., Any], path: str) -> None:
    with visit() as opened:
        opened.open(path)
        for width in (320, 360, 800, 1400):
            opened.page.set_viewport_size({"width": width, "height": 900})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("package", ["collective-calendar", "waits-forms", "old-calendar", "nasty"])
def test_versions_and_releases_need_no_scrolling_aside(visit: Callable[..., Any], package: str) -> None:
    with visit() as opened:
        opened.open(f"/wares/packages/{package}/")
        opened.page.evaluate(UNFOLD)
        for width in (320, 360, 420, 768, 1280):
            opened.page.set_viewport_size({"width": width, "height": 900})
            for table in opened.page.locator(":is(#compatibility, #releases) .wide").all():
                assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_a_stacked_table_is_still_a_table_to_those_who_hear_it(visit: Callable[..., Any]) -> None:
    with visit(viewport={"width": 420, "height": 900}) as opened:
        opened.open("/wares/packages/collective-calendar/")
        tree = opened.page.context.new_cdp_session(opened.page).send("Accessibility.getFullAXTree")
    roles = Counter(node["role"]["value"] for node in tree["nodes"])
    assert (roles["table"], roles["columnheader"], roles["rowheader"]) == (2, 7, 5)


def test_the_keyboard_alone_finds_a_package(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        page = opened.page
        opened.open("/wares/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("calendar")
        page.wait_for_url("**/wares/?q=calendar")
        # The first filter opens and closes, and keeps the focus.
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Enter")
        assert page.locator(".filters details[open]").count() == 1
        page.keyboard.press("Escape")
        assert page.locator(".filters details[open]").count() == 0
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**works=6.2**")
        while page.evaluate("document.activeElement.closest('h3') === null"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/packages/collective-calendar/")
        assert opened.complaints == []


def test_what_is_focused_can_be_seen(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        opened.open("/wares/?q=calendar")
        for _ in range(12):
            opened.page.keyboard.press("Tab")
            outline = opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"


def test_how_many_were_found_is_announced(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        opened.open("/wares/?q=form")
        expect(opened.page.get_by_role("status")).to_have_text("2 packages for “form”")
        opened.page.fill("#q", "calendar")
        expect(opened.page.get_by_role("status")).to_have_text("2 packages for “calendar”")


def test_nothing_moves_for_who_wants_it_still(visit: Callable[..., Any]) -> None:
    with visit(reduced_motion="reduce") as opened:
        opened.open("/wares/")
        assert opened.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
