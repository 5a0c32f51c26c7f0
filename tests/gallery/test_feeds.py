"""Feeds: each is read by a parser of others, and says what its page says."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pyf.aggregator.documents.shown import Package, ShownRelease
from pyf.aggregator.gallery.news import Entry, Feed, build_releases_of
from pyf.aggregator.gallery.representations.atom import build_atom
from pyf.aggregator.gallery.representations.json_feed import build_json_feed
from pyf.aggregator.gallery.site import Site
from pyf.aggregator.metadata.model import NormalizedName
from tests.gallery.served import Visitor
from tests.gallery.wares import build_profile

FEEDS = [
    "/wares",
    "/wares/new",
    "/wares/releases",
    "/wares/packages/collective-calendar/releases",
    "/wares/people/somebody",
]
JSON_FEEDS = [path for path in FEEDS if path not in ("/wares", "/wares/people/somebody")]
SCHEMA = json.loads((Path(__file__).parent / "json_feed.schema.json").read_text())
NASTY = 'a\x00b\ud800 <script>alert(1)</script> & "quotes" ]]> \x0b\ufffe'


def read_atom(body: bytes) -> Any:
    found = feedparser.parse(body)
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize("path", FEEDS)
def test_atom_can_be_read(visitor: Visitor, path: str) -> None:
    answer = visitor.get(f"{path}.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    found = read_atom(answer.content)
    assert found.version == "atom10"
    assert found.entries
    assert [link.href for link in found.feed.links if link.rel == "self"] == [str(answer.url)]
    ids = [entry.id for entry in found.entries]
    assert len(ids) == len(set(ids))
    times = [entry.updated_parsed for entry in found.entries]
    assert times == sorted(times, reverse=True)
    assert found.feed.updated_parsed == times[0]
    assert {visitor.client.get(entry.link.partition("#")[0]).status_code for entry in found.entries} == {200}


@pytest.mark.parametrize("path", JSON_FEEDS)
def test_json_feeds_are_as_the_standard_has_them(visitor: Visitor, path: str) -> None:
    answer = visitor.get(f"{path}.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    Draft202012Validator(SCHEMA).validate(feed)
    assert feed["feed_url"] == str(answer.url)
    atom = read_atom(visitor.get(f"{path}.atom").content)
    assert [item["title"] for item in feed["items"]] == [entry.title for entry in atom.entries]


def test_a_search_is_a_feed_of_what_was_released_last_among_its_packages(visitor: Visitor) -> None:
    found = read_atom(visitor.get("/wares.atom?q=calendar&sort=name").content)
    # Both were released in the same second.
    assert {entry.title for entry in found.entries} == {"collective.calendar 2.0", "old.calendar 2.0"}
    assert found.feed.title == "Plone packages for “calendar”"
    assert [link.href for link in found.feed.links if link.rel == "alternate"] == [
        f"{visitor.url}/wares/?q=calendar"
    ]


def test_new_packages_are_ordered_by_when_they_came(visitor: Visitor) -> None:
    found = read_atom(visitor.get("/wares/new.atom").content)
    assert "archived.calendar" not in [entry.title for entry in found.entries]


def test_major_releases_alone(visitor: Visitor) -> None:
    found = read_atom(visitor.get("/wares/releases.atom?major=1").content)
    titles = [entry.title for entry in found.entries]
    assert "tidy.forms 3.0" in titles
    assert "bare 1.0rc1" not in titles
    assert [link.href for link in found.feed.links if link.rel == "self"] == [
        f"{visitor.url}/wares/releases.atom?major=1"
    ]


def test_releases_of_a_package_leave_out_what_was_yanked(visitor: Visitor) -> None:
    found = read_atom(visitor.get("/wares/packages/tidy-forms/releases.atom").content)
    assert [entry.title for entry in found.entries] == ["tidy.forms 3.0", "tidy.forms 2.0", "tidy.forms 0.1"]
    gone = read_atom(visitor.get("/wares/packages/yanked-forms/releases.atom").content)
    assert gone.entries == []


def test_pages_name_their_feeds(visitor: Visitor) -> None:
    for path in ("/wares/", "/wares/new/", "/wares/packages/collective-calendar/", "/wares/people/somebody/"):
        assert 'type="application/atom+xml"' in visitor.get(path).text


def make_feed(text: str) -> Feed:
    url = "https://example.org/a/"
    entry = Entry(id=url, title=text, url=url, text=text, time=1, author=text, tags=(text,))
    return Feed(title=text, page=url, url=f"{url}feed", entries=(entry,))


def test_whatever_a_summary_says_stays_text() -> None:
    body = build_atom(make_feed(NASTY), author=NASTY)
    root = ET.fromstring(body)  # noqa: S314 - our own
    content = root.find("{*}entry/{*}content")
    assert content is not None
    assert content.text is not None
    assert "<script>" not in content.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content.text
    assert not read_atom(body).entries[0].title.startswith("a\x00")
    feed = json.loads(build_json_feed(make_feed(NASTY.replace("\ud800", "")), author="x"))
    Draft202012Validator(SCHEMA).validate(feed)


def test_a_feed_without_news_is_a_feed() -> None:
    empty = Feed(title="x", page="https://example.org/", url="https://example.org/f", entries=())
    assert read_atom(build_atom(empty, author="x")).entries == []
    Draft202012Validator(SCHEMA).validate(json.loads(build_json_feed(empty, author="x")))


TIMES = st.integers(-(2**70), 2**70) | st.integers(-62_135_596_800, 253_402_300_799)


@settings(max_examples=100)
@given(
    entries=st.lists(
        st.builds(
            Entry,
            id=st.sampled_from(
                ["https://example.org/1", "https://example.org/2#1%212", "https://example.org/3"]
            ),
            title=st.text(),
            url=st.just("https://example.org/"),
            text=st.text(),
            time=TIMES,
            author=st.none() | st.text(),
            tags=st.lists(st.text(), max_size=2).map(tuple),
        ),
        max_size=4,
    ),
    title=st.text(),
)
def test_whatever_is_news_both_formats_say_the_same_and_can_be_read(entries: list[Entry], title: str) -> None:
    feed = Feed(title=title, page="https://example.org/", url="https://example.org/f", entries=tuple(entries))
    root = ET.fromstring(build_atom(feed, author="x"))  # noqa: S314 - our own
    shown = json.loads(build_json_feed(feed, author="x"))
    told = {entry.id for entry in entries if -62_135_596_800 <= entry.time <= 253_402_300_799}
    found = [find_texts(entry, "id", "updated", "published") for entry in root.findall("{*}entry")]
    assert {id_ for id_, _, _ in found} == told
    assert len(found) == len(told)
    assert [(item["id"], item["date_published"], item["date_published"]) for item in shown["items"]] == found
    for _, updated, _ in [*found, ("", *find_texts(root, "updated", "id"))]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated)
    if title:
        Draft202012Validator(SCHEMA).validate(shown)


def find_texts(element: ET.Element, *names: str) -> tuple[str, ...]:
    return tuple(element.findtext(f"{{*}}{name}") or "" for name in names)


def test_releases_name_their_author_and_have_ids_that_are_addresses() -> None:
    site = Site(base_url="https://example.org", profiles=())
    package = Package(
        id=NormalizedName("easy"),
        name="Easy",
        author="Ana",
        releases=(
            ShownRelease(version="1!2.0 <b>", upload_timestamp=5, requires_python=">=3.12"),
            ShownRelease(version="1.0", upload_timestamp=4, yanked=True),
            ShownRelease(version="0.9", upload_timestamp=None),
            ShownRelease(
                version="0.8b1", upload_timestamp=3, prerelease=True, framework_versions=("Plone 6.1",)
            ),
        ),
    )
    url = "https://example.org/wares/packages/easy/"
    assert build_releases_of(site, build_profile("wares"), package) == (
        Entry(
            id=f"{url}#1%212.0%20%3Cb%3E",
            title="Easy 1!2.0 <b>",
            url=url,
            text="Requires Python >=3.12.",
            time=5,
            author="Ana",
        ),
        Entry(
            id=f"{url}#0.8b1",
            title="Easy 0.8b1",
            url=url,
            text="Declares Plone 6.1.",
            time=3,
            author="Ana",
            tags=("prerelease",),
        ),
    )
