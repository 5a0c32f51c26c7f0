"""Strangers: what they ask, and what they write into the packages that we show."""

import socket
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyf.aggregator.gallery.readme import present_readme
from tests.gallery.served import Visitor

FEW = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
LIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "style",
    "link",
    "base",
    "form",
    "meta",
    "svg",
    "math",
    "template",
}


class Reader(HTMLParser):
    """Notes every element of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def read_elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(html)
    return reader.elements


def assert_nothing_runs(elements: list[tuple[str, dict[str, str | None]]]) -> None:
    for tag, attributes in elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], tag
        for name in ("href", "src", "action"):
            address = attributes.get(name) or "https:"
            assert urlsplit(address).scheme in ("http", "https", "mailto", ""), address


@pytest.mark.parametrize(
    "path",
    [
        "/wares/packages/nasty/",
        "/wares/packages/nasty/checks/",
        "/wares/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/wares/?q=%22%20onfocus%3Dalert(1)%20x%3D%22",
        "/wares/?kind=%3Cscript%3E&works=%22%3E%3Cscript%3Ealert(1)",
        "/wares/?q=nasty&sort=name",
        "/wares/packages/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
        "/wares/people/%22%3E%3Cscript%3E/",
        "/wares/new/",
    ],
)
def test_no_page_runs_or_opens_what_a_stranger_wrote(visitor: Visitor, path: str) -> None:
    page = visitor.get(path, follow_redirects=True)
    elements = read_elements(page.text)
    assert_nothing_runs(elements)
    scripts = [attributes for tag, attributes in elements if tag == "script"]
    assert [item for item in scripts if "src" in item] == [
        {"type": "module", "src": next(item["src"] for item in scripts if "src" in item)}
    ]
    assert {item.get("type") for item in scripts if "src" not in item} <= {"application/ld+json"}
    assert "alert(1)</script>" not in page.text
    assert len([tag for tag, _ in elements if tag == "title"]) == 1


def test_a_readme_keeps_its_words_and_loses_its_teeth(visitor: Visitor) -> None:
    page = visitor.get("/wares/packages/nasty/").text
    readme = page.partition('<div class="readme">')[2].partition("</section>")[0]
    elements = read_elements(readme)
    assert not {tag for tag, _ in elements} & LIVE
    assert "Nasty</h3>" in readme
    images = [attributes for tag, attributes in elements if tag == "img"]
    assert {image.get("src") for image in images} <= {"https://pictures.example/d.png", None}
    assert {image["loading"] for image in images} == {"lazy"}
    assert {image["referrerpolicy"] for image in images} == {"no-referrer"}
    assert "docs/e.md" not in readme
    assert 'class="readme-' in readme


VECTORS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src=data:text/html,<script>alert(1)</script>>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>a</a>",
    "<a href='\tjavascript:alert(1)'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a href='//evil.example' target=_blank ping=//evil.example>a</a>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>a</mi></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=//evil.example><input name=q autofocus onfocus=alert(1)><button>a</button></form>",
    "<style>@import '//evil.example'</style><link rel=stylesheet href=//evil.example>",
    "<p style='background:url(//evil.example)'>a</p>",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>a</details>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>",
    "<marquee onstart=alert(1)>a</marquee>",
    "<img alt='<h1 onclick=alert(1)>' src=https://a.example/b.png>",
    "<h1 title='<h2 x=\"y\" onclick=alert(1)>'>a</h1>",
    "</div></section></main><h1>Not ours</h1><div class=top>",
    "<p id=main>a</p><p id=q name=q>b</p>",
]


@pytest.mark.parametrize("vector", VECTORS)
def test_what_somebody_wrote_into_a_document_by_hand_is_made_safe(vector: str) -> None:
    elements = read_elements(present_readme(f"<p>x</p>{vector}<p>y</p>"))
    assert_nothing_runs(elements)
    assert not {tag for tag, _ in elements} & (
        LIVE | {"video", "audio", "source", "marquee", "textarea", "button"}
    )
    assert not [attributes for _, attributes in elements if attributes.keys() & {"target", "ping", "name"}]
    assert {attributes.get("rel") for tag, attributes in elements if tag == "a"} <= {"nofollow noopener"}


PIECES = [*VECTORS, *"<>&\"'=/ \n", "<p ", "id=", "src=", "on", "</p>", "&lt;", "<h1", "<img", "--", "]]>"]


@FEW
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_mixture_of_them_gets_through(pieces: list[str]) -> None:
    shown = str(present_readme("".join(pieces)))
    assert_nothing_runs(read_elements(shown))
    # What it opens it closes, so that the page around it stays as it is.
    assert shown.count("<div") == shown.count("</div>")


@FEW
@given(
    key=st.sampled_from(["q", "works", "kind", "life", "licence", "sort", "page", "ended", "x"]),
    value=st.text(),
)
def test_every_parameter_takes_anything(visitor: Visitor, key: str, value: str) -> None:
    text = quote(value.encode("utf-8", "surrogatepass"))
    for path in (f"/wares/?{key}={text}", f"/wares.json?{key}={text}"):
        page = visitor.get(path)
        assert page.status_code in (200, 302, 404), path


FILTERS = [
    "`",
    "``]",
    "`] || id:!=[`x",
    "6.2`] || life:=[`archived",
    "&& id:=x",
    "[]",
    "(",
    ":=",
    "*",
    "\\",
    "x,y",
    "$ref(id:*)",
    "_eval(id:x)",
    "\r\nX-Injected: 1",
    "%",
    "a" * 100,
]


@pytest.mark.parametrize("value", FILTERS)
def test_values_never_become_filters(visitor: Visitor, value: str) -> None:
    for key in ("works", "kind", "life", "licence", "evidence"):
        page = visitor.get("/wares/", params={key: value})
        assert page.status_code == 200
        assert '<li class="result">' not in page.text
        assert "x-injected" not in page.headers
    assert visitor.get(f"/wares/people/{quote(value, safe='')}/").status_code == 404
    assert visitor.get(f"/wares/packages/{quote(value, safe='')}/", follow_redirects=True).status_code == 404
    assert visitor.get(f"/wares/ready/{quote(value, safe='')}/").status_code == 404


@pytest.mark.parametrize(
    "words", ["-form", '"form', 'form"', "*", "-", "+", "#", "a" * 5_000, "calendar " * 100, "🙂", "\x00"]
)
def test_words_may_be_anything(visitor: Visitor, words: str) -> None:
    page = visitor.get("/wares/", params={"q": words}, follow_redirects=True)
    assert page.status_code == 200


def test_a_search_of_endless_words_is_cut(visitor: Visitor) -> None:
    page = visitor.get("/wares/", params={"q": "calendar " * 1_000})
    assert len(page.request.url.query) > 8_000
    assert page.status_code == 200
    assert len(page.content) < 60_000


def test_addresses_beyond_all_measure_are_refused_in_good_order(visitor: Visitor) -> None:
    place = urlsplit(visitor.url)
    for path in (b"/wares/?q=" + b"x" * 200_000, b"/wares/packages/" + b"x" * 60_000 + b"/"):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = connection.recv(100)
        assert answer.split(b" ")[1:2] in ([b"200"], [b"400"], [b"404"], [b"414"], [b"431"], [])
    assert visitor.get("/healthz").status_code == 200


def test_headers_cannot_be_injected(visitor: Visitor) -> None:
    for path in ("/wares/packages/A%0d%0aX-Injected:1/", "/wares/packages/A%0aB", "/wares%0d%0aX-Injected:1"):
        page = visitor.get(path)
        assert "x-injected" not in page.headers
        assert page.status_code in (301, 404)


def test_garbage_on_the_wire_ends_that_connection_alone(visitor: Visitor) -> None:
    place = urlsplit(visitor.url)
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 100_000):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(1000)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert visitor.get("/healthz").json() == {"status": "ok"}
