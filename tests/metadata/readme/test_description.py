"""READMEs as people write them, and what becomes of them."""

import html
import re

import nh3
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from pyf.aggregator.metadata.model import Repository
from pyf.aggregator.metadata.readme.description import MAX_HTML_LENGTH, MAX_SOURCE_LENGTH, Description
from pyf.aggregator.metadata.readme.links import (
    FileAddresses,
    find_file_addresses,
    resolve_image,
    resolve_link,
)
from pyf.aggregator.metadata.readme.plain_text import MAX_TEXT_LENGTH
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.metadata.repositories.forges import ForgeKind

MD = "text/markdown"
RST = "text/x-rst"
FILES = find_file_addresses(Repository("github.com", "ana/easy"), ForgeKind.GITHUB)
BLOB = "https://github.com/ana/easy/blob/HEAD/"
RAW = "https://raw.githubusercontent.com/ana/easy/HEAD/"

MARKDOWN = "# Title\n\nHello **wonderful** `requests.get(url)` a,b,c [link](https://x.example)\n"
RESTRUCTURED = "Title\n=====\n\nHello **wonderful** ``requests.get(url)`` a,b,c `link <https://x.example>`_\n"


def show(source: str, content_type: str = MD, files: FileAddresses | None = FILES) -> str:
    html = render(source, content_type, files).html
    assert html is not None
    return html


@pytest.mark.parametrize(
    ("source", "content_type"),
    [
        (MARKDOWN, "text/markdown"),
        (MARKDOWN, "text/markdown; charset=UTF-8"),
        (MARKDOWN, "TEXT/Markdown; charset=UTF-8; variant=CommonMark"),
        (MARKDOWN, "text/markdown; variant=Unheard-Of"),
        (MARKDOWN, "text/markdown;\r\n charset=UTF-8"),
        (RESTRUCTURED, "text/x-rst"),
        (RESTRUCTURED, "text/x-rst; charset=UTF-8"),
        (RESTRUCTURED, None),
    ],
)
def test_the_media_type_alone_decides_how_it_is_rendered(source: str, content_type: str | None) -> None:
    description = render(source, content_type)
    assert description.html is not None
    assert "<strong>wonderful</strong>" in description.html
    assert "<code>requests.get(url)</code>" in description.html
    assert description.text == "Title\n\nHello wonderful requests.get(url) a,b,c link"
    assert (description.problem, description.plain) == (None, False)


@pytest.mark.parametrize("content_type", ["text/plain", "application/pdf", "nonsense", "text/html"])
def test_everything_else_is_plain_text(content_type: str) -> None:
    assert render("a <b>c</b> & d\n\n  e\n", content_type) == Description(
        html="a &lt;b&gt;c&lt;/b&gt; &amp; d<br><br>  e<br>",
        text="a <b>c</b> & d\n\n  e",
        plain=True,
    )


@pytest.mark.parametrize("source", [None, "", " \n"])
@pytest.mark.parametrize("content_type", [None, MD, "text/plain"])
def test_nothing_said_is_nothing(source: str | None, content_type: str | None) -> None:
    assert render(source, content_type) == Description()


TEXTS = [
    ("two\nlines\n\nand more", MD, "two lines\n\nand more"),
    ("one  \ntwo", MD, "one\ntwo"),
    ("# A *b*\ntext", MD, "A b\n\ntext"),
    ("A\n===\n\nB\n---\n\ntext", RST, "A\n\nB\n\ntext"),
    ("- a\n- b\n\nc", MD, "- a\n- b\n\nc"),
    ("- a\n\n- b", MD, "- a\n- b"),
    ("- a\n\n  more\n  - b\n- c", MD, "- a\nmore\n  - b\n- c"),
    ("* a\n\n  * b\n\n* c", RST, "- a\n  - b\n- c"),
    ("3. a\n4. b", MD, "3. a\n4. b"),
    ("#. a\n#. b", RST, "1. a\n2. b"),
    ("- [x] done", MD, "- done"),
    ("```python\ndef f(a):\n    return a\n\n\n\nf(1)\n```\nx", MD, "def f(a):\n    return a\n\nf(1)\n\nx"),
    ("so::\n\n  a\n    b\n", RST, "so:\n\na\n  b"),
    ("| A | B |\n|---|---|\n| 1 | 2, 3 |", MD, "A | B\n1 | 2, 3"),
    ("=  =\na  b\n=  =\nc  d\n=  =\n", RST, "a | b\nc | d"),
    ("> quoted\n\nx", MD, "quoted\n\nx"),
    ("term\n  meaning\n", RST, "term\nmeaning"),
    ("a <b>c</b>&amp;&lt;d&gt; \\*e\\*", MD, "a c&<d> *e*"),
    ("Don't! (Really?) e.g. C++ -- f(x)=2; #3", MD, "Don't! (Really?) e.g. C++ -- f(x)=2; #3"),
    ("![badge](https://b.example/x.svg) text", MD, "text"),
    ("<p align='center'>a</p><div>b<br>c</div>", MD, "a\n\nb\nc"),
    ("<details><summary>More</summary>\n\ntext\n</details>", MD, "More\n\ntext"),
    ("a<script>x()</script><style>p{}</style>b", f"{MD}; variant=CommonMark", "ab"),
    ("a[^1]\n\n[^1]: note", MD, "a1\n\n1. note ↩"),
    ("a<!-- hidden -->b", MD, "ab"),
    ("a\n\n---\n\nb", MD, "a\n\nb"),
    ("**नमस्ते** दुनिया", MD, "नमस्ते दुनिया"),
]


@pytest.mark.parametrize(("source", "content_type", "text"), TEXTS)
def test_the_text_reads_as_the_page_does(source: str, content_type: str, text: str) -> None:
    assert render(source, content_type, FILES).text == text


SHOWN = [
    # Links
    ("[a](docs/x.md)", f'<a href="{BLOB}docs/x.md" rel="nofollow noopener">a</a>'),
    ("[a](./docs/x.md#part)", f'<a href="{BLOB}docs/x.md#part" rel="nofollow noopener">a</a>'),
    ("[a](/LICENSE)", f'<a href="{BLOB}LICENSE" rel="nofollow noopener">a</a>'),
    ("[a](../../../evil/repo)", f'<a href="{BLOB}evil/repo" rel="nofollow noopener">a</a>'),
    ("[a](x/%2e%2E/%2e./y)", f'<a href="{BLOB}y" rel="nofollow noopener">a</a>'),
    ("[a](https://x.example/?q=1&r)", '<a href="https://x.example/?q=1&amp;r" rel="nofollow noopener">a</a>'),
    ("<mailto:ana@x.example>", "mailto:ana@x.example</a>"),
    ("[a](//evil.example/x)", "<p>a</p>"),
    ("[a](javascript:x)", "<p>a</p>"),
    ("[a](JaVaScRiPt&colon;x)", "<p>a</p>"),
    ("[a](data:text/html,x)", "<p>a</p>"),
    ("[a](ftp://x.example/)", "<p>a</p>"),
    ("[a](mailto:ana@x.example?body=x)", 'href="mailto:ana@x.example"'),
    ("[a](mailto:a%5Bx@[javascript])", "<p>a</p>"),
    (
        "[a](https://ana:secret@x.example/)",
        '<p><a href="https://x.example/" rel="nofollow noopener">a</a></p>',
    ),
    (
        "<a href='https://x.example/b c'>a</a>",
        '<a href="https://x.example/b%20c" rel="nofollow noopener">a</a>',
    ),
    ("<a href='https://x.example\\@evil.example'>a</a>", 'href="https://x.example/@evil.example"'),
    ("<a href='https://x. example/'>a</a>", "<p>a</p>"),
    ("[a](https:x.example)", "<p>a</p>"),
    ("[a](http:///x.example)", "<p>a</p>"),
    ("<a href='\\\\evil.example'>a</a>", "<p>a</p>"),
    ("<a href='/\\evil.example'>a</a>", "<p>a</p>"),
    ("<a href='/\t/evil.example'>a</a>", "<p>a</p>"),
    ("<a href='&#10;java&#10;script:x'>a</a>", "<p>a</p>"),
    ("<a href='?tab=x'>a</a>", "<p>a</p>"),
    ("[a]()", "<p>a</p>"),
    # Images
    ("![a](docs/x.png)", f'<img alt="a" src="{RAW}docs/x.png">'),
    ("![a](https://x.example/b.svg)", '<img alt="a" src="https://x.example/b.svg">'),
    ("![a picture](//x.example/b.svg)", "<p>a picture</p>"),
    ("![a picture](data:image/png;base64,AAAA)", "<p>a picture</p>"),
    ("<img src='x y.png' width='50%' height='9'>", f'<img width="50%" height="9" src="{RAW}x%20y.png">'),
    ("<img src='a.png' width='1;x' align='left'>", f'<img align="left" src="{RAW}a.png">'),
    # Anchors
    ("<a name='here'></a> [to](#here)", '<a href="#readme-here" rel="nofollow noopener">to</a>'),
    ("<a name='here'></a> [to](#here)", '<a id="readme-here" rel="nofollow noopener"></a>'),
    ("# Big title", '<h1 id="readme-big-title">Big title</h1>'),
    ("[to](#big-title)", '<a href="#readme-big-title" rel="nofollow noopener">to</a>'),
    (
        "<div id='search' class='modal x'>a</div>",
        '<div id="readme-search" class="readme-modal readme-x">a</div>',
    ),
    ("<p id='a b'>a</p>", "<p>a</p>"),
    # What a page would obey
    ("- [x] a", '<input type="checkbox" checked="" disabled=""> a'),
    ("<input type=checkbox> a", '<input type="checkbox" disabled=""> a'),
    ("<input type=password value=x> a", "<p> a</p>"),
    ("<input> a", "<p> a</p>"),
    ("<form action='https://x.example'><button>a</button></form>", "a"),
    ("<p style='position:fixed' onclick='x()' data-x='1' hidden>a</p>", "<p>a</p>"),
    ("<iframe src='https://x.example'></iframe>a", "a"),
    ("<svg onload='x()'><a xlink:href='javascript:x'>a</a></svg>", "<p></p>"),
    ("<td colspan='9999999'>a</td>", "a"),
    # Code
    ("```python\nx = 1\n```", '<pre lang="python"><span class="readme-n">x</span>'),
    ("`<b>`", "<code>&lt;b&gt;</code>"),
]


@pytest.mark.parametrize(("source", "html"), SHOWN)
def test_what_is_shown_is_safe_and_leads_somewhere(source: str, html: str) -> None:
    assert html in show(source)


def test_without_a_repository_relative_links_go_and_their_words_stay() -> None:
    html = show("[the docs](docs/x.md) ![a *shot*](a.png) ![](b.png) [![badge](c.png)](d.md)", files=None)
    assert html == "<p>the docs a shot  badge</p>\n"


@pytest.mark.parametrize(
    "source",
    [
        "`a <docs/x.rst>`_\n\n.. image:: b.png\n   :alt: b\n",
        "`a`_\n\n.. _a: docs/x.rst\n\n.. figure:: b.png\n   :alt: b\n\n   caption\n",
    ],
)
def test_restructured_text_leads_into_the_repository_too(source: str) -> None:
    html = show(source, RST)
    assert f'href="{BLOB}docs/x.rst"' in html
    assert f'src="{RAW}b.png"' in html


def test_restructured_text_keeps_its_anchors() -> None:
    html = show(".. _here:\n\nTitle\n=====\n\nTo here_ and Title_ [1]_\n\n.. [1] note\n", RST)
    targets = set(re.findall(r'href="#(readme-[^"]+)"', html))
    assert targets >= {"readme-here", "readme-title"}
    assert targets <= set(re.findall(r'id="([^"]+)"', html))


ROUGH = [
    ("See :class:`Foo` here.", "See Foo here.", 'Unknown interpreted text role "class"'),
    ("See :func:`~a.b`.", "See a.b.", 'Unknown interpreted text role "func"'),
    ("See :py:meth:`!a.b`.", "See a.b.", "py:meth"),
    ("See `Foo`:class: here.", "See Foo here.", "class"),
    ("See :ref:`the text <target>`.", "See the text.", "ref"),
    ("See :doc:`docs/x`.", "See docs/x.", "doc"),
    (".. versionadded:: 1.2\n   New *thing*.\n", "1.2 New thing.", "versionadded"),
    (".. tab:: Linux\n\n   Use **it**.\n", "Linux\n\nUse it.", "tab"),
    (".. seealso::\n\n   - a\n   - b\n", "- a\n- b", "seealso"),
    (".. automodule:: easy.form\n   :members:\n\nx", "x", "automodule"),
    (".. toctree::\n   :maxdepth: 2\n\n   a\n   b\n\nx", "x", "toctree"),
    (".. code-block:: python\n   :linenos:\n\n   x = 1\n", "x = 1", "code-block"),
    (".. prompt:: bash $\n\n   pip install x\n", "pip install x", "prompt"),
    (".. raw:: html\n\n   <b>x</b>\n\ny", "y", "raw"),
    (".. include:: /etc/passwd\n\ny", "y", "include"),
    (".. image:: https://x.example/a.png\n   :nonsense: x\n\ny", "y", "image"),
    ("A `missing`_ one, gone_, |sub|, [x]_.", "A missing one, gone, sub, x.", ""),
    ("A *loose end", "A *loose end", "emphasis"),
    ("A ``loose end", "A ``loose end", "literal"),
    ("Long title\n====\n\nx", "Long title\n\nx", "underline"),
    ("+---+---+\n| a |\n+---+---+\n\nx", "+---+---+\n| a |\n+---+---+\n\nx", "Malformed table"),
    ("a\n  b\nc", "", ""),
    ("\\*  x\n\nTitle\n-----\n\nSub\n=====\n\nOther\n~~~~~\n\nx", "", ""),
]


@pytest.mark.parametrize(("source", "text", "problem"), ROUGH)
def test_what_docutils_cannot_read_costs_only_itself(source: str, text: str, problem: str) -> None:
    description = render(f"{source}\n\n**Still** rendered.\n", RST)
    assert description.html is not None
    assert "<strong>Still</strong> rendered." in description.html
    assert not description.plain
    if problem:
        assert description.problem is not None
        assert description.problem.startswith("PyPI cannot render it as reStructuredText")
        assert problem in description.problem
    if text:
        assert description.text == f"{text}\n\nStill rendered."


def test_a_readme_of_sphinx_stays_a_page() -> None:
    source = RESTRUCTURED + "\nSee :class:`Foo`.\n\n.. deprecated:: 2\n\nMore\n----\n\n1. one\n"
    html = show(source, RST)
    for part in ('<section id="readme-title">', "<strong>", "<code>Foo</code>", "<ol>", ">More</h2>"):
        assert part in html


def test_one_readme_defines_nothing_for_the_next() -> None:
    source = "See :shout:`x`.\n"
    before = render(source, RST)
    render(".. role:: shout(strong)\n\n.. default-role:: shout\n\nSee :shout:`x`.\n", RST)
    assert render(source, RST) == before


def test_markdown_that_nobody_declared_is_not_run_together() -> None:
    description = render("# Title\n\n```\npip install x\n```\n\n`a`_ [b](https://x.example)\n", None)
    assert description.plain
    assert description.text is not None
    assert description.text.splitlines()[0] == "# Title"


def test_nothing_is_printed_and_no_file_is_read(capfd: pytest.CaptureFixture[str]) -> None:
    broken = "Title\n===\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n"
    broken += "\n.. csv-table::\n   :file: /etc/passwd\n"
    description = render(broken, RST)
    assert "root:" not in repr(description)
    assert capfd.readouterr() == ("", "")


def test_a_problem_is_one_line_without_markup() -> None:
    problem = render(".. |a| replace:: `<img>\n\n|<img>| :x:`<img>` `<img src=x>`_\n" * 3, RST).problem
    assert problem is not None
    assert not re.search(r"[<>&\n]", problem)


# Bounds


def test_a_source_beyond_the_limit_is_cut_and_shown_as_plain_text() -> None:
    description = render("**word** " * 100_000, MD)
    assert description.html is not None
    assert "<strong>" not in description.html
    assert len(description.html) <= MAX_SOURCE_LENGTH
    assert description.problem == "It is longer than 200,000 characters."
    assert description.plain


@pytest.mark.parametrize(
    ("source", "content_type", "problem"),
    [
        ("<div>" * 300 + "x", MD, "Its HTML is nested too deeply."),
        ("".join("  " * depth + "- x\n" for depth in range(120)), MD, "Its HTML is nested too deeply."),
        ("|a" * 120 + "|\n" + "|-" * 120 + "|\n" + "|a|\n" * 1500, MD, "longer than 1,000,000 characters"),
    ],
)
def test_html_without_measure_is_shown_as_plain_text(source: str, content_type: str, problem: str) -> None:
    description = render(source, content_type)
    assert description.plain
    assert problem in str(description.problem)


@pytest.mark.parametrize("character", ["&", "<", "\n", '"', "\U0001f600", "\x00", "é"])
def test_plain_text_is_bounded_whatever_it_is_made_of(character: str) -> None:
    description = render("a" + character * 1_000_000, "text/plain")
    assert len(description.html or "") <= MAX_HTML_LENGTH
    assert len(description.text or "") <= MAX_TEXT_LENGTH


@pytest.mark.parametrize("content_type", [MD, RST, "text/plain"])
def test_the_text_is_bounded_and_cut_between_words(content_type: str) -> None:
    description = render("wordy, " * 5000, content_type)
    assert description.text is not None
    assert MAX_TEXT_LENGTH - 10 < len(description.text) <= MAX_TEXT_LENGTH
    assert set(description.text.split()) == {"wordy,"}


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert len(render("a b " + "你好" * 9000, "text/plain").text or "") == MAX_TEXT_LENGTH


@pytest.mark.parametrize("hidden", ["&#x202e;", "&#8238;", "&#x200b;", "&#xfeff;", "&#xE0041;", "&shy;"])
def test_nothing_invisible_comes_back_as_a_character_reference(hidden: str) -> None:
    description = render(f"a{hidden}b ![c{hidden}d](https://x.example/i.png)", MD)
    for text in (description.html, description.text):
        assert html.unescape(hidden) not in html.unescape(text or "")


def test_the_unicode_directive_hides_nothing_either() -> None:
    description = render(".. |x| unicode:: U+202E\n\na |x| b", RST)
    assert "\u202e" not in f"{description.html}{description.text}"


# Properties


@limits(max_examples=60)
@given(
    source=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    content_type=st.sampled_from([None, MD, RST, "text/plain"]) | st.text(),
)
def test_whatever_is_uploaded_is_rendered(source: str, content_type: str | None) -> None:
    description = render(source, content_type)
    if description.text is not None:
        assert description.text == description.text.strip(" \n")
        assert "\n\n\n" not in description.text


PIECES = [
    *(
        "<a href=",
        "'",
        '"',
        "javascript:x",
        "//evil.example",
        "\\",
        "<img src=",
        "onerror=x",
        ">",
        "<",
        "</a>",
    ),
    *("<p ", "id=", "class=", "style=", "<input ", "type=", "checkbox", "<svg>", "<style>", "<math>", "<!--"),
    *("-->", " ", "&#106;", "&colon;", "[a](", "](", ")", "`", "\n\n", "data:text/html,x", "<noscript>", "x"),
    "<textarea>",
]


@limits(max_examples=100)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30), files=st.sampled_from([None, FILES]))
def test_no_mixture_gets_anything_unsafe_through(pieces: list[str], files: FileAddresses | None) -> None:
    html = show("x" + "".join(pieces), files=files)
    tags = " ".join(re.findall(r"<[^>]*>", html))
    for target in re.findall(r'(?:href|src)="([^"]*)"', tags):
        assert re.match(r"https?://[\w.]|mailto:|#readme-", target)
        assert not re.match(r"https?://[^/]*evil", target) or "evil" in "".join(pieces)
    for name in re.findall(r' (?:id|class)="([^"]*)"', tags):
        assert all(word.startswith("readme-") for word in name.split())
    assert not re.search(r" on\w+=| style=|<(?:script|style|form|svg|math|iframe)", tags)
    assert not re.search(r"<input (?!type=\"checkbox\" (?:checked=\"\" )?disabled=\"\")", tags)
    # What comes out means the same to the next parser.
    assert nh3.clean(html) == nh3.clean(nh3.clean(html))


@given(path=st.text(max_size=30))
def test_no_address_leads_out_of_the_repository_but_by_its_own_name(path: str) -> None:
    for address, base in ((resolve_link(path, FILES), BLOB), (resolve_image(path, FILES), RAW)):
        if address is not None and not re.match(r"\s*[a-z]+:", path, re.IGNORECASE):
            assert address.startswith(base)
            segments = address.removeprefix(base).split("?")[0].split("#")[0].split("/")
            assert not {".", ".."} & {segment.lower().replace("%2e", ".") for segment in segments}
