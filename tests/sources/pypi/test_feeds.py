from urllib.parse import quote, unquote

import pytest

from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.parsing import find_version
from pyf.aggregator.sources.pypi.feeds import FeedEntry, FeedPage, parse_feed

ITEM = "<item><title>{title}</title><link>{link}</link><pubDate>{date}</pubDate></item>"
DATE = "Wed, 25 Nov 2026 10:00:00 GMT"


def build_feed(*links: str, date: str = DATE) -> bytes:
    items = "".join(ITEM.format(title="x", link=link, date=date) for link in links)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def read(*links: str, date: str = DATE) -> list[tuple[str, str | None]]:
    page = parse_feed(build_feed(*links, date=date), None)
    assert page is not None
    return [(entry.name, entry.version) for entry in page.entries]


@pytest.mark.parametrize("version", ["1 0", "1\u00a00", "1" * 256, "1%0a0"])
def test_what_no_task_would_take_is_no_entry(version: str) -> None:
    assert find_version(unquote(version)) is None
    assert read(f"https://pypi.org/project/a/{quote(version, safe='%')}/") == []


def test_entries_come_the_oldest_first_and_once() -> None:
    links = [f"https://pypi.org/project/{path}/" for path in ("b/2.0", "a/1.0", "b/2.0", "a/0.9")]
    assert read(*links) == [("a", "0.9"), ("a", "1.0"), ("b", "2.0")]


@pytest.mark.parametrize(
    ("link", "entry"),
    [
        ("https://pypi.org/project/collective-easyform/4.0/", ("collective-easyform", "4.0")),
        ("https://pypi.org/project/Collective.EasyForm/4.0/", ("collective-easyform", "4.0")),
        ("https://pypi.org/project/easyform/", ("easyform", None)),
        ("https://mirror.example/sub/project/easyform/1/", None),
        ("http://127.0.0.1:8090/project/easyform/1.0%2Blocal/", ("easyform", "1.0+local")),
        ("https://pypi.org/project/", None),
        ("https://pypi.org/user/somebody/", None),
        ("", None),
    ],
)
def test_an_entry_is_what_its_link_names(link: str, entry: tuple[str, str | None] | None) -> None:
    assert read(link) == ([] if entry is None else [entry])


@pytest.mark.parametrize("date", [DATE, "", "yesterday", "Wed, 99 Nov 2026 10:00:00 +9999"])
def test_dates_are_nothing_to_fall_over(date: str) -> None:
    assert read("https://pypi.org/project/a/1.0/", date=date) == [("a", "1.0")]


@pytest.mark.parametrize("body", [b"", b"<html><body>503</body></html>", b'{"message": "x"}'])
def test_what_is_no_feed_is_told_apart_from_an_empty_one(body: bytes) -> None:
    assert parse_feed(body, None) is None
    assert parse_feed(build_feed(), '"x"') == FeedPage(entries=(), etag='"x"')


def test_a_cut_feed_loses_only_what_is_cut() -> None:
    body = build_feed("https://pypi.org/project/a/1.0/", "https://pypi.org/project/b/1.0/")
    page = parse_feed(body[: body.index(b"</item>") + 7], None)
    assert page is not None
    assert page.entries == (FeedEntry(name=NormalizedName("a"), version="1.0"),)
