"""READMEs as a page shows them: those that we rendered, and those that somebody else wrote."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.gallery.readme import MOST_SLIPS, present_readme
from pyf.aggregator.metadata.model import Repository
from pyf.aggregator.metadata.readme.description import MAX_HTML_LENGTH
from pyf.aggregator.metadata.readme.links import find_file_addresses
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.metadata.repositories.forges import ForgeKind

FILES = find_file_addresses(Repository("gitlab.com", "group/easy"), ForgeKind.GITLAB)
REL = 'rel="nofollow noopener"'
LAZY = 'loading="lazy" decoding="async" referrerpolicy="no-referrer"'
SCROLLED = '<div class="wide" role="group" aria-label="Table" tabindex="0"><table>'

SHOWN = [
    # Headings
    ("<h1>a</h1><h2>b</h2><h4>c</h4>", "<h3>a</h3><h4>b</h4><h6>c</h6>"),
    ('<h5 align="center">a</h5><h6>b</h6>', '<h6 align="center">a</h6><h6>b</h6>'),
    ("<hr>", "<hr>"),
    # Links
    ('<a href="https://a.example/b?c#d">e</a>', f'<a href="https://a.example/b?c#d" {REL}>e</a>'),
    ('<a href="mailto:a@b.example">c</a>', f'<a href="mailto:a@b.example" {REL}>c</a>'),
    ('<a href="https://a.example@b.example/">c</a>', f'<a href="https://b.example/" {REL}>c</a>'),
    ('<a href="docs/a.md">b</a>', f"<a {REL}>b</a>"),
    ('<a href="/plone/">b</a>', f"<a {REL}>b</a>"),
    ('<a href="//a.example">b</a>', f"<a {REL}>b</a>"),
    ('<a href="\\\\a.example\\b">c</a>', f"<a {REL}>c</a>"),
    ('<a href="javascript:alert(1)">a</a>', f"<a {REL}>a</a>"),
    ('<a href="java\nscript:alert(1)">a</a>', f"<a {REL}>a</a>"),
    ('<a href="https://">a</a>', f"<a {REL}>a</a>"),
    # Ids and classes
    ('<p id="main" class="top ended">a</p>', '<p id="readme-main" class="readme-top readme-ended">a</p>'),
    ('<a href="#main">a</a>', f'<a href="#readme-main" {REL}>a</a>'),
    ('<p id="readme-a" class="readme-k">b</p>', '<p id="readme-a" class="readme-k">b</p>'),
    ('<p id="a b">c</p>', "<p>c</p>"),
    # Images
    ('<img src="https://a.example/b.png" alt="c">', f'<img src="https://a.example/b.png" alt="c" {LAZY}>'),
    ('<img src="http://a.example/b.png">', f'<img src="https://a.example/b.png" {LAZY}>'),
    (
        '<img src="https://a.example/b.png" loading="eager" referrerpolicy="unsafe-url" width="20">',
        f'<img src="https://a.example/b.png" width="20" {LAZY}>',
    ),
    ('a <img src="docs/b.png" alt="a &lt;b&gt; &amp;c"> d', "a a &lt;b&gt; &amp;c d"),
    ('<img src="data:image/svg+xml,<svg/>" alt="a">', "a"),
    ('<img src="/metrics">', ""),
    ('<img alt=" src=&quot;x&quot;">', " src=&#34;x&#34;"),
    # Tables
    (
        "<table><tr><td>a</td></tr></table>",
        f"{SCROLLED}<tbody><tr><td>a</td></tr></tbody></table></div>",
    ),
    # Code, and what is to be ticked
    (
        '<pre lang="python3" tabindex="9"><span class="readme-k">if</span></pre>',
        '<pre tabindex="0"><span class="readme-k">if</span></pre>',
    ),
    ('<input type="image" src="https://a.example" name="q">', '<input type="checkbox" disabled="">'),
    ('<input type="checkbox" checked="1">', '<input checked="" type="checkbox" disabled="">'),
    # What cannot be seen, or turns the text around
    ("a\u202eb\u200bc&#x202e;d\u2066", "abcd"),
    # Attributes that look like elements
    ('<abbr title="<h1 onclick=a>">b</abbr>', '<abbr title="&lt;h1 onclick=a&gt;">b</abbr>'),
    (
        '<a title="&quot;><table>" href="#a">b</a>',
        f'<a title="&quot;&gt;&lt;table&gt;" href="#readme-a" {REL}>b</a>',
    ),
]


@pytest.mark.parametrize(("html", "shown"), SHOWN)
def test_what_stands_in_a_document_and_what_a_page_shows(html: str, shown: str) -> None:
    assert present_readme(html) == shown


def test_what_we_rendered_is_shown_as_it_is_but_for_its_place_in_the_page() -> None:
    html = render(
        "# Easy\n\n[docs](docs/a.md) [part](#easy) ![shot](shot.png)\n\n"
        "```python\nif a < b:\n    pass\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n",
        "text/markdown",
        FILES,
    ).html
    assert html is not None
    expected = (
        re.sub(r"<(/?)h1", r"<\1h3", html).replace("<table>", SCROLLED).replace("</table>", "</table></div>")
    )
    expected = re.sub(r"(<img [^>]*)>", rf"\1 {LAZY}>", expected)
    expected = re.sub(r'<pre lang="[^"]*">', '<pre tabindex="0">', expected)
    expected = expected.replace(
        '<input type="checkbox" checked="" disabled="">', '<input checked="" type="checkbox" disabled="">'
    )
    assert 'href="https://gitlab.com/group/easy/-/blob/HEAD/docs/a.md"' in html
    assert 'src="https://gitlab.com/group/easy/-/raw/HEAD/shot.png"' in html
    assert present_readme(html) == expected


BOMBS = {
    "deep": "<div>" * 2_000,
    "unclosed": "".join(f'<p><b id="{number}"></p>' for number in range(2_000)),
    "hidden": "<div><!-- </div> -->" * 2_000,
    "quoted": "<div title='</div>'>" * 2_000,
    "raw": "<div><textarea></div></textarea>" * 2_000,
    "foreign": "<div><svg><desc></div></desc></svg>" * 2_000,
    "tables": "<i><table>" * 2_000,
    "long": "<p>a</p>" * (MAX_HTML_LENGTH // 8 + 1),
    "angles": "<" * MAX_HTML_LENGTH,
}


@pytest.mark.parametrize("html", BOMBS.values(), ids=BOMBS.keys())
def test_what_would_keep_a_sanitizer_busy_is_shown_as_text(html: str) -> None:
    shown = present_readme(f"<p>before &lt;b&gt;</p>{html}")
    assert shown.startswith('<pre tabindex="0">before &lt;b&gt;')
    assert set(re.findall(r"<[^>]*>", shown)) == {'<pre tabindex="0">', "</pre>"}
    assert len(shown) < MAX_HTML_LENGTH + 100


def test_what_is_nested_as_deeply_as_may_be_stays_markup() -> None:
    shown = present_readme("<div>" * MOST_SLIPS + "a" + "</div>" * MOST_SLIPS)
    assert shown == "<div>" * MOST_SLIPS + "a" + "</div>" * MOST_SLIPS


TAGS = [
    "p",
    "b",
    "a",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "h1",
    "div",
    "pre",
    "img",
    "br",
    "svg",
    "textarea",
    "x",
]
PIECES = [
    *(f"<{tag}>" for tag in TAGS),
    *(f"</{tag}>" for tag in TAGS),
    *"<>&\"'=/ a",
    "<!--",
    "-->",
    "&lt;",
    "&quot;",
    '<a href="',
    '<p class="top" id="main">',
    '<img src="/a" alt="<table>">',
    "<a href=#main>",
    "\u202e",
]


@settings(max_examples=200)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_nothing_of_it_reaches_the_page_around(pieces: list[str]) -> None:
    shown = str(present_readme("".join(pieces)))
    tags = re.findall(r"<(/?)([a-z0-9]+)((?: [a-z-]+(?:=\"[^\"<>]*\")?)*)>", shown)
    # Whatever is not one of these tags is text.
    assert "<" not in re.sub(r"</?[a-z0-9]+(?: [a-z-]+(?:=\"[^\"<>]*\")?)*>", "", shown)
    for _, _, attributes in tags:
        for name, value in re.findall(r' ([a-z-]+)="([^"]*)"', attributes):
            assert name not in ("href", "id") or value.startswith(("readme-", "#readme-")), attributes
            assert name != "class" or value == "wide" or value.startswith("readme-"), attributes
    opened: list[str] = []
    for end, tag, _ in tags:
        if end:
            assert opened.pop() == tag
        elif tag not in ("img", "br"):
            opened.append(tag)
    assert opened == []
