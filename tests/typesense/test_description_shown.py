"""What stands in ``description``: safe wherever a page puts it, and searched as if it were not escaped."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client, filled_collection, make_project
from tests.made_up import build_whole_document

NAME = "descriptions"
README = (
    "# Tom & Jerry's forms\n\nUse `a < b` and \"quotes\".\n\n- Supports R&D, AT&T; it's C++–ready.\n"
    "- Müller–Lüdenscheidt 日本語処理\n\n```html\n<script>alert(1)</script>\n```\n"
)


@pytest.fixture(scope="module")
def client(typesense: EmbeddedServer) -> Iterator[Client]:
    project = make_project("shown", description=README, description_content_type="text/markdown")
    with filled_collection(typesense, NAME, [project]) as opened:
        yield opened


def test_it_reads_like_a_text_and_is_escaped(client: Client) -> None:
    (hit,) = client.ask("GET", f"/collections/{NAME}/documents/search", q="*", query_by="name")["hits"]
    description = hit["document"]["description"]
    assert description.startswith("Tom &amp; Jerry&#x27;s forms\n\nUse a &lt; b and &quot;quotes&quot;.\n\n")
    assert "C++" in description
    assert not re.search("[<>\"']", description)


@settings(max_examples=25)
@given(source=st.text(alphabet="<>&\"'ab/ \n=;#x27"))
def test_no_character_of_markup_is_left_as_it_is(source: str) -> None:
    document = build_whole_document(make_project("a", description=source))
    description = str(document.get("description", ""))
    assert not re.search("[<>\"']", description)
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|#x27);)", description)
    assert unescape(description).split() == source.split()


@pytest.mark.parametrize(
    "query",
    [
        "tom jerry",
        "jerry's forms",
        "quotes",
        "r&d",
        "at&t",
        "c++",
        "ready",
        "müller",
        "lüdenscheidt",
        "Müller-Lüdenscheidt",
        "語処",
        "日本語処理",
        "script alert",
    ],
)
def test_each_of_its_words_is_found(client: Client, query: str) -> None:
    assert client.find(NAME, query) == ["shown"]
