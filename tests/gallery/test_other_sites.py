"""What pages of other sites get to read: answers, refusals and redirects of the forms for programs alike."""

import pytest

from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.wares import build_profile

NO_PAGE = {"error": "There is no such page."}
NO_PACKAGE = {"error": "There is no such package in this profile."}
TOLD = [
    ("/wares/packages/Collective.Calendar.json", 301, None),
    ("/wares/packages/Collective.Calendar/badge/life.svg", 301, None),
    ("/wares/packages/Collective.Calendar/releases.atom", 301, None),
    ("/wares/packages/nothing.json", 404, NO_PACKAGE),
    ("/wares/packages/nothing/badge/life.json", 404, NO_PACKAGE),
    ("/wares/packages/nothing/checks.json", 404, NO_PACKAGE),
    ("/wares/packages/-.json", 404, NO_PAGE),
    ("/wares/people/nobody.json", 404, NO_PAGE),
    ("/wares/ready/9.9.json", 404, NO_PAGE),
    ("/wares/for/nothing.json", 404, NO_PAGE),
    ("/nothing.json", 404, NO_PAGE),
    ("/no/such/address.json", 404, NO_PAGE),
    (
        "/api/v1/profiles/wares/packages?page=0",
        400,
        {"error": "The parameter 'page' is not as it has to be; see openapi.json."},
    ),
]
PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
}


LINES = {
    "/wares/packages/nothing/badge/life.svg": (404, "There is no such package in this profile.\n"),
    "/wares/packages/nothing/releases.atom": (404, "There is no such package in this profile.\n"),
    "/wares/people/nobody.atom": (404, "There is no such page.\n"),
    "/wares/for/nothing.atom": (404, "There is no such page.\n"),
    "/no/such/address.svg": (404, "There is no such page.\n"),
    "/wares/sitemap-9.xml": (404, "There is no such page.\n"),
    "/static/0/nothing.css": (404, "There is no such page.\n"),
    "/static/0/nothing.js": (404, "There is no such page.\n"),
}


@pytest.mark.parametrize(("path", "told"), LINES.items(), ids=LINES)
def test_a_feed_or_an_image_that_is_not_there_is_refused_with_a_line_of_text(
    visitor: Visitor, path: str, told: tuple[int, str]
) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.text) == told
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("path", "status", "body"), TOLD)
def test_a_page_of_another_site_is_told_why(
    visitor: Visitor, path: str, status: int, body: dict[str, str] | None
) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
    if body is not None:
        assert (answer.headers["content-type"], answer.json()) == ("application/json", body)


ALWAYS_READ = {"cache-control", "content-length", "content-type"}
"""What browsers show to scripts of any answer (Fetch, CORS-safelisted response-header name)."""
FOR_THE_BROWSER = {
    "access-control-allow-origin",
    "access-control-expose-headers",
    "content-encoding",
    "content-security-policy",
    "cross-origin-opener-policy",
    "date",
    "location",
    "permissions-policy",
    "referrer-policy",
    "server",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
}


@pytest.mark.parametrize(
    "path",
    [
        "/wares.json",
        "/wares.atom",
        "/wares/packages/collective-calendar/badge/life.svg",
        "/wares/packages/Collective.Calendar.json",
        "/wares/packages/nothing.json",
        "/api/v1/profiles/wares/export.jsonl.gz",
        "/api/v1/nothing",
    ],
)
def test_a_script_may_read_every_header_that_is_meant_for_programs(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    assert exposed == {"allow", "content-disposition", "etag", "retry-after"}
    assert set(headers) - ALWAYS_READ - FOR_THE_BROWSER - exposed == set()


def test_a_catalogue_that_is_not_filled_says_so_to_programs(typesense: EmbeddedServer) -> None:
    with serve_gallery(typesense, [build_profile("not-collected")]) as visitor:
        feed = visitor.get("/not-collected.atom")
        assert (feed.status_code, feed.text) == (503, "Nothing has been collected yet.\n")
        assert feed.headers["content-type"] == "text/plain; charset=utf-8"
        for path, error in (
            ("/not-collected.json", "Nothing has been collected yet."),
            ("/api/v1/profiles/not-collected", "Nothing has been collected yet."),
        ):
            answer = visitor.get(path)
            assert (answer.status_code, answer.json()) == (503, {"error": error})
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["retry-after"] == "10"
            assert "Retry-After" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_another_method_is_refused_readably(visitor: Visitor, method: str) -> None:
    for path in ("/wares.json", "/api/v1/profiles"):
        answer = visitor.client.request(method, visitor.url + path)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (405, "*")
        assert answer.json() == {"error": "Only GET and HEAD are answered here."}
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/wares/", "/wares/packages/nothing/", "/wares", "/healthz"])
def test_pages_for_people_are_not_for_other_sites(visitor: Visitor, path: str) -> None:
    assert "access-control-allow-origin" not in visitor.get(path).headers


@pytest.mark.parametrize(
    "path",
    [
        "/wares.json",
        "/wares.atom",
        "/wares/packages/collective-calendar/badge/life.svg",
        "/wares/packages/nothing.json",
        "/api/v1/profiles",
        "/api/v1/nothing",
    ],
)
def test_a_browser_that_asks_first_may_send_any_header(visitor: Visitor, path: str) -> None:
    asking = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-requested-with",
    }
    answer = visitor.client.options(visitor.url + path, headers=asking)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {name: answer.headers.get(name) for name in PREFLIGHT} == PREFLIGHT


def test_a_page_for_people_is_not_asked_for_first(visitor: Visitor) -> None:
    answer = visitor.client.options(f"{visitor.url}/wares/")
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (405, None)


def test_below_a_path_it_is_the_same(typesense: EmbeddedServer, wares: Profile) -> None:
    with serve_gallery(typesense, [wares], path="/catalogue") as visitor:
        for path, status in (("/api/v1/nothing", 404), ("/wares/packages/Nothing.json", 301)):
            answer = visitor.get(path)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
        assert visitor.client.options(f"{visitor.url}/api/v1/profiles").status_code == 204
