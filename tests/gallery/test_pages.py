"""The pages as visitors meet them: what each holds, and where it leads."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from pyf.aggregator.assessment.checks import RULES_VERSION
from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery import templating
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.wares import build_profile

PAGES = [
    "/wares/",
    "/wares/?q=calendar",
    "/wares/?q=zzzz",
    "/wares/?works=6.2&sort=name&page=2",
    "/wares/new/",
    "/wares/releases/",
    "/wares/packages/collective-calendar/",
    "/wares/packages/collective-calendar/checks/",
    "/wares/packages/nasty/",
    "/wares/packages/nasty/checks/",
    "/wares/packages/bare/",
    "/wares/ready/",
    "/wares/ready/6.2/",
    "/wares/ready/6.2/?verdict=declared",
    "/wares/people/somebody/",
    "/wares/about/",
    "/wares/for/forms/",
    "/wares/rising/",
    "/wares/changes/",
    "/wares/changes/?kind=left",
    "/wares/packages/tidy-forms/changes/",
]


def read_text(page: httpx.Response) -> str:
    """Return what a page says, without markup, in one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text.partition("<main")[2], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def list_results(page: httpx.Response) -> list[str]:
    return re.findall(r'<li class="result">\s*<h\d><a href="/wares/packages/([^/"]+)/"', page.text)


def list_links(page: httpx.Response) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]*)"', page.text)]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_small_and_safe(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert page.text.rstrip().endswith("</html>")
    assert page.text.count("<h1") == 1
    assert int(page.headers["content-length"]) < 60_000
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_every_link_within_the_gallery_leads_to_a_page(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    inside = {link for link in list_links(page) if link.startswith(("/", "?"))}
    wrong = {link: visitor.get(link).status_code for link in inside}
    assert {link: status for link, status in wrong.items() if status not in (200, 301, 302, 410)} == {}


@pytest.mark.parametrize("path", PAGES)
def test_every_fragment_is_there(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    ids = re.findall(r'\sid="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in list_links(page) if link.startswith("#")} <= set(ids)


def test_the_only_profile_is_the_front_page(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert (page.status_code, page.headers["location"]) == (302, "/wares/")


def test_several_profiles_are_a_front_page(typesense: EmbeddedServer, wares: Profile) -> None:
    client = Client(typesense.url, typesense.api_key)
    client.ask("PUT", "/aliases/wares-too", {"collection_name": "wares"})
    try:
        with serve_gallery(typesense, [wares, build_profile("wares-too")]) as visitor:
            page = visitor.get("/")
    finally:
        client.ask("DELETE", "/aliases/wares-too")
    assert page.status_code == 200
    # It has no preset of its own: what it searches is told with each search.
    assert {"/wares/", "/wares-too/"} <= set(list_links(page))
    assert read_text(page).count("47 packages") == 2


def test_without_words_there_is_something_to_look_at(visitor: Visitor) -> None:
    page = visitor.get("/wares/")
    text = read_text(page)
    assert "New" in text
    assert "Released lately" in text
    assert "Widely needed" in text
    assert "tidy.forms 1 package" in text
    # What has ended is not recommended to anybody.
    assert "archived.calendar" not in text
    assert "yanked.forms" not in text


def test_a_search_finds_and_marks_words(visitor: Visitor) -> None:
    page = visitor.get("/wares/?q=calendar")
    assert list_results(page) == ["collective-calendar", "old-calendar"]
    assert "<mark>calendar</mark>" in page.text
    assert "2 packages for “calendar”" in read_text(page)


def test_a_result_shows_three_deciding_facts_and_life_where_it_is_not_alive(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/?q=calendar"))
    assert "A calendar for Plone ● Plone 6.2 declared released 1 Nov 2026 use 50 50 old." in text
    old = "A calendar of old ◐ Plone 5.2, no longer supported ■ not 6.2 released 1 Nov 2026 use 99 99"
    assert f"{old} ◐ outdated" in text


def test_what_has_ended_is_left_out_and_counted_and_may_be_shown(visitor: Visitor) -> None:
    page = visitor.get("/wares/?q=calendar")
    assert "1 ended left out" in read_text(page)
    shown = visitor.get("/wares/?q=calendar&ended=1")
    assert set(list_results(shown)) == {"collective-calendar", "old-calendar", "archived-calendar"}
    assert "Ended ones are shown" in read_text(shown)
    assert list_results(visitor.get("/wares/?q=calendar&life=archived")) == ["archived-calendar"]


def test_facets_narrow_and_count_what_their_other_values_would_give(visitor: Visitor) -> None:
    page = visitor.get("/wares/?q=calendar&works=6.2")
    assert list_results(page) == ["collective-calendar"]
    text = read_text(page)
    assert "Works with: Plone 6.2 ×" in text
    assert "Plone 5.2 1" in text
    both = visitor.get("/wares/?q=calendar&works=6.2&works=5.2")
    assert len(list_results(both)) == 2


def test_facets_hold_each_other_down(visitor: Visitor) -> None:
    assert list_results(visitor.get("/wares/?kind=Addon&licence=MIT")) == ["collective-calendar"]
    assert list_results(visitor.get("/wares/?kind=Addon&licence=GPL")) == []
    assert list_results(visitor.get("/wares/?evidence=owner")) == ["collective-calendar"]
    assert list_results(visitor.get("/wares/?python=3.13")) == ["collective-calendar"]


def test_results_come_in_the_order_that_is_asked_for(visitor: Visitor) -> None:
    named = list_results(visitor.get("/wares/?sort=name"))
    assert named == sorted(named)
    assert list_results(visitor.get("/wares/?sort=newest"))[0] == "tidy-forms"
    assert list_results(visitor.get("/wares/?sort=use"))[0] == "old-calendar"


def test_pages_hold_twenty_and_lead_on(visitor: Visitor) -> None:
    first = visitor.get("/wares/?sort=name")
    second = visitor.get("/wares/?sort=name&page=2")
    assert len(list_results(first)) == len(list_results(second)) == 20
    assert not set(list_results(first)) & set(list_results(second))
    assert "/wares/?sort=name&page=2" in list_links(first)
    assert "Page 2 of 3" in read_text(second)
    assert visitor.get("/wares/?sort=name&page=4").status_code == 404
    assert visitor.get("/wares/?page=1000000000").status_code == 404


def test_a_query_has_a_title_and_one_address(visitor: Visitor) -> None:
    page = visitor.get("/wares/?page=1&works=6.2&q=calendar&unknown=1")
    assert "<title>calendar – Plone packages – Wares</title>" in page.text
    found = re.search(r'rel="canonical" href="([^"]+)"', page.text)
    assert found is not None
    assert unescape(found[1]) == f"{visitor.url}/wares/?q=calendar&works=6.2"


def test_an_empty_form_leads_to_the_page_without_words(visitor: Visitor) -> None:
    page = visitor.get("/wares/?q=")
    assert (page.status_code, page.headers["location"]) == (302, "/wares/")


def test_nothing_found_says_what_to_try(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/?q=zzzzzzzz&works=6.2"))
    assert "Nothing was found." in text
    assert "without filters" in text


def test_a_package_page_answers_the_five_questions(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/packages/collective-calendar/"))
    for words in (
        "A calendar for Plone",
        "Works with ● Plone 6.2 declared",
        "Life ● alive",
        "Last release 1 Nov 2026",
        "4,200 downloads a month",
        "120 stars",
        "of 100",
        "pip install collective.calendar",
        "Plone 5.2 ended ■ excluded",
        "requires Products.CMFPlone>=6.1",
        "tidy-forms",
        "github.com/collective/collective.calendar owner: it belongs to an owner",
        "somebody",
        "equals serial",
        "the month to 26 Nov 2026",
        f"rules {RULES_VERSION}",
    ):
        assert words in text


GALLERY = Path(templating.__file__).parent
SOURCES = ("templates/package.html", "templates/parts.html", "pages/package.py", "found.py")
SAID_BY_OTHERS = {
    **dict.fromkeys(("framework_versions", "classifiers"), "compatibility"),
    **dict.fromkeys(("has_wheel", "has_sdist"), "checks"),
    "license_spdx": "license",
    "repository_host": "repository_url",
    "downloads_checked": "downloads_as_of",
}
"""Fields of a package that its page does not show, with those that say the same to a reader."""


def test_every_field_of_a_package_is_shown_or_said_by_another() -> None:
    code = "\n".join((GALLERY / name).read_text(encoding="utf-8") for name in SOURCES)
    fields = set(Package.__struct_fields__)
    shown = {field for field in fields if re.search(rf"\b(?:package|row)\.{field}\b", code)}
    assert fields - shown == SAID_BY_OTHERS.keys(), (
        "Show each field in gallery/templates/package.html, or name here what says the same."
    )
    assert set(SAID_BY_OTHERS.values()) <= shown


def test_it_names_the_release_for_older_versions(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/packages/waits-forms/"))
    assert "◐ outdated" in text
    assert "■ blocked" in text
    assert "old-calendar" in text


def test_it_says_what_is_unknown(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/packages/silent/"))
    assert "Works with ○ works with: unknown" in text
    assert "stars unknown" in text
    assert "not asked yet" in text


def test_names_are_found_in_any_spelling(visitor: Visitor) -> None:
    for path in ("Collective.Calendar/", "collective_calendar/", "collective.calendar/checks/"):
        page = visitor.get(f"/wares/packages/{path}")
        assert page.status_code == 301
        assert page.headers["location"] == f"/wares/packages/collective-calendar/{path.partition('/')[2]}"
    missing_slash = visitor.get("/wares/packages/collective-calendar")
    assert missing_slash.headers["location"] == "/wares/packages/collective-calendar/"
    for path in ("Collective.Calendar.json", "collective_calendar/badge/life.svg"):
        assert visitor.get(f"/wares/packages/{path}").status_code == 301


def test_a_name_that_is_not_there_leads_to_those_that_are_near(visitor: Visitor) -> None:
    page = visitor.get("/wares/packages/calender/")
    assert page.status_code == 404
    assert "collective.calendar" in read_text(page)
    assert visitor.get("/wares/packages/x/checks/").status_code == 404


def test_checks_are_told_with_what_mends_them(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/packages/silent/checks/"))
    assert "To mend" in text
    assert '"Framework :: Plone :: 6.2",' in text
    assert "Badges" in text
    assert "/wares/packages/silent/badge/works-with.svg" in text


def test_readiness_counts_and_names_blockers(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/ready/6.2/"))
    assert "What others wait for" in text
    assert "old.calendar – 1 package waits requires Products.CMFPlone<6. Waiting: waits-forms" in text
    assert "■ blocked 1 package" in text
    assert "waits.forms" in text
    assert visitor.get("/wares/ready/9.9/").status_code == 404
    whole = visitor.get("/wares/ready/6.2/?verdict=declared")
    assert read_text(whole).count("declares Plone 6.2") == 44


def test_people_have_pages(visitor: Visitor) -> None:
    page = visitor.get("/wares/people/somebody/")
    assert "for Plone, owned by this account" in read_text(page)
    assert visitor.get("/wares/people/nobody/").status_code == 404


def test_about_tells_the_rules_that_hold(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/about/"))
    assert "Is it certain which licence holds?" in text
    assert "Framework :: Plone" in text
    assert "49, up to serial" in text


def test_addresses_that_are_nobodys(visitor: Visitor) -> None:
    for path in ("/nothing/", "/wares/nothing/", "/wares/packages/", "/static/x/gallery.css.map", "/%00/"):
        assert visitor.get(path).status_code == 404
    assert visitor.client.post(visitor.url + "/wares/").status_code == 405


def test_everything_moves_below_a_path(typesense: EmbeddedServer, wares: Profile) -> None:
    with serve_gallery(typesense, [wares], path="/catalogue") as visitor:
        page = visitor.get("/wares/?q=calendar")
        inside = [link for link in list_links(page) if link.startswith("/")]
        assert inside
        assert all(link.startswith("/catalogue/") for link in inside)
        assert {
            visitor.client.get(visitor.url.removesuffix("/catalogue") + link).status_code for link in inside
        } <= {200, 302}


def test_a_page_that_is_known_is_not_sent_again(visitor: Visitor) -> None:
    for path in ("/wares/", "/wares/packages/collective-calendar/", "/wares.atom", "/api/v1/rules"):
        page = visitor.get(path)
        again = visitor.get(path, headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == page.headers["etag"]
        # The same for both codings, so it has to be a weak one.
        plain = visitor.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.headers["etag"] == page.headers["etag"]
        assert page.headers["etag"].startswith('W/"')
        opaque = page.headers["etag"].removeprefix("W/")
        strong = visitor.get(path, headers={"If-None-Match": f'"x", {opaque}'})
        assert strong.status_code == 304
        assert "max-age" in page.headers["cache-control"]


def test_our_own_files_are_kept_for_good(visitor: Visitor) -> None:
    page = visitor.get("/wares/")
    files = [link for link in list_links(page) if "/static/" in link]
    sizes = {}
    for link in files:
        answer = visitor.get(link)
        assert "immutable" in answer.headers["cache-control"]
        sizes[link.rpartition("/")[2]] = int(answer.headers["content-length"])
    assert sizes["gallery.css"] < 16_000
    assert sizes["gallery.js"] < 4_000
    assert visitor.get("/static/old/gallery.css").headers["cache-control"] == "no-store"


def test_answers_are_compressed_for_who_can_read_that(visitor: Visitor) -> None:
    plain = visitor.get("/wares/", headers={"Accept-Encoding": "identity"})
    refused = visitor.get("/wares/", headers={"Accept-Encoding": "gzip;q=0"})
    packed = visitor.get("/wares/", headers={"Accept-Encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.text == packed.text == refused.text
    assert plain.headers["vary"] == "Accept-Encoding"
