"""What machines look for: maps, search descriptions, health and metrics."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from prometheus_client.parser import text_string_to_metric_families

from pyf.aggregator.documents.shown import Package
from pyf.aggregator.gallery.representations.sitemap import build_index, build_sitemap
from pyf.aggregator.gallery.representations.structured_data import build_structured_data
from tests.gallery.served import Visitor

OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_a_browser_can_search_from_its_address_bar(visitor: Visitor) -> None:
    for path in ("/opensearch.xml", "/wares/opensearch.xml"):
        root = ET.fromstring(visitor.get(path).content)  # noqa: S314 - our own
        assert root.tag == f"{OPENSEARCH}OpenSearchDescription"
        names = {child.tag.removeprefix(OPENSEARCH): child for child in root}
        assert len(names["ShortName"].text or "") <= 16
        templates = {
            child.get("type"): child.get("template") or "" for child in root.iter(f"{OPENSEARCH}Url")
        }
        assert (
            visitor.client.get(templates["text/html"].replace("{searchTerms}", "calendar")).text.count(
                'class="result"'
            )
            == 2
        )
        suggested = visitor.client.get(
            templates["application/x-suggestions+json"].replace("{searchTerms}", "calend")
        )
        words, found, summaries, addresses = suggested.json()
        assert words == "calend"
        assert "collective.calendar" in found
        assert len(found) == len(summaries) == len(addresses)


def test_suggestions_without_words_are_none(visitor: Visitor) -> None:
    assert visitor.get("/wares/suggestions.json").json() == ["", [], [], []]


def test_maps_name_every_page_of_a_package(visitor: Visitor) -> None:
    index = ET.fromstring(visitor.get("/sitemap.xml").content)  # noqa: S314 - our own
    (place,) = [item.text or "" for item in index.iter(f"{SITEMAP}loc")]
    whole = ET.fromstring(visitor.client.get(place).content)  # noqa: S314 - our own
    addresses = [item.text or "" for item in whole.iter(f"{SITEMAP}loc")]
    assert f"{visitor.url}/wares/packages/collective-calendar/" in addresses
    assert sum("/packages/" in address for address in addresses) == 49
    assert {visitor.client.get(address).status_code for address in addresses[:12]} == {200}
    times = [item.text or "" for item in whole.iter(f"{SITEMAP}lastmod")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in times)
    assert visitor.get("/wares/sitemap-2.xml").status_code == 404
    assert visitor.get("/wares/sitemap-0.xml").status_code == 404


def test_maps_escape_addresses() -> None:
    assert b"<loc>https://a.example/?a=1&amp;b=2</loc>" in build_sitemap(
        [("https://a.example/?a=1&b=2", None)]
    )
    body = build_sitemap([("https://a.example/\x00<b>", 10**20), ("https://b.example/", 0)])
    (first, second) = ET.fromstring(body)  # noqa: S314 - our own
    assert [item.text for item in first] == ["https://a.example/<b>"]
    assert [item.text for item in second] == ["https://b.example/", "1970-01-01T00:00:00Z"]
    index = ET.fromstring(build_index(["https://a.example/"]))  # noqa: S314 - our own
    assert [(item.tag, item.text) for item in index.iter()] == [
        (f"{SITEMAP}sitemapindex", None),
        (f"{SITEMAP}sitemap", None),
        (f"{SITEMAP}loc", "https://a.example/"),
    ]


def test_robots_read_pages_and_not_endless_searches(visitor: Visitor) -> None:
    assert visitor.get("/robots.txt").text.splitlines() == [
        "User-agent: *",
        "Disallow: /*?",
        "Disallow: /api/v1/",
        f"Sitemap: {visitor.url}/sitemap.xml",
    ]


def test_search_engines_are_told_what_a_package_is(visitor: Visitor) -> None:
    for name in ("collective-calendar", "nasty"):
        page = visitor.get(f"/wares/packages/{name}/").text
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, flags=re.DOTALL)
        assert found is not None
        told = json.loads(found[1])
        assert told["@type"] == "SoftwareSourceCode"
        assert told["url"] == f"{visitor.url}/wares/packages/{name}/"


def read_structured_data(**said: Any) -> dict[str, Any]:
    shown = str(build_structured_data(Package(name="Easy", **said), "https://a.example/"))
    assert not set("<>&") & set(shown)
    told: dict[str, Any] = json.loads(shown)
    return told


def test_structured_data_say_what_is_known_and_nothing_else() -> None:
    least = {
        "@context": "https://schema.org",
        "@type": "SoftwareSourceCode",
        "name": "Easy",
        "programmingLanguage": "Python",
        "url": "https://a.example/",
    }
    assert read_structured_data() == least
    assert read_structured_data(
        version="1.0",
        summary="</script><!--<script>&",
        license_expression="MIT",
        license_spdx=("MIT",),
        repository_url="javascript:alert(1)",
        keywords=("a", "b"),
        upload_timestamp=10**20,
        first_upload_timestamp=0,
    ) == least | {
        "version": "1.0",
        "description": "</script><!--<script>&",
        "license": "https://spdx.org/licenses/MIT.html",
        "keywords": "a, b",
        "dateCreated": "1970-01-01T00:00:00Z",
    }
    both = read_structured_data(license_expression="MIT OR ZPL-2.1", license_spdx=("MIT", "ZPL-2.1"))
    assert both == least | {"license": "MIT OR ZPL-2.1"}


def test_health_is_told_without_a_search(visitor: Visitor) -> None:
    assert visitor.get("/healthz").json() == {"status": "ok"}
    ready = visitor.get("/readyz")
    assert ready.json() == {"status": "ok", "collections": {"wares": "ok"}}
    assert ready.headers["cache-control"] == "no-store"


def test_requests_are_counted_by_route_and_never_by_what_was_asked(visitor: Visitor) -> None:
    before = read_counts(visitor)
    visitor.get("/wares/packages/collective-calendar/")
    visitor.get("/no-such-page-12345/")
    after = read_counts(visitor)
    grown = {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)}
    assert grown == {
        ("/{profile}/packages/{name}/", "200"): 1,
        ("/{profile}/", "404"): 1,
        ("/metrics", "200"): 1,
    }


def test_how_long_typesense_takes_is_told(visitor: Visitor) -> None:
    before = read_searches(visitor)["ok"]
    visitor.get("/wares/packages/collective-calendar/")
    visitor.get("/no-such-page-12345/")
    assert read_searches(visitor)["ok"] == before + 1


def read_searches(visitor: Visitor) -> dict[str, float]:
    """Return how often Typesense was asked, by how that ended."""
    return {
        sample.labels["outcome"]: sample.value
        for family in text_string_to_metric_families(visitor.get("/metrics").text)
        for sample in family.samples
        if sample.name == "pyf_gallery_search_seconds_count"
    }


def read_counts(visitor: Visitor) -> dict[tuple[str, str], float]:
    answer = visitor.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "pyf_gallery_requests_total"
    }
