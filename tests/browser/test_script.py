"""The script of the gallery: results while one types, Back, and nothing that is missed without it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

PAGES = [
    "/wares/",
    "/wares/?q=calendar",
    "/wares/packages/collective-calendar/",
    "/wares/packages/nasty/",
    "/wares/packages/nasty/checks/",
    "/wares/ready/6.2/",
    "/wares/about/",
]


def list_names(opened: Any) -> list[str]:
    return [item.inner_text() for item in opened.page.locator(".result h3 a").all()]


def test_results_come_while_one_types_and_back_leads_back(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        page = opened.page
        opened.open("/wares/about/")
        opened.open("/wares/")
        page.evaluate("window.still = true")
        page.locator("#q").press_sequentially("calendar", delay=30)
        page.wait_for_url("**/wares/?q=calendar")
        expect(page.locator(".result")).to_have_count(2)
        assert page.title() == "calendar – Plone packages – Wares"
        # It is the same page: nothing was loaded anew.
        assert page.evaluate("window.still") is True
        page.go_back()
        expect(page.locator(".result")).to_have_count(0)
        assert page.url.endswith("/wares/")
        assert page.input_value("#q") == ""
        page.go_forward()
        expect(page.locator(".result")).to_have_count(2)
        assert page.input_value("#q") == "calendar"
        page.go_back()
        page.go_back()
        page.wait_for_url("**/about/")
        assert opened.complaints == []


def test_an_answer_that_comes_late_is_dropped(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        page = opened.page
        held: list[Any] = []
        page.route("**/wares/?q=form", lambda route: held.append(route))  # noqa: PLW0108 - it is marked
        opened.open("/wares/")
        page.fill("#q", "form")
        page.wait_for_timeout(300)
        assert len(held) == 1
        page.fill("#q", "calendar")
        expect(page.locator(".result")).to_have_count(2)
        held[0].continue_()
        page.wait_for_timeout(300)
        assert list_names(opened) == ["collective.calendar", "old.calendar"]
        assert page.url.endswith("?q=calendar")


def test_filters_stay_while_one_types(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        opened.open("/wares/?works=6.2")
        opened.page.fill("#q", "calendar")
        opened.page.wait_for_url("**/wares/?q=calendar&works=6.2")
        expect(opened.page.locator(".result")).to_have_count(1)


def test_an_outage_while_one_types_is_shown(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        opened.open("/wares/")
        opened.page.route("**/wares/?q=*", lambda route: route.fulfill(status=503, body="<h1>Away</h1>"))
        opened.page.fill("#q", "calendar")
        opened.page.wait_for_selector("h1:text('Away')")


def test_a_line_is_copied(visit: Callable[..., Any]) -> None:
    with visit(permissions=["clipboard-read", "clipboard-write"]) as opened:
        opened.open("/wares/packages/collective-calendar/")
        opened.page.click("button[data-copy=install]")
        opened.page.wait_for_selector("button:text('Copied')")
        assert opened.page.evaluate("navigator.clipboard.readText()") == "pip install collective.calendar"


def test_a_filter_closes_when_one_turns_elsewhere(visit: Callable[..., Any]) -> None:
    with visit() as opened:
        opened.open("/wares/?q=calendar")
        opened.page.click(".filters summary >> nth=0")
        assert opened.page.locator(".filters details[open]").count() == 1
        opened.page.click("h1")
        assert opened.page.locator(".filters details[open]").count() == 0


def test_everything_works_without_a_script(visit: Callable[..., Any]) -> None:
    with visit(java_script_enabled=False) as opened:
        page = opened.page
        opened.open("/wares/")
        page.fill("#q", "calendar")
        page.press("#q", "Enter")
        page.wait_for_url("**/wares/?q=calendar")
        page.click(".filters summary >> nth=0")
        page.click("text=Plone 6.2 >> nth=0")
        page.wait_for_url("**works=6.2**")
        assert list_names(opened) == ["collective.calendar"]
        page.click(".result h3 a")
        page.wait_for_url("**/packages/collective-calendar/")
        # Buttons that only a script could serve are not shown.
        assert page.locator("button[data-copy]:visible").count() == 0
        page.click("text=What would mend")
        page.wait_for_url("**/checks/")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_others_or_breaks_its_own_rules(visit: Callable[..., Any], path: str) -> None:
    with visit() as opened:
        opened.open(path)
        opened.page.wait_for_load_state("networkidle")
        # The pictures of READMEs are the only thing from elsewhere.
        assert {kind for kind, _ in opened.strangers} <= {"image"}
        assert {address for _, address in opened.strangers} <= {"https://pictures.example/d.png"}
        assert opened.complaints == []
        assert (
            opened.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
        )
