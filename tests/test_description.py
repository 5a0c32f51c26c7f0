import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.description import (
    MAX_SOURCE_LENGTH,
    MAX_TEXT_LENGTH,
    Description,
    render,
)

MARKDOWN = "# Title\n\nHello **wonderful** `requests.get(url)` a,b,c [link](https://x.example)\n"
RST = "Title\n=====\n\nHello **wonderful** ``requests.get(url)`` a,b,c `link <https://x.example>`_\n"
WORDS = "Title Hello wonderful requests get url a b c link"


@pytest.mark.parametrize(
    ("source", "content_type", "tag"),
    [
        (MARKDOWN, "text/markdown", "<strong>"),
        (MARKDOWN, "text/markdown; charset=UTF-8", "<strong>"),
        (MARKDOWN, "TEXT/Markdown; charset=UTF-8; variant=CommonMark", "<strong>"),
        (MARKDOWN, "text/markdown; variant=Unheard-Of", "<strong>"),
        (RST, "text/x-rst", "<strong>"),
        (RST, "text/x-rst; charset=UTF-8", "<strong>"),
        (RST, None, "<strong>"),
    ],
)
def test_the_media_type_alone_decides_how_it_is_rendered(
    source: str, content_type: str | None, tag: str
) -> None:
    description = render(source, content_type)
    assert description.html is not None
    assert tag in description.html
    assert description.text is not None
    assert re.findall(r"\w+", description.text) == WORDS.split()
    assert description.text.startswith("Title\n\nHello wonderful requests.get(url) a,b,c")


@pytest.mark.parametrize("content_type", ["text/plain", "application/pdf", "nonsense", ""])
def test_everything_else_is_plain_text(content_type: str) -> None:
    description = render("a <b>c</b> & d\n", content_type or "text/plain")
    assert description == Description(html=description.html, text="a <b>c</b> & d")
    assert description.html is not None
    assert "<b>" not in description.html


def test_what_docutils_refuses_is_shown_as_plain_text_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    broken = "Title\n===\n\n.. nonsense:: x\n\n.. include:: /etc/passwd\n\n.. raw:: html\n\n   <script>\n"
    description = render(broken, "text/x-rst")
    assert description.html is not None
    assert "root:" not in description.html
    assert "<script" not in description.html
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("source", [None, "", " \n"])
def test_nothing_said_is_nothing(source: str | None) -> None:
    assert render(source, "text/markdown") == Description(html=None, text=None)


def test_html_is_safe_and_images_stay_links() -> None:
    source = (
        "<script>steal()</script><style>p {}</style><p onclick='x()'>Hello <strong>world</strong></p>"
        "<img src='http://127.0.0.1:9/a.png' alt='badge'><a href='javascript:x()'>y</a>"
    )
    description = render(source, "text/markdown")
    assert description.html is not None
    assert not re.search("<script|<style|onclick|javascript:", description.html)
    assert "http://127.0.0.1:9/a.png" in description.html
    assert description.text is not None
    assert "Hello world" in description.text


def test_a_source_beyond_the_limit_is_cut_and_shown_as_plain_text() -> None:
    description = render("**word** " * 100_000, "text/markdown")
    assert description.html is not None
    assert "<strong>" not in description.html
    assert len(description.html) < MAX_SOURCE_LENGTH * 1.1


def test_the_text_is_bounded_and_cut_between_words() -> None:
    description = render("wordy " * 5000, "text/plain")
    assert description.text is not None
    assert len(description.text) <= MAX_TEXT_LENGTH
    assert set(description.text.split()) == {"wordy"}


def test_letters_of_all_scripts_are_words() -> None:
    assert render("Grüße, 你好! snake_case x2", "text/plain").text == "Grüße, 你好! snake_case x2"


@given(
    source=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    content_type=st.sampled_from([None, "text/markdown", "text/x-rst", "text/plain"]) | st.text(),
)
def test_whatever_is_uploaded_is_rendered(source: str, content_type: str | None) -> None:
    description = render(source, content_type)
    if description.text is not None:
        assert description.text == description.text.strip() != ""
