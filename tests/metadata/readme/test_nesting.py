"""HTML that is told from what would keep a sanitizer busy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.readme.nesting import is_well_nested
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.metadata.readme.safe_html import SHOWN_TAGS

MD = "text/markdown"

SLIPS = [
    ("", 0),
    ("a > b &lt; c", 0),
    ("<p>a</p>", 1),
    ("<p>a</p><p>b</p>", 1),
    ("<div><p>a</p></div>", 2),
    ('<p id="a" title="</p>">b</p>', 1),
    ("<br><hr><img><input><col>", 0),
    ('<br/><img src="a" />', 0),
    ("<p>", 1),
    ("</p>", 1),
    ("<p></div></p>", 2),
    ("<b><i></b></i>", 3),
    ("a < b", 1),
    ("<", 1),
    ("<!-- a -->", 1),
    ("<!doctype html>", 1),
    ("<?php ?>", 1),
    ("<div><!-- </div> -->", 2),
    ("<P>a</P>", 2),
    ("<script>a</script>", 2),
    ("<p title='a'>b</p>", 2),
    ("<p title=a>b</p>", 2),
    ('<p title="a>b</p>', 2),
    ("<p/>", 1),
]


@pytest.mark.parametrize(("html", "slips"), SLIPS)
def test_slips_are_counted_and_so_is_what_is_open_at_once(html: str, slips: int) -> None:
    assert is_well_nested(html, SHOWN_TAGS, most_slips=slips)
    assert slips == 0 or not is_well_nested(html, SHOWN_TAGS, most_slips=slips - 1)


@pytest.mark.parametrize(
    "source",
    [
        "# A\n\n- b\n  - c\n\n![d](https://e.example/f) <br> `g < h`\n\n| i | j |\n|---|---|\n| k | l |\n",
        "```python\nif a < b and c > d: print('<p>')\n```\n\n- [x] done\n\n> quoted & \"so\"",
        "<details><summary>a</summary>b</details><p title='</p>'>c",
    ],
)
def test_what_we_write_has_no_slips(source: str) -> None:
    html = render(source, MD).html
    assert html is not None
    assert is_well_nested(html, SHOWN_TAGS, most_slips=10)


PIECES = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<br>",
    "a",
    "<",
    ">",
    '"',
    " a=",
    "<!--",
    "-->",
    "<p id=",
    "/",
    "<table>",
]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_whatever_is_well_nested_stays_so_when_it_stands_twice(pieces: list[str]) -> None:
    html = "".join(pieces)
    if is_well_nested(f"{html}<p></p>", frozenset({"p", "b", "table", "br"}), most_slips=1):
        # Nothing of it was left open that could swallow what follows.
        assert is_well_nested(f"{html}<p></p>" * 2, frozenset({"p", "b", "table", "br"}), most_slips=2)
