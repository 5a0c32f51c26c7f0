"""Which addresses are stored, and in which form: the one rule for all of them."""

import string
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.urls import MAX_URL_LENGTH, clean_url, clean_urls, is_host
from pyf.aggregator.sources.forges.github.outcomes import find_page

KEPT = [
    "https://example.org",
    "http://example.org/x?y=1&z=2#part",
    "https://Example.ORG/Path",
    "ftp://ftp.example.org/pub",
    "mailto:team@example.org",
    "https://example.org:8443/x",
    "http://127.0.0.1:8080/simple",
    "http://localhost:3141/root/pypi/x",
    "http://index/x",
    "https://[2001:db8::1]:8080/x",
    "https://例え.テスト/ü",
    "https://xn--r8jz45g.xn--zckzah/",
    "https://example.org/a(b)[c]@d:e;f,g!h$i*j~k",
    "https://en.example.org/wiki/Foo_(bar)",
    "https://example.org./x",
    "https://exa_mple.example.org/",
    "https://github.com/collective/collective.easyform/issues",
]

MENDED = {
    # Schemes in lower case, no credentials, nothing around it
    "HTTPS://example.org/X": "https://example.org/X",
    "MailTo:team@example.org": "mailto:team@example.org",
    "mailto:team@example.org?subject=a&body=b": "mailto:team@example.org",
    "https://user:secret@example.org/x": "https://example.org/x",
    "https://token@example.org:8080/x": "https://example.org:8080/x",
    "https://github.com@evil.example/o/n": "https://evil.example/o/n",
    "  https://example.org\r\n": "https://example.org",
    "<https://example.org/x>": "https://example.org/x",
    '"https://example.org/x"': "https://example.org/x",
    # What would end an attribute or open a tag
    "https://example.org/?q=\"><b>'x": "https://example.org/?q=%22%3E%3Cb%3E%27x",
    "https://example.org/{x}|y^`": "https://example.org/%7Bx%7D%7Cy%5E%60",
    "https://example.org/?path=a\\b": "https://example.org/?path=a%5Cb",
    # Without a scheme
    "www.example.org": "http://www.example.org",
    "WWW.example.page": "http://WWW.example.page",
    "example.org": "http://example.org",
    "example.org/x": "http://example.org/x",
    "uni.example.de/~ana": "http://uni.example.de/~ana",
    "//example.org/x": "http://example.org/x",
    "github.com/o/n": "https://github.com/o/n",
    # Slips of the hand
    "http://https://example.org/x": "https://example.org/x",
    "https:/github.com/o/n": "https://github.com/o/n",
    "https:\\\\github.com\\o\\n": "https://github.com/o/n",
    # What only git opens
    "git@github.com:o/N.git": "https://github.com/o/n",
    "git+ssh://git@github.com/o/n.git": "https://github.com/o/n",
    "scm:git:git@github.com:o/n.git": "https://github.com/o/n",
    "git+https://token@gitlab.com/o/n.git": "https://gitlab.com/o/n.git",
    "git@gitlab.com:o/group/n.git": "https://gitlab.com/o/group/n",
    "ssh://git@codeberg.org:22/o/n.git": "https://codeberg.org/o/n",
    "git://git.sr.ht/~o/n": "https://git.sr.ht/~o/n",
}

REFUSED = [
    None,
    3,
    "",
    "UNKNOWN",
    "none",
    # Schemes that do something else than open a page
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://example.org/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://example.org/x",
    "file:///etc/passwd",
    "about:blank",
    "git@example.org:o/n.git",
    # Read otherwise by browsers than by others
    "https://good.example\\@evil.example/",
    "https:\\\\example.org/x",
    "https:/\\example.org",
    "https:example.org",
    "https:///example.org",
    "https://exa\tmple.org/",
    "https://example.org/a b",
    "https://example.org/a\u00a0b",
    "https://example.org/\u202egpj.exe",
    "https://exam\u200bple.org/",
    "https://example.org/\x7f",
    "https://example.org/\ud800",
    # No host
    "https://",
    "https://[::1/x",
    "https://[::1%25eth0]/x",
    "https://[v1.x]/",
    "https://-example.org/",
    "https://a..b/",
    "https://.example.org/",
    "https://example.org:99999/",
    "https://example.org:0/",
    "https://example.org:x/",
    "https://%65xample.org/",
    "https://{{cookiecutter.host}}/x",
    f"https://{'x' * 64}.org/",
    f"https://{'x.' * 127}org/",
    "https://exam℀ple.org/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://1.2.3/",
    "mailto:",
    "mailto:nobody",
    "mailto:a@b@c",
    # Too long, no address at all
    f"https://example.org/{'x' * MAX_URL_LENGTH}",
    f"https://example.org/{'<' * (MAX_URL_LENGTH // 2)}x",
    "README.md",
    "setup.py",
    "docs/index.html",
    "zope.interface",
    "1.0/2.0",
    "team@example.org",
    "see the file",
]


@pytest.mark.parametrize("url", KEPT)
def test_an_address_that_is_one_stays_as_it_is(url: str) -> None:
    assert clean_url(url) == url


@pytest.mark.parametrize(("url", "clean"), MENDED.items(), ids=repr)
def test_an_address_that_means_one_becomes_it(url: str, clean: str) -> None:
    assert clean_url(url) == clean
    assert clean_url(clean) == clean


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: ascii(value)[:50])
def test_what_a_page_may_not_open_is_no_address(value: object) -> None:
    assert clean_url(value) is None


URL_PARTS = st.sampled_from(
    [
        *("http:", "https:", "HTTPS:", "ftp:", "javascript:", "data:", "mailto:", "git+", "//", "/", "\\"),
        *("www.", "example", ".org", "github.com", "gitlab.com", "@", ":", "[", "]", "::1", "%", "?", "#"),
        *(
            "\t",
            "\x00",
            "\ud800",
            " ",
            "<",
            ">",
            '"',
            "'",
            "é",
            "\uff11",
            "。",
            "xn--",
            "127.0.0.1",
            ":80",
            ".",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(URL_PARTS, max_size=9).map("".join)))
def test_whatever_is_sent_the_answer_is_none_or_an_address(text: str) -> None:
    clean = clean_url(text)
    if clean is None:
        return
    parts = urlsplit(clean)
    assert clean_url(clean) == clean
    assert len(clean) <= MAX_URL_LENGTH
    assert not set(clean) & set(f"{string.whitespace}<>\"'\\`")
    assert not {unicodedata.category(char) for char in clean} & {"Cc", "Cf", "Co", "Cs", "Zs", "Zl", "Zp"}
    if parts.scheme == "mailto":
        assert is_host(parts.path.rpartition("@")[2])
    else:
        assert parts.scheme in {"http", "https", "ftp"}
        assert is_host(parts.hostname or "")
        assert (parts.username, parts.password) == (None, None)
        assert parts.port is None or 0 < parts.port < 65536


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (None, {}),
        (
            {
                "Home": "https://x.example",
                "Empty": None,
                "Bad": "javascript:alert(1)",
                "": "https://y.example",
            },
            {"Home": "https://x.example"},
        ),
        (["Home, https://x.example", "nothing", 3], {"Home": "https://x.example"}),
        (
            {"Mail": "mailto:a@x.example", "Data": "data:text/html,x", "Rel": "/docs"},
            {"Mail": "mailto:a@x.example"},
        ),
        ({"Source": "git@github.com:o/N.git"}, {"Source": "https://github.com/o/n"}),
        ("https://x.example", {}),
    ],
)
def test_labels_keep_what_a_browser_may_open(sent: object, clean: dict[str, str]) -> None:
    assert clean_urls(sent) == clean


API = "https://api.github.com/graphql"
SERVER = "https://git.example.org/api/v3"
STAND_IN = "http://127.0.0.1:8080/repos/o/n"


@pytest.mark.parametrize(
    ("api", "url", "page"),
    [
        (API, "https://github.com/O/n", "https://github.com/O/n"),
        (API, "https://user:secret@github.com/O/n", "https://github.com/O/n"),
        (API, "http://github.com/O/n", None),
        (API, "https://github.com.evil.example/O/n", None),
        (API, "https://github.com:8443/O/n", None),
        (API, "https://evil.example/O/n", None),
        (API, "https://github.com/else/n", None),
        (API, "https://github.com/O/n/releases", None),
        (API, "https://github.com/O/n?next=https://evil.example", None),
        (API, "javascript:alert(1)//github.com/O/n", None),
        (API, "", None),
        (SERVER, "https://git.example.org/O/n", "https://git.example.org/O/n"),
        (SERVER, "https://evil.example/O/n", None),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/O/n", "https://acme.ghe.com/O/n"),
        ("https://api.acme.ghe.com", "https://evil.ghe.com/O/n", None),
        (STAND_IN, "https://github.com/O/n", "https://github.com/O/n"),
        (STAND_IN, "http://127.0.0.1:9090/O/n", "http://127.0.0.1:9090/O/n"),
    ],
)
def test_a_repository_has_its_page_on_its_own_host(api: str, url: str, page: str | None) -> None:
    assert find_page(url, "o/N", api) == page
