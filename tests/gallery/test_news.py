"""What is news: topics, what is rising, how a figure went, and what has happened."""

from xml.etree import ElementTree as ET

import pytest

from pyf.aggregator.documents.shown import ShownPoint
from pyf.aggregator.gallery.curves import build_curves
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.test_feeds import read_atom
from tests.gallery.test_pages import list_links, list_results, read_text
from tests.gallery.wares import WEEK, build_profile


def test_topics_stand_on_the_front_page_and_hold_their_packages(visitor: Visitor) -> None:
    assert {"/wares/for/forms/", "/wares/for/events/"} <= set(list_links(visitor.get("/wares/")))
    forms = visitor.get("/wares/for/forms/")
    assert set(list_results(forms)) == {"tidy-forms", "waits-forms"}
    assert "<h1>Forms for Plone</h1>" in forms.text
    assert "1 ended left out" in read_text(forms)
    assert list_results(visitor.get("/wares/for/events/")) == ["collective-calendar"]
    assert visitor.get("/wares/for/nothing/").status_code == 404


def test_a_topic_is_searched_within(visitor: Visitor) -> None:
    page = visitor.get("/wares/for/forms/?works=6.2")
    assert list_results(page) == ["tidy-forms"]
    inside = [link for link in list_links(page) if "works=6.2" in link and "Plone" not in link]
    assert inside
    assert all(link.startswith(("/wares/for/forms", "http")) for link in inside)
    assert list_results(visitor.get("/wares/for/forms/?q=browser")) == ["tidy-forms"]
    told = visitor.get("/wares/for/forms.json").json()
    assert {package["id"] for package in told["packages"]} == {"tidy-forms", "waits-forms"}


def test_a_topic_has_a_feed(visitor: Visitor) -> None:
    found = read_atom(visitor.get("/wares/for/forms.atom").content)
    assert [entry.title for entry in found.entries] == ["tidy.forms 3.0", "waits.forms 2.0"]
    assert found.feed.title == "Forms for Plone"


def test_what_is_rising_is_a_list_of_what_is_known(visitor: Visitor) -> None:
    page = visitor.get("/wares/rising/")
    assert list_results(page) == ["collective-calendar"]
    assert visitor.get("/wares/rising.json").json()["packages"][0]["use_growth"] == 20
    assert visitor.get("/wares/rising.atom").status_code == 404
    assert "Rising collective.calendar use 50, 20 more than twelve weeks ago" in read_text(
        visitor.get("/wares/")
    )


def test_a_history_is_drawn_with_a_table_behind(visitor: Visitor) -> None:
    page = visitor.get("/wares/packages/collective-calendar/")
    text = read_text(page)
    assert "Downloads a month: 1,000 → 4,200" in text
    assert "24 Aug 2026 20 1,000 - - -" in text
    assert 'aria-label="Use: from 20 to 50"' in page.text
    for part in page.text.split("<svg ")[1:]:
        ET.fromstring("<svg " + part.partition("</svg>")[0] + "</svg>")  # noqa: S314 - our own
    assert "History" not in read_text(visitor.get("/wares/packages/silent/"))


def test_a_line_has_gaps_where_nothing_is_known() -> None:
    points = [ShownPoint(week=week * WEEK, use=use) for week, use in enumerate((1, 3, None, 2))]
    (line,) = build_curves(points)
    assert line.path == "M3.0 37.0L67.7 3.0M197.0 20.0"
    assert (line.first, line.last) == (1, 2)
    assert build_curves(points[:1]) == ()
    assert build_curves([ShownPoint(week=1, use=1), ShownPoint(week=1, use=2)]) == ()
    (flat,) = build_curves([ShownPoint(week=1, stars=5), ShownPoint(week=2, stars=5)])
    assert flat.path == "M3.0 20.0L197.0 20.0"


def test_what_has_happened_is_told_and_narrowed(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/changes/"))
    assert "24 Nov 2026 tidy.forms ● released Released 3.0, a major release." in text
    assert "gone.forms ■ left Left: gone from PyPI." in text
    assert "released 1" in text
    only = read_text(visitor.get("/wares/changes/?kind=left"))
    assert "tidy.forms" not in only
    assert "gone.forms" in only
    assert visitor.get("/wares/changes/?page=2").status_code == 404
    assert "Nothing has been noted of this kind yet" in read_text(visitor.get("/wares/changes/?kind=fixed"))


@pytest.mark.parametrize("suffix", ["atom", "json"])
def test_changes_are_feeds(visitor: Visitor, suffix: str) -> None:
    whole = visitor.get(f"/wares/changes.{suffix}")
    assert whole.status_code == 200
    assert whole.text.count("Released 3.0, a major release.") >= 1
    one = visitor.get(f"/wares/packages/tidy-forms/changes.{suffix}")
    assert "Works with" not in one.text
    narrowed = visitor.get(f"/wares/changes.{suffix}?kind=left")
    assert "tidy.forms" not in narrowed.text
    if suffix == "atom":
        assert [entry.title for entry in read_atom(whole.content).entries] == [
            "tidy.forms: Released 3.0, a major release.",
            "collective.calendar: Works with Plone 6.2 now.",
            "gone.forms: Left: gone from PyPI.",
        ]


def test_a_package_has_its_changes(visitor: Visitor) -> None:
    text = read_text(visitor.get("/wares/packages/tidy-forms/changes/"))
    assert "What changed: tidy.forms" in text
    assert "Released 3.0" in text
    assert (
        visitor.get("/wares/packages/Tidy.Forms/changes/")
        .headers["location"]
        .endswith("/wares/packages/tidy-forms/changes/")
    )
    assert visitor.get("/wares/packages/nothing/changes.atom").status_code == 404


def test_what_has_left_says_so(visitor: Visitor) -> None:
    page = visitor.get("/wares/packages/gone-forms/")
    assert page.status_code == 410
    text = read_text(page)
    assert "gone.forms has left" in text
    assert "Forms that are gone" in text
    for path in ("checks/", "releases.atom"):
        assert visitor.get(f"/wares/packages/gone-forms/{path}").status_code == 410
    told = visitor.get("/wares/packages/gone-forms.json")
    assert told.status_code == 410
    assert told.json() == {"error": "This package was in this profile and has left it."}


def test_without_records_there_is_no_news(typesense: EmbeddedServer) -> None:
    client = Client(typesense.url, typesense.api_key)
    client.ask("PUT", "/aliases/wares-alone", {"collection_name": "wares"})
    try:
        with serve_gallery(typesense, [build_profile("wares-alone")]) as visitor:
            assert "Nothing has been noted yet" in read_text(visitor.get("/wares-alone/changes/"))
            assert visitor.get("/wares-alone/").status_code == 200
            assert visitor.get("/wares-alone/packages/gone-forms/").status_code == 404
    finally:
        client.ask("DELETE", "/aliases/wares-alone")
